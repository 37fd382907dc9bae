//! Nothing that somebody writes makes the checker panic.

use compliance::{Expectations, Manifests, access, check, connections, quota};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Map, Value, json};

use crate::cluster::{Cluster, GOOD, stream};

/// Whatever fits into a field: what manifests hold, and what they should not.
fn values() -> impl Strategy<Value = Value> {
    let texts = prop_oneof![
        Just(""),
        Just("*"),
        Just("0"),
        Just("-1"),
        Just("1Ei"),
        Just("9e99"),
        Just("100%"),
        Just("ALL"),
        Just("Always"),
        Just("https"),
        Just("Ingress"),
        Just("0.0.0.0/0"),
        Just("::/0"),
        Just("15s"),
        Just("999999999999999999999h"),
        Just("latest@sha256:"),
        Just("wardlight"),
        Just("ServiceAccount"),
        Just("system:serviceaccount:"),
        Just("Ünïcödé\u{0}"),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        Just(json!(0)),
        Just(json!(65535)),
        Just(json!(u64::MAX)),
        Just(json!(1e300)),
        texts.prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let keys = prop_oneof![
            Just("name"),
            Just("cpu"),
            Just("spec"),
            Just("matchLabels"),
            Just("podSelector"),
            Just("port"),
            Just("k")
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((keys, inner), 0..4).prop_map(|fields| {
                Value::Object(
                    fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Map<_, _>>(),
                )
            }),
        ]
    })
}

/// The places of a value, with itself.
fn places(value: &Value, at: &str, all: &mut Vec<String>) {
    all.push(at.to_owned());
    match value {
        Value::Object(map) => {
            map.iter()
                .for_each(|(key, value)| places(value, &format!("{at}/{}", key.replace('/', "~1")), all));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, value)| places(value, &format!("{at}/{index}"), all));
        }
        _ => {}
    }
}

/// Does all that there is to do; says whether the manifests could be read.
fn everything(text: &str) -> bool {
    let Ok(manifests) = Manifests::read(text) else { return false };
    let expectations = Cluster::good().expectations;
    let _texts = [
        check(&manifests, &expectations).to_string(),
        check(&manifests, &Expectations::default()).to_string(),
        connections(&manifests, &expectations).to_string(),
        access(&manifests).to_string(),
        quota(&manifests).to_string(),
    ];
    true
}

const KINDS: [(&str, &str); 29] = [
    ("v1", "Pod"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("batch/v1", "CronJob"),
    ("v1", "Service"),
    ("v1", "ServiceAccount"),
    ("networking.k8s.io/v1", "NetworkPolicy"),
    ("rbac.authorization.k8s.io/v1", "Role"),
    ("rbac.authorization.k8s.io/v1", "RoleBinding"),
    ("v1", "ResourceQuota"),
    ("v1", "LimitRange"),
    ("policy/v1", "PodDisruptionBudget"),
    ("autoscaling/v2", "HorizontalPodAutoscaler"),
    ("v1", "PersistentVolumeClaim"),
    ("v1", "Secret"),
    ("external-secrets.io/v1", "ExternalSecret"),
    ("bitnami.com/v1alpha1", "SealedSecret"),
    ("external-secrets.io/v1", "SecretStore"),
    ("cert-manager.io/v1", "Certificate"),
    ("security.istio.io/v1", "PeerAuthentication"),
    ("security.istio.io/v1", "AuthorizationPolicy"),
    ("networking.k8s.io/v1", "Ingress"),
    ("gateway.networking.k8s.io/v1", "HTTPRoute"),
    ("gateway.networking.k8s.io/v1", "BackendTLSPolicy"),
    ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy"),
    ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding"),
    ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"),
    ("security.openshift.io/v1", "SecurityContextConstraints"),
    ("v1", "List"),
];

const FIELDS: [&str; 9] =
    ["spec", "data", "webhooks", "volumes", "rules", "items", "roleRef", "subjects", "metadata"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_place_of_a_deployment_may_hold_anything(
        changes in prop::collection::vec((any::<Index>(), any::<Index>(), values()), 1..4),
    ) {
        let mut cluster = Cluster::good();
        cluster.mesh();
        for (object, place, value) in changes {
            let count = cluster.objects.len();
            let object = &mut cluster.objects[object.index(count)];
            let mut all = Vec::new();
            places(object, "", &mut all);
            if let Some(old) = object.pointer_mut(&all[place.index(all.len())]) {
                *old = value;
            }
        }
        everything(&stream(&cluster.objects));
    }

    #[test]
    fn any_object_may_hold_anything(
        (api_version, kind) in prop::sample::select(&KINDS[..]),
        fields in prop::collection::vec((prop::sample::select(&FIELDS[..]), values()), 0..4),
    ) {
        let metadata = json!({"name": "x", "namespace": "wardlight"});
        let mut object = json!({"apiVersion": api_version, "kind": kind, "metadata": metadata});
        for (field, value) in fields {
            object[field] = value;
        }
        everything(&stream(&[object]));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "(?s).{0,200}") {
        everything(&text);
    }

    #[test]
    fn any_line_of_a_deployment_may_be_missing(from in any::<Index>(), count in 1usize..4) {
        let mut kept: Vec<&str> = GOOD.lines().collect();
        let from = from.index(kept.len());
        kept.drain(from..(from + count).min(kept.len()));
        everything(&kept.join("\n"));
    }
}

#[test]
fn what_the_properties_throw_is_read_often_enough_to_be_checked() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let read = (0..200)
        .filter(|index| {
            let value = values().new_tree(&mut runner).unwrap().current();
            let mut cluster = Cluster::good();
            let count = cluster.objects.len();
            let object = &mut cluster.objects[index % count];
            let mut all = Vec::new();
            places(object, "", &mut all);
            *object.pointer_mut(&all[index * 7 % all.len()]).unwrap() = value;
            everything(&stream(&cluster.objects))
        })
        .count();
    assert!(read > 20, "{read} of 200");
}
