//! Who may what at the API of Kubernetes (`rbac.authorization.k8s.io/v1`).
//!
//! A service account may what its roles say: those bound to itself, to a group of service accounts, or to everybody
//! who is signed in. What roles allow that are not in the manifests is not known; tables name them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use crate::expectations::Expectations;
use crate::manifests::{Access as Binding, Body, Manifests, Object, ObjectId, RoleRules, Rules, Subject};
use crate::report::Findings;
use crate::rules::Rule;

/// What one service account may do.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Debug)]
pub struct AccountAccess {
    /// `namespace/name`.
    pub account: String,
    /// What it may, in order, as `in namespace: verbs what (names)`; `everywhere:` where no namespace limits it.
    pub rules: Vec<String>,
}

/// What every service account may do, in order; as text a paragraph for each, or `nothing`.
#[derive(Clone, PartialEq, Eq, Serialize, Debug)]
pub struct Access(Vec<AccountAccess>);

impl Access {
    /// Them.
    pub fn iter(&self) -> impl Iterator<Item = &AccountAccess> {
        self.0.iter()
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for AccountAccess { account, rules } in &self.0 {
            if rules.is_empty() {
                writeln!(f, "{account}: nothing")?;
                continue;
            }
            writeln!(f, "{account}:")?;
            rules.iter().try_for_each(|rule| writeln!(f, "  {rule}"))?;
        }
        Ok(())
    }
}

pub(crate) fn access(manifests: &Manifests) -> Access {
    let mut accounts: BTreeSet<(String, String)> = BTreeSet::new();
    for object in manifests.objects().filter(|object| matches!(object.body, Body::ServiceAccount(_))) {
        accounts.insert((object.namespace().to_owned(), object.id.name.clone()));
    }
    for (object, binding) in bindings(manifests) {
        let subjects = binding.subjects.iter().filter_map(|subject| account_of(object, subject));
        accounts.extend(subjects.map(|(namespace, name)| (namespace.to_owned(), name.to_owned())));
    }
    for (object, workload) in manifests.workloads() {
        if let Some(name) = &workload.pod.spec.service_account_name {
            accounts.insert((object.namespace().to_owned(), name.clone()));
        }
    }
    let roles = Roles::of(manifests);
    let of_account = |(namespace, name): (String, String)| {
        let mut rules = BTreeSet::new();
        for (object, binding) in bindings(manifests) {
            if binding.subjects.iter().any(|subject| is_subject(object, subject, &namespace, &name)) {
                rules.extend(granted(&roles, object, binding));
            }
        }
        AccountAccess { account: format!("{namespace}/{name}"), rules: rules.into_iter().collect() }
    };
    Access(accounts.into_iter().map(of_account).collect())
}

/// What a binding grants, as text.
fn granted(roles: &Roles<'_>, object: &Object, binding: &Binding) -> Vec<String> {
    let scope = match &object.id.namespace {
        Some(namespace) => format!("in {namespace}"),
        None => "everywhere".to_owned(),
    };
    match roles.rules(object, binding) {
        None => vec![format!("{scope}: whatever {} {} allows", binding.role_ref.kind, binding.role_ref.name)],
        Some(rules) => rules.iter().map(|rule| format!("{scope}: {}", described(rule))).collect(),
    }
}

fn described(rule: &Rules) -> String {
    let mut text = rule.verbs.join(", ");
    let of_group = |resource: &String| {
        let groups = rule.api_groups.iter().map(move |group| match group.as_str() {
            "" => resource.clone(),
            group => format!("{resource}.{group}"),
        });
        groups.collect::<Vec<_>>()
    };
    let mut what: Vec<String> = rule.resources.iter().flat_map(of_group).collect();
    what.extend(rule.urls.iter().cloned());
    text.push(' ');
    text.push_str(&what.join(", "));
    if !rule.resource_names.is_empty() {
        text.push_str(&format!(" ({})", rule.resource_names.join(", ")));
    }
    text
}

fn bindings(manifests: &Manifests) -> impl Iterator<Item = (&Object, &Binding)> {
    manifests.objects().filter_map(|object| match &object.body {
        Body::Binding(binding) => Some((object, binding)),
        _ => None,
    })
}

