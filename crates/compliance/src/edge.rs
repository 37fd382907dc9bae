//! Who brings the world in: that it comes by TLS, goes on by TLS to a pod whose certificate is checked, and is believed about who
//! asks only where it is expected.
//!
//! Ways in are ingresses of ingress-nginx and routes of the Gateway API. What controllers of other classes do with an ingress
//! is not known here, but that they are given a certificate.

use std::collections::BTreeSet;

use crate::expectations::{Expectations, TrustedProxies};
use crate::manifests::{Body, Cidr, Ingress, Manifests, Object, Route};
use crate::report::Findings;
use crate::rules::Rule;

/// What annotations of ingress-nginx begin with.
const NGINX: &str = "nginx.ingress.kubernetes.io/";

pub(crate) fn check(manifests: &Manifests, expectations: &Expectations, findings: &mut Findings) {
    for object in manifests.objects() {
        match &object.body {
            Body::Ingress(ingress) => check_ingress(object, ingress, findings),
            Body::Route(route) => check_route(object, route, manifests, findings),
            _ => {}
        }
    }
    check_trust(manifests, &expectations.trusted_proxies, findings);
}

fn check_ingress(object: &Object, ingress: &Ingress, findings: &mut Findings) {
    let is_covered = |host: &str| ingress.tls.iter().any(|tls| tls.hosts.iter().any(|name| name == host));
    for host in ingress.rules.iter().map(|rule| rule.host.as_deref().unwrap_or_default()) {
        if !is_covered(host) {
            let advice = format!("the host `{host}` is served without TLS: name it under tls.hosts");
            findings.add(Rule::EdgeTls, &object.id, advice);
        }
    }
    if ingress.tls.iter().any(|tls| tls.secret_name.as_deref().is_none_or(str::is_empty)) {
        findings.add(Rule::EdgeTls, &object.id, "name the secret with the certificate: tls.secretName");
    }
    let is_nginx = ingress.ingress_class_name.as_deref() == Some("nginx")
        || object.annotations.keys().any(|key| key.starts_with(NGINX));
    if !is_nginx {
        return;
    }
    let given = |name: &str| object.annotations.get(&format!("{NGINX}{name}")).map(String::as_str);
    let mut want = |name: &str, advice: &str| {
        findings.add(Rule::BackendTls, &object.id, format!("set the annotation {NGINX}{name}{advice}"));
    };
    if !matches!(given("backend-protocol"), Some("HTTPS" | "GRPCS")) {
        want("backend-protocol", ": HTTPS");
    }
    if given("proxy-ssl-verify") != Some("on") {
        want("proxy-ssl-verify", ": \"on\"");
    }
    if given("proxy-ssl-name").is_none_or(str::is_empty) {
        want("proxy-ssl-name", " to the name in the certificate of what is behind");
    }
    let prefix = format!("{}/", object.namespace());
    if !given("proxy-ssl-secret").is_some_and(|secret| secret.starts_with(&prefix)) {
        want(
            "proxy-ssl-secret",
            &format!(" to {prefix} and the secret whose ca.crt is believed: without it nothing is verified"),
        );
    }
}

fn check_route(object: &Object, route: &Route, manifests: &Manifests, findings: &mut Findings) {
    let is_service = |kind: &Option<String>| kind.as_deref().is_none_or(|kind| kind == "Service");
    let backends = route.rules.iter().flat_map(|rule| &rule.backend_refs);
    for backend in backends.filter(|backend| is_service(&backend.kind)) {
        let namespace = backend.namespace.as_deref().unwrap_or(object.namespace());
        let is_checked = manifests.objects().any(|other| match &other.body {
            Body::BackendTls(policy) if other.namespace() == namespace => {
                let validation = &policy.validation;
                let is_about =
                    policy.target_refs.iter().any(|to| is_service(&to.kind) && to.name == backend.name);
                is_about
                    && !validation.hostname.is_empty()
                    && (!validation.ca_certificates.is_empty() || validation.well_known.is_some())
            }
            _ => false,
        });
        if !is_checked {
            let advice = format!(
                "the service `{}` is asked without TLS: add a BackendTLSPolicy for it, with a hostname and who vouches for it",
                backend.name
            );
            findings.add(Rule::BackendTls, &object.id, advice);
        }
    }
}

/// A place where somebody is believed.
struct Said<'a> {
    object: &'a Object,
    setting: &'a str,
    addresses: String,
}

fn check_trust(manifests: &Manifests, expected: &TrustedProxies, findings: &mut Findings) {
    let mut said: Vec<Said<'_>> = Vec::new();
    for object in manifests.objects() {
        for setting in &expected.settings {
            let addresses: Vec<String> = match &object.body {
                Body::ConfigMap(map) => map
                    .data
                    .iter()
                    .flat_map(|(key, text)| match key == setting {
                        true => listed(text),
                        false => directives(text, setting),
                    })
                    .collect(),
                Body::Workload(workload) => workload
                    .pod
                    .spec
                    .all_containers()
                    .flat_map(|container| &container.env)
                    .filter(|variable| variable.name == *setting)
                    .flat_map(|variable| listed(variable.value.as_deref().unwrap_or_default()))
                    .collect(),
                _ => continue,
            };
            said.extend(addresses.into_iter().map(|addresses| Said { object, setting, addresses }));
        }
    }
    for Said { object, setting, addresses } in &said {
        let is_expected = Cidr::of_one_or_more(addresses)
            .is_ok_and(|block| expected.addresses.iter().any(|within| within.covers(&block)));
        if !is_expected {
            let advice = format!(
                "{setting} believes {addresses} about who asks: name the addresses of the proxies, and no others"
            );
            findings.add(Rule::TrustedProxy, &object.id, advice);
        }
    }
    let namespaces: BTreeSet<&str> = manifests.workloads().map(|(object, _)| object.namespace()).collect();
    for namespace in namespaces {
        for setting in &expected.settings {
            let is_said =
                said.iter().any(|said| said.setting == setting && said.object.namespace() == namespace);
            if !is_said {
                let advice = format!("nothing sets {setting}: name the addresses of the proxies");
                findings.add_to_namespace(Rule::TrustedProxy, namespace, advice);
            }
        }
    }
}

/// Addresses with commas or spaces between them.
fn listed(text: &str) -> Vec<String> {
    let words = text.split([',', ' ', '\n', '\t']).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

/// What directives of nginx of a name say, in a text that may be no configuration of nginx at all.
fn directives(text: &str, name: &str) -> Vec<String> {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default());
    let sentences = lines.flat_map(|line| line.split([';', '{', '}']));
    let values = sentences.filter_map(|sentence| {
        let mut words = sentence.split_whitespace();
        (words.next() == Some(name)).then(|| words.map(str::to_owned).collect::<Vec<_>>())
    });
    values.flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_are_found_wherever_they_stand_and_not_in_comments() {
        let text = "# set_real_ip_from 0.0.0.0/0;\nset_real_ip_from 10.0.0.0/8; real_ip_header X;\n\
                    server { set_real_ip_from ::1; }\n  set_real_ip_from unix:; # set_real_ip_from 1.1.1.1;\n\
                    set_real_ip_froms 2.2.2.2;\n";
        assert_eq!(directives(text, "set_real_ip_from"), ["10.0.0.0/8", "::1", "unix:"]);
    }

    #[test]
    fn addresses_are_listed_with_commas_and_spaces() {
        assert_eq!(listed("10.0.0.0/8, ::1\n192.0.2.1"), ["10.0.0.0/8", "::1", "192.0.2.1"]);
        assert_eq!(listed(" "), [""; 0]);
    }
}
