//! The good deployment keeps every rule, and every rule is missed where it is broken.

use std::collections::BTreeSet;

use compliance::{PodSecurity, Rule, UserNamespaces};

use crate::cluster::Cluster;

const SERVER: &str = "Deployment/server";
const SPEC: &str = "/spec/template/spec";
const CONTAINER: &str = "/spec/template/spec/containers/0";
const SECURITY: &str = "/spec/template/spec/containers/0/securityContext";

/// A rule, what else the same break breaks, and the break.
type Break = (Rule, &'static [Rule], fn(&mut Cluster));

/// Sets a field of the server's pod.
fn pod(cluster: &mut Cluster, field: &str, yaml: &str) {
    cluster.set(SERVER, &format!("{SPEC}/{field}"), yaml);
}

/// Sets a field of the server's container.
fn container(cluster: &mut Cluster, field: &str, yaml: &str) {
    cluster.set(SERVER, &format!("{CONTAINER}/{field}"), yaml);
}

/// Sets a field of the container's security context.
fn security(cluster: &mut Cluster, field: &str, yaml: &str) {
    cluster.set(SERVER, &format!("{SECURITY}/{field}"), yaml);
}

fn at_baseline(cluster: &mut Cluster) {
    cluster.expectations.pod_security = PodSecurity::Baseline;
    for mode in ["enforce", "audit", "warn"] {
        let label = format!("/metadata/labels/pod-security.kubernetes.io~1{mode}");
        cluster.set("Namespace/wardlight", &label, "baseline");
    }
}

/// Gives the one role that there is another rule.
fn role(cluster: &mut Cluster, rule: &str) {
    cluster.set("Role/rotation", "/rules/-", rule);
}

fn policy(cluster: &mut Cluster, name: &str, pointer: &str, yaml: &str) {
    cluster.set(&format!("NetworkPolicy/{name}"), pointer, yaml);
}

const BREAKS: &[Break] = &[
    (Rule::PssHostNamespaces, &[], |cluster| pod(cluster, "hostPID", "true")),
    (Rule::PssPrivileged, &[], |cluster| security(cluster, "privileged", "true")),
    (Rule::PssCapabilities, &[Rule::NoCapability], |cluster| {
        at_baseline(cluster);
        security(cluster, "capabilities", "{drop: [ALL], add: [NET_RAW]}");
    }),
    (Rule::PssHostPath, &[], |cluster| {
        at_baseline(cluster);
        pod(cluster, "volumes/-", "{name: h, hostPath: {path: /}}");
    }),
    (Rule::PssHostPorts, &[], |cluster| container(cluster, "ports/-", "{containerPort: 1, hostPort: 1}")),
    (Rule::PssHostProbes, &[], |cluster| {
        container(cluster, "startupProbe", "{tcpSocket: {host: h, port: 1}}")
    }),
    (Rule::PssAppArmor, &[], |cluster| security(cluster, "appArmorProfile", "{type: Unconfined}")),
    (Rule::PssSeLinux, &[], |cluster| security(cluster, "seLinuxOptions", "{type: spc_t}")),
    (Rule::PssProcMount, &[], |cluster| {
        at_baseline(cluster);
        security(cluster, "procMount", "Unmasked");
    }),
    (Rule::PssSeccomp, &[], |cluster| {
        at_baseline(cluster);
        security(cluster, "seccompProfile", "{type: Unconfined}");
    }),
    (Rule::PssSysctls, &[], |cluster| {
        pod(cluster, "securityContext/sysctls", "[{name: kernel.msgmax, value: '1'}]")
    }),
    (Rule::PssWindowsHostProcess, &[], |cluster| security(cluster, "windowsOptions", "{hostProcess: true}")),
    (Rule::PssPrivilegeEscalation, &[], |cluster| {
        cluster.remove(SERVER, &format!("{SECURITY}/allowPrivilegeEscalation"));
    }),
    (Rule::PssNonRoot, &[Rule::NumericUser], |cluster| {
        cluster.remove(SERVER, &format!("{SPEC}/securityContext/runAsNonRoot"));
    }),
    (Rule::PssRootUser, &[Rule::NumericUser], |cluster| security(cluster, "runAsUser", "0")),
    (Rule::PssDropAll, &[], |cluster| security(cluster, "capabilities", "{drop: [NET_RAW]}")),
    (Rule::PssSeccompSet, &[], |cluster| {
        cluster.remove(SERVER, &format!("{SPEC}/securityContext/seccompProfile"));
    }),
    (Rule::PssProcMountDefault, &[], |cluster| {
        pod(cluster, "hostUsers", "false");
        security(cluster, "procMount", "Unmasked");
    }),
    (Rule::PssVolumes, &[], |cluster| pod(cluster, "volumes/-", "{name: h, nfs: {server: s, path: /}}")),
    (Rule::PodSecurityLabels, &[], |cluster| {
        cluster.set(
            "Namespace/wardlight",
            "/metadata/labels/pod-security.kubernetes.io~1enforce-version",
            "latest",
        );
    }),
    (Rule::PodSecurityLabels, &[], |cluster| cluster.drop("Namespace/wardlight")),
    (Rule::DefaultNamespace, &[], |cluster| {
        cluster.add("{apiVersion: v1, kind: ConfigMap, metadata: {name: m}}");
    }),
    (Rule::DefaultNamespace, &[], |cluster| {
        cluster.add("{apiVersion: v1, kind: ConfigMap, metadata: {name: m, namespace: default}}");
    }),
    (Rule::ReadOnlyRoot, &[], |cluster| security(cluster, "readOnlyRootFilesystem", "false")),
    (Rule::NumericUser, &[], |cluster| {
        cluster.remove(SERVER, &format!("{SPEC}/securityContext/runAsGroup"));
    }),
    (Rule::NumericUser, &[], |cluster| {
        // The standard lets a pod in a user namespace be root inside; we do not.
        pod(cluster, "hostUsers", "false");
        security(cluster, "runAsUser", "0");
    }),
    (Rule::NoCapability, &[], |cluster| {
        security(cluster, "capabilities", "{drop: [ALL], add: [NET_BIND_SERVICE]}");
    }),
    (Rule::UserNamespace, &[], |cluster| {
        cluster.expectations.user_namespaces = UserNamespaces::Required;
        pod(cluster, "hostUsers", "true");
    }),
    (Rule::ServiceAccountOwn, &[], |cluster| {
        cluster.remove(SERVER, &format!("{SPEC}/serviceAccountName"));
    }),
    (Rule::ServiceAccountOwn, &[], |cluster| pod(cluster, "serviceAccountName", "client")),
    (Rule::ServiceAccountOwn, &[], |cluster| cluster.drop("ServiceAccount/server")),
    (Rule::AccountToken, &[], |cluster| pod(cluster, "automountServiceAccountToken", "true")),
    (Rule::AccountToken, &[], |cluster| cluster.drop("ServiceAccount/default")),
    (Rule::ServiceLinks, &[], |cluster| cluster.remove(SERVER, &format!("{SPEC}/enableServiceLinks"))),
    (Rule::Resources, &[Rule::QuotaExceeded], |cluster| {
        // What is not requested is counted as the limit.
        let same = init_container(cluster);
        pod(cluster, "initContainers", &format!("[{same}]"));
        cluster.remove(SERVER, &format!("{SPEC}/initContainers/0/resources/requests/ephemeral-storage"));
    }),
    (Rule::EmptyDirLimit, &[], |cluster| pod(cluster, "volumes/-", "{name: e, emptyDir: {}}")),
    (Rule::EmptyDirLimit, &[], |cluster| pod(cluster, "volumes/-", "{name: e}")),
    (Rule::ImageDigest, &[], |cluster| {
        container(cluster, "image", "registry.example.org/wardlight/server:1.0.0")
    }),
    (Rule::SecretInEnvironment, &[], |cluster| {
        container(
            cluster,
            "env",
            "[{name: P, valueFrom: {secretKeyRef: {name: server-database, key: password}}}]",
        );
    }),
    (Rule::SecretInEnvironment, &[], |cluster| {
        container(cluster, "envFrom", "[{secretRef: {name: server-database}}]");
    }),
    (Rule::SubPathMount, &[], |cluster| container(cluster, "volumeMounts/0/subPath", "tls.key")),
    (Rule::SecretMode, &[], |cluster| {
        cluster.remove(SERVER, &format!("{SPEC}/volumes/0/secret/defaultMode"));
    }),
    (Rule::Probes, &[], |cluster| cluster.remove(SERVER, &format!("{CONTAINER}/livenessProbe"))),
    (Rule::GracePeriod, &[], |cluster| {
        cluster.remove(SERVER, &format!("{SPEC}/terminationGracePeriodSeconds"));
    }),
    (Rule::SpreadReplicas, &[], |cluster| {
        cluster.remove("Deployment/client", &format!("{SPEC}/topologySpreadConstraints"));
    }),
    (Rule::DisruptionBudget, &[], |cluster| cluster.drop("PodDisruptionBudget/client")),
    (Rule::DisruptionBudget, &[], |cluster| {
        cluster.set("PodDisruptionBudget/client", "/spec/maxUnavailable", "0");
    }),
    (Rule::DefaultDeny, &[], |cluster| policy(cluster, "default-deny", "/spec/policyTypes", "[Ingress]")),
    (Rule::IngressFromAnywhere, &[], |cluster| {
        policy(cluster, "server", "/spec/ingress/-", "{ports: [{port: ops}]}")
    }),
    (Rule::EgressToAnywhere, &[], |cluster| {
        policy(cluster, "server", "/spec/egress/-", "{ports: [{port: 443}]}")
    }),
    (Rule::EgressToMetadata, &[], |cluster| {
        policy(cluster, "server", "/spec/egress/-", "{to: [{ipBlock: {cidr: 169.254.0.0/16}}]}");
    }),
    (Rule::EgressToApiServer, &[], |cluster| {
        policy(cluster, "server", "/spec/egress/-", "{to: [{ipBlock: {cidr: 10.96.0.0/12}}]}");
    }),
    (Rule::OneSidedConnection, &[], |cluster| {
        policy(cluster, "server", "/spec/ingress/0/ports/0/port", "ops")
    }),
    (Rule::UnknownPeer, &[], |cluster| cluster.expectations.outside.clear()),
    (Rule::UnknownPort, &[Rule::OneSidedConnection], |cluster| {
        policy(cluster, "server", "/spec/ingress/0/ports/0/port", "http");
    }),
    (Rule::UnknownPort, &[], |cluster| cluster.set("Service/server", "/spec/ports/0/targetPort", "8444")),
    (Rule::IdlePolicy, &[], |cluster| {
        cluster.add(
            "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: idle, namespace: wardlight}, \
             spec: {podSelector: {matchLabels: {a: b}}}}",
        );
    }),
    (Rule::IdleService, &[], |cluster| cluster.set("Service/server", "/spec/selector", "{a: b}")),
    (Rule::RbacWildcard, &[], |cluster| {
        role(cluster, "{apiGroups: [''], resources: [configmaps], verbs: ['*']}")
    }),
    (Rule::RbacSecrets, &[], |cluster| cluster.remove("Role/rotation", "/rules/0/resourceNames")),
    (Rule::RbacCreatePods, &[], |cluster| {
        role(cluster, "{apiGroups: [''], resources: [pods], verbs: [create]}")
    }),
    (Rule::RbacExec, &[], |cluster| {
        role(cluster, "{apiGroups: [''], resources: [pods/exec], verbs: [create]}")
    }),
    (Rule::RbacEscalation, &[], |cluster| {
        role(cluster, "{apiGroups: [rbac.authorization.k8s.io], resources: [roles], verbs: [bind]}");
    }),
    (Rule::RbacPersistentVolumes, &[], |cluster| {
        role(cluster, "{apiGroups: [''], resources: [persistentvolumes], verbs: [create]}");
    }),
    (Rule::RbacNodesProxy, &[], |cluster| {
        role(cluster, "{apiGroups: [''], resources: [nodes/proxy], verbs: [get]}")
    }),
    (Rule::RbacCertificates, &[], |cluster| {
        role(cluster, "{apiGroups: [certificates.k8s.io], resources: [signers], verbs: [sign]}");
    }),
    (Rule::RbacWebhooks, &[], |cluster| {
        role(
            cluster,
            "{apiGroups: [admissionregistration.k8s.io], resources: [validatingwebhookconfigurations], verbs: [delete]}",
        );
    }),
    (Rule::RbacTokens, &[], |cluster| {
        role(cluster, "{apiGroups: [''], resources: [serviceaccounts/token], verbs: [create]}");
    }),
    (Rule::ClusterAdmin, &[Rule::IdleRole], |cluster| {
        cluster.set("RoleBinding/rotation", "/roleRef", "{kind: ClusterRole, name: cluster-admin}");
    }),
    (Rule::SystemSubject, &[], |cluster| {
        cluster.set("RoleBinding/rotation", "/subjects/-", "{kind: Group, name: 'system:masters'}");
    }),
    (Rule::UnknownSubject, &[], |cluster| cluster.drop("ServiceAccount/rotation")),
    (Rule::UnknownRole, &[], |cluster| cluster.drop("Role/rotation")),
    (Rule::IdleRole, &[], |cluster| cluster.drop("RoleBinding/rotation")),
    (Rule::QuotaMissing, &[], |cluster| cluster.drop("ResourceQuota/wardlight")),
    (Rule::QuotaExceeded, &[], |cluster| cluster.set("ResourceQuota/wardlight", "/spec/hard/pods", "4")),
    (Rule::QuotaUnset, &[], |cluster| cluster.set("ResourceQuota/wardlight", "/spec/hard/limits.cpu", "10")),
    (Rule::LimitRangeBroken, &[], |cluster| {
        cluster.set("LimitRange/wardlight", "/spec/limits/0/max/memory", "255Mi");
    }),
    (Rule::PlainSecret, &[], |cluster| {
        cluster.add(
            "{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: wardlight}, data: {k: dg==}}",
        );
    }),
    (Rule::SecretOwner, &[], |cluster| {
        cluster.set("Certificate/server-tls", "/spec/secretName", "server-database");
        cluster.expectations.secrets.insert("wardlight/server-tls".to_owned());
    }),
    (Rule::UnknownSecret, &[], |cluster| cluster.expectations.secrets.clear()),
    (Rule::RefreshInterval, &[], |cluster| {
        cluster.set("ExternalSecret/server-database", "/spec/refreshInterval", "16s");
    }),
    (Rule::VaultBudget, &[], |cluster| cluster.expectations.vault_requests_per_day_max = 69_119),
    (Rule::SealedValue, &[], |cluster| {
        cluster.set("SealedSecret/vault-ca", "/spec/encryptedData/ca.crt", "AgA=");
    }),
    (Rule::SealedScope, &[], |cluster| {
        let annotations = "{sealedsecrets.bitnami.com/cluster-wide: 'true'}";
        cluster.set("SealedSecret/vault-ca", "/metadata/annotations", annotations);
    }),
];

/// The server's container, under another name, as text.
fn init_container(cluster: &Cluster) -> String {
    let server = cluster
        .objects
        .iter()
        .find(|object| object["kind"] == "Deployment" && object["metadata"]["name"] == "server");
    let mut same = server.unwrap()["spec"]["template"]["spec"]["containers"][0].clone();
    same["name"] = "init".into();
    same.to_string()
}

#[test]
fn the_good_deployment_keeps_every_rule() {
    let good = Cluster::good();
    let report = compliance::check(&good.manifests(), &good.expectations);
    assert!(report.is_clean(), "\n{report}");
    assert_eq!(report.vault_requests_per_day(), 69_120);
}

#[test]
fn every_break_is_found_by_its_rule_and_by_no_other() {
    for (index, (rule, also, break_it)) in BREAKS.iter().enumerate() {
        let mut cluster = Cluster::good();
        break_it(&mut cluster);
        let mut expected: BTreeSet<Rule> = also.iter().copied().collect();
        expected.insert(*rule);
        assert_eq!(cluster.rules(), expected, "break {index}, {}", rule.name());
    }
}

#[test]
fn every_rule_is_broken_once_at_least() {
    let broken: BTreeSet<Rule> = BREAKS.iter().map(|(rule, ..)| *rule).collect();
    assert_eq!(broken, Rule::ALL.iter().copied().collect());
}
