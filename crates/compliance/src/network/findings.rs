//! What is wrong with policies and services.

use super::graph::{self, Graph, Party, PartyKind, is_peer, own_namespaces, resolved, rules};
use super::mesh;
use super::ports::Ports;
use crate::expectations::Expectations;
use crate::manifests::{
    Body, Cidr, IpBlock, Manifests, Object, Policy, PolicyPeer, PolicyPort, PolicyType, PortRef, Service,
    Workload,
};
use crate::report::Findings;
use crate::rules::Rule;

const DIRECTIONS: [PolicyType; 2] = [PolicyType::Ingress, PolicyType::Egress];

pub(crate) fn check(manifests: &Manifests, expectations: &Expectations, findings: &mut Findings) {
    let graph = Graph::of(manifests, expectations);
    default_deny(&graph, manifests, findings);
    for (object, policy) in &graph.policies {
        OfPolicy { object, policy, graph: &graph, expectations, findings }.check();
    }
    one_sided(&graph, findings);
    mesh::check(&graph, manifests, findings);
    for object in manifests.objects() {
        if let Body::Service(service) = &object.body {
            check_service(object, service, manifests, findings);
        }
    }
}

fn default_deny(graph: &Graph<'_>, manifests: &Manifests, findings: &mut Findings) {
    for namespace in own_namespaces(manifests) {
        for direction in DIRECTIONS {
            let denies = graph.policies.iter().any(|(object, policy)| {
                object.namespace() == namespace
                    && policy.pod_selector.is_empty()
                    && policy.is_about(direction)
                    && rules(policy, direction).next().is_none()
            });
            if !denies {
                let advice = format!(
                    "add a NetworkPolicy with podSelector {{}}, policyTypes [{direction:?}] and no rules"
                );
                findings.add_to_namespace(Rule::DefaultDeny, namespace, advice);
            }
        }
    }
}

/// One policy, held to our rules.
struct OfPolicy<'a> {
    object: &'a Object,
    policy: &'a Policy,
    graph: &'a Graph<'a>,
    expectations: &'a Expectations,
    findings: &'a mut Findings,
}

impl<'a> OfPolicy<'a> {
    fn add(&mut self, rule: Rule, advice: impl Into<String>) {
        self.findings.add(rule, &self.object.id, advice);
    }

    fn check(mut self) {
        if !self.policy.pod_selector.is_empty() && self.selected().next().is_none() {
            let selector = &self.policy.pod_selector;
            self.add(
                Rule::IdlePolicy,
                format!("no workload has the labels {selector}: mend the podSelector"),
            );
        }
        for direction in DIRECTIONS {
            for rule in rules(self.policy, direction) {
                if rule.peers.is_empty() {
                    self.anywhere(direction, "a rule names no peer, which means everybody: name them");
                }
                rule.peers.iter().for_each(|peer| self.peer(direction, peer));
                rule.ports.iter().for_each(|port| self.port(direction, rule, port));
            }
        }
    }

