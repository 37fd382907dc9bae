//! Where secrets come from: External Secrets (`external-secrets.io/v1`), Sealed Secrets (`bitnami.com/v1alpha1`),
//! certificates of cert-manager, or somebody else.
//!
//! How often the vault is asked: an external secret is fetched 86400 ÷ `refreshInterval` times a day, rounded up. Each
//! time the operator signs in, looks at its token twice, reads each entry of `data` and `dataFrom`, and gives the token
//! back: four requests and one for each entry; an entry that finds by pattern counts as one. Its checks of the stores come
//! on top, one in some minutes for each store, and are not counted. With the operator's cache of tokens there are fewer.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::expectations::Expectations;
use crate::manifests::{Body, ExternalSecret, Manifests, Object, Pod, Sealed, SecretStore};
use crate::report::Findings;
use crate::rules::Rule;

const DAY_MS: u128 = 24 * 60 * 60 * 1000;
/// To sign in, to look at the token twice, to give it back.
const REQUESTS_AROUND: u64 = 4;
/// The session key, under a key of 4096 bits.
const SESSION_KEY_BYTES: usize = 512;
/// What AES-GCM puts behind every text.
const TAG_BYTES: usize = 16;

/// Holds secrets to our rules and tells how many requests a day the vault gets.
pub(crate) fn check(manifests: &Manifests, expectations: &Expectations, findings: &mut Findings) -> u64 {
    let mut requests: u64 = 0;
    for object in manifests.objects() {
        match &object.body {
            Body::ExternalSecret(secret) => {
                requests = requests.saturating_add(check_external(object, secret, expectations, findings));
            }
            Body::SecretStore(store) => check_store(object, store, manifests, findings),
            Body::Certificate(certificate)
                if certificate.private_key.rotation_policy.as_deref() != Some("Always") =>
            {
                findings.add(Rule::CertificateKey, &object.id, "set privateKey.rotationPolicy to Always");
            }
            Body::Sealed(sealed) => check_sealed(object, sealed, findings),
            Body::Secret(secret) => {
                if secret.kind.as_deref() == Some("kubernetes.io/service-account-token") {
                    let advice = "a token that never ends: let pods ask for one in a projected volume";
                    findings.add(Rule::PlainSecret, &object.id, advice);
                } else if !secret.data.is_empty() || !secret.string_data.is_empty() {
                    let advice = "bring it by an ExternalSecret or a SealedSecret, and change what it was";
                    findings.add(Rule::PlainSecret, &object.id, advice);
                }
            }
            _ => {}
        }
    }
    let owners = owners(manifests);
    for objects in owners.values().filter(|objects| objects.len() > 1) {
        for object in objects {
            let others =
                objects.iter().filter(|other| other.id != object.id).map(|other| other.id.to_string());
            let others: Vec<String> = others.collect();
            let advice = format!("{} makes the same secret: leave it to one", others.join(" and "));
            findings.add(Rule::SecretOwner, &object.id, advice);
        }
    }
    for object in manifests.objects() {
        for (namespace, name) in used(object) {
            let is_owned = owners.contains_key(&(namespace, name));
            let key = format!("{namespace}/{name}");
            if !is_owned && !expectations.secrets.contains(&key) {
                let advice =
                    format!("nothing makes the secret `{name}`: add what does, or tell that it is given");
                findings.add(Rule::UnknownSecret, &object.id, advice);
            }
        }
    }
    if requests > expectations.vault_requests_per_day_max {
        over_budget(manifests, requests, expectations.vault_requests_per_day_max, findings);
    }
    requests
}

/// Which objects make which secret, by namespace and name.
fn owners(manifests: &Manifests) -> BTreeMap<(&str, &str), Vec<&Object>> {
    let mut owners: BTreeMap<(&str, &str), Vec<&Object>> = BTreeMap::new();
    for object in manifests.objects() {
        let name = match &object.body {
            Body::Secret(_) | Body::Sealed(_) => object.id.name.as_str(),
            Body::ExternalSecret(secret) => match secret.target.creation_policy.as_deref() {
                // It adds to a secret that somebody else makes, or makes none.
                Some("Merge" | "None") => continue,
                Some(_) | None => secret.target.name.as_deref().unwrap_or(&object.id.name),
            },
            Body::Certificate(certificate) => certificate.secret_name.as_str(),
            _ => continue,
        };
        owners.entry((object.namespace(), name)).or_default().push(object);
    }
    owners
}

