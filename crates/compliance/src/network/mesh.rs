//! What a mesh (Istio) lets pods do, and whether that is what the policies of the network let them do.
//!
//! A pod is in a mesh by a label of its own or of its namespace; a namespace has one where a label or a policy of Istio says
//! so. There a source means who can prove to be it: an account, or anybody of a namespace. What conditions take away from a
//! rule is not considered, nor are policies that only deny. Port 15008, at which the mesh itself arrives, is nobody's own.
//! What gateways and waypoints pass on, and what is said in the namespace of Istio, is not looked at.

use std::collections::BTreeSet;

use super::graph::{self, Graph, Party, PartyKind, own_namespaces};
use super::ports::{Ports, Protocol};
use crate::manifests::{
    Body, Cidr, Labels, Manifests, MeshAction, MeshPolicy, MeshRule, MeshSource, MtlsMode, Object,
    PeerAuthentication, PolicyType, Workload,
};
use crate::report::Findings;
use crate::rules::Rule;

/// Where the mesh arrives at a pod (HBONE).
const MESH_PORT: u16 = 15008;

pub(super) fn check(graph: &Graph<'_>, manifests: &Manifests, findings: &mut Findings) {
    for namespace in own_namespaces(manifests) {
        let mesh = Mesh::of(manifests, namespace);
        if mesh.is_there() {
            mesh.members(findings);
            mesh.strictness(findings);
            mesh.default_deny(findings);
            mesh.unknown_sources(graph, findings);
            mesh.access(graph, findings);
        }
    }
}

/// What there is of a mesh in one namespace.
struct Mesh<'a> {
    namespace: &'a str,
    /// Those of the namespace itself.
    labels: Option<&'a Labels>,
    authentications: Vec<(&'a Object, &'a PeerAuthentication)>,
    policies: Vec<(&'a Object, &'a MeshPolicy)>,
    workloads: Vec<(&'a Object, &'a Workload)>,
}

impl<'a> Mesh<'a> {
    fn of(manifests: &'a Manifests, namespace: &'a str) -> Self {
        let here = || manifests.objects().filter(|object| object.namespace() == namespace);
        let authentications = here().filter_map(|object| match &object.body {
            Body::PeerAuthentication(authentication) => Some((object, authentication)),
            _ => None,
        });
        let policies = here().filter_map(|object| match &object.body {
            Body::MeshPolicy(policy) => Some((object, policy)),
            _ => None,
        });
        Self {
            namespace,
            labels: manifests.namespace(namespace).map(|object| &object.labels),
            authentications: authentications.collect(),
            policies: policies.collect(),
            workloads: manifests.workloads().filter(|(object, _)| object.namespace() == namespace).collect(),
        }
    }

    fn is_there(&self) -> bool {
        let is_said = self.labels.is_some_and(|labels| {
            ["istio.io/dataplane-mode", "istio-injection", "istio.io/rev"]
                .iter()
                .any(|key| labels.contains_key(*key))
        });
        is_said
            || !self.authentications.is_empty()
            || !self.policies.is_empty()
            || self.workloads.iter().any(|(_, workload)| self.is_member(workload))
    }

    /// Whether the pods of a workload are in the mesh: their own labels go before those of the namespace.
    fn is_member(&self, workload: &Workload) -> bool {
        let own = &workload.pod.metadata.labels;
        let label = |labels: Option<&'a Labels>, key: &str| labels.and_then(|labels| labels.get(key));
        let (ambient, sidecar) = ("istio.io/dataplane-mode", "sidecar.istio.io/inject");
        let is_ambient = match own.get(ambient) {
            Some(mode) => mode == "ambient",
            None => label(self.labels, ambient).is_some_and(|mode| mode == "ambient"),
        };
        let has_sidecar = match own.get(sidecar) {
            Some(inject) => inject == "true",
            None => {
                label(self.labels, "istio-injection").is_some_and(|injection| injection == "enabled")
                    || label(self.labels, "istio.io/rev").is_some()
            }
        };
        is_ambient || has_sidecar
    }

    fn members(&self, findings: &mut Findings) {
        for (object, workload) in &self.workloads {
            if !self.is_member(workload) {
                let advice = "its namespace has a mesh and it is no part of it: label the namespace \
                              istio.io/dataplane-mode: ambient or istio-injection: enabled, and no pod otherwise";
                findings.add(Rule::MeshMember, &object.id, advice);
            }
        }
    }

