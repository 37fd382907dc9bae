//! Who is there, and what all policies together let them do.

use std::collections::{BTreeMap, BTreeSet};

use super::ports::{Ports, Protocol};
use crate::expectations::{Expectations, OutsidePort};
use crate::manifests::{
    Body, IpBlock, Labels, Manifests, Object, Policy, PolicyPeer, PolicyPort, PolicyType, PortRef, Selector,
    Workload,
};

/// The label that Kubernetes gives to every namespace.
pub(crate) const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";

/// The account of a pod that names none.
const USUAL_ACCOUNT: &str = "default";

/// Pods that are alike to every policy.
pub(super) struct Party<'a> {
    pub(super) name: String,
    pub(super) kind: PartyKind<'a>,
    pub(super) namespace: String,
    namespace_labels: Labels,
    pub(super) labels: Labels,
    /// The service account of its pods; none where that is not known.
    pub(super) account: Option<String>,
    /// The ports that have a name.
    ports: Vec<(String, Protocol, u16)>,
    /// On the network of the node, where no policy reaches.
    is_on_node: bool,
    /// The policies that close it to what comes in; none leaves it open.
    ingress: Vec<Named<'a>>,
    /// The policies that close it to what goes out.
    egress: Vec<Named<'a>>,
}

/// A policy and its object.
type Named<'a> = (&'a Object, &'a Policy);

#[derive(Clone, Copy)]
pub(super) enum PartyKind<'a> {
    Workload(&'a Object),
    /// Known, and not in the manifests.
    Outside,
    /// Nobody we know, in a namespace of ours: a pod without labels.
    Stranger,
    /// Nobody we know, in a namespace where somebody outside is known by labels: a pod without them.
    Neighbour,
    /// Nobody we know, in a namespace that nobody knows.
    Foreigner,
}

impl<'a> Party<'a> {
    /// Pods without labels and ports.
    fn of(name: String, kind: PartyKind<'a>, namespace: &str, namespace_labels: Labels) -> Self {
        Self {
            name,
            kind,
            namespace: namespace.to_owned(),
            namespace_labels,
            labels: Labels::new(),
            account: match kind {
                PartyKind::Workload(_) | PartyKind::Stranger => Some(USUAL_ACCOUNT.to_owned()),
                PartyKind::Outside | PartyKind::Neighbour | PartyKind::Foreigner => None,
            },
            ports: Vec::new(),
            is_on_node: false,
            ingress: Vec::new(),
            egress: Vec::new(),
        }
    }

    /// The policies that close it in a direction.
    fn closing(&self, direction: PolicyType) -> &[Named<'a>] {
        match direction {
            PolicyType::Ingress => &self.ingress,
            PolicyType::Egress => &self.egress,
        }
    }

    fn is_open(&self, direction: PolicyType) -> bool {
        self.closing(direction).is_empty()
    }

    pub(super) fn is_known(&self) -> bool {
        matches!(self.kind, PartyKind::Workload(_) | PartyKind::Outside)
    }

    /// Whether a selector means the namespace that it lives in.
    pub(super) fn lives_in(&self, namespaces: &Selector) -> bool {
        namespaces.matches(&self.namespace_labels)
    }

    /// Whether it lives in a namespace of the manifests.
    pub(super) fn is_ours(&self) -> bool {
        matches!(self.kind, PartyKind::Workload(_) | PartyKind::Stranger)
    }
}

/// A rule of a policy, for either direction.
#[derive(Clone, Copy)]
pub(super) struct Rule<'a> {
    /// Empty means everybody, everywhere.
    pub(super) peers: &'a [PolicyPeer],
    /// Empty means all.
    pub(super) ports: &'a [PolicyPort],
}

pub(super) struct Graph<'a> {
    pub(super) parties: Vec<Party<'a>>,
    pub(super) policies: Vec<Named<'a>>,
}

/// The namespaces that the manifests are about: declared in them, or with workloads.
pub(super) fn own_namespaces(manifests: &Manifests) -> BTreeSet<&str> {
    let declared = manifests.objects().filter(|object| matches!(object.body, Body::Namespace));
    let declared = declared.map(|object| object.id.name.as_str());
    declared.chain(manifests.workloads().map(|(object, _)| object.namespace())).collect()
}

