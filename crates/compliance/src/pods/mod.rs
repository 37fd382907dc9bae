//! What pods may do: the Pod Security Standard, and our own rules on top of it.
//!
//! Our rules hold every container that a template has, init and ephemeral ones too where Kubernetes lets them say it.

mod standard;

use std::collections::{BTreeMap, BTreeSet};

use crate::expectations::{Expectations, PodSecurity, UserNamespaces};
use crate::manifests::{Body, Budget, Claim, Container, Manifests, Object, Volume, Workload, WorkloadKind};
use crate::report::Findings;
use crate::rules::Rule;

/// The version of the standards that namespaces pin.
const STANDARD_VERSION: &str = "v1.35";

pub(crate) fn check(manifests: &Manifests, expectations: &Expectations, findings: &mut Findings) {
    check_namespaces(manifests, expectations.pod_security, findings);
    check_claims(manifests, findings);
    let mut owners: BTreeMap<(&str, &str), &Object> = BTreeMap::new();
    for (object, workload) in manifests.workloads() {
        for (rule, advice) in standard::violations(expectations.pod_security, &workload.pod) {
            findings.add(rule, &object.id, advice);
        }
        let mut own = OwnRules { object, findings: &mut *findings };
        own.pod(workload, user_namespaces(object, expectations));
        workload.pod.spec.all_containers().for_each(|container| own.container(container));
        workload.pod.spec.lasting_containers().for_each(|container| own.resources(container));
        own.probes(workload);
        own.volumes(workload);
        own.availability(workload, manifests);
        let account = own.account(workload, manifests);
        if let Some(account) = account
            && let Some(other) = owners.insert((object.namespace(), account), object)
        {
            let advice = format!("{} uses `{account}` too: give each an account of its own", other.id);
            findings.add(Rule::ServiceAccountOwn, &object.id, advice);
        }
    }
}

/// Whether the pods of an object must run in user namespaces.
fn user_namespaces(object: &Object, expectations: &Expectations) -> UserNamespaces {
    match expectations.user_namespaces_in.contains(object.namespace()) {
        true => UserNamespaces::Required,
        false => expectations.user_namespaces,
    }
}

fn check_namespaces(manifests: &Manifests, level: PodSecurity, findings: &mut Findings) {
    for object in manifests.objects() {
        let advice = match object.id.namespace.as_deref() {
            Some(_) if !object.names_namespace => "name the namespace under metadata",
            Some("default") => "put it into a namespace of its own",
            Some(_) | None => continue,
        };
        findings.add(Rule::DefaultNamespace, &object.id, advice);
    }
    let with_workloads: BTreeSet<&str> =
        manifests.workloads().map(|(object, _)| object.namespace()).collect();
    for name in manifests.namespaces() {
        let Some(namespace) = manifests.namespace(name) else {
            if with_workloads.contains(name) {
                let advice = "declare the namespace in the manifests, with the labels of pod security";
                findings.add_to_namespace(Rule::PodSecurityLabels, name, advice);
            }
            continue;
        };
        for mode in ["enforce", "audit", "warn"] {
            let key = format!("pod-security.kubernetes.io/{mode}");
            let wanted = [(key.clone(), level.name()), (format!("{key}-version"), STANDARD_VERSION)];
            for (key, value) in wanted {
                if namespace.labels.get(&key).map(String::as_str) != Some(value) {
                    findings.add(
                        Rule::PodSecurityLabels,
                        &namespace.id,
                        format!("set the label {key}: {value}"),
                    );
                }
            }
        }
    }
}

fn check_claims(manifests: &Manifests, findings: &mut Findings) {
    for object in manifests.objects() {
        let claims: Vec<&Claim> = match &object.body {
            Body::Claim(claim) => vec![claim],
            Body::Workload(workload) => {
                let volumes = workload.pod.spec.volumes.iter().filter_map(|volume| volume.ephemeral.as_ref());
                workload.claims.iter().chain(volumes.map(|volume| &volume.volume_claim_template)).collect()
            }
            _ => continue,
        };
        if claims.iter().any(|claim| claim.spec.access_modes != ["ReadWriteOncePod"]) {
            let advice = "set the accessModes of its claim to [ReadWriteOncePod]";
            findings.add(Rule::ClaimAccess, &object.id, advice);
        }
    }
}

/// Our rules about one workload.
struct OwnRules<'a> {
    object: &'a Object,
    findings: &'a mut Findings,
}

