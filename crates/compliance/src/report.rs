//! What was found, in an order that stays.

use std::fmt;

use serde::Serialize;

use crate::manifests::ObjectId;
use crate::rules::Rule;

/// A rule that does not hold.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Debug)]
pub struct Finding {
    /// Where: an object, or a namespace.
    pub object: ObjectId,
    /// Which rule.
    pub rule: Rule,
    /// What is wrong, and what to do about it.
    pub advice: String,
}

/// Everything that was found.
#[derive(Serialize, Debug)]
pub struct Report {
    findings: Vec<Finding>,
    vault_requests_per_day: u64,
}

/// What was found so far.
#[derive(Default)]
pub(crate) struct Findings(Vec<Finding>);

impl Findings {
    pub(crate) fn add(&mut self, rule: Rule, object: &ObjectId, advice: impl Into<String>) {
        self.0.push(Finding { object: object.clone(), rule, advice: advice.into() });
    }

    /// Something that is wrong with a namespace as a whole.
    pub(crate) fn add_to_namespace(&mut self, rule: Rule, namespace: &str, advice: impl Into<String>) {
        let object = ObjectId { kind: "Namespace".to_owned(), namespace: None, name: namespace.to_owned() };
        self.add(rule, &object, advice);
    }
}

impl Report {
    pub(crate) fn of(Findings(mut findings): Findings, vault_requests_per_day: u64) -> Self {
        findings.sort();
        findings.dedup();
        Self { findings, vault_requests_per_day }
    }

    /// All findings, by object and rule.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Whether every rule holds.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    /// How often all external secrets together ask the vault.
    pub fn vault_requests_per_day(&self) -> u64 {
        self.vault_requests_per_day
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut object = None;
        for finding in &self.findings {
            if object != Some(&finding.object) {
                writeln!(f, "{}", finding.object)?;
                object = Some(&finding.object);
            }
            writeln!(f, "  {}: {}", finding.rule.name(), finding.advice)?;
        }
        Ok(())
    }
}