/// The namespaces of others in which not everybody is meant.
fn neighbourhoods<'a>(manifests: &Manifests, expectations: &'a Expectations) -> BTreeSet<&'a str> {
    let own = own_namespaces(manifests);
    let outside = || expectations.outside.iter();
    let whole: BTreeSet<&str> = outside()
        .filter(|outside| outside.labels.is_empty())
        .map(|outside| outside.namespace.as_str())
        .collect();
    let named = outside().map(|outside| outside.namespace.as_str());
    named.filter(|namespace| !own.contains(namespace) && !whole.contains(namespace)).collect()
}

impl<'a> Graph<'a> {
    pub(super) fn of(manifests: &'a Manifests, expectations: &Expectations) -> Self {
        let policies = manifests.objects().filter_map(|object| match &object.body {
            Body::NetworkPolicy(policy) => Some((object, policy)),
            _ => None,
        });
        let labels_of = |namespace: &str| {
            let mut labels =
                manifests.namespace(namespace).map(|object| object.labels.clone()).unwrap_or_default();
            labels.insert(NAMESPACE_NAME.to_owned(), namespace.to_owned());
            labels
        };
        let mut parties = workloads(manifests, &labels_of);
        parties.extend(expectations.outside.iter().map(|outside| {
            let mut namespace_labels = labels_of(&outside.namespace);
            namespace_labels.extend(outside.namespace_labels.clone());
            let named = |port: &OutsidePort| (port.name.clone(), port.protocol, port.port);
            Party {
                labels: outside.labels.clone(),
                ports: outside.ports.iter().map(named).collect(),
                ..Party::of(outside.name.clone(), PartyKind::Outside, &outside.namespace, namespace_labels)
            }
        }));
        parties.extend(own_namespaces(manifests).into_iter().map(|namespace| {
            let name = format!("any other pod in {namespace}");
            Party::of(name, PartyKind::Stranger, namespace, labels_of(namespace))
        }));
        parties.extend(neighbourhoods(manifests, expectations).into_iter().map(|namespace| {
            let name = format!("any other pod in {namespace}");
            Party::of(name, PartyKind::Neighbour, namespace, labels_of(namespace))
        }));
        // A name that no namespace can have: a policy that matches it matches whatever the namespace is called.
        let nowhere = Labels::from([(NAMESPACE_NAME.to_owned(), String::new())]);
        parties.push(Party::of("any pod elsewhere".to_owned(), PartyKind::Foreigner, "", nowhere));
        let policies: Vec<Named<'a>> = policies.collect();
        for party in parties.iter_mut().filter(|party| !party.is_on_node) {
            let selects = |(object, policy): &Named<'a>, direction| {
                object.namespace() == party.namespace
                    && policy.is_about(direction)
                    && policy.pod_selector.matches(&party.labels)
            };
            let of =
                |direction| policies.iter().filter(|policy| selects(policy, direction)).copied().collect();
            let (ingress, egress) = (of(PolicyType::Ingress), of(PolicyType::Egress));
            party.ingress = ingress;
            party.egress = egress;
        }
        Self { parties, policies }
    }
}

/// The ports that `own` may use (egress) or offer (ingress) to another, by the policies of `own` alone.
pub(super) fn allows(own: &Party<'_>, direction: PolicyType, other: &Party<'_>) -> Ports {
    if own.is_open(direction) {
        return Ports::all();
    }
    granted(own, direction, other, |_| true)
}

/// The same, where a rule names the other by a selector.
pub(super) fn names(own: &Party<'_>, direction: PolicyType, other: &Party<'_>) -> Ports {
    granted(own, direction, other, |rule| !rule.peers.is_empty())
}

fn granted(
    own: &Party<'_>,
    direction: PolicyType,
    other: &Party<'_>,
    counts: impl Fn(&Rule<'_>) -> bool,
) -> Ports {
    let target = match direction {
        PolicyType::Ingress => own,
        PolicyType::Egress => other,
    };
    let mut granted = Ports::default();
    for (object, policy) in own.closing(direction) {
        for rule in rules(policy, direction).filter(|rule| counts(rule)) {
            let is_meant = rule.peers.is_empty()
                || rule.peers.iter().any(|peer| is_peer(peer, object.namespace(), other));
            if is_meant {
                granted.add(ports(rule.ports, Some(target)));
            }
        }
    }
    granted
}

/// What a party may reach, or be reached by, outside the cluster; `None` stands for everybody and everything.
pub(super) fn world<'a>(own: &Party<'a>, direction: PolicyType) -> BTreeMap<Option<&'a IpBlock>, Ports> {
    let mut reached: BTreeMap<Option<&IpBlock>, Ports> = BTreeMap::new();
    if own.is_open(direction) {
        reached.insert(None, Ports::all());
        return reached;
    }
    let target = match direction {
        PolicyType::Ingress => Some(own),
        PolicyType::Egress => None,
    };
    for (_, policy) in own.closing(direction) {
        for rule in rules(policy, direction) {
            let granted = ports(rule.ports, target);
            let blocks = rule.peers.iter().filter_map(|peer| match peer {
                PolicyPeer::Addresses(block) => Some(Some(block)),
                PolicyPeer::Pods { .. } => None,
            });
            let everybody = rule.peers.is_empty().then_some(None);
            for peer in blocks.chain(everybody).filter(|_| !granted.is_empty()) {
                reached.entry(peer).or_default().add(granted.clone());
            }
        }
    }
    reached
}