/// The service account that a subject names, by its kind or as the user that it is.
fn account_of<'a>(binding: &'a Object, subject: &'a Subject) -> Option<(&'a str, &'a str)> {
    match subject.kind.as_str() {
        "ServiceAccount" if subject.namespace.is_empty() => Some((binding.namespace(), &subject.name)),
        "ServiceAccount" => Some((&subject.namespace, &subject.name)),
        "User" => subject.name.strip_prefix("system:serviceaccount:")?.split_once(':'),
        _ => None,
    }
}

fn is_subject(binding: &Object, subject: &Subject, namespace: &str, name: &str) -> bool {
    if subject.kind == "Group" {
        let of_namespace = format!("system:serviceaccounts:{namespace}");
        return subject.name == "system:authenticated"
            || subject.name == "system:serviceaccounts"
            || subject.name == of_namespace;
    }
    account_of(binding, subject) == Some((namespace, name))
}

/// The roles of the manifests, by kind, namespace and name.
struct Roles<'a>(BTreeMap<(&'a str, &'a str, &'a str), (&'a Object, &'a RoleRules)>);

impl<'a> Roles<'a> {
    fn of(manifests: &'a Manifests) -> Self {
        let roles = manifests.objects().filter_map(|object| match &object.body {
            Body::Role(role) => {
                Some(((object.id.kind.as_str(), object.namespace(), object.id.name.as_str()), (object, role)))
            }
            _ => None,
        });
        Self(roles.collect())
    }

    /// The role that a binding is about.
    fn bound(&self, object: &Object, binding: &Binding) -> Option<(&'a Object, &'a RoleRules)> {
        let namespace = match binding.role_ref.kind.as_str() {
            "Role" => object.namespace(),
            _ => "",
        };
        self.0.get(&(binding.role_ref.kind.as_str(), namespace, binding.role_ref.name.as_str())).copied()
    }

    /// What a binding's role says, with the roles that it gathers; none if it is not in the manifests.
    fn rules(&self, object: &Object, binding: &Binding) -> Option<Vec<&'a Rules>> {
        let (_, role) = self.bound(object, binding)?;
        let mut rules: Vec<&Rules> = role.rules.iter().collect();
        if let Some(aggregation) = &role.aggregation_rule {
            let parts = self.0.values().filter(|(part, _)| {
                part.id.namespace.is_none()
                    && aggregation
                        .cluster_role_selectors
                        .iter()
                        .any(|selector| selector.matches(&part.labels))
            });
            rules.extend(parts.flat_map(|(_, part)| &part.rules));
        }
        Some(rules)
    }
}

pub(crate) fn check(manifests: &Manifests, expectations: &Expectations, findings: &mut Findings) {
    let roles = Roles::of(manifests);
    for (object, role) in roles.0.values() {
        for rule in &role.rules {
            check_rule(object, rule, findings);
        }
    }
    let mut bound: BTreeSet<&ObjectId> = BTreeSet::new();
    for (object, binding) in bindings(manifests) {
        match roles.bound(object, binding) {
            Some((role, _)) => {
                bound.insert(&role.id);
            }
            None => check_outside_role(object, binding, expectations, findings),
        }
        for subject in &binding.subjects {
            check_subject(object, subject, manifests, findings);
        }
    }
    idle(&roles, &bound, findings);
    check_accounts(manifests, findings);
}

/// What a rule must not grant: the rule of ours, group, resources, verbs, and what to do.
struct Danger {
    rule: Rule,
    groups: &'static [&'static str],
    resources: &'static [&'static str],
    verbs: &'static [&'static str],
    advice: &'static str,
}

const RBAC: &str = "rbac.authorization.k8s.io";
const CERTIFICATES: &str = "certificates.k8s.io";
const CHANGES: &[&str] = &["create", "update", "patch", "delete", "deletecollection"];

