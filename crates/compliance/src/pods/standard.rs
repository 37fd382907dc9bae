//! The Pod Security Standards v1.35, exactly.
//!
//! Each check says what `pod-security-admission` says for that version: which level it belongs to, and which check of
//! `baseline` it takes the place of under `restricted`. Source: kubernetes/pod-security-admission `policy/`, held by its
//! own fixtures in `tests/fixtures/pod-security`. Since v1.35 `restricted` lets pods in user namespaces
//! (`hostUsers: false`) be root inside; our own rules do not.

use crate::expectations::PodSecurity;
use crate::manifests::{Container, Pod, PodSpec, Probe, Profile, SeLinux};
use crate::rules::Rule;

/// One check of the standards.
struct Check {
    rule: Rule,
    level: PodSecurity,
    /// The check of `baseline` that this one takes the place of.
    replaces: Option<Rule>,
    /// What is wrong with a pod.
    find: fn(&Pod) -> Vec<String>,
}

impl Check {
    const fn baseline(rule: Rule, find: fn(&Pod) -> Vec<String>) -> Self {
        Self { rule, level: PodSecurity::Baseline, replaces: None, find }
    }

    const fn restricted(rule: Rule, replaces: Option<Rule>, find: fn(&Pod) -> Vec<String>) -> Self {
        Self { rule, level: PodSecurity::Restricted, replaces, find }
    }
}

const CHECKS: [Check; 19] = [
    Check::baseline(Rule::PssHostNamespaces, host_namespaces),
    Check::baseline(Rule::PssPrivileged, privileged),
    Check::baseline(Rule::PssCapabilities, capabilities),
    Check::baseline(Rule::PssHostPath, host_path),
    Check::baseline(Rule::PssHostPorts, host_ports),
    Check::baseline(Rule::PssHostProbes, host_probes),
    Check::baseline(Rule::PssAppArmor, app_armor),
    Check::baseline(Rule::PssSeLinux, se_linux),
    Check::baseline(Rule::PssProcMount, proc_mount),
    Check::baseline(Rule::PssSeccomp, seccomp),
    Check::baseline(Rule::PssSysctls, sysctls),
    Check::baseline(Rule::PssWindowsHostProcess, windows_host_process),
    Check::restricted(Rule::PssPrivilegeEscalation, None, privilege_escalation),
    Check::restricted(Rule::PssNonRoot, None, non_root),
    Check::restricted(Rule::PssRootUser, None, root_user),
    Check::restricted(Rule::PssDropAll, Some(Rule::PssCapabilities), drop_all),
    Check::restricted(Rule::PssSeccompSet, Some(Rule::PssSeccomp), seccomp_set),
    Check::restricted(Rule::PssProcMountDefault, Some(Rule::PssProcMount), proc_mount_default),
    Check::restricted(Rule::PssVolumes, Some(Rule::PssHostPath), restricted_volumes),
];

/// Where a pod does not keep a level.
pub(super) fn violations(level: PodSecurity, pod: &Pod) -> Vec<(Rule, String)> {
    let is_restricted = level == PodSecurity::Restricted;
    let applies = |check: &&Check| match check.level {
        PodSecurity::Baseline => {
            !is_restricted || CHECKS.iter().all(|other| other.replaces != Some(check.rule))
        }
        PodSecurity::Restricted => is_restricted,
    };
    let found = CHECKS.iter().filter(applies);
    found.flat_map(|check| (check.find)(pod).into_iter().map(|advice| (check.rule, advice))).collect()
}

/// A sentence for every container of which something is true.
fn containers(pod: &Pod, is_bad: impl Fn(&Container) -> bool, advice: &str) -> Vec<String> {
    let bad = pod.spec.all_containers().filter(|container| is_bad(container));
    bad.map(|container| format!("container `{}`: {advice}", container.name)).collect()
}

fn on_windows_nothing(pod: &Pod, find: impl Fn(&Pod) -> Vec<String>) -> Vec<String> {
    if pod.spec.is_windows() { Vec::new() } else { find(pod) }
}

fn in_user_namespace(spec: &PodSpec) -> bool {
    spec.host_users == Some(false)
}