    fn strictness(&self, findings: &mut Findings) {
        let is_strict = |authentication: &PeerAuthentication| {
            let is_about_all = authentication.selector.as_ref().is_none_or(|selector| selector.is_empty());
            is_about_all && authentication.mtls.mode == MtlsMode::Strict
        };
        if !self.authentications.iter().any(|(_, authentication)| is_strict(authentication)) {
            let advice = "add a PeerAuthentication without selector and with mtls.mode STRICT";
            findings.add_to_namespace(Rule::MeshStrict, self.namespace, advice);
        }
        for (object, authentication) in &self.authentications {
            let loosens = |mode: MtlsMode| matches!(mode, MtlsMode::Permissive | MtlsMode::Disable);
            if loosens(authentication.mtls.mode) {
                let advice = "pods take what is not proven by the mesh: set mtls.mode to STRICT";
                findings.add(Rule::MeshStrict, &object.id, advice);
            }
            let ports = authentication.port_level_mtls.iter();
            for (port, _) in ports.filter(|(_, mtls)| loosens(mtls.mode)) {
                let advice = format!("remove the port {port} from portLevelMtls, or set it to STRICT");
                findings.add(Rule::MeshStrict, &object.id, advice);
            }
        }
    }

    fn default_deny(&self, findings: &mut Findings) {
        let denies = |policy: &MeshPolicy| {
            policy.is_about_all() && policy.action == MeshAction::Allow && policy.rules.is_empty()
        };
        if !self.policies.iter().any(|(_, policy)| denies(policy)) {
            let advice = "add an AuthorizationPolicy with an empty spec: it allows nobody anything, and others add to it";
            findings.add_to_namespace(Rule::MeshDefaultDeny, self.namespace, advice);
        }
    }

    /// Policies that allow something, and are about pods.
    fn allowing(&self) -> impl Iterator<Item = (&'a Object, &'a MeshPolicy)> {
        let is_allowing = |(_, policy): &&(&Object, &MeshPolicy)| {
            policy.action == MeshAction::Allow && !policy.is_about_gateways()
        };
        self.policies.iter().filter(is_allowing).copied()
    }

    /// Names in policies that are nobody's.
    fn unknown_sources(&self, graph: &Graph<'_>, findings: &mut Findings) {
        for (object, policy) in self.allowing() {
            let is_about_somebody = self.workloads.iter().any(|(_, workload)| {
                policy
                    .selector
                    .as_ref()
                    .is_none_or(|selector| selector.matches(&workload.pod.metadata.labels))
            });
            if !is_about_somebody {
                let advice = "no workload has the labels of its selector: mend it";
                findings.add(Rule::IdlePolicy, &object.id, advice);
            }
            let sources = policy.rules.iter().flat_map(|rule| &rule.from).map(|from| &from.source);
            for name in sources.flat_map(|source| names(source, self.namespace)) {
                if !graph.parties.iter().filter(|party| party.is_known()).any(|party| name.means(party)) {
                    let advice =
                        format!("nobody is known as the {name}: mend it, or tell who it is as `outside`");
                    findings.add(Rule::UnknownPeer, &object.id, advice);
                }
            }
        }
    }

    /// What the mesh and the network do not allow alike.
    fn access(&self, graph: &Graph<'_>, findings: &mut Findings) {
        for own in graph.parties.iter().filter(|party| party.namespace == self.namespace) {
            let PartyKind::Workload(object) = own.kind else { continue };
            let about: Vec<&MeshPolicy> = self
                .allowing()
                .map(|(_, policy)| policy)
                .filter(|policy| {
                    policy.selector.as_ref().is_none_or(|selector| selector.matches(&own.labels))
                })
                .collect();
            // Where nothing allows anything everybody may come in, which is told once, of the namespace.
            if about.is_empty() {
                continue;
            }
            let rules: Vec<&MeshRule> = about.iter().flat_map(|policy| &policy.rules).collect();
            // In the mesh a namespace of others is whole: labels of pods prove nothing there.
            let others = graph.parties.iter().filter(|party| !matches!(party.kind, PartyKind::Neighbour));
            for other in others {
                let by_mesh = granted(&rules, self.namespace, other);
                let by_network =
                    without_mesh(graph::allows(other, PolicyType::Egress, own).and(&graph::allows(
                        own,
                        PolicyType::Ingress,
                        other,
                    )));
                let name = &other.name;
                let excess = by_mesh.without(&by_network);
                if !excess.is_empty() {
                    let advice = format!(
                        "an AuthorizationPolicy lets {name} in ({excess}), and no NetworkPolicy does: allow both or neither"
                    );
                    findings.add(Rule::MeshAccess, &object.id, advice);
                }
                let missing = by_network.without(&by_mesh);
                if other.is_known() && !missing.is_empty() {
                    let advice = format!(
                        "a NetworkPolicy lets {name} in ({missing}), and no AuthorizationPolicy does: allow both or neither"
                    );
                    findings.add(Rule::MeshAccess, &object.id, advice);
                }
            }
            addresses(own, object, &rules, findings);
        }
    }
}

