//! The checker of deployments: rendered manifests in, findings and tables out.
//!
//! It reads what `kustomize build` writes and says what a cluster would make of it, without one: whether pods keep the
//! Pod Security Standard `restricted` and our own rules ([`check`]), who can talk to whom ([`connections`]), whether a
//! mesh agrees with that and the way in is by TLS all along, who may what at the API ([`access`]), and whether everything
//! fits the quotas ([`quota()`]). The tables are stable text that can be checked in. What only a cluster shows is not claimed: whether its network enforces policies, its admission is
//! on, its vault answers. It knows nothing of Wardlight: what is true of one deployment is in [`Expectations`].

mod admission;
mod constraints;
mod edge;
mod expectations;
mod manifests;
mod network;
mod pods;
mod quantity;
mod quota;
mod rbac;
mod report;
mod rules;
mod secrets;
mod table;

pub use expectations::{Expectations, Outside, OutsidePort, PodSecurity, TrustedProxies, UserNamespaces};
pub use manifests::{Manifests, ManifestsError, ObjectId};
pub use network::{Connection, Connections, Protocol};
pub use quota::{Usage, Usages};
pub use rbac::{Access, AccountAccess};
pub use report::{Finding, Report};
pub use rules::Rule;

use report::Findings;

/// Holds manifests to every rule.
pub fn check(manifests: &Manifests, expectations: &Expectations) -> Report {
    let mut findings = Findings::default();
    pods::check(manifests, expectations, &mut findings);
    network::check(manifests, expectations, &mut findings);
    rbac::check(manifests, expectations, &mut findings);
    quota::check(manifests, &mut findings);
    admission::check(manifests, &mut findings);
    constraints::check(manifests, &mut findings);
    edge::check(manifests, expectations, &mut findings);
    let vault_requests_per_day = secrets::check(manifests, expectations, &mut findings);
    Report::of(findings, vault_requests_per_day)
}

/// Who can talk to whom, by all network policies together.
pub fn connections(manifests: &Manifests, expectations: &Expectations) -> Connections {
    network::connections(manifests, expectations)
}

/// What every service account may do at the API.
pub fn access(manifests: &Manifests) -> Access {
    rbac::access(manifests)
}

/// What every quota allows, and what the workloads take of it when they are rolled out at full scale.
pub fn quota(manifests: &Manifests) -> Usages {
    quota::usages(manifests)
}