impl OwnRules<'_> {
    fn add(&mut self, rule: Rule, advice: impl Into<String>) {
        self.findings.add(rule, &self.object.id, advice);
    }

    fn pod(&mut self, workload: &Workload, user_namespaces: UserNamespaces) {
        let spec = &workload.pod.spec;
        if spec.automount_service_account_token != Some(false) {
            self.add(Rule::AccountToken, "set automountServiceAccountToken of the pod to false");
        }
        if spec.enable_service_links != Some(false) {
            self.add(Rule::ServiceLinks, "set enableServiceLinks to false");
        }
        if spec.termination_grace_period_seconds.is_none() {
            self.add(Rule::GracePeriod, "set terminationGracePeriodSeconds");
        }
        if user_namespaces == UserNamespaces::Required && spec.host_users != Some(false) {
            self.add(Rule::UserNamespace, "set hostUsers to false");
        }
        let of_pod = &spec.security_context;
        for container in spec.all_containers() {
            let own = &container.security_context;
            if own.run_as_non_root.or(of_pod.run_as_non_root) != Some(true) {
                let advice =
                    format!("set runAsNonRoot of the pod or of container {} to true", container.name);
                self.add(Rule::NumericUser, advice);
            }
            let ids = [
                ("runAsUser", own.run_as_user.or(of_pod.run_as_user)),
                ("runAsGroup", own.run_as_group.or(of_pod.run_as_group)),
            ];
            for (field, id) in ids {
                if id.is_none_or(|id| id <= 0) {
                    let name = &container.name;
                    self.add(
                        Rule::NumericUser,
                        format!("container `{name}`: set {field} to a number above 0"),
                    );
                }
            }
        }
    }

    fn container(&mut self, container: &Container) {
        let name = &container.name;
        if container.security_context.read_only_root_filesystem != Some(true) {
            self.add(
                Rule::ReadOnlyRoot,
                format!("container `{name}`: set readOnlyRootFilesystem to true, and mount an emptyDir where it writes"),
            );
        }
        for added in &container.security_context.capabilities.add {
            self.add(Rule::NoCapability, format!("container `{name}`: do without the capability {added}"));
        }
        if let Some(problem) = image_problem(&container.image) {
            self.add(Rule::ImageDigest, format!("container `{name}`: {problem}"));
        }
        for variable in container.env.iter().filter(|variable| variable.value_from.secret_key_ref.is_some()) {
            let advice =
                format!("container `{name}`: mount the secret of the variable {} as a file", variable.name);
            self.add(Rule::SecretInEnvironment, advice);
        }
        for secret in container.env_from.iter().filter_map(|source| source.secret_ref.as_ref()) {
            let advice = format!("container `{name}`: mount the secret `{}` as files", secret.name);
            self.add(Rule::SecretInEnvironment, advice);
        }
    }

    fn resources(&mut self, container: &Container) {
        let resources = &container.resources;
        let wanted = [
            ("requests", &resources.requests, "cpu"),
            ("requests", &resources.requests, "memory"),
            ("requests", &resources.requests, "ephemeral-storage"),
            ("limits", &resources.limits, "memory"),
            ("limits", &resources.limits, "ephemeral-storage"),
        ];
        for (side, amounts, resource) in wanted {
            if !amounts.contains_key(resource) {
                let name = &container.name;
                self.add(Rule::Resources, format!("container `{name}`: set resources.{side}.{resource}"));
            }
        }
    }

    fn probes(&mut self, workload: &Workload) {
        if !workload.is_long_running() {
            return;
        }
        let spec = &workload.pod.spec;
        let sidecars = spec.init_containers.iter().filter(|container| container.is_sidecar());
        for container in spec.containers.iter().chain(sidecars) {
            let probes = [
                ("readinessProbe", &container.readiness_probe),
                ("livenessProbe", &container.liveness_probe),
            ];
            for (field, probe) in probes {
                if probe.is_none() {
                    self.add(Rule::Probes, format!("container `{}`: add a {field}", container.name));
                }
            }
        }
    }

    fn volumes(&mut self, workload: &Workload) {
        let spec = &workload.pod.spec;
        for volume in &spec.volumes {
            let name = &volume.name;
            if volume.is_boundless() {
                self.add(Rule::EmptyDirLimit, format!("volume `{name}`: set sizeLimit"));
            }
            if modes_of_secrets(volume).any(|mode| mode & 0o007 != 0) {
                self.add(Rule::SecretMode, format!("volume `{name}`: set defaultMode to 0440 or less"));
            }
        }
        for container in spec.all_containers() {
            for mount in &container.volume_mounts {
                let is_part = mount.sub_path.as_ref().or(mount.sub_path_expr.as_ref()).is_some();
                let is_renewed =
                    spec.volumes.iter().any(|volume| volume.name == mount.name && is_renewed(volume));
                if is_part && is_renewed {
                    let advice =
                        format!("container `{}`: mount `{}` without subPath", container.name, mount.name);
                    self.add(Rule::SubPathMount, advice);
                }
            }
        }
    }

    fn availability(&mut self, workload: &Workload, manifests: &Manifests) {
        if workload.kind != WorkloadKind::Deployment {
            return;
        }
        let replicas = replicas_min(self.object, workload, manifests);
        let budgets: Vec<(&Object, &Budget)> = budgets_of(self.object, workload, manifests).collect();
        for (budget, _) in budgets.iter().filter(|(_, budget)| replicas > 0 && budget.allows(replicas) == 0) {
            let advice = format!("{} forbids every disruption of {replicas} pods: let one go", budget.id);
            self.add(Rule::DisruptionBudget, advice);
        }
        if replicas < 2 {
            return;
        }
        if budgets.is_empty() {
            self.add(Rule::DisruptionBudget, "add a PodDisruptionBudget that allows one disruption");
        }
        let spec = &workload.pod.spec;
        let apart = &spec.affinity.pod_anti_affinity;
        let is_apart = !spec.topology_spread_constraints.is_empty()
            || !apart.required_during_scheduling_ignored_during_execution.is_empty()
            || !apart.preferred_during_scheduling_ignored_during_execution.is_empty();
        if !is_apart {
            self.add(Rule::SpreadReplicas, "add topologySpreadConstraints or a podAntiAffinity");
        }
        if is_served(self.object, workload, manifests) {
            self.drain(workload);
        }
    }

    /// While a pod ends, services still send it new connections for a moment.
    fn drain(&mut self, workload: &Workload) {
        let spec = &workload.pod.spec;
        for container in spec.containers.iter().filter(|container| !container.ports.is_empty()) {
            let name = &container.name;
            let Some(pause) = &container.lifecycle.pre_stop else {
                let advice = format!(
                    "container `{name}`: add a preStop that waits until nobody sends new connections"
                );
                self.add(Rule::Drain, advice);
                continue;
            };
            let seconds = pause.sleep.as_ref().map(|sleep| sleep.seconds);
            if seconds.is_some_and(|seconds| seconds >= spec.termination_grace_period_seconds.unwrap_or(30)) {
                let advice =
                    format!("container `{name}`: let preStop end before terminationGracePeriodSeconds");
                self.add(Rule::Drain, advice);
            }
        }
    }

    /// The account of a workload, if it is one of its own.
    fn account<'w>(&mut self, workload: &'w Workload, manifests: &Manifests) -> Option<&'w str> {
        let name = workload.pod.spec.service_account_name.as_deref().unwrap_or_default();
        if name.is_empty() || name == "default" {
            self.add(Rule::ServiceAccountOwn, "set serviceAccountName to an account of its own");
            return None;
        }
        let exists = manifests.objects().any(|object| {
            matches!(object.body, Body::ServiceAccount(_))
                && object.id.name == name
                && object.id.namespace == self.object.id.namespace
        });
        if !exists {
            self.add(Rule::ServiceAccountOwn, format!("add the ServiceAccount `{name}` to the manifests"));
        }
        Some(name)
    }
}

