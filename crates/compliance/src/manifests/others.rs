//! Kinds of operators and of the cluster that say who is let in: of Istio, of the Gateway API and of ingresses, of stores of
//! secrets, of admission, and of OpenShift.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::cidr::Cidr;
use super::selector::Selector;

/// `security.istio.io/v1.PeerAuthentication`: whether pods take what does not come by the mesh.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PeerAuthentication {
    pub(crate) selector: Option<Selector>,
    pub(crate) mtls: Mtls,
    pub(crate) port_level_mtls: BTreeMap<String, Mtls>,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Mtls {
    pub(crate) mode: MtlsMode,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Default, Debug)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum MtlsMode {
    /// As what is around it says.
    #[default]
    Unset,
    Disable,
    Permissive,
    Strict,
}

/// `security.istio.io/v1.AuthorizationPolicy`: who may ask a pod, in the mesh.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct MeshPolicy {
    pub(crate) selector: Option<Selector>,
    target_ref: Option<Value>,
    target_refs: Vec<Value>,
    pub(crate) action: MeshAction,
    #[serde(rename = "provider")]
    _provider: Option<Value>,
    pub(crate) rules: Vec<MeshRule>,
}

impl MeshPolicy {
    /// Whether it is about what a gateway or a waypoint of the mesh passes on, and not about pods.
    pub(crate) fn is_about_gateways(&self) -> bool {
        self.target_ref.is_some() || !self.target_refs.is_empty()
    }

    /// Whether it is about all pods of its namespace.
    pub(crate) fn is_about_all(&self) -> bool {
        !self.is_about_gateways() && self.selector.as_ref().is_none_or(Selector::is_empty)
    }
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Default, Debug)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum MeshAction {
    #[default]
    Allow,
    Deny,
    Audit,
    Custom,
}

/// What else it asks for (`when`) only takes away.
#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct MeshRule {
    pub(crate) from: Vec<MeshFrom>,
    pub(crate) to: Vec<MeshTo>,
    #[serde(rename = "when")]
    _when: Vec<Value>,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct MeshFrom {
    pub(crate) source: MeshSource,
}

/// All that is given has to hold. Fields that begin with `not` only take away.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct MeshSource {
    pub(crate) principals: Vec<String>,
    pub(crate) namespaces: Vec<String>,
    pub(crate) service_accounts: Vec<String>,
    pub(crate) ip_blocks: Vec<MeshAddresses>,
    pub(crate) remote_ip_blocks: Vec<MeshAddresses>,
    #[serde(rename = "requestPrincipals")]
    _request_principals: Vec<Value>,
    #[serde(rename = "trustDomains")]
    _trust_domains: Vec<Value>,
    #[serde(rename = "notPrincipals")]
    _not_principals: Vec<Value>,
    #[serde(rename = "notRequestPrincipals")]
    _not_request_principals: Vec<Value>,
    #[serde(rename = "notNamespaces")]
    _not_namespaces: Vec<Value>,
    #[serde(rename = "notServiceAccounts")]
    _not_service_accounts: Vec<Value>,
    #[serde(rename = "notTrustDomains")]
    _not_trust_domains: Vec<Value>,
    #[serde(rename = "notIpBlocks")]
    _not_ip_blocks: Vec<Value>,
    #[serde(rename = "notRemoteIpBlocks")]
    _not_remote_ip_blocks: Vec<Value>,
}

/// Addresses, or one of them.
#[derive(Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct MeshAddresses(pub(crate) Cidr);

impl TryFrom<String> for MeshAddresses {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Cidr::of_one_or_more(&text).map(Self)
    }
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct MeshTo {
    pub(crate) operation: MeshOperation,
}

/// Beside the ports, all that is given only takes away.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct MeshOperation {
    pub(crate) ports: Vec<MeshPort>,
    #[serde(rename = "notPorts")]
    _not_ports: Vec<Value>,
    #[serde(rename = "hosts")]
    _hosts: Vec<Value>,
    #[serde(rename = "notHosts")]
    _not_hosts: Vec<Value>,
    #[serde(rename = "methods")]
    _methods: Vec<Value>,
    #[serde(rename = "notMethods")]
    _not_methods: Vec<Value>,
    #[serde(rename = "paths")]
    _paths: Vec<Value>,
    #[serde(rename = "notPaths")]
    _not_paths: Vec<Value>,
}

/// A port, which Istio writes as text.
#[derive(Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct MeshPort(pub(crate) u16);

impl TryFrom<String> for MeshPort {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_not_a_number| format!("`{text}` is no port"))
    }
}

/// `networking.k8s.io/v1.IngressSpec`.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Ingress {
    pub(crate) ingress_class_name: Option<String>,
    pub(crate) tls: Vec<IngressTls>,
    pub(crate) rules: Vec<IngressHost>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct IngressTls {
    pub(crate) hosts: Vec<String>,
    pub(crate) secret_name: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct IngressHost {
    pub(crate) host: Option<String>,
}

/// A route of the Gateway API.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Route {
    pub(crate) rules: Vec<RouteRule>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct RouteRule {
    pub(crate) backend_refs: Vec<Target>,
}

/// An object that a route or a policy names.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Target {
    pub(crate) kind: Option<String>,
    pub(crate) name: String,
    pub(crate) namespace: Option<String>,
}