/// By the good practices of RBAC in the documentation of Kubernetes, and section 5.1 of the benchmark.
const DANGERS: [Danger; 11] = [
    Danger {
        rule: Rule::RbacCreatePods,
        groups: &["", "apps", "batch"],
        resources: &[
            "pods",
            "podtemplates",
            "replicationcontrollers",
            "deployments",
            "statefulsets",
            "daemonsets",
            "replicasets",
            "jobs",
            "cronjobs",
        ],
        verbs: &["create"],
        advice: "whoever creates pods reads every secret of the namespace: let a controller do it",
    },
    Danger {
        rule: Rule::RbacExec,
        groups: &[""],
        resources: &[
            "pods/exec",
            "pods/attach",
            "pods/portforward",
            "pods/ephemeralcontainers",
            "pods/proxy",
        ],
        verbs: &["create", "get", "update", "patch"],
        advice: "do without a way into running pods",
    },
    Danger {
        rule: Rule::RbacEscalation,
        groups: &[RBAC],
        resources: &["roles", "clusterroles"],
        verbs: &["escalate", "bind"],
        advice: "whoever binds or escalates becomes whoever they like",
    },
    Danger {
        rule: Rule::RbacEscalation,
        groups: &["", "authentication.k8s.io"],
        resources: &["users", "groups", "serviceaccounts", "uids"],
        verbs: &["impersonate"],
        advice: "whoever impersonates is whoever they like",
    },
    Danger {
        rule: Rule::RbacPersistentVolumes,
        groups: &[""],
        resources: &["persistentvolumes"],
        verbs: &["create"],
        advice: "a persistent volume can be a path of the node: claim storage by its class",
    },
    Danger {
        rule: Rule::RbacNodesProxy,
        groups: &[""],
        resources: &["nodes/proxy"],
        verbs: &["get", "create", "update", "patch", "delete"],
        advice: "the proxy of a node is a way into all of its pods",
    },
    Danger {
        rule: Rule::RbacCertificates,
        groups: &[CERTIFICATES],
        resources: &["certificatesigningrequests/approval", "certificatesigningrequests/status"],
        verbs: &["update", "patch"],
        advice: "whoever approves certificates signs in as whom they like",
    },
    Danger {
        rule: Rule::RbacCertificates,
        groups: &[CERTIFICATES],
        resources: &["signers"],
        verbs: &["approve", "sign"],
        advice: "whoever approves certificates signs in as whom they like",
    },
    Danger {
        rule: Rule::RbacWebhooks,
        groups: &["admissionregistration.k8s.io"],
        resources: &["validatingwebhookconfigurations", "mutatingwebhookconfigurations"],
        verbs: CHANGES,
        advice: "a webhook of admission reads and changes every object",
    },
    Danger {
        rule: Rule::RbacTokens,
        groups: &[""],
        resources: &["serviceaccounts/token"],
        verbs: &["create"],
        advice: "whoever makes tokens is every account of the namespace",
    },
    Danger {
        rule: Rule::RbacSecrets,
        groups: &[""],
        resources: &["secrets"],
        verbs: &["get", "list", "watch"],
        advice: "name the secrets under resourceNames, and only get them",
    },
];

fn check_rule(object: &Object, rule: &Rules, findings: &mut Findings) {
    let lists = [&rule.verbs, &rule.resources, &rule.api_groups, &rule.urls];
    if lists.into_iter().flatten().any(|word| word.contains('*')) {
        findings.add(Rule::RbacWildcard, &object.id, format!("name what `{}` means", described(rule)));
    }
    let has = |list: &[String], words: &[&str]| {
        list.iter().any(|word| word == "*" || words.contains(&word.as_str()))
    };
    for danger in &DANGERS {
        let is_resource = rule.resources.iter().any(|own| {
            danger.resources.iter().any(|resource| {
                // `*/exec` means that subresource of everything.
                let subresource = resource.split_once('/').map(|(_, subresource)| format!("*/{subresource}"));
                own == "*" || own == resource || Some(own) == subresource.as_ref()
            })
        });
        let is_named = danger.rule == Rule::RbacSecrets && !rule.resource_names.is_empty();
        if is_resource && !is_named && has(&rule.api_groups, danger.groups) && has(&rule.verbs, danger.verbs)
        {
            findings.add(danger.rule, &object.id, format!("`{}`: {}", described(rule), danger.advice));
        }
    }
}

fn check_outside_role(
    object: &Object,
    binding: &Binding,
    expectations: &Expectations,
    findings: &mut Findings,
) {
    let role = &binding.role_ref;
    if role.kind == "ClusterRole" && role.name == "cluster-admin" {
        findings.add(Rule::ClusterAdmin, &object.id, "bind a role that says what is needed");
    } else if role.kind != "ClusterRole" || !expectations.cluster_roles.contains(&role.name) {
        let advice = format!(
            "there is no {} `{}` in the manifests: add it, or tell that it is outside",
            role.kind, role.name
        );
        findings.add(Rule::UnknownRole, &object.id, advice);
    }
}