/// The secrets that an object uses, by namespace and name.
fn used(object: &Object) -> BTreeSet<(&str, &str)> {
    let here = object.namespace();
    match &object.body {
        Body::Workload(workload) => used_by_pod(&workload.pod).into_iter().map(|name| (here, name)).collect(),
        Body::Ingress(ingress) => {
            let of_hosts = ingress.tls.iter().filter_map(|tls| Some((here, tls.secret_name.as_deref()?)));
            let authority = object.annotations.get("nginx.ingress.kubernetes.io/proxy-ssl-secret");
            of_hosts.chain(authority.and_then(|secret| secret.split_once('/'))).collect()
        }
        Body::SecretStore(store) => {
            let provider = store.provider.vault.as_ref().and_then(|vault| vault.ca_provider.as_ref());
            let secret = provider.filter(|provider| provider.kind == "Secret");
            secret
                .map(|secret| (secret.namespace.as_deref().unwrap_or(here), secret.name.as_str()))
                .into_iter()
                .collect()
        }
        _ => BTreeSet::new(),
    }
}

/// The secrets that a pod uses.
fn used_by_pod(pod: &Pod) -> BTreeSet<&str> {
    let spec = &pod.spec;
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for volume in &spec.volumes {
        names.extend(volume.secret.iter().map(|secret| secret.secret_name.as_str()));
        let sources = volume.projected.iter().flat_map(|projected| &projected.sources);
        names.extend(sources.filter_map(|source| Some(source.secret.as_ref()?.name.as_str())));
    }
    for container in spec.all_containers() {
        let keys = container.env.iter().filter_map(|variable| variable.value_from.secret_key_ref.as_ref());
        let whole = container.env_from.iter().filter_map(|source| source.secret_ref.as_ref());
        names.extend(keys.chain(whole).map(|reference| reference.name.as_str()));
    }
    names.extend(spec.image_pull_secrets.iter().map(|reference| reference.name.as_str()));
    names
}

fn check_store(object: &Object, store: &SecretStore, manifests: &Manifests, findings: &mut Findings) {
    let Some(vault) = &store.provider.vault else { return };
    if !vault.server.starts_with("https://") {
        findings.add(Rule::SecretStoreTls, &object.id, "write the address of the vault with https://");
    }
    if vault.ca_bundle.is_none() && vault.ca_provider.is_none() {
        let advice = "name the authority that vouches for the vault: caProvider or caBundle";
        findings.add(Rule::SecretStoreTls, &object.id, advice);
    }
    if let Some(account) = &vault.auth.kubernetes.service_account_ref {
        let namespace = account.namespace.as_deref().unwrap_or(object.namespace());
        let is_there = manifests.objects().any(|other| {
            matches!(other.body, Body::ServiceAccount(_))
                && other.namespace() == namespace
                && other.id.name == account.name
        });
        if !is_there {
            let name = &account.name;
            let advice = format!(
                "there is no ServiceAccount {namespace}/{name} in the manifests: add it, or leave the store out"
            );
            findings.add(Rule::UnknownSubject, &object.id, advice);
        }
    }
}

