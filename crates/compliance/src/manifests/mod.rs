//! Reads rendered manifests: a stream of YAML documents becomes objects whose shape is known.
//!
//! What kinds mean follows the API of Kubernetes v1.35. A field of the wrong type, a kind in a version that is not
//! served any more and an object that stands there twice are errors: whoever checks must not look past what they
//! cannot read. Kinds that no rule looks at are kept by name only. Documents are counted from 1, empty ones are not.

mod cidr;
mod kinds;
mod others;
mod pod;
mod selector;

pub(crate) use cidr::Cidr;
pub(crate) use kinds::{
    Access, Body, Budget, Claim, ExternalSecret, IpBlock, LimitItem, Policy, PolicyPeer, PolicyPort,
    PolicyType, PortRef, RoleRules, Rules, Scaler, Sealed, Service, Subject, Workload, WorkloadKind,
};
pub(crate) use others::{
    Admission, Constraints, Ingress, MeshAction, MeshPolicy, MeshRule, MeshSource, MtlsMode,
    PeerAuthentication, Route, SecretStore,
};
pub(crate) use pod::{Container, Pod, PodSpec, Probe, Profile, SeLinux, Volume};
pub(crate) use selector::Selector;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

/// Labels or annotations.
pub(crate) type Labels = BTreeMap<String, String>;

/// How large a stream may be, in bytes.
const STREAM_BYTES_MAX: usize = 16 * 1024 * 1024;
/// How deep values may be nested.
const DEPTH_MAX: usize = 64;

/// What is deployed: objects, each of them there once.
pub struct Manifests {
    objects: Vec<Object>,
}

/// Why manifests could not be read.
#[derive(Debug, Error)]
pub enum ManifestsError {
    /// The stream is too large.
    #[error("the stream is larger than {STREAM_BYTES_MAX} bytes")]
    TooLarge,
    /// A check of nothing would find nothing.
    #[error("there is no object in the stream")]
    Empty,
    /// A document is not YAML, or more than is taken.
    #[error("document {document}: {message}")]
    Yaml {
        /// Which, from 1.
        document: usize,
        /// What is wrong, and where.
        message: String,
    },
    /// A document is not an object of Kubernetes.
    #[error("document {document}: {message}")]
    Object {
        /// Which, from 1.
        document: usize,
        /// What is wrong.
        message: String,
    },
    /// An object has a field that cannot be read.
    #[error("document {document}: {object}: {field}: {message}")]
    Field {
        /// Which, from 1.
        document: usize,
        /// Whose field.
        object: ObjectId,
        /// The way to it.
        field: String,
        /// What is wrong.
        message: String,
    },
    /// An object is there twice.
    #[error("document {document}: {object} stands in document {first} already")]
    Twice {
        /// Which, from 1.
        document: usize,
        /// What.
        object: ObjectId,
        /// Where it was before.
        first: usize,
    },
}

/// Which object: its kind, its namespace if it lives in one, and its name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ObjectId {
    /// In the singular, as written in manifests.
    pub kind: String,
    /// None for what belongs to the cluster.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} {namespace}/{}", self.kind, self.name),
            None => write!(f, "{} {}", self.kind, self.name),
        }
    }
}

impl Serialize for ObjectId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// One object.
pub(crate) struct Object {
    pub(crate) id: ObjectId,
    /// Whether the manifest says the namespace itself.
    pub(crate) names_namespace: bool,
    pub(crate) labels: Labels,
    pub(crate) annotations: Labels,
    pub(crate) body: Body,
}

impl Object {
    /// The namespace that it lives in; empty for what belongs to the cluster.
    pub(crate) fn namespace(&self) -> &str {
        self.id.namespace.as_deref().unwrap_or_default()
    }
}

