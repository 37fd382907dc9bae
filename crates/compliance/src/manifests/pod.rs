//! The shape of a pod, as far as a rule looks at it (`core/v1` of Kubernetes v1.35).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{Labels, PortRef, Selector};
use crate::quantity::Resources;

/// A pod, or the template of many.
#[derive(Deserialize, Default, Debug)]
#[serde(default)]
pub(crate) struct Pod {
    pub(crate) metadata: Metadata,
    pub(crate) spec: PodSpec,
}

#[derive(Deserialize, Default, Debug)]
#[serde(default)]
pub(crate) struct Metadata {
    pub(crate) labels: Labels,
    pub(crate) annotations: Labels,
}

#[derive(Deserialize, Default, Debug)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct PodSpec {
    pub(crate) containers: Vec<Container>,
    pub(crate) init_containers: Vec<Container>,
    pub(crate) ephemeral_containers: Vec<Container>,
    pub(crate) volumes: Vec<Volume>,
    pub(crate) security_context: PodSecurity,
    pub(crate) host_network: Option<bool>,
    #[serde(rename = "hostPID")]
    pub(crate) host_pid: Option<bool>,
    #[serde(rename = "hostIPC")]
    pub(crate) host_ipc: Option<bool>,
    pub(crate) host_users: Option<bool>,
    pub(crate) os: Option<Os>,
    pub(crate) automount_service_account_token: Option<bool>,
    pub(crate) service_account_name: Option<String>,
    pub(crate) enable_service_links: Option<bool>,
    pub(crate) restart_policy: Option<String>,
    pub(crate) termination_grace_period_seconds: Option<u64>,
    pub(crate) topology_spread_constraints: Vec<Value>,
    pub(crate) affinity: Affinity,
    pub(crate) overhead: Resources,
    pub(crate) resources: Requirements,
    pub(crate) image_pull_secrets: Vec<Reference>,
}

impl PodSpec {
    /// Init, usual and ephemeral containers.
    pub(crate) fn all_containers(&self) -> impl Iterator<Item = &Container> {
        self.init_containers.iter().chain(&self.containers).chain(&self.ephemeral_containers)
    }

    /// Init and usual containers: those that a template can hold for good.
    pub(crate) fn lasting_containers(&self) -> impl Iterator<Item = &Container> {
        self.init_containers.iter().chain(&self.containers)
    }

    pub(crate) fn is_windows(&self) -> bool {
        self.os.as_ref().is_some_and(|os| os.name == "windows")
    }
}

#[derive(Deserialize, Default, Debug)]
#[serde(default)]
pub(crate) struct Os {
    pub(crate) name: String,
}

#[derive(Deserialize, Default, Debug)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Affinity {
    pub(crate) pod_anti_affinity: AntiAffinity,
}

#[derive(Deserialize, Default, Debug)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct AntiAffinity {
    pub(crate) required_during_scheduling_ignored_during_execution: Vec<Value>,
    pub(crate) preferred_during_scheduling_ignored_during_execution: Vec<Value>,
}

/// The security context of a pod, which its containers inherit in part.
#[derive(Deserialize, Default, Debug)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct PodSecurity {
    pub(crate) run_as_non_root: Option<bool>,
    pub(crate) run_as_user: Option<i64>,
    pub(crate) run_as_group: Option<i64>,
    pub(crate) seccomp_profile: Option<Profile>,
    pub(crate) app_armor_profile: Option<Profile>,
    pub(crate) se_linux_options: Option<SeLinux>,
    pub(crate) windows_options: WindowsOptions,
    pub(crate) sysctls: Vec<Reference>,
}

#[derive(Deserialize, Default, Debug)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Security {
    pub(crate) privileged: Option<bool>,
    pub(crate) allow_privilege_escalation: Option<bool>,
    pub(crate) read_only_root_filesystem: Option<bool>,
    pub(crate) run_as_non_root: Option<bool>,
    pub(crate) run_as_user: Option<i64>,
    pub(crate) run_as_group: Option<i64>,
    pub(crate) capabilities: Capabilities,
    pub(crate) seccomp_profile: Option<Profile>,
    pub(crate) app_armor_profile: Option<Profile>,
    pub(crate) se_linux_options: Option<SeLinux>,
    pub(crate) windows_options: WindowsOptions,
    pub(crate) proc_mount: Option<String>,
}

#[derive(Deserialize, Default, Debug)]
#[serde(default)]
pub(crate) struct Capabilities {
    pub(crate) add: Vec<String>,
    pub(crate) drop: Vec<String>,
}

#[derive(Deserialize, Default, Debug)]
#[serde(default)]
pub(crate) struct Profile {
    #[serde(rename = "type")]
    pub(crate) kind: String,
}

#[derive(Deserialize, Default, Debug)]
#[serde(default)]
pub(crate) struct SeLinux {
    pub(crate) user: String,
    pub(crate) role: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
}

#[derive(Deserialize, Default, Debug)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct WindowsOptions {
    pub(crate) host_process: Option<bool>,
}

#[derive(Deserialize, Default, Debug)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Container {
    pub(crate) name: String,
    pub(crate) image: String,
    pub(crate) security_context: Security,
    pub(crate) resources: Requirements,
    pub(crate) ports: Vec<ContainerPort>,
    pub(crate) env: Vec<Variable>,
    pub(crate) env_from: Vec<VariableSource>,
    pub(crate) volume_mounts: Vec<Mount>,
    pub(crate) liveness_probe: Option<Probe>,
    pub(crate) readiness_probe: Option<Probe>,
    pub(crate) startup_probe: Option<Probe>,
    pub(crate) lifecycle: Lifecycle,
    pub(crate) restart_policy: Option<String>,
}

