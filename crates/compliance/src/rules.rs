//! Every rule: its stable name, what it wants, and what it covers of the CIS Kubernetes Benchmark v1.12, section 5.

use serde::{Serialize, Serializer};

macro_rules! rules {
    ($($variant:ident, $name:literal, [$($cis:literal),*], $sentence:literal;)*) => {
        /// A rule that a deployment is held to.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[non_exhaustive]
        pub enum Rule {
            $(#[doc = $sentence] $variant,)*
        }

        impl Rule {
            /// All rules, in the order of the document.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its name, which stays.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it wants, in one sentence.
            pub fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $sentence,)* }
            }

            /// What it covers of the CIS Kubernetes Benchmark v1.12.
            pub fn cis(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($cis),*],)* }
            }
        }
    };
}

rules! {
    PssHostNamespaces, "pss-host-namespaces", ["5.2.3", "5.2.4", "5.2.5"],
        "Pods do not share the network, process or IPC namespace of their node.";
    PssPrivileged, "pss-privileged", ["5.2.2"],
        "No container is privileged.";
    PssCapabilities, "pss-capabilities", ["5.2.8"],
        "Containers add no capability beyond the default set.";
    PssHostPath, "pss-host-path", ["5.2.11"],
        "Pods mount no path of their node.";
    PssHostPorts, "pss-host-ports", ["5.2.12"],
        "Containers take no port of their node.";
    PssHostProbes, "pss-host-probes", [],
        "Probes and lifecycle hooks name no host.";
    PssAppArmor, "pss-apparmor", [],
        "No AppArmor profile is switched off.";
    PssSeLinux, "pss-selinux", [],
        "SELinux options are of the types for containers and set neither user nor role.";
    PssProcMount, "pss-proc-mount", [],
        "The masks over /proc stay.";
    PssSeccomp, "pss-seccomp", ["5.6.2"],
        "No seccomp profile is switched off.";
    PssSysctls, "pss-sysctls", [],
        "Pods set only sysctls that are safe.";
    PssWindowsHostProcess, "pss-windows-host-process", ["5.2.10"],
        "No container is a Windows host process.";
    PssPrivilegeEscalation, "pss-privilege-escalation", ["5.2.6"],
        "No process can gain more privileges than its parent.";
    PssNonRoot, "pss-non-root", ["5.2.7"],
        "Pods say that they do not run as root.";
    PssRootUser, "pss-root-user", ["5.2.7"],
        "Nothing sets the user to 0.";
    PssDropAll, "pss-drop-all", ["5.2.8", "5.2.9"],
        "Every container drops ALL capabilities and adds none but NET_BIND_SERVICE.";
    PssSeccompSet, "pss-seccomp-set", ["5.6.2"],
        "Every container has a seccomp profile: RuntimeDefault or Localhost.";
    PssProcMountDefault, "pss-proc-mount-default", [],
        "The masks over /proc stay, with user namespaces too.";
    PssVolumes, "pss-volumes", ["5.2.11"],
        "Volumes are of the kinds that the standard `restricted` allows.";

    PodSecurityLabels, "pod-security-labels", ["5.2.1", "5.6.1"],
        "Every namespace is declared, and labelled so that the cluster enforces, audits and warns by the \
         Pod Security Standard in a pinned version.";
    DefaultNamespace, "default-namespace", ["5.6.4"],
        "Every object names its namespace, and it is not `default`.";
    ReadOnlyRoot, "read-only-root", ["5.6.3"],
        "Every container's root filesystem is read-only.";
    NumericUser, "numeric-user", ["5.2.7", "5.6.3"],
        "Every container says that it is not root, and runs as a user and a group given by numbers that are not 0.";
    NoCapability, "no-capability", ["5.2.9"],
        "No container adds any capability.";
    UserNamespace, "user-namespace", [],
        "Where it is asked for, pods run in a user namespace (hostUsers: false).";
    ServiceAccountOwn, "service-account", ["5.1.5"],
        "Every workload has a service account of its own, which is in the manifests.";
    AccountToken, "account-token", ["5.1.5", "5.1.6"],
        "Neither pods nor service accounts mount a token, that of `default` included.";
    ServiceLinks, "service-links", [],
        "Pods get no environment about the services around them.";
    Resources, "resources", [],
        "Every container requests cpu, memory and ephemeral storage, and is limited in memory and ephemeral \
         storage.";
    EmptyDirLimit, "empty-dir-limit", [],
        "Every emptyDir has a sizeLimit.";
    ImageDigest, "image-digest", [],
        "Images are pinned by digest, and no tag is `latest`.";
    SecretInEnvironment, "secret-in-environment", ["5.4.1"],
        "Secrets are files, not environment.";
    SubPathMount, "sub-path-mount", [],
        "Secrets and ConfigMaps are mounted whole, so that their changes reach the pod.";
    SecretMode, "secret-mode", [],
        "Files of secrets are not readable by everybody in the pod.";
    Probes, "probes", [],
        "Containers that run for long have a readiness and a liveness probe.";
    GracePeriod, "grace-period", [],
        "Pods say how long they may take to end.";
    SpreadReplicas, "spread-replicas", [],
        "Replicas of a Deployment are kept apart.";
    DisruptionBudget, "disruption-budget", [],
        "Replicas of a Deployment have a disruption budget, and no budget forbids every disruption.";

    Drain, "drain", [],
        "Replicas of a Deployment behind a service wait before they end (preStop), for less long than they may take to end.";
    ClaimAccess, "claim-access", [],
        "Storage is claimed for one pod at a time (ReadWriteOncePod).";

    DefaultDeny, "default-deny", ["5.3.2"],
        "Every namespace denies all traffic in both directions that no policy allows.";
    IngressFromAnywhere, "ingress-from-anywhere", [],
        "No policy lets everybody in; the world is let in by an ipBlock that says so.";
    EgressToAnywhere, "egress-to-anywhere", [],
        "No policy lets pods out to everywhere.";
    EgressToMetadata, "egress-to-metadata", [],
        "No pod reaches the metadata service of a cloud.";
    EgressToApiServer, "egress-to-api-server", [],
        "No pod reaches the API server.";
    OneSidedConnection, "one-sided-connection", [],
        "What one end of a connection allows, the other end allows too.";
    UnknownPeer, "unknown-peer", [],
        "Policies name peers that are in the manifests or known outside of them.";
    UnknownPort, "unknown-port", [],
        "Ports that policies and services name exist at the containers they are about.";
    IdlePolicy, "idle-policy", [],
        "Every policy selects pods or namespaces that are in the manifests.";
    IdleService, "idle-service", [],
        "Every service selects pods that are in the manifests.";

    MeshMember, "mesh-member", [],
        "Where a namespace has a mesh, every workload is in it.";
    MeshStrict, "mesh-strict", [],
        "In a mesh, pods take only what the mesh has proven (mTLS STRICT), on every port.";
    MeshDefaultDeny, "mesh-default-deny", [],
        "In a mesh, nobody may anything that no policy allows.";
    MeshAccess, "mesh-access", [],
        "The mesh lets in whom the network lets in, at the same ports, and nobody else.";
    EdgeTls, "edge-tls", [],
        "Every host of an ingress has TLS, with a certificate that is named.";
    BackendTls, "backend-tls", [],
        "What brings the world in speaks TLS to what is behind it, and checks its certificate.";
    TrustedProxy, "trusted-proxy", [],
        "Who is believed about who asks is named, and is where proxies are expected.";

    AdmissionPolicy, "admission-policy", [],
        "Policies of admission are in force, and refuse what they find and what they cannot look at.";
    OpenShiftConstraints, "openshift-constraints", ["5.2.1"],
        "Constraints of OpenShift let pods be no more than `restricted`, by nobody but bound accounts.";

    RbacWildcard, "rbac-wildcard", ["5.1.3"],
        "Roles name groups, resources and verbs, without `*`.";
    RbacSecrets, "rbac-secrets", ["5.1.2"],
        "Secrets are read by name only.";
    RbacCreatePods, "rbac-create-pods", ["5.1.4"],
        "No role creates pods, or what creates pods.";
    RbacExec, "rbac-exec", [],
        "No role runs commands in pods, attaches to them or forwards ports.";
    RbacEscalation, "rbac-escalation", ["5.1.8"],
        "No role binds, escalates or impersonates.";
    RbacPersistentVolumes, "rbac-persistent-volumes", ["5.1.9"],
        "No role creates persistent volumes.";
    RbacNodesProxy, "rbac-nodes-proxy", ["5.1.10"],
        "No role reaches nodes by their proxy.";
    RbacCertificates, "rbac-certificates", ["5.1.11"],
        "No role approves or signs certificates.";
    RbacWebhooks, "rbac-webhooks", ["5.1.12"],
        "No role touches webhooks of admission.";
    RbacTokens, "rbac-tokens", ["5.1.13"],
        "No role makes tokens of service accounts.";
    ClusterAdmin, "cluster-admin", ["5.1.1"],
        "Nobody is bound to cluster-admin.";
    SystemSubject, "system-subject", ["5.1.7"],
        "Nothing is granted to groups or users of the system.";
    UnknownSubject, "unknown-subject", [],
        "Bindings and stores of secrets name service accounts that are in the manifests.";
    UnknownRole, "unknown-role", [],
        "Bindings name roles that are in the manifests or known outside of them.";
    IdleRole, "idle-role", [],
        "Every role is bound to somebody.";

    QuotaMissing, "quota-missing", [],
        "Every namespace with workloads has a ResourceQuota and a LimitRange.";
    QuotaExceeded, "quota-exceeded", [],
        "All workloads fit into the quota, at full scale and while they are rolled out.";
    QuotaUnset, "quota-unset", [],
        "What a quota counts, every container says.";
    LimitRangeBroken, "limit-range", [],
        "Containers, pods and claims keep within the LimitRange.";

    PlainSecret, "plain-secret", ["5.4.2"],
        "No secret stands in the manifests in the clear.";
    SecretOwner, "secret-owner", [],
        "Every secret is made by one owner.";
    UnknownSecret, "unknown-secret", ["5.4.2"],
        "Every secret that is used is made by something in the manifests or known outside of them.";
    SecretStoreTls, "secret-store-tls", [],
        "Vaults are asked by TLS, and by an authority that is named.";
    CertificateKey, "certificate-key", [],
        "Every new certificate has a new key.";
    RefreshInterval, "refresh-interval", [],
        "External secrets are fetched again and again, at least as often as asked.";
    VaultBudget, "vault-budget", [],
        "External secrets ask the vault no more often than it can bear.";
    SealedValue, "sealed-value", [],
        "Sealed values are well-formed, for a key of 4096 bits.";
    SealedScope, "sealed-scope", [],
        "Sealed secrets open under their own name and namespace only.";
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_kebab_case_and_each_its_own() {
        let names: BTreeSet<&str> = Rule::ALL.iter().map(|rule| rule.name()).collect();
        assert_eq!(names.len(), Rule::ALL.len());
        for name in names {
            let words = name.split('-');
            assert!(
                words.clone().all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase())),
                "{name}"
            );
        }
    }

    #[test]
    fn every_item_of_the_benchmark_is_covered_but_those_that_only_a_cluster_shows() {
        let mut items: BTreeSet<String> = (1..=13).map(|item| format!("5.1.{item}")).collect();
        items.extend((1..=12).map(|item| format!("5.2.{item}")));
        items.extend((1..=2).map(|item| format!("5.4.{item}")));
        items.extend((1..=4).map(|item| format!("5.6.{item}")));
        // 5.3.1 is about the network plugin, 5.5.1 about the admission of images.
        items.insert("5.3.2".to_owned());
        let covered: BTreeSet<String> =
            Rule::ALL.iter().flat_map(|rule| rule.cis()).map(|item| (*item).to_owned()).collect();
        assert_eq!(covered, items);
    }

    #[test]
    fn every_rule_says_a_sentence() {
        for rule in Rule::ALL {
            let sentence = rule.sentence();
            assert!(sentence.starts_with(char::is_uppercase) && sentence.ends_with('.'), "{}", rule.name());
        }
    }
}