impl Manifests {
    /// Reads a stream of YAML documents; JSON is YAML too. Objects in a `List` count as objects of the stream.
    ///
    /// # Errors
    /// On what is not YAML, is no object, has a field of the wrong type, or stands there twice.
    pub fn read(text: &str) -> Result<Self, ManifestsError> {
        if text.len() > STREAM_BYTES_MAX {
            return Err(ManifestsError::TooLarge);
        }
        let options = serde_saphyr::options! {
            budget: serde_saphyr::budget! { max_depth: DEPTH_MAX, max_reader_input_bytes: None },
            legacy_octal_numbers: true,
            with_snippet: false,
        };
        let mut bytes = text.as_bytes();
        let mut reading = Reading { objects: Vec::new(), seen: BTreeMap::new() };
        let documents = serde_saphyr::read_with_options::<_, Value>(&mut bytes, options);
        for (document, value) in (1..).zip(documents) {
            let value =
                value.map_err(|error| ManifestsError::Yaml { document, message: error.to_string() })?;
            reading.take(document, without_nulls(value), Nesting::Top)?;
        }
        if reading.objects.is_empty() {
            return Err(ManifestsError::Empty);
        }
        Ok(Self { objects: reading.objects })
    }

    /// All objects, in the order of the stream.
    pub(crate) fn objects(&self) -> impl Iterator<Item = &Object> {
        self.objects.iter()
    }

    /// What runs pods.
    pub(crate) fn workloads(&self) -> impl Iterator<Item = (&Object, &Workload)> {
        self.objects.iter().filter_map(|object| match &object.body {
            Body::Workload(workload) => Some((object, &**workload)),
            _ => None,
        })
    }

    /// The autoscaler of a workload.
    pub(crate) fn scaler(&self, workload: &Object) -> Option<&Scaler> {
        self.objects.iter().find_map(|object| match &object.body {
            Body::Scaler(scaler) if object.id.namespace == workload.id.namespace => {
                let target = &scaler.scale_target_ref;
                (target.kind == workload.id.kind && target.name == workload.id.name).then_some(scaler)
            }
            _ => None,
        })
    }

    /// Every namespace that something lives in or that is declared.
    pub(crate) fn namespaces(&self) -> BTreeSet<&str> {
        let declared = self.objects.iter().filter(|object| matches!(object.body, Body::Namespace));
        let lived_in = self.objects.iter().filter_map(|object| object.id.namespace.as_deref());
        declared.map(|object| object.id.name.as_str()).chain(lived_in).collect()
    }

    /// The object that declares a namespace.
    pub(crate) fn namespace(&self, name: &str) -> Option<&Object> {
        self.objects.iter().find(|object| matches!(object.body, Body::Namespace) && object.id.name == name)
    }
}

/// Whether a document may be a list of others.
#[derive(Clone, Copy)]
enum Nesting {
    Top,
    InList,
}

struct Reading {
    objects: Vec<Object>,
    /// By group and identity, with the document where it was.
    seen: BTreeMap<(String, ObjectId), usize>,
}

impl Reading {
    fn take(&mut self, document: usize, value: Value, nesting: Nesting) -> Result<(), ManifestsError> {
        let broken = |message: &str| ManifestsError::Object { document, message: message.to_owned() };
        let Value::Object(mut value) = value else { return Err(broken("this is no object")) };
        let api_version =
            text(&value, "apiVersion").ok_or_else(|| broken("there is no text in apiVersion"))?;
        let kind = text(&value, "kind").ok_or_else(|| broken("there is no text in kind"))?;
        if kind.ends_with("List") && value.contains_key("items") {
            let Nesting::Top = nesting else { return Err(broken("a list within a list")) };
            let Some(Value::Array(items)) = value.remove("items") else {
                return Err(broken("items are no list"));
            };
            return items.into_iter().try_for_each(|item| self.take(document, item, Nesting::InList));
        }
        let metadata = match value.get("metadata") {
            Some(Value::Object(metadata)) => metadata,
            Some(_) | None => return Err(broken("metadata is missing")),
        };
        let name = text(metadata, "name").filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| broken(&format!("{kind}: there is no text in metadata.name")))?;
        let given = text(metadata, "namespace").filter(|namespace| !namespace.is_empty());
        let names_namespace = given.is_some();
        let namespace = match is_of_cluster(&kind) {
            true => None,
            false => Some(given.unwrap_or_else(|| "default".to_owned())),
        };
        let id = ObjectId { kind, namespace, name };
        let group = api_version.split_once('/').map_or("", |(group, _)| group).to_owned();
        if let Some(&first) = self.seen.get(&(group.clone(), id.clone())) {
            return Err(ManifestsError::Twice { document, object: id, first });
        }
        self.seen.insert((group, id.clone()), document);
        let field = |field: &str, message: String| ManifestsError::Field {
            document,
            object: id.clone(),
            field: field.to_owned(),
            message,
        };
        let labels = words(metadata, "labels").map_err(|message| field("metadata.labels", message))?;
        let annotations =
            words(metadata, "annotations").map_err(|message| field("metadata.annotations", message))?;
        let body = Body::read(&api_version, &id.kind, Value::Object(value))
            .map_err(|wrong| field(&wrong.field, wrong.message))?;
        self.objects.push(Object { id, names_namespace, labels, annotations, body });
        Ok(())
    }
}