impl Container {
    /// Whether an init container runs as long as the pod does.
    pub(crate) fn is_sidecar(&self) -> bool {
        self.restart_policy.as_deref() == Some("Always")
    }
}

#[derive(Deserialize, Default, Debug)]
#[serde(default)]
pub(crate) struct Requirements {
    pub(crate) requests: Resources,
    pub(crate) limits: Resources,
}

#[derive(Deserialize, Default, Debug)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct ContainerPort {
    pub(crate) name: Option<String>,
    pub(crate) container_port: u16,
    pub(crate) host_port: u16,
    pub(crate) protocol: crate::network::Protocol,
}

#[derive(Deserialize, Default, Debug)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) value: Option<String>,
    pub(crate) value_from: VariableValue,
}

#[derive(Deserialize, Default, Debug)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct VariableValue {
    pub(crate) secret_key_ref: Option<Reference>,
}

#[derive(Deserialize, Default, Debug)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct VariableSource {
    pub(crate) secret_ref: Option<Reference>,
}

/// Something that is named.
#[derive(Deserialize, Default, Debug)]
#[serde(default)]
pub(crate) struct Reference {
    pub(crate) name: String,
}

#[derive(Deserialize, Default, Debug)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Mount {
    pub(crate) name: String,
    pub(crate) sub_path: Option<String>,
    pub(crate) sub_path_expr: Option<String>,
}

#[derive(Deserialize, Default, Debug)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Probe {
    pub(crate) http_get: Option<Address>,
    pub(crate) tcp_socket: Option<Address>,
    pub(crate) sleep: Option<Sleep>,
}

/// A pause; hooks alone have it.
#[derive(Deserialize, Default, Debug)]
#[serde(default)]
pub(crate) struct Sleep {
    pub(crate) seconds: u64,
}

#[derive(Deserialize, Default, Debug)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Lifecycle {
    pub(crate) post_start: Option<Probe>,
    pub(crate) pre_stop: Option<Probe>,
}

#[derive(Deserialize, Default, Debug)]
#[serde(default)]
pub(crate) struct Address {
    pub(crate) host: String,
    pub(crate) port: Option<PortRef>,
}

/// A volume. The kinds that the standard `restricted` allows have fields of their own.
#[derive(Deserialize, Default, Debug)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Volume {
    pub(crate) name: String,
    pub(crate) config_map: Option<Value>,
    pub(crate) csi: Option<Value>,
    #[serde(rename = "downwardAPI")]
    pub(crate) downward_api: Option<Value>,
    pub(crate) empty_dir: Option<EmptyDir>,
    pub(crate) ephemeral: Option<EphemeralVolume>,
    pub(crate) image: Option<Value>,
    pub(crate) persistent_volume_claim: Option<Value>,
    pub(crate) projected: Option<Projected>,
    pub(crate) secret: Option<SecretVolume>,
    pub(crate) host_path: Option<Value>,
    /// Kinds without a field here.
    #[serde(flatten)]
    pub(crate) others: BTreeMap<String, Value>,
}

impl Volume {
    /// Whether it is of a kind that the standard `restricted` allows. One of no kind is an emptyDir.
    pub(crate) fn is_restricted(&self) -> bool {
        self.config_map.is_some()
            || self.csi.is_some()
            || self.downward_api.is_some()
            || self.empty_dir.is_some()
            || self.ephemeral.is_some()
            || self.image.is_some()
            || self.persistent_volume_claim.is_some()
            || self.projected.is_some()
            || self.secret.is_some()
            || self.host_path.is_none() && self.others.is_empty()
    }

    /// Whether it is an emptyDir that may grow.
    pub(crate) fn is_boundless(&self) -> bool {
        match &self.empty_dir {
            Some(empty) => empty.size_limit.is_none(),
            None => {
                let others = [&self.config_map, &self.csi, &self.downward_api, &self.image];
                let claims = [&self.persistent_volume_claim, &self.host_path];
                others.into_iter().chain(claims).all(Option::is_none)
                    && self.ephemeral.is_none()
                    && self.projected.is_none()
                    && self.secret.is_none()
                    && self.others.is_empty()
            }
        }
    }
}

#[derive(Deserialize, Default, Debug)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct EmptyDir {
    pub(crate) size_limit: Option<crate::quantity::Quantity>,
}

#[derive(Deserialize, Default, Debug)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct EphemeralVolume {
    pub(crate) volume_claim_template: super::Claim,
}

#[derive(Deserialize, Default, Debug)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct SecretVolume {
    pub(crate) secret_name: String,
    pub(crate) default_mode: Option<u32>,
    pub(crate) items: Vec<Item>,
}

#[derive(Deserialize, Default, Debug)]
#[serde(default)]
pub(crate) struct Item {
    pub(crate) mode: Option<u32>,
}

#[derive(Deserialize, Default, Debug)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Projected {
    pub(crate) default_mode: Option<u32>,
    pub(crate) sources: Vec<ProjectedSource>,
}

#[derive(Deserialize, Default, Debug)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct ProjectedSource {
    pub(crate) secret: Option<ProjectedSecret>,
    pub(crate) config_map: Option<Value>,
}

#[derive(Deserialize, Default, Debug)]
#[serde(default)]
pub(crate) struct ProjectedSecret {
    pub(crate) name: String,
    pub(crate) items: Vec<Item>,
}

/// What a budget, a policy or a service selects by.
impl Pod {
    pub(crate) fn is_selected_by(&self, selector: &Selector) -> bool {
        selector.matches(&self.metadata.labels)
    }
}