fn workloads<'a>(manifests: &'a Manifests, labels_of: &dyn Fn(&str) -> Labels) -> Vec<Party<'a>> {
    let mut named: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (object, _) in manifests.workloads() {
        *named.entry((object.namespace(), &object.id.name)).or_default() += 1;
    }
    let party = |(object, workload): (&'a Object, &'a Workload)| {
        let (namespace, name) = (object.namespace(), object.id.name.as_str());
        let spec = &workload.pod.spec;
        let is_alone = named.get(&(namespace, name)) == Some(&1);
        let ports = spec.lasting_containers().flat_map(|container| &container.ports);
        let called = match is_alone {
            true => format!("{namespace}/{name}"),
            false => format!("{namespace}/{name} ({})", object.id.kind),
        };
        let account = spec.service_account_name.as_deref().filter(|account| !account.is_empty());
        let named = ports.filter_map(|port| Some((port.name.clone()?, port.protocol, port.container_port)));
        Party {
            labels: workload.pod.metadata.labels.clone(),
            account: Some(account.unwrap_or(USUAL_ACCOUNT).to_owned()),
            ports: named.collect(),
            is_on_node: spec.host_network == Some(true),
            ..Party::of(called, PartyKind::Workload(object), namespace, labels_of(namespace))
        }
    };
    manifests.workloads().map(party).collect()
}

/// The rules of a policy in a direction that it is about.
pub(super) fn rules(policy: &Policy, direction: PolicyType) -> impl Iterator<Item = Rule<'_>> {
    let is_about = policy.is_about(direction);
    let ingress = policy.ingress.iter().filter(move |_| is_about && direction == PolicyType::Ingress);
    let egress = policy.egress.iter().filter(move |_| is_about && direction == PolicyType::Egress);
    let ingress = ingress.map(|rule| Rule { peers: &rule.from, ports: &rule.ports });
    ingress.chain(egress.map(|rule| Rule { peers: &rule.to, ports: &rule.ports }))
}

/// Whether a peer of a policy in `namespace` means a party. Pods on the network of their node have its address.
pub(super) fn is_peer(peer: &PolicyPeer, namespace: &str, party: &Party<'_>) -> bool {
    match peer {
        PolicyPeer::Addresses(_) => false,
        PolicyPeer::Pods { namespaces, pods } => {
            let is_there = match namespaces {
                None => party.namespace == namespace,
                Some(selector) => selector.matches(&party.namespace_labels),
            };
            is_there
                && !party.is_on_node
                && pods.as_ref().is_none_or(|selector| selector.matches(&party.labels))
        }
    }
}

/// The ports of a rule; names mean what the target calls so.
fn ports(listed: &[PolicyPort], target: Option<&Party<'_>>) -> Ports {
    if listed.is_empty() {
        return Ports::all();
    }
    let mut all = Ports::default();
    for port in listed {
        all.add(resolved(port, target));
    }
    all
}

/// What one port of a rule means at a target.
pub(super) fn resolved(port: &PolicyPort, target: Option<&Party<'_>>) -> Ports {
    match &port.port {
        None => Ports::of(port.protocol),
        Some(PortRef::Number(first)) => Ports::range(port.protocol, *first, port.end.unwrap_or(*first)),
        Some(PortRef::Name(name)) => {
            let mut found = Ports::default();
            let known = target.iter().flat_map(|target| &target.ports);
            for (_, protocol, number) in
                known.filter(|(known, protocol, _)| known == name && *protocol == port.protocol)
            {
                found.add(Ports::range(*protocol, *number, *number));
            }
            found
        }
    }
}