/// The requests a day of one external secret.
fn check_external(
    object: &Object,
    secret: &ExternalSecret,
    expectations: &Expectations,
    findings: &mut Findings,
) -> u64 {
    let mut add = |advice: String| findings.add(Rule::RefreshInterval, &object.id, advice);
    if secret.refresh_policy.as_deref().is_some_and(|policy| policy != "Periodic") {
        add("set refreshPolicy to Periodic".to_owned());
    }
    let Some(text) = &secret.refresh_interval else {
        add("set refreshInterval".to_owned());
        return 0;
    };
    match duration_ms(text) {
        None => {
            add(format!("`{text}` is no duration: write such as 15s, 5m or 1h30m"));
            0
        }
        Some(0) => {
            add("an interval of 0 fetches once and never again".to_owned());
            0
        }
        Some(interval_ms) => {
            let most = u128::from(expectations.refresh_seconds_max) * 1000;
            if most > 0 && interval_ms > most {
                add(format!("set refreshInterval to {}s or less", expectations.refresh_seconds_max));
            }
            let refreshes = u64::try_from(DAY_MS.div_ceil(interval_ms)).unwrap_or(u64::MAX);
            let entries = (secret.data.len() + secret.data_from.len()) as u64;
            refreshes.saturating_mul(REQUESTS_AROUND + entries)
        }
    }
}

fn over_budget(manifests: &Manifests, requests: u64, most: u64, findings: &mut Findings) {
    let advice = format!(
        "all external secrets together ask the vault {requests} times a day, of {most}: fetch less often, or more in one"
    );
    for object in manifests.objects().filter(|object| matches!(object.body, Body::ExternalSecret(_))) {
        findings.add(Rule::VaultBudget, &object.id, advice.clone());
    }
}

/// A duration as Go writes it: `1h30m`, `15s`, `1.5h`, `500ms`.
fn duration_ms(text: &str) -> Option<u128> {
    let mut rest = text;
    let mut total: u128 = 0;
    if rest == "0" {
        return Some(0);
    }
    while !rest.is_empty() || total == 0 && rest.len() == text.len() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, unit_on) = rest.split_at(digits);
        let units = unit_on.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(unit_on.len());
        let (unit, after) = unit_on.split_at(units);
        let unit_ms = match unit {
            "h" => 3_600_000,
            "m" => 60_000,
            "s" => 1_000,
            "ms" => 1,
            _ => return None,
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let fraction = fraction.get(..fraction.len().min(9))?;
        let digits: u128 = format!("{whole}{fraction}").parse().ok()?;
        let scale = 10_u128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
        total = total.checked_add(digits.checked_mul(unit_ms)? / scale)?;
        rest = after;
    }
    Some(total)
}

fn check_sealed(object: &Object, sealed: &Sealed, findings: &mut Findings) {
    if sealed.encrypted_data.is_empty() {
        findings.add(Rule::SealedValue, &object.id, "there is no value in it: seal one, or remove it");
    }
    for (key, value) in &sealed.encrypted_data {
        if let Some(problem) = sealed_problem(value) {
            findings.add(Rule::SealedValue, &object.id, format!("`{key}`: {problem}; seal it again"));
        }
    }
    for scope in ["cluster-wide", "namespace-wide"] {
        let key = format!("sealedsecrets.bitnami.com/{scope}");
        if object.annotations.get(&key).is_some_and(|value| value == "true") {
            let advice = format!("remove the annotation {key} and seal it again in the strict scope");
            findings.add(Rule::SealedScope, &object.id, advice);
        }
    }
}

