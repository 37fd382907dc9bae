//! What OpenShift lets pods be (`security.openshift.io/v1` SecurityContextConstraints): nothing beyond `restricted`.

use crate::manifests::{Body, Constraints, Manifests};
use crate::report::Findings;
use crate::rules::Rule;

/// Volumes that the standard `restricted` allows, as constraints call them.
const VOLUMES: [&str; 8] = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

pub(crate) fn check(manifests: &Manifests, findings: &mut Findings) {
    for object in manifests.objects() {
        let Body::Constraints(constraints) = &object.body else { continue };
        for advice in excess(constraints) {
            findings.add(Rule::OpenShiftConstraints, &object.id, advice);
        }
    }
}

/// What is more than `restricted` lets pods be.
fn excess(constraints: &Constraints) -> Vec<String> {
    let mut excess = Vec::new();
    let allowed = [
        ("allowPrivilegedContainer", constraints.allow_privileged_container),
        // It is allowed where nothing is said.
        ("allowPrivilegeEscalation", constraints.allow_privilege_escalation != Some(false)),
        ("allowHostDirVolumePlugin", constraints.allow_host_dir_volume_plugin),
        ("allowHostIPC", constraints.allow_host_ipc),
        ("allowHostNetwork", constraints.allow_host_network),
        ("allowHostPID", constraints.allow_host_pid),
        ("allowHostPorts", constraints.allow_host_ports),
    ];
    let allowed = allowed.into_iter().filter(|(_, is_allowed)| *is_allowed);
    excess.extend(allowed.map(|(field, _)| format!("set {field} to false")));
    if !constraints.read_only_root_filesystem {
        excess.push("set readOnlyRootFilesystem to true".to_owned());
    }
    if !constraints.required_drop_capabilities.iter().any(|name| name == "ALL") {
        excess.push("set requiredDropCapabilities to [ALL]".to_owned());
    }
    let added = constraints.allowed_capabilities.iter().chain(&constraints.default_add_capabilities);
    excess.extend(added.map(|name| format!("do without the capability {name}")));
    if !matches!(constraints.run_as_user.kind.as_str(), "MustRunAsNonRoot" | "MustRunAsRange") {
        excess.push("set runAsUser.type to MustRunAsNonRoot".to_owned());
    }
    if constraints.se_linux_context.kind != "MustRunAs" {
        excess.push("set seLinuxContext.type to MustRunAs".to_owned());
    }
    if constraints.seccomp_profiles != ["runtime/default"] {
        excess.push("set seccompProfiles to [runtime/default]".to_owned());
    }
    let volumes = constraints.volumes.iter().filter(|name| !VOLUMES.contains(&name.as_str()));
    excess.extend(volumes.map(|name| format!("do without volumes of the kind {name}")));
    let given = constraints.users.iter().chain(&constraints.groups);
    excess
        .extend(given.map(|who| format!("remove {who}: bind an account to a role that may use it instead")));
    excess
}
