//! The good deployment, and ways to break it.

use std::collections::BTreeSet;

use compliance::{Expectations, Manifests, Rule, check};
use serde_json::Value;

pub(crate) const GOOD: &str = include_str!("../deployment/good.yaml");
pub(crate) const MESH: &str = include_str!("../deployment/mesh.yaml");
pub(crate) const EXPECTATIONS: &str = include_str!("../deployment/expectations.yaml");

/// Objects that can be changed, and what is expected of them.
pub(crate) struct Cluster {
    pub(crate) objects: Vec<Value>,
    pub(crate) expectations: Expectations,
}

impl Cluster {
    pub(crate) fn good() -> Self {
        Self { objects: parsed(GOOD), expectations: Expectations::read(EXPECTATIONS).unwrap() }
    }

    pub(crate) fn manifests(&self) -> Manifests {
        Manifests::read(&stream(&self.objects)).unwrap()
    }

    pub(crate) fn rules(&self) -> BTreeSet<Rule> {
        let report = check(&self.manifests(), &self.expectations);
        report.findings().iter().map(|finding| finding.rule).collect()
    }

    fn object(&mut self, id: &str) -> &mut Value {
        let (kind, name) = id.split_once('/').expect("kind/name");
        let is_it = |object: &&mut Value| object["kind"] == kind && object["metadata"]["name"] == name;
        self.objects.iter_mut().find(is_it).unwrap_or_else(|| panic!("there is no {id}"))
    }

    /// Puts YAML to a place of an object that exists, or beside fields that exist.
    pub(crate) fn set(&mut self, id: &str, pointer: &str, yaml: &str) {
        let value: Value = serde_saphyr::from_str(yaml).unwrap();
        let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
        let parent = self.object(id).pointer_mut(parent).unwrap_or_else(|| panic!("{id} has no {parent}"));
        match parent {
            Value::Object(map) => {
                map.insert(key.replace("~1", "/"), value);
            }
            Value::Array(items) if key == "-" => items.push(value),
            Value::Array(items) => items[key.parse::<usize>().unwrap()] = value,
            other => panic!("{pointer} of {id} leads into {other}"),
        }
    }

    /// Takes away a field that must be there.
    pub(crate) fn remove(&mut self, id: &str, pointer: &str) {
        let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
        let parent = self.object(id).pointer_mut(parent).and_then(Value::as_object_mut).expect("a map");
        parent.remove(&key.replace("~1", "/")).unwrap_or_else(|| panic!("{id} has no {pointer}"));
    }

    pub(crate) fn add(&mut self, yaml: &str) {
        self.objects.extend(parsed(yaml));
    }

    /// Puts everything into a mesh.
    pub(crate) fn mesh(&mut self) {
        self.add(MESH);
        self.set("Namespace/wardlight", "/metadata/labels/istio.io~1dataplane-mode", "ambient");
    }

    pub(crate) fn drop(&mut self, id: &str) {
        let gone = self.object(id).clone();
        self.objects.retain(|object| *object != gone);
    }
}

/// The documents of a stream.
pub(crate) fn parsed(text: &str) -> Vec<Value> {
    let options = serde_saphyr::options! { legacy_octal_numbers: true };
    serde_saphyr::from_multiple_with_options(text, options).unwrap()
}

/// A stream of documents.
pub(crate) fn stream(objects: &[Value]) -> String {
    objects.iter().map(|object| format!("---\n{object}\n")).collect()
}