fn text(map: &Map<String, Value>, key: &str) -> Option<String> {
    map.get(key).and_then(Value::as_str).map(str::to_owned)
}

fn words(metadata: &Map<String, Value>, key: &str) -> Result<Labels, String> {
    match metadata.get(key) {
        None => Ok(Labels::new()),
        Some(value) => Labels::deserialize(value).map_err(|error| error.to_string()),
    }
}

/// Kubernetes takes a field that is null as one that is not there.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(map) => map
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key, without_nulls(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

/// Kinds that live in no namespace; everything else is taken to live in one.
fn is_of_cluster(kind: &str) -> bool {
    matches!(
        kind,
        "APIService"
            | "AdminNetworkPolicy"
            | "BaselineAdminNetworkPolicy"
            | "CSIDriver"
            | "CSINode"
            | "CertificateSigningRequest"
            | "ClusterExternalSecret"
            | "ClusterGenerator"
            | "ClusterIssuer"
            | "ClusterNetworkPolicy"
            | "ClusterPolicy"
            | "ClusterPushSecret"
            | "ClusterRole"
            | "ClusterRoleBinding"
            | "ClusterSecretStore"
            | "ClusterTrustBundle"
            | "CustomResourceDefinition"
            | "DeletingPolicy"
            | "DeviceClass"
            | "FlowSchema"
            | "GatewayClass"
            | "GeneratingPolicy"
            | "ImageValidatingPolicy"
            | "IngressClass"
            | "MutatingAdmissionPolicy"
            | "MutatingAdmissionPolicyBinding"
            | "MutatingPolicy"
            | "MutatingWebhookConfiguration"
            | "Namespace"
            | "Node"
            | "PersistentVolume"
            | "PriorityClass"
            | "PriorityLevelConfiguration"
            | "RuntimeClass"
            | "SecurityContextConstraints"
            | "StorageClass"
            | "ValidatingAdmissionPolicy"
            | "ValidatingAdmissionPolicyBinding"
            | "ValidatingPolicy"
            | "ValidatingWebhookConfiguration"
            | "VolumeAttachment"
            | "VolumeAttributesClass"
            | "VolumeSnapshotClass"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        Manifests::read(text).err().expect("refused").to_string()
    }

    fn names(text: &str) -> Vec<String> {
        Manifests::read(text).unwrap().objects().map(|object| object.id.to_string()).collect()
    }

    const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: x}\n";

    #[test]
    fn documents_and_lists_become_objects() {
        let other = MAP.replace("name: a", "name: b");
        assert_eq!(
            names(&format!("---\n{MAP}---\n---\n# nothing\n---\n{other}")),
            ["ConfigMap x/a", "ConfigMap x/b"]
        );
        let list = r#"{"apiVersion": "v1", "kind": "List", "items": [
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "x", "labels": null}},
            {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}}]}"#;
        assert_eq!(names(list), ["Namespace x", "Service default/s"]);
        let typed = list.replace("\"List\"", "\"ServiceList\"");
        assert_eq!(names(&typed).len(), 2);
    }

    #[test]
    fn what_is_no_object_is_told_with_its_document() {
        assert_eq!(error(&format!("{MAP}---\n- a\n")), "document 2: this is no object");
        assert_eq!(error("kind: Pod\n"), "document 1: there is no text in apiVersion");
        assert_eq!(error("apiVersion: v1\n"), "document 1: there is no text in kind");
        assert_eq!(error("apiVersion: v1\nkind: Pod\n"), "document 1: metadata is missing");
        assert_eq!(
            error("apiVersion: v1\nkind: Pod\nmetadata: {name: ''}\n"),
            "document 1: Pod: there is no text in metadata.name"
        );
        assert!(error(&format!("{MAP}---\na: [\n")).starts_with("document 2: "));
        assert!(error(&format!("{MAP}---\na: 1\na: 2\n")).starts_with("document 2: "), "a key twice");
        assert_eq!(error("# nothing\n"), "there is no object in the stream");
        assert_eq!(error("apiVersion: v1\nkind: List\nitems: []\n"), "there is no object in the stream");
        let nested = "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: List, items: []}]\n";
        assert_eq!(error(nested), "document 1: a list within a list");
        assert_eq!(error("apiVersion: v1\nkind: List\nitems: 3\n"), "document 1: items are no list");
    }

    #[test]
    fn a_field_of_the_wrong_type_is_told_with_the_way_to_it() {
        let pod = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d, namespace: x}\nspec:\n\
                   \x20 template: {spec: {containers: [{name: c, securityContext: {privileged: 'true'}}]}}\n";
        assert_eq!(
            error(pod),
            "document 1: Deployment x/d: spec.template.spec.containers[0].securityContext.privileged: invalid type: \
             string \"true\", expected a boolean"
        );
        let labels = MAP.replace("name: a", "name: a, labels: {a: 1}");
        assert!(error(&labels).starts_with("document 1: ConfigMap x/a: metadata.labels: "));
    }

    #[test]
    fn a_pod_without_containers_is_refused_since_every_rule_would_be_content_with_it() {
        let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {container: [{name: c}]}\n";
        assert_eq!(error(pod), "document 1: Pod default/p: spec: there is no container in it");
    }

    #[test]
    fn the_same_object_twice_is_refused_and_another_group_is_another_object() {
        assert_eq!(
            error(&format!("{MAP}---\n{MAP}")),
            "document 2: ConfigMap x/a stands in document 1 already"
        );
        let version = MAP.replace("v1", "example.org/v1");
        assert_eq!(names(&format!("{MAP}---\n{version}")).len(), 2);
        let elsewhere = MAP.replace("namespace: x", "namespace: y");
        assert_eq!(names(&format!("{MAP}---\n{elsewhere}")).len(), 2);
    }

    #[test]
    fn a_version_that_is_not_served_is_refused_rather_than_looked_past() {
        for (api_version, kind) in [
            ("extensions/v1beta1", "Deployment"),
            ("apps/v1beta2", "StatefulSet"),
            ("v1", "Deployment"),
            ("batch/v1beta1", "CronJob"),
            ("rbac.authorization.k8s.io/v1beta1", "Role"),
            ("networking.k8s.io/v2", "NetworkPolicy"),
        ] {
            let text = format!("apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: a}}\n");
            assert!(error(&text).contains("is not served"), "{api_version} {kind}");
        }
        let foreign = "apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {name: a}\n";
        assert_eq!(names(foreign).len(), 1);
    }

    #[test]
    fn too_much_is_refused() {
        let deep = format!("{MAP}data: {}{}\n", "[".repeat(DEPTH_MAX + 1), "]".repeat(DEPTH_MAX + 1));
        assert!(error(&deep).starts_with("document 1: "));
        let long = format!("{MAP}# {}", "x".repeat(STREAM_BYTES_MAX));
        assert!(matches!(Manifests::read(&long), Err(ManifestsError::TooLarge)));
        let bomb = format!(
            "{MAP}a: &a [{0}]\nb: &b [{1}]\nc: &c [{2}]\nd: [{3}]\n",
            "x,".repeat(99),
            "*a,".repeat(99),
            "*b,".repeat(99),
            "*c,".repeat(99)
        );
        assert!(error(&bomb).starts_with("document 1: "));
    }

    #[test]
    fn numbers_are_read_as_kubernetes_reads_them() {
        let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n\
                   spec: {enableServiceLinks: no, containers: [{name: c}], volumes: \
                   [{name: s, secret: {secretName: s, defaultMode: 0440}}]}\n";
        let manifests = Manifests::read(pod).unwrap();
        let (_, workload) = manifests.workloads().next().unwrap();
        let spec = &workload.pod.spec;
        assert_eq!(spec.volumes[0].secret.as_ref().unwrap().default_mode, Some(0o440));
        assert_eq!(spec.enable_service_links, Some(false));
    }
}