/// Blocks of addresses that the mesh lets in and the network does not.
fn addresses(own: &Party<'_>, object: &Object, rules: &[&MeshRule], findings: &mut Findings) {
    let let_in = graph::world(own, PolicyType::Ingress);
    let is_let_in = |addresses: &Cidr| {
        let_in.keys().any(|block| {
            block.is_none_or(|block| {
                block.cidr.covers(addresses) && !block.except.iter().any(|except| except.overlaps(addresses))
            })
        })
    };
    let sources = rules.iter().flat_map(|rule| &rule.from).map(|from| &from.source);
    let blocks: BTreeSet<&Cidr> = sources
        .flat_map(|source| source.ip_blocks.iter().chain(&source.remote_ip_blocks))
        .map(|addresses| &addresses.0)
        .collect();
    for block in blocks.into_iter().filter(|block| !is_let_in(block)) {
        let advice = format!(
            "an AuthorizationPolicy lets {block} in, and no NetworkPolicy does: allow both or neither"
        );
        findings.add(Rule::MeshAccess, &object.id, advice);
    }
}

/// The ports that rules open to somebody.
fn granted(rules: &[&MeshRule], namespace: &str, other: &Party<'_>) -> Ports {
    let mut granted = Ports::default();
    let is_meant = |rule: &MeshRule| {
        rule.from.is_empty() || rule.from.iter().any(|from| is_source(&from.source, namespace, other))
    };
    for rule in rules.iter().filter(|rule| is_meant(rule)) {
        if rule.to.is_empty() {
            granted.add(Ports::of(Protocol::Tcp));
        }
        for to in &rule.to {
            if to.operation.ports.is_empty() {
                granted.add(Ports::of(Protocol::Tcp));
            }
            for port in &to.operation.ports {
                granted.add(Ports::range(Protocol::Tcp, port.0, port.0));
            }
        }
    }
    without_mesh(granted)
}

/// What applications are asked for. The mesh carries TCP.
fn without_mesh(ports: Ports) -> Ports {
    ports.and(&Ports::of(Protocol::Tcp)).without(&Ports::range(Protocol::Tcp, MESH_PORT, MESH_PORT))
}

/// Whether a source means somebody. One of addresses alone means who is outside the cluster.
fn is_source(source: &MeshSource, namespace: &str, party: &Party<'_>) -> bool {
    if !source.ip_blocks.is_empty() || !source.remote_ip_blocks.is_empty() {
        return false;
    }
    let listed: Vec<Name<'_>> = names(source, namespace).collect();
    let holds = |is_kind: fn(&Name<'_>) -> bool| {
        let mut of_kind = listed.iter().filter(|name| is_kind(name)).peekable();
        of_kind.peek().is_none() || of_kind.any(|name| name.means(party))
    };
    holds(|name| matches!(name, Name::Principal(_)))
        && holds(|name| matches!(name, Name::Namespace(_)))
        && holds(|name| matches!(name, Name::Account { .. }))
}

/// A name by which a source is told.
enum Name<'a> {
    /// `trust-domain/ns/namespace/sa/account`.
    Principal(&'a str),
    Namespace(&'a str),
    Account {
        namespace: &'a str,
        account: &'a str,
    },
}

fn names<'a>(source: &'a MeshSource, own: &'a str) -> impl Iterator<Item = Name<'a>> {
    let accounts = source.service_accounts.iter().map(move |account| {
        let (namespace, account) = account.split_once('/').unwrap_or((own, account));
        Name::Account { namespace, account }
    });
    let principals = source.principals.iter().map(|principal| Name::Principal(principal));
    principals.chain(source.namespaces.iter().map(|namespace| Name::Namespace(namespace))).chain(accounts)
}

impl Name<'_> {
    /// Whether it is somebody's. What has a `*` in it may be anybody's.
    fn means(&self, party: &Party<'_>) -> bool {
        match *self {
            Self::Principal(principal) => {
                let mut parts = principal.rsplit('/');
                principal.contains('*')
                    || match (parts.next(), parts.next(), parts.next(), parts.next()) {
                        (Some(account), Some("sa"), Some(namespace), Some("ns")) => {
                            is_account(party, namespace, account)
                        }
                        _ => false,
                    }
            }
            Self::Namespace(namespace) => namespace.contains('*') || party.namespace == namespace,
            Self::Account { namespace, account } => {
                namespace.contains('*') || account.contains('*') || is_account(party, namespace, account)
            }
        }
    }
}

/// Whether somebody has an account. Which one those outside have is not known.
fn is_account(party: &Party<'_>, namespace: &str, account: &str) -> bool {
    party.namespace == namespace && party.account.as_deref().is_none_or(|own| own == account)
}

impl std::fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Principal(principal) => write!(f, "principal {principal}"),
            Self::Namespace(namespace) => write!(f, "namespace {namespace}"),
            Self::Account { namespace, account } => write!(f, "account {namespace}/{account}"),
        }
    }
}
