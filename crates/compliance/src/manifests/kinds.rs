//! The kinds that rules look at, in the versions that Kubernetes v1.35 and the operators serve, as far as rules look.
//!
//! Where a misspelt field would open something (selectors, policies, roles), unknown fields are errors.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Labels;
use super::cidr::Cidr;
use super::others::{
    Admission, AdmissionBinding, BackendTls, Constraints, Ingress, MeshPolicy, PeerAuthentication, Route,
    SecretStore, Webhooks,
};
use super::pod::{Metadata, Pod, Requirements};
use super::selector::Selector;
use crate::network::Protocol;
use crate::quantity::{Quantity, Resources};

/// What an object says.
pub(crate) enum Body {
    Workload(Box<Workload>),
    Namespace,
    ServiceAccount(Account),
    Service(Service),
    NetworkPolicy(Policy),
    Role(RoleRules),
    Binding(Access),
    Quota(Quota),
    Limits(Limits),
    Scaler(Scaler),
    DisruptionBudget(Budget),
    Claim(Claim),
    ConfigMap(ConfigMap),
    Secret(Secret),
    ExternalSecret(ExternalSecret),
    SecretStore(SecretStore),
    Sealed(Sealed),
    Certificate(Certificate),
    PeerAuthentication(PeerAuthentication),
    MeshPolicy(MeshPolicy),
    Ingress(Ingress),
    Route(Route),
    BackendTls(BackendTls),
    Admission(Admission),
    AdmissionBinding(AdmissionBinding),
    Webhooks(Webhooks),
    Constraints(Box<Constraints>),
    /// No rule looks into it.
    Other,
}

/// A field that cannot be read, and why.
pub(super) struct Wrong {
    pub(super) field: String,
    pub(super) message: String,
}

/// The kinds of [`Body`], and the versions in which they are served.
const SERVED: [(&str, &[&str]); 41] = [
    ("AuthorizationPolicy", &["security.istio.io/v1beta1", "security.istio.io/v1"]),
    ("BackendTLSPolicy", &["gateway.networking.k8s.io/v1"]),
    ("Certificate", &["cert-manager.io/v1"]),
    ("ClusterRole", &["rbac.authorization.k8s.io/v1"]),
    ("ClusterRoleBinding", &["rbac.authorization.k8s.io/v1"]),
    ("ClusterSecretStore", &["external-secrets.io/v1"]),
    ("ConfigMap", &["v1"]),
    ("CronJob", &["batch/v1"]),
    ("DaemonSet", &["apps/v1"]),
    ("Deployment", &["apps/v1"]),
    ("ExternalSecret", &["external-secrets.io/v1"]),
    ("GRPCRoute", &["gateway.networking.k8s.io/v1"]),
    ("HTTPRoute", &["gateway.networking.k8s.io/v1"]),
    ("HorizontalPodAutoscaler", &["autoscaling/v1", "autoscaling/v2"]),
    ("Ingress", &["networking.k8s.io/v1"]),
    ("Job", &["batch/v1"]),
    ("LimitRange", &["v1"]),
    ("MutatingWebhookConfiguration", &["admissionregistration.k8s.io/v1"]),
    ("Namespace", &["v1"]),
    ("NetworkPolicy", &["networking.k8s.io/v1"]),
    ("PeerAuthentication", &["security.istio.io/v1beta1", "security.istio.io/v1"]),
    ("PersistentVolumeClaim", &["v1"]),
    ("Pod", &["v1"]),
    ("PodDisruptionBudget", &["policy/v1"]),
    ("PodTemplate", &["v1"]),
    ("ReplicaSet", &["apps/v1"]),
    ("ReplicationController", &["v1"]),
    ("ResourceQuota", &["v1"]),
    ("Role", &["rbac.authorization.k8s.io/v1"]),
    ("RoleBinding", &["rbac.authorization.k8s.io/v1"]),
    ("SealedSecret", &["bitnami.com/v1alpha1"]),
    ("Secret", &["v1"]),
    ("SecretStore", &["external-secrets.io/v1"]),
    ("SecurityContextConstraints", &["security.openshift.io/v1"]),
    ("Service", &["v1"]),
    ("ServiceAccount", &["v1"]),
    ("StatefulSet", &["apps/v1"]),
    ("ValidatingAdmissionPolicy", &["admissionregistration.k8s.io/v1"]),
    ("ValidatingAdmissionPolicyBinding", &["admissionregistration.k8s.io/v1"]),
    ("ValidatingPolicy", &["policies.kyverno.io/v1"]),
    ("ValidatingWebhookConfiguration", &["admissionregistration.k8s.io/v1"]),
];