fn host_namespaces(pod: &Pod) -> Vec<String> {
    let spec = &pod.spec;
    let shared = [("hostNetwork", spec.host_network), ("hostPID", spec.host_pid), ("hostIPC", spec.host_ipc)];
    let set = shared.iter().filter(|(_, value)| *value == Some(true));
    set.map(|(name, _)| format!("remove {name}: true")).collect()
}

fn privileged(pod: &Pod) -> Vec<String> {
    containers(
        pod,
        |container| container.security_context.privileged == Some(true),
        "remove privileged: true",
    )
}

/// What containers have by default, and may therefore add.
const DEFAULT_CAPABILITIES: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

fn capabilities(pod: &Pod) -> Vec<String> {
    adding_beyond(pod, &DEFAULT_CAPABILITIES)
}

fn adding_beyond(pod: &Pod, allowed: &[&str]) -> Vec<String> {
    let adds = |container: &Container| {
        container.security_context.capabilities.add.iter().any(|added| !allowed.contains(&added.as_str()))
    };
    containers(pod, adds, "remove what it adds under capabilities")
}

fn drop_all(pod: &Pod) -> Vec<String> {
    on_windows_nothing(pod, |pod| {
        let keeps = |container: &Container| {
            !container.security_context.capabilities.drop.iter().any(|dropped| dropped == "ALL")
        };
        let mut found = containers(pod, keeps, "set capabilities.drop to [ALL]");
        found.extend(adding_beyond(pod, &["NET_BIND_SERVICE"]));
        found
    })
}

fn host_path(pod: &Pod) -> Vec<String> {
    let bad = pod.spec.volumes.iter().filter(|volume| volume.host_path.is_some());
    bad.map(|volume| format!("volume `{}`: do without a hostPath", volume.name)).collect()
}

fn restricted_volumes(pod: &Pod) -> Vec<String> {
    let bad = pod.spec.volumes.iter().filter(|volume| !volume.is_restricted());
    bad.map(|volume| {
        let kind = match &volume.host_path {
            Some(_) => "hostPath",
            None => volume.others.keys().next().map_or("of no kind", String::as_str),
        };
        format!("volume `{}`: {kind} is not allowed; use an emptyDir, a claim or a secret", volume.name)
    })
    .collect()
}

fn host_ports(pod: &Pod) -> Vec<String> {
    let takes = |container: &Container| container.ports.iter().any(|port| port.host_port != 0);
    containers(pod, takes, "remove hostPort")
}

fn host_probes(pod: &Pod) -> Vec<String> {
    let names_host = |probe: &Option<Probe>| {
        let actions = probe.iter().flat_map(|probe| [&probe.http_get, &probe.tcp_socket]);
        actions.flatten().any(|action| !action.host.is_empty())
    };
    let is_bad = |container: &Container| {
        let Container { liveness_probe, readiness_probe, startup_probe, lifecycle, .. } = container;
        [liveness_probe, readiness_probe, startup_probe, &lifecycle.post_start, &lifecycle.pre_stop]
            .into_iter()
            .any(names_host)
    };
    containers(pod, is_bad, "remove the host from its probes and lifecycle hooks")
}

fn app_armor(pod: &Pod) -> Vec<String> {
    const PREFIX: &str = "container.apparmor.security.beta.kubernetes.io/";
    let is_bad = |kind: &str| kind != "RuntimeDefault" && kind != "Localhost";
    let mut found = Vec::new();
    if pod.spec.security_context.app_armor_profile.as_ref().is_some_and(|profile| is_bad(&profile.kind)) {
        found.push("set appArmorProfile of the pod to RuntimeDefault or Localhost".to_owned());
    }
    found.extend(containers(
        pod,
        |container| {
            container.security_context.app_armor_profile.as_ref().is_some_and(|profile| is_bad(&profile.kind))
        },
        "set appArmorProfile to RuntimeDefault or Localhost",
    ));
    let annotations = pod.metadata.annotations.iter().filter(|(key, value)| {
        let is_allowed = value.is_empty() || *value == "runtime/default" || value.starts_with("localhost/");
        key.starts_with(PREFIX) && !is_allowed
    });
    found.extend(annotations.map(|(key, _)| format!("remove the annotation {key}")));
    found
}