/// Whether a service leads to a workload's pods.
fn is_served(object: &Object, workload: &Workload, manifests: &Manifests) -> bool {
    manifests.objects().any(|other| match &other.body {
        Body::Service(service) => {
            let labels = &workload.pod.metadata.labels;
            other.id.namespace == object.id.namespace
                && !service.selector.is_empty()
                && service.selector.iter().all(|(key, value)| labels.get(key) == Some(value))
        }
        _ => false,
    })
}

/// The budgets that are about a workload's pods.
fn budgets_of<'a>(
    object: &'a Object,
    workload: &'a Workload,
    manifests: &'a Manifests,
) -> impl Iterator<Item = (&'a Object, &'a Budget)> {
    manifests.objects().filter_map(move |other| match &other.body {
        Body::DisruptionBudget(budget) if other.id.namespace == object.id.namespace => {
            let selects =
                budget.selector.as_ref().is_some_and(|selector| workload.pod.is_selected_by(selector));
            selects.then_some((other, budget))
        }
        _ => None,
    })
}

/// How few replicas there may be, an autoscaler considered.
fn replicas_min(object: &Object, workload: &Workload, manifests: &Manifests) -> u64 {
    manifests.scaler(object).map_or(workload.replicas, |scaler| scaler.min_replicas.unwrap_or(1))
}

