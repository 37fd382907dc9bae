//! Policies that the API server asks before it takes an object: that they refuse, and refuse too what they cannot look at.
//!
//! Whether what they say is right is not told from here; that they are asked at all is.

use std::collections::BTreeSet;

use crate::manifests::{Admission, Body, Manifests, Object};
use crate::network::NAMESPACE_NAME;
use crate::report::Findings;
use crate::rules::Rule;

const DENY: &str = "Deny";

pub(crate) fn check(manifests: &Manifests, findings: &mut Findings) {
    let bound = bound(manifests, findings);
    for object in manifests.objects() {
        match &object.body {
            Body::Admission(admission) => {
                if is_open(admission.failure_policy.as_deref()) {
                    findings.add(Rule::AdmissionPolicy, &object.id, "set failurePolicy to Fail");
                }
                check_refusal(object, admission, &bound, findings);
                check_namespaces(object, admission, manifests, findings);
            }
            Body::Webhooks(webhooks) => {
                let open = webhooks.webhooks.iter().filter(|hook| is_open(hook.failure_policy.as_deref()));
                for webhook in open {
                    let advice = format!("webhook `{}`: set failurePolicy to Fail", webhook.name);
                    findings.add(Rule::AdmissionPolicy, &object.id, advice);
                }
            }
            _ => {}
        }
    }
}

/// Whether what cannot be looked at is let through. Without a word it is refused.
fn is_open(failure_policy: Option<&str>) -> bool {
    failure_policy.is_some_and(|policy| policy != "Fail")
}

/// The policies that a binding puts into force.
fn bound<'a>(manifests: &'a Manifests, findings: &mut Findings) -> BTreeSet<&'a str> {
    let mut bound = BTreeSet::new();
    for object in manifests.objects() {
        let Body::AdmissionBinding(binding) = &object.body else { continue };
        if !binding.validation_actions.iter().any(|action| action == DENY) {
            let advice = "what the policy finds is let through: add Deny to validationActions";
            findings.add(Rule::AdmissionPolicy, &object.id, advice);
        }
        if binding.match_resources.is_some() {
            let advice = "it is about less than the policy: remove matchResources, and say in the policy what it is about";
            findings.add(Rule::AdmissionPolicy, &object.id, advice);
        }
        bound.insert(binding.policy_name.as_str());
    }
    bound
}

fn check_refusal(object: &Object, admission: &Admission, bound: &BTreeSet<&str>, findings: &mut Findings) {
    let advice = match object.id.kind.as_str() {
        "ValidatingAdmissionPolicy" if !bound.contains(object.id.name.as_str()) => {
            "no ValidatingAdmissionPolicyBinding puts it into force: add one"
        }
        // Kyverno's is its own binding.
        "ValidatingPolicy" if !admission.validation_actions.iter().any(|action| action == DENY) => {
            "what it finds is let through: add Deny to validationActions"
        }
        _ => return,
    };
    findings.add(Rule::AdmissionPolicy, &object.id, advice);
}

fn check_namespaces(object: &Object, admission: &Admission, manifests: &Manifests, findings: &mut Findings) {
    let selector = &admission.match_constraints.namespace_selector;
    let is_met = manifests.objects().filter(|other| matches!(other.body, Body::Namespace)).any(|namespace| {
        let mut labels = namespace.labels.clone();
        labels.insert(NAMESPACE_NAME.to_owned(), namespace.id.name.clone());
        selector.matches(&labels)
    });
    if !is_met {
        let advice = format!(
            "no namespace of the manifests has the labels {selector}: label it, or mend the namespaceSelector"
        );
        findings.add(Rule::IdlePolicy, &object.id, advice);
    }
}
