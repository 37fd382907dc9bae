//! Selectors of labels.

use std::fmt;

use serde::Deserialize;

use super::Labels;

/// `meta/v1.LabelSelector`: all of its requirements hold. An empty one selects everything.
#[derive(Deserialize, Clone, PartialEq, Eq, Default, Debug)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Selector {
    pub(crate) match_labels: Labels,
    pub(crate) match_expressions: Vec<Requirement>,
}

#[derive(Deserialize, Clone, PartialEq, Eq, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Requirement {
    key: String,
    operator: Operator,
    #[serde(default)]
    values: Vec<String>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

impl Selector {
    pub(crate) fn is_empty(&self) -> bool {
        self.match_labels.is_empty() && self.match_expressions.is_empty()
    }

    pub(crate) fn matches(&self, labels: &Labels) -> bool {
        self.match_labels.iter().all(|(key, value)| labels.get(key) == Some(value))
            && self.match_expressions.iter().all(|requirement| requirement.holds(labels))
    }
}

impl Requirement {
    fn holds(&self, labels: &Labels) -> bool {
        let value = labels.get(&self.key);
        match self.operator {
            Operator::In => value.is_some_and(|value| self.values.contains(value)),
            // Holds too where there is no such label.
            Operator::NotIn => value.is_none_or(|value| !self.values.contains(value)),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> =
            self.match_labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
        parts.extend(self.match_expressions.iter().map(|requirement| {
            let Requirement { key, values, .. } = requirement;
            let values = values.join(", ");
            match requirement.operator {
                Operator::In => format!("{key} in ({values})"),
                Operator::NotIn => format!("{key} not in ({values})"),
                Operator::Exists => key.clone(),
                Operator::DoesNotExist => format!("!{key}"),
            }
        }));
        f.write_str(&parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_wants_all_of_its_requirements() {
        let labels = Labels::from([("a".into(), "1".into()), ("b".into(), "2".into())]);
        let select = |json: &str| serde_json::from_str::<Selector>(json).unwrap().matches(&labels);
        assert!(select("{}"));
        assert!(select(r#"{"matchLabels": {"a": "1", "b": "2"}}"#));
        assert!(!select(r#"{"matchLabels": {"a": "1", "b": "3"}}"#));
        let expression = |key: &str, operator: &str, values: &str| {
            select(&format!(
                r#"{{"matchExpressions": [{{"key": "{key}", "operator": "{operator}", "values": [{values}]}}]}}"#
            ))
        };
        assert!(expression("a", "In", r#""0", "1""#) && !expression("a", "In", r#""0""#));
        assert!(!expression("c", "In", r#""0""#));
        assert!(expression("a", "NotIn", r#""0""#) && !expression("a", "NotIn", r#""1""#));
        assert!(expression("c", "NotIn", r#""1""#), "no such label");
        assert!(expression("a", "Exists", "") && !expression("c", "Exists", ""));
        assert!(expression("c", "DoesNotExist", "") && !expression("a", "DoesNotExist", ""));
        assert!(serde_json::from_str::<Selector>(r#"{"matchLabel": {}}"#).is_err(), "a misspelt field");
    }
}