fn se_linux(pod: &Pod) -> Vec<String> {
    const TYPES: [&str; 5] = ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];
    const ADVICE: &str = "leave seLinuxOptions to the node: no user, no role, and a type for containers";
    let is_bad = |options: &SeLinux| {
        !TYPES.contains(&options.kind.as_str()) || !options.user.is_empty() || !options.role.is_empty()
    };
    let mut found = Vec::new();
    if pod.spec.security_context.se_linux_options.as_ref().is_some_and(is_bad) {
        found.push(ADVICE.to_owned());
    }
    found.extend(containers(
        pod,
        |container| container.security_context.se_linux_options.as_ref().is_some_and(is_bad),
        ADVICE,
    ));
    found
}

fn proc_mount(pod: &Pod) -> Vec<String> {
    if in_user_namespace(&pod.spec) { Vec::new() } else { proc_mount_default(pod) }
}

fn proc_mount_default(pod: &Pod) -> Vec<String> {
    let unmasks = |container: &Container| {
        container.security_context.proc_mount.as_deref().is_some_and(|kind| kind != "Default")
    };
    containers(pod, unmasks, "remove procMount")
}

const SECCOMP: [&str; 2] = ["RuntimeDefault", "Localhost"];

fn seccomp(pod: &Pod) -> Vec<String> {
    const ADVICE: &str = "set seccompProfile to RuntimeDefault or Localhost";
    let is_bad = |profile: &Profile| !SECCOMP.contains(&profile.kind.as_str());
    let mut found = Vec::new();
    if pod.spec.security_context.seccomp_profile.as_ref().is_some_and(is_bad) {
        found.push(format!("pod: {ADVICE}"));
    }
    found.extend(containers(
        pod,
        |container| container.security_context.seccomp_profile.as_ref().is_some_and(is_bad),
        ADVICE,
    ));
    found
}

fn seccomp_set(pod: &Pod) -> Vec<String> {
    on_windows_nothing(pod, |pod| {
        let mut found = seccomp(pod);
        if pod.spec.security_context.seccomp_profile.is_none() {
            found.extend(containers(
                pod,
                |container| container.security_context.seccomp_profile.is_none(),
                "set seccompProfile of the pod to RuntimeDefault",
            ));
        }
        found
    })
}

fn sysctls(pod: &Pod) -> Vec<String> {
    const SAFE: [&str; 12] = [
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.ping_group_range",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
        "net.ipv4.tcp_rmem",
        "net.ipv4.tcp_wmem",
    ];
    let set = pod.spec.security_context.sysctls.iter().filter(|sysctl| !SAFE.contains(&sysctl.name.as_str()));
    set.map(|sysctl| format!("remove the sysctl {}", sysctl.name)).collect()
}

fn windows_host_process(pod: &Pod) -> Vec<String> {
    const ADVICE: &str = "remove windowsOptions.hostProcess";
    let mut found = containers(
        pod,
        |container| container.security_context.windows_options.host_process == Some(true),
        ADVICE,
    );
    if pod.spec.security_context.windows_options.host_process == Some(true) {
        found.push(ADVICE.to_owned());
    }
    found
}

fn privilege_escalation(pod: &Pod) -> Vec<String> {
    on_windows_nothing(pod, |pod| {
        containers(
            pod,
            |container| container.security_context.allow_privilege_escalation != Some(false),
            "set allowPrivilegeEscalation to false",
        )
    })
}

fn non_root(pod: &Pod) -> Vec<String> {
    if in_user_namespace(&pod.spec) {
        return Vec::new();
    }
    let of_pod = pod.spec.security_context.run_as_non_root;
    let mut found = Vec::new();
    if of_pod == Some(false) {
        found.push("set runAsNonRoot of the pod to true".to_owned());
    }
    let is_bad = |container: &Container| {
        container.security_context.run_as_non_root.or(of_pod.filter(|set| *set)) != Some(true)
    };
    found.extend(containers(pod, is_bad, "set runAsNonRoot to true"));
    found
}

