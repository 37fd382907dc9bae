//! What browsers report of broken policies, told by names of ours alone.

use serde_json::Value;

/// Reports that one request may hold.
const REPORTS_MAX: usize = 50;
/// Directives that our policy has; what else a report names is told as another.
const DIRECTIVES: [&str; 14] = [
    "base-uri",
    "connect-src",
    "default-src",
    "font-src",
    "form-action",
    "frame-ancestors",
    "img-src",
    "manifest-src",
    "require-trusted-types-for",
    "script-src",
    "script-src-attr",
    "script-src-elem",
    "style-src",
    "trusted-types",
];

/// The directive of ours that a violation is of; `None` if it is none.
pub(crate) fn directive(violation: &Value) -> Option<&'static str> {
    let violation = violation.as_object()?;
    let names = ["effectiveDirective", "effective-directive", "violated-directive"];
    let told = match names.iter().find_map(|name| violation.get(*name)) {
        None | Some(Value::Null) => "",
        Some(told) => told.as_str()?,
    };
    let name = told.split(' ').next().unwrap_or_default();
    Some(DIRECTIVES.into_iter().find(|known| *known == name).unwrap_or("another"))
}

/// The directives of the violations among reports; `None` if they are none.
pub(crate) fn of_reports(reports: &Value) -> Option<Vec<&'static str>> {
    let mut found = Vec::new();
    for report in reports.as_array()?.iter().take(REPORTS_MAX) {
        let directive = directive(report.get("body")?)?;
        if report.get("type")?.as_str()? == "csp-violation" {
            found.push(directive);
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::headers::POLICY;

    #[test]
    fn every_directive_of_the_policy_is_told_by_its_name() {
        let directives = POLICY.split(';').filter_map(|directive| directive.split_whitespace().next());
        for name in directives.filter(|name| *name != "report-uri") {
            assert!(DIRECTIVES.contains(&name), "{name}");
        }
    }
}