    /// The workloads that the policy is about.
    fn selected(&self) -> impl Iterator<Item = &'a Party<'a>> + use<'a> {
        let (object, policy) = (self.object, self.policy);
        self.graph.parties.iter().filter(move |party| {
            matches!(party.kind, PartyKind::Workload(_))
                && party.namespace == object.namespace()
                && policy.pod_selector.matches(&party.labels)
        })
    }

    fn anywhere(&mut self, direction: PolicyType, advice: &str) {
        let rule = match direction {
            PolicyType::Ingress => Rule::IngressFromAnywhere,
            PolicyType::Egress => Rule::EgressToAnywhere,
        };
        self.add(rule, advice);
    }

    fn peer(&mut self, direction: PolicyType, peer: &PolicyPeer) {
        let (namespaces, pods) = match peer {
            PolicyPeer::Addresses(block) => {
                if direction == PolicyType::Egress {
                    self.addresses(block);
                }
                return;
            }
            PolicyPeer::Pods { namespaces, pods } => (namespaces, pods),
        };
        let is_elsewhere = |party: &Party<'_>| matches!(party.kind, PartyKind::Foreigner);
        let elsewhere = self.graph.parties.iter().filter(|party| is_elsewhere(party));
        let mut met = self.graph.parties.iter().filter(|party| is_peer(peer, self.object.namespace(), party));
        // Whatever labels the pods have to have, whoever has a namespace can give them to a pod.
        if namespaces
            .as_ref()
            .is_some_and(|selector| elsewhere.into_iter().any(|party| party.lives_in(selector)))
        {
            self.anywhere(
                direction,
                "a peer means pods in any namespace: name the namespace and the labels of the pods",
            );
        } else if let Some(neighbour) = met.clone().find(|party| matches!(party.kind, PartyKind::Neighbour)) {
            let advice = format!(
                "a peer means {} as well: name the labels of the pods that are meant",
                neighbour.name
            );
            self.add(Rule::UnknownPeer, advice);
        } else if !met.any(Party::is_known) {
            let text = |selector: &Option<_>| selector.as_ref().map(ToString::to_string).unwrap_or_default();
            let advice = format!(
                "nobody is known with the labels [{}] in namespaces [{}]: mend the peer, or tell who it is as `outside`",
                text(pods),
                match namespaces {
                    Some(_) => text(namespaces),
                    None => self.object.namespace().to_owned(),
                }
            );
            self.add(Rule::UnknownPeer, advice);
        }
    }

    fn addresses(&mut self, block: &IpBlock) {
        let cidr = block.cidr;
        if cidr.is_everything() && block.except.is_empty() {
            self.anywhere(
                PolicyType::Egress,
                &format!("{cidr} is everywhere: except what is private, or name less"),
            );
        }
        let expectations = self.expectations;
        let forbidden = [
            (Rule::EgressToMetadata, &expectations.metadata_addresses),
            (Rule::EgressToApiServer, &expectations.api_server_addresses),
        ];
        for (rule, addresses) in forbidden {
            for address in addresses.iter().filter(|address| reaches(block, address)) {
                self.add(
                    rule,
                    format!("{cidr} reaches {address}: put it, or what is around it, under except"),
                );
            }
        }
    }

    fn port(&mut self, direction: PolicyType, rule: graph::Rule<'_>, port: &PolicyPort) {
        let Some(PortRef::Name(name)) = &port.port else { return };
        let namespace = self.object.namespace();
        let targets: Vec<&Party<'_>> = match direction {
            PolicyType::Ingress => self.selected().collect(),
            PolicyType::Egress => {
                let is_met =
                    |party: &&Party<'_>| rule.peers.iter().any(|peer| is_peer(peer, namespace, party));
                self.graph.parties.iter().filter(|party| party.is_known()).filter(is_met).collect()
            }
        };
        if targets.iter().all(|target| resolved(port, Some(target)).is_empty()) {
            self.add(
                Rule::UnknownPort,
                format!("no container that this is about has a port `{name}`: mend the name"),
            );
        }
    }
}

/// Whether some of `addresses` can be reached through a block.
fn reaches(block: &IpBlock, addresses: &Cidr) -> bool {
    block.cidr.overlaps(addresses) && !block.except.iter().any(|except| except.covers(addresses))
}

/// Where one end of a connection names the other, and the other does not let it.
fn one_sided(graph: &Graph<'_>, findings: &mut Findings) {
    for own in &graph.parties {
        let PartyKind::Workload(object) = own.kind else { continue };
        for other in graph.parties.iter().filter(|party| party.is_known()) {
            for (direction, opposite) in
                [(PolicyType::Egress, PolicyType::Ingress), (PolicyType::Ingress, PolicyType::Egress)]
            {
                let named = graph::names(own, direction, other);
                let excess: Ports = named.without(&graph::allows(other, opposite, own));
                if excess.is_empty() {
                    continue;
                }
                let name = &other.name;
                let advice = match direction {
                    PolicyType::Egress => format!(
                        "a policy lets it out to {name} ({excess}), where none lets it in: allow both or neither"
                    ),
                    PolicyType::Ingress => {
                        format!(
                            "a policy lets {name} in ({excess}), and none lets that out: allow both or neither"
                        )
                    }
                };
                findings.add(Rule::OneSidedConnection, &object.id, advice);
            }
        }
    }
}

fn check_service(object: &Object, service: &Service, manifests: &Manifests, findings: &mut Findings) {
    // Without a selector somebody else says where it leads.
    if service.selector.is_empty() {
        return;
    }
    let is_behind = |(other, workload): &(&Object, &Workload)| {
        other.id.namespace == object.id.namespace
            && service
                .selector
                .iter()
                .all(|(key, value)| workload.pod.metadata.labels.get(key) == Some(value))
    };
    let behind: Vec<&Workload> =
        manifests.workloads().filter(is_behind).map(|(_, workload)| workload).collect();
    if behind.is_empty() {
        findings.add(Rule::IdleService, &object.id, "no workload has the labels of its selector: mend it");
        return;
    }
    for port in &service.ports {
        let target = port.target_port.clone().unwrap_or(PortRef::Number(port.port));
        let is_there = behind
            .iter()
            .flat_map(|workload| workload.pod.spec.lasting_containers())
            .flat_map(|container| &container.ports)
            .filter(|offered| offered.protocol == port.protocol)
            .any(|offered| match &target {
                PortRef::Number(number) => offered.container_port == *number,
                PortRef::Name(name) => offered.name.as_ref() == Some(name),
            });
        if !is_there {
            let target = match target {
                PortRef::Number(number) => number.to_string(),
                PortRef::Name(name) => name,
            };
            let advice = format!("no container behind it has the port `{target}`: mend targetPort");
            findings.add(Rule::UnknownPort, &object.id, advice);
        }
    }
}