/// Whether the kubelet renews what a volume holds; a mount of a part of it stays as it was.
fn is_renewed(volume: &Volume) -> bool {
    volume.secret.is_some() || volume.config_map.is_some() || volume.projected.is_some()
}

/// The modes of the files of secrets in a volume. Where none is given it is 0644.
fn modes_of_secrets(volume: &Volume) -> impl Iterator<Item = u32> {
    const USUAL: u32 = 0o644;
    let of_secret = volume.secret.iter().flat_map(|secret| {
        let usual = secret.default_mode.unwrap_or(USUAL);
        secret.items.iter().map(move |item| item.mode.unwrap_or(usual)).chain([usual])
    });
    let of_projection = volume.projected.iter().flat_map(|projected| {
        let usual = projected.default_mode.unwrap_or(USUAL);
        let secrets = projected.sources.iter().filter_map(|source| source.secret.as_ref());
        secrets.flat_map(move |secret| {
            secret.items.iter().map(move |item| item.mode.unwrap_or(usual)).chain([usual])
        })
    });
    of_secret.chain(of_projection)
}

/// What is wrong with an image as `name[:tag]@sha256:…`.
fn image_problem(image: &str) -> Option<String> {
    let (name, digest) = image.split_once('@').unwrap_or((image, ""));
    let tag = name.rsplit('/').next().and_then(|last| last.split_once(':')).map(|(_, tag)| tag);
    let hex = digest.strip_prefix("sha256:").unwrap_or_default();
    let is_pinned = hex.len() == 64 && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if name.is_empty() || name.contains(char::is_whitespace) {
        return Some("give the image a name".to_owned());
    }
    if tag == Some("latest") {
        return Some(format!("give `{name}` the tag of a version instead of `latest`"));
    }
    (!is_pinned).then(|| format!("pin `{name}` by its digest: @sha256: and 64 hexadecimal digits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_pinned_by_all_of_its_digest() {
        let digest = "0123456789abcdef".repeat(4);
        let is_good = |image: String| image_problem(&image).is_none();
        assert!(is_good(format!("wardlight/server:1.0@sha256:{digest}")));
        assert!(is_good(format!("registry.example:5000/wardlight/server@sha256:{digest}")));
        assert!(!is_good(format!("server:latest@sha256:{digest}")));
        assert!(!is_good("server:1.0".to_owned()));
        assert!(!is_good("server".to_owned()));
        assert!(!is_good(String::new()));
        assert!(!is_good(format!("@sha256:{digest}")));
        assert!(!is_good(format!("server@sha256:{}", &digest[1..])), "63 digits");
        assert!(!is_good(format!("server@sha256:{digest}0")), "65 digits");
        assert!(!is_good(format!("server@sha256:{}", digest.to_uppercase())));
        assert!(!is_good(format!("server@sha512:{digest}")));
    }

    #[test]
    fn files_of_secrets_are_shut_for_others_each_of_them() {
        let is_open = |json: &str| {
            let volume: Volume = serde_json::from_str(json).unwrap();
            modes_of_secrets(&volume).any(|mode| mode & 0o007 != 0)
        };
        assert!(is_open(r#"{"secret": {}}"#), "0644 where none is given");
        assert!(!is_open(r#"{"secret": {"defaultMode": 288}}"#), "0440");
        assert!(is_open(r#"{"secret": {"defaultMode": 292}}"#), "0444");
        assert!(is_open(r#"{"secret": {"defaultMode": 257}}"#), "0401");
        assert!(is_open(r#"{"secret": {"defaultMode": 288, "items": [{"mode": 292}]}}"#));
        assert!(is_open(r#"{"projected": {"sources": [{"secret": {"name": "a"}}]}}"#));
        assert!(!is_open(r#"{"projected": {"sources": [{"configMap": {"name": "a"}}]}}"#));
        assert!(!is_open(r#"{"configMap": {"name": "a"}}"#));
    }
}