/// Groups of Kubernetes that once served some of them.
const FORMER: [&str; 1] = ["extensions"];

impl Body {
    pub(super) fn read(api_version: &str, kind: &str, value: Value) -> Result<Self, Wrong> {
        let Some((_, versions)) = SERVED.iter().find(|(served, _)| *served == kind) else {
            return Ok(Self::Other);
        };
        if !versions.contains(&api_version) {
            let group = group(api_version);
            let is_known = |known: &&str| *known == group;
            let known =
                SERVED.iter().flat_map(|(_, versions)| versions.iter()).map(|version| self::group(version));
            return match known.chain(FORMER).any(|known| is_known(&known)) {
                true => Err(Wrong {
                    field: "apiVersion".to_owned(),
                    message: format!("{api_version} is not served; write {}", versions[versions.len() - 1]),
                }),
                // Somebody else's kind of that name.
                false => Ok(Self::Other),
            };
        }
        let workload = |kind, value| -> Result<Self, Wrong> {
            Ok(Self::Workload(Box::new(Workload::of(kind, read::<Spec<Controller>>(value)?.spec))))
        };
        let body = match kind {
            "Pod" => {
                let pod: Pod = read(value)?;
                Self::Workload(Box::new(Workload::of(
                    WorkloadKind::Pod,
                    Controller { template: pod, ..Controller::default() },
                )))
            }
            "PodTemplate" => Self::Workload(Box::new(Workload::of(WorkloadKind::PodTemplate, read(value)?))),
            "Deployment" => workload(WorkloadKind::Deployment, value)?,
            "StatefulSet" => workload(WorkloadKind::StatefulSet, value)?,
            "DaemonSet" => workload(WorkloadKind::DaemonSet, value)?,
            "ReplicaSet" => workload(WorkloadKind::ReplicaSet, value)?,
            "ReplicationController" => workload(WorkloadKind::ReplicationController, value)?,
            "Job" => workload(WorkloadKind::Job, value)?,
            "CronJob" => {
                let job = read::<Spec<CronJob>>(value)?.spec.job_template.spec;
                Self::Workload(Box::new(Workload::of(WorkloadKind::CronJob, job)))
            }
            "Namespace" => Self::Namespace,
            "ConfigMap" => Self::ConfigMap(read(value)?),
            "ServiceAccount" => Self::ServiceAccount(read(value)?),
            "Service" => Self::Service(read::<Spec<Service>>(value)?.spec),
            "NetworkPolicy" => Self::NetworkPolicy(read::<Spec<Policy>>(value)?.spec),
            "Role" | "ClusterRole" => Self::Role(read(value)?),
            "RoleBinding" | "ClusterRoleBinding" => Self::Binding(read(value)?),
            "ResourceQuota" => Self::Quota(read::<Spec<Quota>>(value)?.spec),
            "LimitRange" => Self::Limits(read::<Spec<Limits>>(value)?.spec),
            "HorizontalPodAutoscaler" => Self::Scaler(read::<Spec<Scaler>>(value)?.spec),
            "PodDisruptionBudget" => Self::DisruptionBudget(read::<Spec<Budget>>(value)?.spec),
            "PersistentVolumeClaim" => Self::Claim(read(value)?),
            "Secret" => Self::Secret(read(value)?),
            "ExternalSecret" => Self::ExternalSecret(read::<Spec<ExternalSecret>>(value)?.spec),
            "SecretStore" | "ClusterSecretStore" => Self::SecretStore(read::<Spec<SecretStore>>(value)?.spec),
            "PeerAuthentication" => Self::PeerAuthentication(read::<Spec<PeerAuthentication>>(value)?.spec),
            "AuthorizationPolicy" => Self::MeshPolicy(read::<Spec<MeshPolicy>>(value)?.spec),
            "Ingress" => Self::Ingress(read::<Spec<Ingress>>(value)?.spec),
            "HTTPRoute" | "GRPCRoute" => Self::Route(read::<Spec<Route>>(value)?.spec),
            "BackendTLSPolicy" => Self::BackendTls(read::<Spec<BackendTls>>(value)?.spec),
            "ValidatingAdmissionPolicy" | "ValidatingPolicy" => {
                Self::Admission(read::<Spec<Admission>>(value)?.spec)
            }
            "ValidatingAdmissionPolicyBinding" => {
                Self::AdmissionBinding(read::<Spec<AdmissionBinding>>(value)?.spec)
            }
            "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration" => Self::Webhooks(read(value)?),
            "SecurityContextConstraints" => Self::Constraints(Box::new(read(value)?)),
            "SealedSecret" => Self::Sealed(read::<Spec<Sealed>>(value)?.spec),
            "Certificate" => Self::Certificate(read::<Spec<Certificate>>(value)?.spec),
            _ => Self::Other,
        };
        match &body {
            Self::Workload(workload) if workload.pod.spec.containers.is_empty() => {
                Err(Wrong { field: "spec".to_owned(), message: "there is no container in it".to_owned() })
            }
            _ => Ok(body),
        }
    }
}

