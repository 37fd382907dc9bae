//! The good deployment keeps every rule, and every rule is missed where it is broken.

use std::collections::BTreeSet;

use compliance::{PodSecurity, Rule, UserNamespaces};
use serde_json::{Map, Value};

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

/// Sets a field of an object of the mesh.
fn mesh(cluster: &mut Cluster, id: &str, pointer: &str, yaml: &str) {
    cluster.mesh();
    cluster.set(id, pointer, yaml);
}

/// Lets somebody else ask the server in the mesh.
fn source(cluster: &mut Cluster, source: &str) {
    mesh(
        cluster,
        "AuthorizationPolicy/mesh-server",
        "/spec/rules/0/from/-",
        &format!("{{source: {source}}}"),
    );
}

/// Sets an annotation of the ingress.
fn ingress(cluster: &mut Cluster, annotation: &str, value: &str) {
    let pointer = format!("/metadata/annotations/nginx.ingress.kubernetes.io~1{annotation}");
    cluster.set("Ingress/client", &pointer, &format!("'{value}'"));
}

/// Sets a field of the constraints of OpenShift.
fn constraints(cluster: &mut Cluster, field: &str, yaml: &str) {
    cluster.set("SecurityContextConstraints/wardlight", &format!("/{field}"), yaml);
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
    (Rule::PodSecurityLabels, &[Rule::IdlePolicy], |cluster| cluster.drop("Namespace/wardlight")),
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
    (Rule::Drain, &[], |cluster| cluster.remove("Deployment/client", &format!("{CONTAINER}/lifecycle"))),
    (Rule::Drain, &[], |cluster| {
        cluster.set("Deployment/client", &format!("{CONTAINER}/lifecycle/preStop/sleep/seconds"), "30");
    }),
    (Rule::ClaimAccess, &[], |cluster| {
        let modes = "/spec/volumeClaimTemplates/0/spec/accessModes";
        cluster.set("StatefulSet/database", modes, "[ReadWriteMany]");
    }),
    (Rule::ClaimAccess, &[Rule::QuotaExceeded], |cluster| {
        cluster.add(
            "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: c, namespace: wardlight}, \
             spec: {accessModes: [ReadWriteOncePod, ReadWriteMany], resources: {requests: {storage: 1Gi}}}}",
        );
    }),
    (Rule::UserNamespace, &[], |cluster| {
        cluster.expectations.user_namespaces_in.insert("wardlight".to_owned());
        for id in [SERVER, "Deployment/client"] {
            cluster.set(id, &format!("{SPEC}/hostUsers"), "false");
        }
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
    (Rule::UnknownPeer, &[], |cluster| {
        cluster.remove("NetworkPolicy/server", "/spec/ingress/1/from/0/podSelector");
    }),
    (Rule::IngressFromAnywhere, &[], |cluster| {
        policy(cluster, "server", "/spec/ingress/1/from/0/namespaceSelector", "{}");
    }),
    (Rule::IdlePolicy, &[], |cluster| {
        cluster.add(
            "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: idle, namespace: wardlight}, \
             spec: {podSelector: {matchLabels: {a: b}}}}",
        );
    }),
    (Rule::IdleService, &[], |cluster| cluster.set("Service/server", "/spec/selector", "{a: b}")),
    (Rule::MeshMember, &[], |cluster| {
        mesh(cluster, "Namespace/wardlight", "/metadata/labels/istio.io~1dataplane-mode", "none");
    }),
    (Rule::MeshMember, &[], |cluster| {
        cluster.mesh();
        cluster.remove("Namespace/wardlight", "/metadata/labels/istio.io~1dataplane-mode");
    }),
    (Rule::MeshMember, &[], |cluster| {
        mesh(cluster, SERVER, "/spec/template/metadata/labels/istio.io~1dataplane-mode", "none");
    }),
    (Rule::MeshMember, &[], |cluster| {
        cluster.mesh();
        cluster.remove("Namespace/wardlight", "/metadata/labels/istio.io~1dataplane-mode");
        cluster.set("Namespace/wardlight", "/metadata/labels/istio-injection", "enabled");
        cluster.set(SERVER, "/spec/template/metadata/labels/sidecar.istio.io~1inject", "'false'");
    }),
    (Rule::MeshStrict, &[], |cluster| {
        mesh(cluster, "PeerAuthentication/mesh", "/spec/mtls/mode", "PERMISSIVE");
    }),
    (Rule::MeshStrict, &[], |cluster| mesh(cluster, "PeerAuthentication/mesh", "/spec/mtls", "{}")),
    (Rule::MeshStrict, &[], |cluster| {
        mesh(cluster, "PeerAuthentication/mesh", "/spec/portLevelMtls", "{'8443': {mode: DISABLE}}");
    }),
    (Rule::MeshStrict, &[], |cluster| {
        mesh(
            cluster,
            "PeerAuthentication/mesh",
            "/spec/selector",
            "{matchLabels: {app.kubernetes.io/name: server}}",
        );
    }),
    (Rule::MeshStrict, &[], |cluster| {
        cluster.mesh();
        cluster.drop("PeerAuthentication/mesh");
    }),
    (Rule::MeshDefaultDeny, &[], |cluster| {
        cluster.mesh();
        cluster.drop("AuthorizationPolicy/mesh-default-deny");
    }),
    (Rule::MeshDefaultDeny, &[Rule::MeshAccess], |cluster| {
        mesh(cluster, "AuthorizationPolicy/mesh-default-deny", "/spec/rules", "[{}]");
    }),
    (Rule::MeshDefaultDeny, &[], |cluster| {
        mesh(cluster, "AuthorizationPolicy/mesh-default-deny", "/spec/action", "DENY");
    }),
    (Rule::MeshDefaultDeny, &[], |cluster| {
        let gateway = "[{kind: Gateway, name: g, group: gateway.networking.k8s.io}]";
        mesh(cluster, "AuthorizationPolicy/mesh-default-deny", "/spec/targetRefs", gateway);
    }),
    (Rule::MeshAccess, &[], |cluster| source(cluster, "{serviceAccounts: [client, database]}")),
    (Rule::MeshAccess, &[], |cluster| source(cluster, "{namespaces: [wardlight]}")),
    (Rule::MeshAccess, &[], |cluster| source(cluster, "{namespaces: ['*']}")),
    (Rule::MeshAccess, &[], |cluster| source(cluster, "{principals: ['cluster.local/*']}")),
    (Rule::MeshAccess, &[], |cluster| source(cluster, "{notNamespaces: [kube-system]}")),
    (Rule::MeshAccess, &[], |cluster| source(cluster, "{ipBlocks: [192.0.2.0/24]}")),
    (Rule::MeshAccess, &[], |cluster| {
        mesh(cluster, "AuthorizationPolicy/mesh-server", "/spec/rules/0/to/0/operation/ports/-", "'9090'");
    }),
    (Rule::MeshAccess, &[], |cluster| {
        cluster.mesh();
        cluster.remove("AuthorizationPolicy/mesh-server", "/spec/rules/0/to");
    }),
    (Rule::MeshAccess, &[], |cluster| {
        cluster.mesh();
        cluster.remove("AuthorizationPolicy/mesh-server", "/spec/rules/0/from");
    }),
    // What the mesh forgets to let in is told as well.
    (Rule::MeshAccess, &[], |cluster| {
        mesh(cluster, "AuthorizationPolicy/mesh-database", "/spec/rules/0/to/0/operation/ports/0", "'5433'");
    }),
    (Rule::UnknownPeer, &[], |cluster| source(cluster, "{namespaces: [elsewhere]}")),
    (Rule::UnknownPeer, &[], |cluster| source(cluster, "{serviceAccounts: [clients]}")),
    (Rule::UnknownPeer, &[], |cluster| source(cluster, "{principals: [cluster.local/sa/client]}")),
    (Rule::IdlePolicy, &[], |cluster| {
        cluster.mesh();
        cluster.add(
            "{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: idle, namespace: wardlight}, \
             spec: {selector: {matchLabels: {a: b}}}}",
        );
    }),
    (Rule::EdgeTls, &[], |cluster| cluster.set("Ingress/client", "/spec/tls/0/hosts/0", "other.example")),
    (Rule::EdgeTls, &[], |cluster| cluster.remove("Ingress/client", "/spec/rules/0/host")),
    (Rule::EdgeTls, &[], |cluster| cluster.remove("Ingress/client", "/spec/tls/0/secretName")),
    (Rule::BackendTls, &[], |cluster| ingress(cluster, "proxy-ssl-verify", "off")),
    (Rule::BackendTls, &[], |cluster| ingress(cluster, "backend-protocol", "HTTP")),
    (Rule::BackendTls, &[], |cluster| ingress(cluster, "proxy-ssl-name", "")),
    (Rule::BackendTls, &[Rule::UnknownSecret], |cluster| {
        ingress(cluster, "proxy-ssl-secret", "elsewhere/client-tls");
    }),
    (Rule::BackendTls, &[], |cluster| cluster.remove("Ingress/client", "/metadata/annotations")),
    (Rule::BackendTls, &[], |cluster| cluster.drop("BackendTLSPolicy/client")),
    (Rule::BackendTls, &[], |cluster| {
        cluster.set("BackendTLSPolicy/client", "/spec/targetRefs/0/name", "server");
    }),
    (Rule::BackendTls, &[], |cluster| {
        cluster.remove("BackendTLSPolicy/client", "/spec/validation/wellKnownCACertificates");
    }),
    (Rule::TrustedProxy, &[], |cluster| {
        cluster.set("ConfigMap/edge-site", "/data/names.conf", "set_real_ip_from 0.0.0.0/0;");
    }),
    (Rule::TrustedProxy, &[], |cluster| {
        cluster.set("ConfigMap/edge-site", "/data/names.conf", "set_real_ip_from 10.0.0.0/7;");
    }),
    (Rule::TrustedProxy, &[], |cluster| {
        cluster.set("ConfigMap/edge-site", "/data/names.conf", "set_real_ip_from proxy.example;");
    }),
    (Rule::TrustedProxy, &[], |cluster| cluster.drop("ConfigMap/edge-site")),
    (Rule::TrustedProxy, &[], |cluster| {
        cluster.expectations.trusted_proxies.settings.insert("PROXY".to_owned());
        container(cluster, "env", "[{name: PROXY, value: '10.0.0.1,192.0.2.1'}]");
    }),
    (Rule::AdmissionPolicy, &[], |cluster| {
        cluster.set("ValidatingAdmissionPolicy/pods", "/spec/failurePolicy", "Ignore");
    }),
    (Rule::AdmissionPolicy, &[], |cluster| {
        cluster.set("ValidatingPolicy/pods", "/spec/failurePolicy", "Ignore");
    }),
    (Rule::AdmissionPolicy, &[], |cluster| cluster.drop("ValidatingAdmissionPolicyBinding/pods")),
    (Rule::AdmissionPolicy, &[], |cluster| {
        cluster.set("ValidatingAdmissionPolicyBinding/pods", "/spec/validationActions", "[Warn, Audit]");
    }),
    (Rule::AdmissionPolicy, &[], |cluster| {
        let some = "{namespaceSelector: {matchLabels: {a: b}}}";
        cluster.set("ValidatingAdmissionPolicyBinding/pods", "/spec/matchResources", some);
    }),
    (Rule::AdmissionPolicy, &[], |cluster| {
        cluster.set("ValidatingPolicy/pods", "/spec/validationActions", "[Audit]");
    }),
    (Rule::AdmissionPolicy, &[], |cluster| {
        cluster.add(
            "{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: {name: w}, \
             webhooks: [{name: a.example, failurePolicy: Fail}, {name: b.example, failurePolicy: Ignore}]}",
        );
    }),
    (Rule::IdlePolicy, &[], |cluster| {
        cluster.remove("Namespace/wardlight", "/metadata/labels/app.kubernetes.io~1part-of");
    }),
    (Rule::OpenShiftConstraints, &[], |cluster| constraints(cluster, "allowPrivilegedContainer", "true")),
    (Rule::OpenShiftConstraints, &[], |cluster| constraints(cluster, "allowHostNetwork", "true")),
    (Rule::OpenShiftConstraints, &[], |cluster| {
        cluster.remove("SecurityContextConstraints/wardlight", "/allowPrivilegeEscalation");
    }),
    (Rule::OpenShiftConstraints, &[], |cluster| constraints(cluster, "allowedCapabilities", "[NET_RAW]")),
    (Rule::OpenShiftConstraints, &[], |cluster| constraints(cluster, "requiredDropCapabilities", "[KILL]")),
    (Rule::OpenShiftConstraints, &[], |cluster| constraints(cluster, "readOnlyRootFilesystem", "false")),
    (Rule::OpenShiftConstraints, &[], |cluster| constraints(cluster, "runAsUser", "{type: RunAsAny}")),
    (Rule::OpenShiftConstraints, &[], |cluster| constraints(cluster, "seLinuxContext", "{type: RunAsAny}")),
    (Rule::OpenShiftConstraints, &[], |cluster| constraints(cluster, "seccompProfiles", "['*']")),
    (Rule::OpenShiftConstraints, &[], |cluster| constraints(cluster, "volumes", "[hostPath]")),
    (Rule::OpenShiftConstraints, &[], |cluster| constraints(cluster, "groups", "['system:authenticated']")),
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
    (Rule::UnknownSubject, &[], |cluster| {
        let account = "/spec/provider/vault/auth/kubernetes/serviceAccountRef/name";
        cluster.set("SecretStore/vault", account, "nobody");
    }),
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
    (Rule::UnknownSecret, &[], |cluster| cluster.drop("SealedSecret/vault-ca")),
    (Rule::SecretStoreTls, &[], |cluster| {
        cluster.set("SecretStore/vault", "/spec/provider/vault/server", "http://vault.vault.svc:8200");
    }),
    (Rule::SecretStoreTls, &[], |cluster| {
        cluster.remove("SecretStore/vault", "/spec/provider/vault/caProvider");
    }),
    (Rule::CertificateKey, &[], |cluster| {
        cluster.set("Certificate/server-tls", "/spec/privateKey/rotationPolicy", "Never");
    }),
    (Rule::CertificateKey, &[], |cluster| cluster.remove("Certificate/server-tls", "/spec/privateKey")),
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
fn a_mesh_that_allows_what_the_network_allows_keeps_every_rule() {
    for labels in
        ["{istio.io/dataplane-mode: ambient}", "{istio-injection: enabled}", "{istio.io/rev: stable}"]
    {
        let mut cluster = Cluster::good();
        cluster.mesh();
        cluster.remove("Namespace/wardlight", "/metadata/labels/istio.io~1dataplane-mode");
        for (label, value) in serde_saphyr::from_str::<Map<String, Value>>(labels).unwrap() {
            let pointer = format!("/metadata/labels/{}", label.replace('/', "~1"));
            cluster.set("Namespace/wardlight", &pointer, &value.to_string());
        }
        assert_eq!(cluster.rules(), BTreeSet::new(), "{labels}");
    }
}

#[test]
fn the_port_of_the_mesh_is_no_way_of_its_own() {
    let mut cluster = Cluster::good();
    cluster.mesh();
    for (name, direction) in [("client", "egress"), ("server", "ingress")] {
        policy(&mut cluster, name, &format!("/spec/{direction}/0/ports/-"), "{port: 15008}");
    }
    assert_eq!(cluster.rules(), BTreeSet::new());
}

#[test]
fn an_ingress_of_another_class_is_asked_for_a_certificate_alone() {
    let mut cluster = Cluster::good();
    cluster.remove("Ingress/client", "/metadata/annotations");
    cluster.set("Ingress/client", "/spec/ingressClassName", "other");
    assert_eq!(cluster.rules(), BTreeSet::new());
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