/// `gateway.networking.k8s.io/v1.BackendTLSPolicy`.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct BackendTls {
    pub(crate) target_refs: Vec<Target>,
    pub(crate) validation: BackendValidation,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct BackendValidation {
    pub(crate) hostname: String,
    #[serde(rename = "caCertificateRefs")]
    pub(crate) ca_certificates: Vec<Value>,
    #[serde(rename = "wellKnownCACertificates")]
    pub(crate) well_known: Option<String>,
}

/// `external-secrets.io/v1.SecretStore`, as far as it is a Vault.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct SecretStore {
    pub(crate) provider: Provider,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Provider {
    pub(crate) vault: Option<Vault>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Vault {
    pub(crate) server: String,
    pub(crate) ca_bundle: Option<String>,
    pub(crate) ca_provider: Option<CaProvider>,
    pub(crate) auth: VaultAuth,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct VaultAuth {
    pub(crate) kubernetes: VaultKubernetes,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct VaultKubernetes {
    pub(crate) service_account_ref: Option<AccountRef>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct AccountRef {
    pub(crate) name: String,
    pub(crate) namespace: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct CaProvider {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) namespace: Option<String>,
}

/// A policy of admission: `ValidatingAdmissionPolicy`, or `ValidatingPolicy` of Kyverno, which is its own binding.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Admission {
    pub(crate) failure_policy: Option<String>,
    pub(crate) match_constraints: MatchConstraints,
    pub(crate) validation_actions: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct MatchConstraints {
    pub(crate) namespace_selector: Selector,
}

/// `admissionregistration.k8s.io/v1.ValidatingAdmissionPolicyBinding`.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct AdmissionBinding {
    pub(crate) policy_name: String,
    pub(crate) match_resources: Option<Value>,
    pub(crate) validation_actions: Vec<String>,
}

/// What asks a service at admission.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Webhooks {
    pub(crate) webhooks: Vec<Webhook>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Webhook {
    pub(crate) name: String,
    pub(crate) failure_policy: Option<String>,
}

/// `security.openshift.io/v1.SecurityContextConstraints`: what OpenShift lets pods be.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Constraints {
    pub(crate) allow_privileged_container: bool,
    pub(crate) allow_privilege_escalation: Option<bool>,
    pub(crate) allow_host_dir_volume_plugin: bool,
    #[serde(rename = "allowHostIPC")]
    pub(crate) allow_host_ipc: bool,
    pub(crate) allow_host_network: bool,
    #[serde(rename = "allowHostPID")]
    pub(crate) allow_host_pid: bool,
    pub(crate) allow_host_ports: bool,
    pub(crate) allowed_capabilities: Vec<String>,
    pub(crate) default_add_capabilities: Vec<String>,
    pub(crate) required_drop_capabilities: Vec<String>,
    pub(crate) read_only_root_filesystem: bool,
    pub(crate) run_as_user: Strategy,
    pub(crate) se_linux_context: Strategy,
    pub(crate) seccomp_profiles: Vec<String>,
    pub(crate) volumes: Vec<String>,
    pub(crate) users: Vec<String>,
    pub(crate) groups: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Strategy {
    #[serde(rename = "type")]
    pub(crate) kind: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_field_of_the_mesh_is_refused_since_it_would_open_something() {
        let policy = |json: &str| serde_json::from_str::<MeshPolicy>(json);
        assert!(policy(r#"{"rules": [{"from": [{"source": {"serviceAccounts": ["a"]}}]}]}"#).is_ok());
        assert!(policy(r#"{"rules": [{"form": [{"source": {"serviceAccounts": ["a"]}}]}]}"#).is_err());
        assert!(policy(r#"{"rules": [{"from": [{"source": {"serviceAccount": ["a"]}}]}]}"#).is_err());
        assert!(policy(r#"{"rules": [{"to": [{"operation": {"port": ["1"]}}]}]}"#).is_err());
        assert!(policy(r#"{"rules": [{"to": [{"operation": {"ports": ["65536"]}}]}]}"#).is_err());
        assert!(policy(r#"{"action": "Allow"}"#).is_err());
        assert!(serde_json::from_str::<PeerAuthentication>(r#"{"mtls": {"mod": "STRICT"}}"#).is_err());
    }

    #[test]
    fn a_policy_is_about_all_pods_where_it_selects_none_and_names_no_gateway() {
        let is_about_all = |json: &str| serde_json::from_str::<MeshPolicy>(json).unwrap().is_about_all();
        assert!(is_about_all("{}") && is_about_all(r#"{"selector": {}}"#));
        assert!(!is_about_all(r#"{"selector": {"matchLabels": {"a": "b"}}}"#));
        assert!(!is_about_all(r#"{"targetRefs": [{"kind": "Gateway", "name": "g"}]}"#));
        assert!(!is_about_all(r#"{"targetRef": {"kind": "Gateway", "name": "g"}}"#));
    }
}