/// What is wrong with a sealed value: two bytes that say how long the sealed session key is, the key, and the text
/// under it with its tag (`HybridEncrypt` of sealed-secrets).
fn sealed_problem(value: &str) -> Option<String> {
    let Ok(bytes) = STANDARD.decode(value) else { return Some("this is no base64".to_owned()) };
    let Some((length, rest)) = bytes.split_first_chunk::<2>() else {
        return Some("this is too short".to_owned());
    };
    let length = usize::from(u16::from_be_bytes(*length));
    if length != SESSION_KEY_BYTES {
        return Some(format!("the session key has {length} bytes instead of {SESSION_KEY_BYTES}"));
    }
    (rest.len() <= SESSION_KEY_BYTES + TAG_BYTES).then(|| "the text is cut off".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Report;

    fn external(name: &str, spec: &str) -> String {
        format!(
            "---\napiVersion: external-secrets.io/v1\nkind: ExternalSecret\n\
             metadata: {{name: {name}, namespace: a}}\nspec: {{{spec}}}\n"
        )
    }

    fn sealed(name: &str, value: &str) -> String {
        format!(
            "---\napiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\n\
             metadata: {{name: {name}, namespace: a}}\nspec: {{encryptedData: {{k: '{value}'}}}}\n"
        )
    }

    fn plain(name: &str, rest: &str) -> String {
        format!("---\napiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: a}}\n{rest}\n")
    }

    fn pod(spec: &str) -> String {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: p, namespace: a}}\n\
             spec: {{containers: [{{name: c}}], {spec}}}\n"
        )
    }

    fn value(length: u16, rest: usize) -> String {
        let mut bytes = length.to_be_bytes().to_vec();
        bytes.resize(2 + rest, 7);
        STANDARD.encode(bytes)
    }

    fn good_value() -> String {
        value(512, 512 + TAG_BYTES + 1)
    }

    fn checked(text: &[String], expectations: &Expectations) -> Report {
        let mut findings = Findings::default();
        let requests = check(&Manifests::read(&text.concat()).unwrap(), expectations, &mut findings);
        Report::of(findings, requests)
    }

    fn found(text: &[String]) -> Vec<&'static str> {
        let report = checked(text, &Expectations::default());
        report.findings().iter().map(|finding| finding.rule.name()).collect()
    }

    #[test]
    fn durations_are_those_of_go() {
        for (text, expected) in [
            ("15s", Some(15_000)),
            ("1h0m0s", Some(3_600_000)),
            ("1h30m", Some(5_400_000)),
            ("1.5h", Some(5_400_000)),
            ("500ms", Some(500)),
            ("0", Some(0)),
            ("0s", Some(0)),
            ("0h0m", Some(0)),
            ("", None),
            ("15", None),
            ("s", None),
            ("1d", None),
            ("-1s", None),
            ("1s ", None),
            ("1..5s", None),
            (".s", None),
        ] {
            assert_eq!(duration_ms(text), expected, "{text}");
        }
    }

    #[test]
    fn the_vault_is_asked_four_times_and_once_for_each_entry() {
        let one = external("e", "refreshInterval: 15s, data: [{secretKey: k, remoteRef: {key: p}}]");
        let report = checked(std::slice::from_ref(&one), &Expectations::default());
        assert_eq!(report.vault_requests_per_day(), 5_760 * 5);
        assert!(report.is_clean());
        let two =
            external("f", "refreshInterval: 1h, data: [{secretKey: k}], dataFrom: [{extract: {key: p}}]");
        assert_eq!(
            checked(&[one.clone(), two], &Expectations::default()).vault_requests_per_day(),
            28_800 + 24 * 6
        );
        let uneven = external("e", "refreshInterval: 50000s, data: [{secretKey: k}]");
        assert_eq!(
            checked(&[uneven], &Expectations::default()).vault_requests_per_day(),
            2 * 5,
            "rounded up"
        );
        let budget = |most| Expectations { vault_requests_per_day_max: most, ..Expectations::default() };
        assert!(checked(std::slice::from_ref(&one), &budget(28_800)).is_clean());
        let over = checked(&[one], &budget(28_799));
        assert_eq!(over.findings()[0].rule, Rule::VaultBudget);
    }

    #[test]
    fn an_external_secret_is_fetched_again_and_again() {
        let of = |spec: &str| found(&[external("e", spec)]);
        assert_eq!(of("refreshInterval: 1h, refreshPolicy: Periodic"), [""; 0]);
        assert_eq!(of(""), ["refresh-interval"]);
        assert_eq!(of("refreshInterval: 0s"), ["refresh-interval"]);
        assert_eq!(of("refreshInterval: soon"), ["refresh-interval"]);
        assert_eq!(of("refreshInterval: 1h, refreshPolicy: CreatedOnce"), ["refresh-interval"]);
        let asked = Expectations { refresh_seconds_max: 15, ..Expectations::default() };
        assert!(checked(&[external("e", "refreshInterval: 15s")], &asked).is_clean());
        assert!(!checked(&[external("e", "refreshInterval: 16s")], &asked).is_clean());
    }

    #[test]
    fn two_owners_of_one_secret_are_found() {
        let external_s = external("e", "refreshInterval: 1h, target: {name: s}");
        assert_eq!(
            found(&[external_s.clone(), sealed("s", &good_value())]),
            ["secret-owner", "secret-owner"]
        );
        let certificate = "---\napiVersion: cert-manager.io/v1\nkind: Certificate\n\
                           metadata: {name: c, namespace: a}\nspec: {secretName: s, privateKey: {rotationPolicy: Always}}\n"
            .to_owned();
        assert_eq!(found(&[external_s.clone(), certificate]).len(), 2);
        assert_eq!(found(&[external_s.clone(), plain("s", "")]).len(), 2);
        assert_eq!(found(&[external_s.clone(), plain("t", "")]), [""; 0]);
        let merging = external_s.replace("name: s", "name: s, creationPolicy: Merge");
        assert_eq!(found(&[merging, plain("s", "")]), [""; 0]);
        let elsewhere = plain("s", "").replace("namespace: a", "namespace: b");
        assert_eq!(found(&[external_s, elsewhere]), [""; 0]);
    }

    #[test]
    fn secrets_in_the_clear_are_found() {
        assert_eq!(found(&[plain("s", "data: {k: dg==}")]), ["plain-secret"]);
        assert_eq!(found(&[plain("s", "stringData: {k: v}")]), ["plain-secret"]);
        assert_eq!(found(&[plain("s", "type: kubernetes.io/service-account-token")]), ["plain-secret"]);
        assert_eq!(found(&[plain("s", "data: {}")]), [""; 0]);
    }

    #[test]
    fn every_secret_that_a_pod_uses_comes_from_somewhere() {
        for spec in [
            "volumes: [{name: v, secret: {secretName: s}}]",
            "volumes: [{name: v, projected: {sources: [{secret: {name: s}}]}}]",
            "imagePullSecrets: [{name: s}]",
            "initContainers: [{name: i, env: [{name: E, valueFrom: {secretKeyRef: {name: s, key: k}}}]}]",
            "initContainers: [{name: i, envFrom: [{secretRef: {name: s}}]}]",
        ] {
            assert_eq!(found(&[pod(spec)]), ["unknown-secret"], "{spec}");
            assert_eq!(found(&[pod(spec), sealed("s", &good_value())]), [""; 0], "{spec}");
            let given =
                Expectations { secrets: BTreeSet::from(["a/s".to_owned()]), ..Expectations::default() };
            assert!(checked(&[pod(spec)], &given).is_clean(), "{spec}");
            let elsewhere =
                Expectations { secrets: BTreeSet::from(["b/s".to_owned()]), ..Expectations::default() };
            assert!(!checked(&[pod(spec)], &elsewhere).is_clean(), "{spec}");
        }
    }

    #[test]
    fn a_sealed_value_has_a_key_and_more_than_a_tag() {
        assert_eq!(sealed_problem(&good_value()), None);
        for broken in [
            value(512, 512 + TAG_BYTES),
            value(512, 100),
            value(256, 512 + TAG_BYTES + 1),
            value(511, 512 + TAG_BYTES + 1),
            STANDARD.encode([2]),
            String::new(),
            "not base64".to_owned(),
        ] {
            assert!(sealed_problem(&broken).is_some(), "{broken}");
            assert_eq!(found(&[sealed("s", &broken)]), ["sealed-value"]);
        }
    }

    #[test]
    fn a_sealed_secret_opens_under_its_own_name_only() {
        for scope in ["cluster-wide", "namespace-wide"] {
            let wide = sealed("s", &good_value()).replace(
                "{name: s,",
                &format!("{{annotations: {{sealedsecrets.bitnami.com/{scope}: 'true'}}, name: s,"),
            );
            assert_eq!(found(&[wide]), ["sealed-scope"]);
        }
    }
}