fn check_subject(object: &Object, subject: &Subject, manifests: &Manifests, findings: &mut Findings) {
    if let Some((namespace, name)) = account_of(object, subject) {
        let exists = manifests.objects().any(|other| {
            matches!(other.body, Body::ServiceAccount(_))
                && other.namespace() == namespace
                && other.id.name == name
        });
        if !exists {
            let advice = format!(
                "there is no ServiceAccount {namespace}/{name} in the manifests: add it or remove it here"
            );
            findings.add(Rule::UnknownSubject, &object.id, advice);
        }
    } else if subject.name.starts_with("system:") {
        let advice = format!("bind an account of ours instead of the {} {}", subject.kind, subject.name);
        findings.add(Rule::SystemSubject, &object.id, advice);
    } else {
        let advice = format!(
            "the {} `{}` is no account of the manifests: bind people elsewhere",
            subject.kind, subject.name
        );
        findings.add(Rule::UnknownSubject, &object.id, advice);
    }
}

/// Roles that nobody has.
fn idle(roles: &Roles<'_>, bound: &BTreeSet<&ObjectId>, findings: &mut Findings) {
    const GATHERED: &str = "rbac.authorization.k8s.io/aggregate-to-";
    let selectors: Vec<_> = roles
        .0
        .values()
        .filter_map(|(_, role)| role.aggregation_rule.as_ref())
        .flat_map(|aggregation| &aggregation.cluster_role_selectors)
        .collect();
    for (object, _) in roles.0.values() {
        let is_part = object.id.namespace.is_none()
            && (object.labels.keys().any(|label| label.starts_with(GATHERED))
                || selectors.iter().any(|selector| selector.matches(&object.labels)));
        if !bound.contains(&object.id) && !is_part {
            findings.add(Rule::IdleRole, &object.id, "remove it, or bind it to the account that needs it");
        }
    }
}