fn root_user(pod: &Pod) -> Vec<String> {
    if in_user_namespace(&pod.spec) {
        return Vec::new();
    }
    let mut found = containers(
        pod,
        |container| container.security_context.run_as_user == Some(0),
        "set runAsUser to a number that is not 0",
    );
    if pod.spec.security_context.run_as_user == Some(0) {
        found.push("set runAsUser of the pod to a number that is not 0".to_owned());
    }
    found
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::manifests::Manifests;

    fn fixtures(level: &str, verdict: &str) -> Vec<PathBuf> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/fixtures/pod-security")
            .join(level)
            .join("v1.35")
            .join(verdict);
        let mut files: Vec<PathBuf> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }

    fn rules_broken(level: PodSecurity, file: &Path) -> BTreeSet<Rule> {
        let manifests = Manifests::read(&std::fs::read_to_string(file).unwrap()).unwrap();
        let (_, workload) = manifests.workloads().next().expect("a pod");
        violations(level, &workload.pod).into_iter().map(|(rule, _)| rule).collect()
    }

    #[test]
    fn every_official_pod_that_passes_passes() {
        let levels = [(PodSecurity::Baseline, 15), (PodSecurity::Restricted, 23)];
        for (level, count) in levels {
            let files = fixtures(level.name(), "pass");
            assert_eq!(files.len(), count, "all fixtures of {level:?} are there");
            for file in files {
                assert_eq!(rules_broken(level, &file), BTreeSet::new(), "{}", file.display());
            }
        }
    }

    #[test]
    fn every_official_pod_that_fails_is_refused_for_its_own_reason() {
        for (level, count) in [(PodSecurity::Baseline, 34), (PodSecurity::Restricted, 76)] {
            let files = fixtures(level.name(), "fail");
            assert_eq!(files.len(), count, "all fixtures of {level:?} are there");
            for file in files {
                let name = file
                    .file_stem()
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .trim_end_matches(|c: char| c.is_ascii_digit());
                let expected = match (name, level) {
                    ("allowprivilegeescalation", _) => Rule::PssPrivilegeEscalation,
                    ("apparmorprofile", _) => Rule::PssAppArmor,
                    ("capabilities_baseline", PodSecurity::Baseline) => Rule::PssCapabilities,
                    ("capabilities_baseline" | "capabilities_restricted", _) => Rule::PssDropAll,
                    ("hostnamespaces", _) => Rule::PssHostNamespaces,
                    ("hostpathvolumes", PodSecurity::Baseline) => Rule::PssHostPath,
                    ("hostpathvolumes" | "restrictedvolumes", _) => Rule::PssVolumes,
                    ("hostports", _) => Rule::PssHostPorts,
                    ("hostprobesandhostlifecycle", _) => Rule::PssHostProbes,
                    ("privileged", _) => Rule::PssPrivileged,
                    ("procmount", PodSecurity::Baseline) => Rule::PssProcMount,
                    ("procmount" | "procmount_restricted", _) => Rule::PssProcMountDefault,
                    ("runasnonroot", _) => Rule::PssNonRoot,
                    ("runasuser", _) => Rule::PssRootUser,
                    ("seccompprofile_baseline", PodSecurity::Baseline) => Rule::PssSeccomp,
                    ("seccompprofile_baseline" | "seccompprofile_restricted", _) => Rule::PssSeccompSet,
                    ("selinuxoptions", _) => Rule::PssSeLinux,
                    ("sysctls", _) => Rule::PssSysctls,
                    ("windowshostprocess", _) => Rule::PssWindowsHostProcess,
                    (other, _) => panic!("a fixture of another check: {other}"),
                };
                assert!(rules_broken(level, &file).contains(&expected), "{}", file.display());
            }
        }
    }

    #[test]
    fn what_passes_restricted_passes_baseline() {
        for file in fixtures("restricted", "pass") {
            assert_eq!(rules_broken(PodSecurity::Baseline, &file), BTreeSet::new(), "{}", file.display());
        }
    }

    #[test]
    fn only_the_newer_standard_lets_pods_in_user_namespaces_be_root_inside() {
        let root =
            PodSpec { host_users: Some(false), containers: vec![Container::default()], ..PodSpec::default() };
        let pod = Pod { spec: root, ..Pod::default() };
        assert_eq!(non_root(&pod), Vec::<String>::new());
        let on_node = Pod {
            spec: PodSpec {
                containers: vec![Container::default()],
                host_users: Some(true),
                ..PodSpec::default()
            },
            ..Pod::default()
        };
        assert_eq!(non_root(&on_node).len(), 1);
    }
}