fn group(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

fn read<T: DeserializeOwned>(value: Value) -> Result<T, Wrong> {
    serde_path_to_error::deserialize(value)
        .map_err(|error| Wrong { field: error.path().to_string(), message: error.inner().to_string() })
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Spec<T> {
    spec: T,
}

/// What runs pods.
pub(crate) struct Workload {
    pub(crate) kind: WorkloadKind,
    pub(crate) pod: Pod,
    /// How many pods are wanted at once, before any autoscaler.
    pub(crate) replicas: u64,
    /// How many more there may be while it is rolled out.
    pub(crate) surge: Spread,
    /// Claims that every pod has of its own.
    pub(crate) claims: Vec<Claim>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum WorkloadKind {
    Pod,
    PodTemplate,
    Deployment,
    StatefulSet,
    DaemonSet,
    ReplicaSet,
    ReplicationController,
    Job,
    CronJob,
}

impl Workload {
    fn of(kind: WorkloadKind, controller: Controller) -> Self {
        let replicas = match kind {
            WorkloadKind::Pod | WorkloadKind::DaemonSet => 1,
            // It runs nothing by itself.
            WorkloadKind::PodTemplate => 0,
            WorkloadKind::Job | WorkloadKind::CronJob => {
                let parallelism = controller.parallelism.unwrap_or(1);
                controller.completions.map_or(parallelism, |completions| parallelism.min(completions))
            }
            WorkloadKind::Deployment
            | WorkloadKind::StatefulSet
            | WorkloadKind::ReplicaSet
            | WorkloadKind::ReplicationController => controller.replicas.unwrap_or(1),
        };
        let rolling = controller.strategy.rolling_update.max_surge;
        let surge = match kind {
            WorkloadKind::Deployment if controller.strategy.kind.as_deref() == Some("Recreate") => {
                Spread::Number(0)
            }
            WorkloadKind::Deployment => rolling.unwrap_or(Spread::Percent(25)),
            WorkloadKind::DaemonSet => {
                controller.update_strategy.rolling_update.max_surge.unwrap_or(Spread::Number(0))
            }
            WorkloadKind::Pod
            | WorkloadKind::PodTemplate
            | WorkloadKind::StatefulSet
            | WorkloadKind::ReplicaSet
            | WorkloadKind::ReplicationController
            | WorkloadKind::Job
            | WorkloadKind::CronJob => Spread::Number(0),
        };
        Self { kind, pod: controller.template, replicas, surge, claims: controller.volume_claim_templates }
    }

    /// Whether it is meant to run until somebody ends it.
    pub(crate) fn is_long_running(&self) -> bool {
        match self.kind {
            WorkloadKind::Deployment
            | WorkloadKind::StatefulSet
            | WorkloadKind::DaemonSet
            | WorkloadKind::ReplicaSet
            | WorkloadKind::ReplicationController => true,
            WorkloadKind::Pod => {
                self.pod.spec.restart_policy.as_deref().is_none_or(|policy| policy == "Always")
            }
            WorkloadKind::PodTemplate | WorkloadKind::Job | WorkloadKind::CronJob => false,
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Controller {
    template: Pod,
    replicas: Option<u64>,
    parallelism: Option<u64>,
    completions: Option<u64>,
    strategy: Strategy,
    update_strategy: Strategy,
    volume_claim_templates: Vec<Claim>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct CronJob {
    job_template: Spec<Controller>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Strategy {
    #[serde(rename = "type")]
    kind: Option<String>,
    rolling_update: RollingUpdate,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct RollingUpdate {
    max_surge: Option<Spread>,
}

/// A number of pods, or a part of them.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(try_from = "NumberOrText")]
pub(crate) enum Spread {
    Number(u64),
    Percent(u64),
}

impl Spread {
    /// How many of `total` that is, rounded up.
    pub(crate) fn of(self, total: u64) -> u64 {
        match self {
            Self::Number(number) => number,
            Self::Percent(percent) => total.saturating_mul(percent).div_ceil(100),
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum NumberOrText {
    Number(u64),
    Text(String),
}

impl TryFrom<NumberOrText> for Spread {
    type Error = String;

    fn try_from(value: NumberOrText) -> Result<Self, String> {
        match value {
            NumberOrText::Number(number) => Ok(Self::Number(number)),
            NumberOrText::Text(text) => {
                let percent = text.strip_suffix('%').and_then(|percent| percent.parse().ok());
                percent
                    .map(Self::Percent)
                    .ok_or_else(|| format!("`{text}` is neither a number nor a percentage"))
            }
        }
    }
}

/// A port, by number or by the name that the container gives it.
#[derive(Deserialize, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[serde(untagged)]
pub(crate) enum PortRef {
    Number(u16),
    Name(String),
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Account {
    pub(crate) automount_service_account_token: Option<bool>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Service {
    pub(crate) selector: Labels,
    pub(crate) ports: Vec<ServicePort>,
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    pub(crate) allocate_load_balancer_node_ports: Option<bool>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct ServicePort {
    pub(crate) port: u16,
    pub(crate) target_port: Option<PortRef>,
    pub(crate) protocol: Protocol,
}

/// `networking.k8s.io/v1.NetworkPolicySpec`.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Policy {
    pub(crate) pod_selector: Selector,
    pub(crate) policy_types: Vec<PolicyType>,
    pub(crate) ingress: Vec<IngressRule>,
    pub(crate) egress: Vec<EgressRule>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum PolicyType {
    Ingress,
    Egress,
}

impl Policy {
    /// Whether the pods it selects are closed in a direction but for its rules. Without `policyTypes` it is about
    /// ingress, and about egress where it has such rules.
    pub(crate) fn is_about(&self, direction: PolicyType) -> bool {
        match direction {
            _ if !self.policy_types.is_empty() => self.policy_types.contains(&direction),
            PolicyType::Ingress => true,
            PolicyType::Egress => !self.egress.is_empty(),
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct IngressRule {
    pub(crate) from: Vec<PolicyPeer>,
    pub(crate) ports: Vec<PolicyPort>,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct EgressRule {
    pub(crate) to: Vec<PolicyPeer>,
    pub(crate) ports: Vec<PolicyPort>,
}

/// Whom a rule is about.
#[derive(Deserialize)]
#[serde(try_from = "RawPeer")]
pub(crate) enum PolicyPeer {
    Addresses(IpBlock),
    /// `namespaces`: none means the policy's own namespace; `pods`: none means all of them.
    Pods {
        namespaces: Option<Selector>,
        pods: Option<Selector>,
    },
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct RawPeer {
    ip_block: Option<IpBlock>,
    namespace_selector: Option<Selector>,
    pod_selector: Option<Selector>,
}

impl TryFrom<RawPeer> for PolicyPeer {
    type Error = &'static str;

    fn try_from(raw: RawPeer) -> Result<Self, Self::Error> {
        match (raw.ip_block, raw.namespace_selector, raw.pod_selector) {
            (Some(block), None, None) => Ok(Self::Addresses(block)),
            (Some(_), _, _) => Err("a peer has an ipBlock or selectors, not both"),
            (None, None, None) => Err("a peer names nobody"),
            (None, namespaces, pods) => Ok(Self::Pods { namespaces, pods }),
        }
    }
}

#[derive(Deserialize, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct IpBlock {
    pub(crate) cidr: Cidr,
    #[serde(default)]
    pub(crate) except: Vec<Cidr>,
}

/// A port of a policy: none means all of the protocol.
#[derive(Deserialize, Debug)]
#[serde(try_from = "RawPort")]
pub(crate) struct PolicyPort {
    pub(crate) protocol: Protocol,
    pub(crate) port: Option<PortRef>,
    /// The last port of a range that begins with `port`.
    pub(crate) end: Option<u16>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct RawPort {
    protocol: Protocol,
    port: Option<PortRef>,
    end_port: Option<u16>,
}

impl TryFrom<RawPort> for PolicyPort {
    type Error = &'static str;

    fn try_from(raw: RawPort) -> Result<Self, Self::Error> {
        match (&raw.port, raw.end_port) {
            (_, None) => {}
            (Some(PortRef::Number(first)), Some(last)) if *first <= last => {}
            (Some(PortRef::Number(_)), Some(_)) => return Err("endPort is below port"),
            (None | Some(PortRef::Name(_)), Some(_)) => return Err("endPort needs a port that is a number"),
        }
        Ok(Self { protocol: raw.protocol, port: raw.port, end: raw.end_port })
    }
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct RoleRules {
    pub(crate) rules: Vec<Rules>,
    pub(crate) aggregation_rule: Option<Aggregation>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Aggregation {
    pub(crate) cluster_role_selectors: Vec<Selector>,
}

/// `rbac/v1.PolicyRule`.
#[derive(Deserialize, Clone, Default)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Rules {
    pub(crate) verbs: Vec<String>,
    pub(crate) api_groups: Vec<String>,
    pub(crate) resources: Vec<String>,
    pub(crate) resource_names: Vec<String>,
    #[serde(rename = "nonResourceURLs")]
    pub(crate) urls: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Access {
    pub(crate) role_ref: RoleRef,
    pub(crate) subjects: Vec<Subject>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct RoleRef {
    pub(crate) kind: String,
    pub(crate) name: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Subject {
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) namespace: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Quota {
    pub(crate) hard: Resources,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Limits {
    pub(crate) limits: Vec<LimitItem>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct LimitItem {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) min: Resources,
    pub(crate) max: Resources,
    pub(crate) default: Resources,
    pub(crate) default_request: Resources,
    pub(crate) max_limit_request_ratio: Resources,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Scaler {
    pub(crate) scale_target_ref: RoleRef,
    pub(crate) min_replicas: Option<u64>,
    pub(crate) max_replicas: u64,
}

/// `policy/v1.PodDisruptionBudgetSpec`; without a selector it is about no pod.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Budget {
    pub(crate) selector: Option<Selector>,
    pub(crate) min_available: Option<Spread>,
    pub(crate) max_unavailable: Option<Spread>,
}

impl Budget {
    /// How many of so many healthy pods may be taken away.
    pub(crate) fn allows(&self, replicas: u64) -> u64 {
        match (self.min_available, self.max_unavailable) {
            (Some(least), _) => replicas.saturating_sub(least.of(replicas)),
            (None, Some(most)) => most.of(replicas),
            // What Kubernetes takes for it.
            (None, None) => replicas.saturating_sub(1),
        }
    }
}

/// A claim of storage, or the template of many.
#[derive(Deserialize, Default, Debug)]
#[serde(default)]
pub(crate) struct Claim {
    pub(crate) metadata: Metadata,
    pub(crate) spec: ClaimSpec,
}

impl Claim {
    pub(crate) fn storage(&self) -> Quantity {
        self.spec.resources.requests.get("storage").copied().unwrap_or_default()
    }
}

#[derive(Deserialize, Default, Debug)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct ClaimSpec {
    pub(crate) access_modes: Vec<String>,
    pub(crate) resources: Requirements,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct ConfigMap {
    pub(crate) data: Labels,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Secret {
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    pub(crate) data: BTreeMap<String, Value>,
    pub(crate) string_data: BTreeMap<String, Value>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct ExternalSecret {
    pub(crate) refresh_interval: Option<String>,
    pub(crate) refresh_policy: Option<String>,
    pub(crate) target: Target,
    pub(crate) data: Vec<Value>,
    pub(crate) data_from: Vec<Value>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Target {
    pub(crate) name: Option<String>,
    pub(crate) creation_policy: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Sealed {
    pub(crate) encrypted_data: BTreeMap<String, String>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Certificate {
    pub(crate) secret_name: String,
    pub(crate) private_key: CertificateKey,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct CertificateKey {
    pub(crate) rotation_policy: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_pods_are_rounded_up() {
        let spread = |json: &str| serde_json::from_str::<Spread>(json).unwrap();
        assert_eq!(spread("2").of(10), 2);
        assert_eq!(spread("\"25%\"").of(4), 1);
        assert_eq!(spread("\"25%\"").of(5), 2);
        assert_eq!(spread("\"0%\"").of(5), 0);
        assert!(serde_json::from_str::<Spread>("\"x\"").is_err());
        assert!(serde_json::from_str::<Spread>("-1").is_err());
    }

    #[test]
    fn a_disruption_budget_allows_what_is_above_the_least() {
        let allows = |json: &str, replicas| serde_json::from_str::<Budget>(json).unwrap().allows(replicas);
        assert_eq!(allows(r#"{"minAvailable": 1}"#, 2), 1);
        assert_eq!(allows(r#"{"minAvailable": 2}"#, 2), 0);
        assert_eq!(allows(r#"{"minAvailable": "51%"}"#, 2), 0);
        assert_eq!(allows(r#"{"maxUnavailable": 0}"#, 2), 0);
        assert_eq!(allows(r#"{"maxUnavailable": "1%"}"#, 2), 1);
        assert_eq!(allows("{}", 2), 1);
    }

    #[test]
    fn a_port_is_a_number_a_name_a_range_or_a_whole_protocol() {
        let port = |json: &str| serde_json::from_str::<PolicyPort>(json);
        assert_eq!(port("{}").unwrap().protocol, Protocol::Tcp);
        assert!(port(r#"{"port": 80, "endPort": 80}"#).is_ok());
        assert!(port(r#"{"port": 81, "endPort": 80}"#).is_err());
        assert!(port(r#"{"port": "http", "endPort": 80}"#).is_err());
        assert!(port(r#"{"endPort": 80}"#).is_err());
        assert!(port(r#"{"port": 65536}"#).is_err());
        assert!(port(r#"{"protocol": "tcp"}"#).is_err());
        assert!(port(r#"{"prot": 80}"#).is_err(), "a misspelt field would open every port");
    }
}