/// Tokens are mounted nowhere unless a pod asks for them.
fn check_accounts(manifests: &Manifests, findings: &mut Findings) {
    let accounts = || {
        manifests.objects().filter_map(|object| match &object.body {
            Body::ServiceAccount(account) => Some((object, account)),
            _ => None,
        })
    };
    for (object, account) in accounts() {
        if account.automount_service_account_token != Some(false) {
            findings.add(Rule::AccountToken, &object.id, "set automountServiceAccountToken to false");
        }
    }
    let namespaces: BTreeSet<&str> = manifests.workloads().map(|(object, _)| object.namespace()).collect();
    for namespace in namespaces {
        let has_default =
            accounts().any(|(object, _)| object.namespace() == namespace && object.id.name == "default");
        if !has_default {
            let advice = "add the ServiceAccount `default` with automountServiceAccountToken: false";
            findings.add_to_namespace(Rule::AccountToken, namespace, advice);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Report;

    fn object(kind: &str, name: &str, rest: &str) -> String {
        let group = if kind == "ServiceAccount" { "v1" } else { "rbac.authorization.k8s.io/v1" };
        format!("---\napiVersion: {group}\nkind: {kind}\nmetadata: {{name: {name}, namespace: a}}\n{rest}\n")
    }

    fn account(name: &str) -> String {
        object("ServiceAccount", name, "automountServiceAccountToken: false")
    }

    fn role(rules: &str) -> String {
        object("Role", "r", &format!("rules: [{rules}]"))
    }

    fn binding(kind: &str, role: &str, subjects: &str) -> String {
        object(kind, "b", &format!("roleRef: {role}\nsubjects: [{subjects}]"))
    }

    const ROLE: &str = "{apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}";
    const X: &str = "{kind: ServiceAccount, name: x}";

    fn found(text: &[String]) -> Vec<&'static str> {
        let mut findings = Findings::default();
        check(&Manifests::read(&text.concat()).unwrap(), &Expectations::default(), &mut findings);
        Report::of(findings, 0).findings().iter().map(|finding| finding.rule.name()).collect()
    }

    /// What is found of a rule that is bound as it should be.
    fn of_rule(rule: &str) -> Vec<&'static str> {
        found(&[account("x"), role(rule), binding("RoleBinding", ROLE, X)])
    }

    fn table(text: &[String]) -> String {
        access(&Manifests::read(&text.concat()).unwrap()).to_string()
    }

    #[test]
    fn an_account_without_rules_may_nothing() {
        assert_eq!(table(&[account("x")]), "a/x: nothing\n");
        assert_eq!(found(&[account("x")]), [""; 0]);
    }

    #[test]
    fn rules_are_told_with_their_names_and_where_they_hold() {
        let rules = "{apiGroups: ['', apps], resources: [pods, deployments], verbs: [get]}, \
                     {apiGroups: [''], resources: [secrets], verbs: [get], resourceNames: [k]}";
        let text = [account("x"), account("z"), role(rules), binding("RoleBinding", ROLE, X)];
        assert_eq!(
            table(&text),
            "a/x:\n  in a: get pods, pods.apps, deployments, deployments.apps\n  in a: get secrets (k)\na/z: nothing\n"
        );
        let outside = binding(
            "ClusterRoleBinding",
            "{kind: ClusterRole, name: view}",
            X.replace("x}", "x, namespace: a}").as_str(),
        );
        assert_eq!(table(&[account("x"), outside]), "a/x:\n  everywhere: whatever ClusterRole view allows\n");
    }

    #[test]
    fn what_groups_and_users_get_accounts_get() {
        for subject in [
            "{kind: Group, name: 'system:serviceaccounts'}",
            "{kind: Group, name: 'system:serviceaccounts:a'}",
            "{kind: Group, name: 'system:authenticated'}",
            "{kind: User, name: 'system:serviceaccount:a:x'}",
        ] {
            let text = [
                account("x"),
                role("{apiGroups: [''], resources: [pods], verbs: [get]}"),
                binding("RoleBinding", ROLE, subject),
            ];
            assert_eq!(table(&text), "a/x:\n  in a: get pods\n", "{subject}");
        }
        let other = "{kind: Group, name: 'system:serviceaccounts:b'}";
        let text = [
            account("x"),
            role("{apiGroups: [''], resources: [pods], verbs: [get]}"),
            binding("RoleBinding", ROLE, other),
        ];
        assert_eq!(table(&text), "a/x: nothing\n");
    }

    #[test]
    fn a_role_that_gathers_others_has_their_rules() {
        let part =
            object("ClusterRole", "part", "rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]")
                .replace("{name: part", "{name: part, labels: {gather: 'yes'}");
        let whole = object(
            "ClusterRole",
            "whole",
            "aggregationRule: {clusterRoleSelectors: [{matchLabels: {gather: 'yes'}}]}",
        );
        let bound = binding(
            "ClusterRoleBinding",
            "{kind: ClusterRole, name: whole}",
            "{kind: ServiceAccount, name: x, namespace: a}",
        );
        let text = [account("x"), part, whole, bound];
        assert_eq!(table(&text), "a/x:\n  everywhere: get pods\n");
        assert_eq!(found(&text), [""; 0]);
    }

    #[test]
    fn dangerous_rules_are_found_each_by_its_name() {
        for (rule, expected) in [
            ("{apiGroups: [''], resources: [secrets], verbs: [get]}", "rbac-secrets"),
            ("{apiGroups: [''], resources: [secrets], verbs: [list]}", "rbac-secrets"),
            ("{apiGroups: [''], resources: [secrets], verbs: [watch]}", "rbac-secrets"),
            ("{apiGroups: [''], resources: [pods], verbs: [create]}", "rbac-create-pods"),
            ("{apiGroups: [batch], resources: [jobs], verbs: [create]}", "rbac-create-pods"),
            ("{apiGroups: [''], resources: [pods/exec], verbs: [create]}", "rbac-exec"),
            ("{apiGroups: [''], resources: [pods/attach], verbs: [get]}", "rbac-exec"),
            (
                "{apiGroups: [rbac.authorization.k8s.io], resources: [roles], verbs: [bind]}",
                "rbac-escalation",
            ),
            (
                "{apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [escalate]}",
                "rbac-escalation",
            ),
            ("{apiGroups: [''], resources: [serviceaccounts], verbs: [impersonate]}", "rbac-escalation"),
            ("{apiGroups: [''], resources: [serviceaccounts/token], verbs: [create]}", "rbac-tokens"),
            ("{apiGroups: [''], resources: [nodes/proxy], verbs: [get]}", "rbac-nodes-proxy"),
            ("{apiGroups: [''], resources: [persistentvolumes], verbs: [create]}", "rbac-persistent-volumes"),
            (
                "{apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests/approval], verbs: [update]}",
                "rbac-certificates",
            ),
            (
                "{apiGroups: [certificates.k8s.io], resources: [signers], verbs: [approve]}",
                "rbac-certificates",
            ),
            (
                "{apiGroups: [admissionregistration.k8s.io], resources: [mutatingwebhookconfigurations], verbs: [patch]}",
                "rbac-webhooks",
            ),
            ("{apiGroups: [''], resources: [configmaps], verbs: ['*']}", "rbac-wildcard"),
            ("{apiGroups: ['*'], resources: [configmaps], verbs: [get]}", "rbac-wildcard"),
            ("{apiGroups: [apps], resources: ['*'], verbs: [get]}", "rbac-wildcard"),
            ("{nonResourceURLs: ['/metrics/*'], verbs: [get]}", "rbac-wildcard"),
        ] {
            assert_eq!(of_rule(rule), [expected], "{rule}");
        }
    }

    #[test]
    fn a_wildcard_is_everything_that_it_means() {
        let all = of_rule("{apiGroups: ['*'], resources: ['*'], verbs: ['*']}");
        for rule in
            ["rbac-wildcard", "rbac-secrets", "rbac-exec", "rbac-escalation", "rbac-tokens", "rbac-webhooks"]
        {
            assert!(all.contains(&rule), "{rule}");
        }
        assert!(of_rule("{apiGroups: [''], resources: ['*/exec'], verbs: [create]}").contains(&"rbac-exec"));
    }

    #[test]
    fn narrow_rules_are_left_alone() {
        for rule in [
            "{apiGroups: [''], resources: [secrets], verbs: [get], resourceNames: [k]}",
            "{apiGroups: [''], resources: [pods], verbs: [get, list, watch]}",
            "{apiGroups: [example.org], resources: [secrets], verbs: [get]}",
            "{apiGroups: [''], resources: [pods/log], verbs: [get]}",
            "{apiGroups: [apps], resources: [deployments], verbs: [patch], resourceNames: [server]}",
            "{nonResourceURLs: [/metrics], verbs: [get]}",
        ] {
            assert_eq!(of_rule(rule), [""; 0], "{rule}");
        }
        assert!(Manifests::read(&role("{apiGroup: ['']}")).is_err(), "a misspelt field is refused");
    }

    #[test]
    fn bindings_lead_from_accounts_that_exist_to_roles_that_exist() {
        let pods = "{apiGroups: [''], resources: [pods], verbs: [get]}";
        assert_eq!(found(&[account("x"), binding("RoleBinding", ROLE, X)]), ["unknown-role"]);
        assert_eq!(found(&[role(pods), binding("RoleBinding", ROLE, X)]), ["unknown-subject"]);
        let elsewhere = X.replace("x}", "x, namespace: b}");
        assert_eq!(
            found(&[account("x"), role(pods), binding("RoleBinding", ROLE, &elsewhere)]),
            ["unknown-subject"]
        );
        assert_eq!(found(&[role(pods)]), ["idle-role"]);
        let admin = binding(
            "ClusterRoleBinding",
            "{kind: ClusterRole, name: cluster-admin}",
            &X.replace("x}", "x, namespace: a}"),
        );
        assert_eq!(found(&[account("x"), admin]), ["cluster-admin"]);
        for group in ["system:masters", "system:authenticated", "system:serviceaccounts"] {
            let subject = format!("{{kind: Group, name: '{group}'}}");
            assert_eq!(
                found(&[role(pods), binding("RoleBinding", ROLE, &subject)]),
                ["system-subject"],
                "{group}"
            );
        }
        let person = "{kind: User, name: jane}";
        assert_eq!(found(&[role(pods), binding("RoleBinding", ROLE, person)]), ["unknown-subject"]);
    }

    #[test]
    fn no_account_mounts_a_token() {
        let open = account("x").replace("false", "true");
        assert_eq!(found(&[open]), ["account-token"]);
        let silent = object("ServiceAccount", "x", "");
        assert_eq!(found(&[silent]), ["account-token"]);
        let pod = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: a}\n\
                   spec: {containers: [{name: c}]}\n"
            .to_owned();
        assert_eq!(found(std::slice::from_ref(&pod)), ["account-token"], "that of default too");
        assert_eq!(found(&[pod, account("default")]), [""; 0]);
    }
}
