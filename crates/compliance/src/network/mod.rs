//! Who can talk to whom, by the semantics of `networking.k8s.io/v1` NetworkPolicy.
//!
//! A pod that no policy of a direction selects is open in that direction; else it may what one of the rules allows. A
//! connection exists where the policies of its source let it out and those of its target let it in. Peers are the
//! workloads, those that the caller knows outside, `world` for blocks of addresses, `anything` for a rule without peers
//! and for a pod that is open, and strangers: a pod without labels in each namespace that is spoken of, and one elsewhere. Where default
//! denial is whole and no policy selects more than it should, strangers stand in no row.
//!
//! Blocks of addresses are taken for what is outside the cluster; whether they reach pods too is up to the network
//! plugin. Labels that controllers add to pods are not considered. The kubelet always reaches the pods of its node.

mod findings;
mod graph;
mod mesh;
mod ports;

use std::fmt;

use serde::Serialize;

pub(crate) use findings::check;
pub(crate) use graph::NAMESPACE_NAME;
pub use ports::Protocol;

use crate::expectations::Expectations;
use crate::manifests::{IpBlock, Manifests, PolicyType};
use graph::Graph;

/// A connection that is allowed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Debug)]
pub struct Connection {
    /// Who may begin it.
    pub from: String,
    /// Who takes it.
    pub to: String,
    /// Over which ports: `all`, or such as `tcp 8443, udp 53, tcp 8000-8100, sctp`.
    pub ports: String,
}

/// All connections, in order; as text a line for each.
#[derive(Clone, PartialEq, Eq, Serialize, Debug)]
pub struct Connections(Vec<Connection>);

impl Connections {
    /// Them.
    pub fn iter(&self) -> impl Iterator<Item = &Connection> {
        self.0.iter()
    }
}

impl fmt::Display for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|Connection { from, to, ports }| writeln!(f, "{from} -> {to}  {ports}"))
    }
}

pub(crate) fn connections(manifests: &Manifests, expectations: &Expectations) -> Connections {
    let graph = Graph::of(manifests, expectations);
    let mut rows = Vec::new();
    for from in &graph.parties {
        for to in graph.parties.iter().filter(|to| from.is_ours() || to.is_ours()) {
            let out = graph::allows(from, PolicyType::Egress, to);
            let both = out.and(&graph::allows(to, PolicyType::Ingress, from));
            if !both.is_empty() {
                rows.push(Connection {
                    from: from.name.clone(),
                    to: to.name.clone(),
                    ports: both.to_string(),
                });
            }
        }
    }
    for party in graph.parties.iter().filter(|party| party.is_ours()) {
        for (block, ports) in graph::world(party, PolicyType::Egress) {
            rows.push(Connection { from: party.name.clone(), to: world(block), ports: ports.to_string() });
        }
        for (block, ports) in graph::world(party, PolicyType::Ingress) {
            rows.push(Connection { from: world(block), to: party.name.clone(), ports: ports.to_string() });
        }
    }
    rows.sort();
    Connections(rows)
}

/// What a block of addresses is called; none is everybody and everything.
fn world(block: Option<&IpBlock>) -> String {
    let Some(IpBlock { cidr, except }) = block else { return "anything".to_owned() };
    let except: Vec<String> = except.iter().map(ToString::to_string).collect();
    match except.is_empty() {
        true => format!("world {cidr}"),
        false => format!("world {cidr} except {}", except.join(", ")),
    }
}

#[cfg(test)]
mod tests;
