//! Small clusters and who can talk to whom in them.

use super::*;
use crate::report::{Findings, Report};

fn pod(namespace: &str, name: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: {namespace}, labels: {{app: {name}}}}}\n\
         spec:\n  containers: [{{name: c, ports: [{{name: web, containerPort: 8080}}]}}, \
         {{name: d, ports: [{{name: web, containerPort: 8081, protocol: UDP}}]}}]\n"
    )
}

/// A policy in namespace `a`.
fn policy(name: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n\
         metadata: {{name: {name}, namespace: a}}\nspec: {spec}\n"
    )
}

const DENY: &str = "{podSelector: {}, policyTypes: [Ingress, Egress]}";
const X: &str = "podSelector: {matchLabels: {app: x}}";
const V: &str = "podSelector: {matchLabels: {app: v}}";

/// Pods x and v in namespace a, z in b, with policies in a; rows without strangers of b and elsewhere.
fn rows(policies: &[&str]) -> Vec<String> {
    let text = connections(&cluster(policies), &Expectations::default()).to_string();
    let is_about_a = |row: &&str| row.contains("a/") || row.contains("pod in a");
    text.lines().filter(is_about_a).map(str::to_owned).collect()
}

fn cluster(policies: &[&str]) -> Manifests {
    let mut text = [pod("a", "x"), pod("a", "v"), pod("b", "z")].concat();
    for (index, spec) in policies.iter().enumerate() {
        text.push_str(&policy(&format!("p{index}"), spec));
    }
    Manifests::read(&text).unwrap()
}

fn found(manifests: &Manifests, expectations: &Expectations) -> Vec<String> {
    let mut findings = Findings::default();
    check(manifests, expectations, &mut findings);
    let report = Report::of(findings, 0);
    let of_a = report.findings().iter().filter(|finding| finding.object.to_string().contains(['a']));
    let of_a =
        of_a.filter(|finding| finding.object.namespace.as_deref() == Some("a") || finding.object.name == "a");
    of_a.map(|finding| format!("{} {}", finding.object.name, finding.rule.name())).collect()
}

#[test]
fn without_policies_everybody_talks_to_everybody() {
    let rows = rows(&[]);
    assert!(rows.contains(&"a/x -> b/z  all".to_owned()));
    assert!(rows.contains(&"any other pod in a -> any other pod in a  all".to_owned()));
    assert!(rows.contains(&"any pod elsewhere -> a/x  all".to_owned()));
    assert!(
        rows.contains(&"a/x -> anything  all".to_owned())
            && rows.contains(&"anything -> a/x  all".to_owned())
    );
}

#[test]
fn with_default_denial_nobody_talks() {
    assert_eq!(rows(&[DENY]), [""; 0]);
    assert_eq!(
        rows(&["{podSelector: {}, policyTypes: [Ingress]}", "{podSelector: {}, policyTypes: [Egress]}"]),
        [""; 0]
    );
}

#[test]
fn denial_of_one_direction_leaves_the_other_open() {
    let ingress_only = rows(&["{podSelector: {}, policyTypes: [Ingress]}"]);
    assert!(ingress_only.contains(&"a/x -> b/z  all".to_owned()));
    assert!(!ingress_only.iter().any(|row| row.contains("-> a/")));
    let implied = rows(&["{podSelector: {}}"]);
    assert_eq!(implied, ingress_only, "without policyTypes and egress rules it is about ingress");
}

#[test]
fn a_connection_needs_both_ends() {
    let out = format!("{{{X}, policyTypes: [Egress], egress: [{{to: [{{{V}}}], ports: [{{port: 8080}}]}}]}}");
    let into =
        format!("{{{V}, policyTypes: [Ingress], ingress: [{{from: [{{{X}}}], ports: [{{port: web}}]}}]}}");
    assert_eq!(rows(&[DENY, &out]), [""; 0]);
    assert_eq!(rows(&[DENY, &into]), [""; 0]);
    assert_eq!(rows(&[DENY, &out, &into]), ["a/x -> a/v  tcp 8080"]);
}

#[test]
fn rules_add_up_and_selectors_of_one_peer_both_hold() {
    let to_z = |peer: &str| {
        let out = format!(
            "{{{X}, policyTypes: [Egress], egress: [{{to: [{peer}], ports: [{{port: 1}}]}}, \
             {{to: [{peer}], ports: [{{port: 2, endPort: 5}}, {{protocol: UDP}}]}}]}}"
        );
        rows(&[DENY, &out])
    };
    let by_name = "namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: b}}";
    let all_of_b = ["a/x -> any other pod in b  tcp 1-5, udp", "a/x -> b/z  tcp 1-5, udp"];
    assert_eq!(to_z(&format!("{{{by_name}}}")), all_of_b);
    assert_eq!(to_z(&format!("{{{by_name}, podSelector: {{matchLabels: {{app: z}}}}}}")), all_of_b[1..]);
    assert_eq!(to_z(&format!("{{{by_name}, podSelector: {{matchLabels: {{app: x}}}}}}")), [""; 0]);
    assert_eq!(
        to_z("{podSelector: {matchLabels: {app: z}}}"),
        [""; 0],
        "without namespaces it is about its own"
    );
    let two_peers = to_z(&format!("{{{by_name}}}, {{podSelector: {{matchLabels: {{app: nobody}}}}}}"));
    assert_eq!(two_peers, all_of_b, "two peers are either");
}

#[test]
fn named_ports_mean_what_the_target_calls_so() {
    let out = |ports: &str| {
        let peer = "namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: b}}, \
                    podSelector: {matchLabels: {app: z}}";
        rows(&[
            DENY,
            &format!("{{{X}, egress: [{{to: [{{{peer}}}], ports: [{ports}]}}], policyTypes: [Egress]}}"),
        ])
    };
    assert_eq!(out("{port: web}"), ["a/x -> b/z  tcp 8080"]);
    assert_eq!(out("{port: web, protocol: UDP}"), ["a/x -> b/z  udp 8081"]);
    assert_eq!(out("{port: web, protocol: SCTP}"), [""; 0]);
    assert_eq!(out("{port: other}"), [""; 0]);
    assert_eq!(out(""), ["a/x -> b/z  all"]);
}

#[test]
fn the_world_is_told_by_its_addresses() {
    let out = format!(
        "{{{X}, policyTypes: [Egress], egress: [\
         {{to: [{{ipBlock: {{cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}}}], ports: [{{port: 443}}]}}]}}"
    );
    assert_eq!(rows(&[DENY, &out]), ["a/x -> world 0.0.0.0/0 except 10.0.0.0/8  tcp 443"]);
    let into = format!("{{{X}, ingress: [{{from: [{{ipBlock: {{cidr: 192.0.2.0/24}}}}]}}]}}");
    assert_eq!(rows(&[DENY, &into]), ["world 192.0.2.0/24 -> a/x  all"]);
    let anything = format!("{{{X}, policyTypes: [Egress], egress: [{{}}]}}");
    let rows = rows(&[DENY, &anything]);
    assert!(
        rows.contains(&"a/x -> anything  all".to_owned()) && rows.contains(&"a/x -> b/z  all".to_owned())
    );
    assert!(!rows.contains(&"a/x -> a/v  all".to_owned()), "v lets nobody in");
}

#[test]
fn a_pod_on_the_network_of_its_node_is_out_of_reach_of_policies() {
    let text =
        [pod("a", "x"), pod("a", "v").replace("spec:\n", "spec:\n  hostNetwork: true\n"), policy("p", DENY)];
    let text = connections(&Manifests::read(&text.concat()).unwrap(), &Expectations::default()).to_string();
    assert!(text.contains("a/v -> anything  all"));
    assert!(!text.contains("a/x ->"), "{text}");
}

#[test]
fn two_workloads_of_one_name_are_told_apart() {
    let job =
        pod("a", "x").replace("kind: Pod", "kind: Job").replace("apiVersion: v1", "apiVersion: batch/v1");
    let job = job.replace("  containers:", "  template:\n    spec:\n      containers:");
    let text =
        connections(&Manifests::read(&[pod("a", "x"), job].concat()).unwrap(), &Expectations::default());
    assert!(text.to_string().contains("a/x (Job) -> a/x (Pod)  all"));
}

fn outside() -> Expectations {
    Expectations::read(
        "outside: [{name: dns, namespace: kube-system, labels: {k8s-app: kube-dns}, \
         ports: [{name: dns, port: 53, protocol: UDP}]}]",
    )
    .unwrap()
}

const TO_DNS: &str = "to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}, \
                      podSelector: {matchLabels: {k8s-app: kube-dns}}}]";

#[test]
fn whom_the_caller_knows_outside_is_a_peer() {
    let out = format!(
        "{{{X}, policyTypes: [Egress], egress: [{{{TO_DNS}, ports: [{{port: dns, protocol: UDP}}]}}]}}"
    );
    let manifests = cluster(&[DENY, &out]);
    let text = connections(&manifests, &outside()).to_string();
    assert!(text.contains("a/x -> dns  udp 53\n"), "{text}");
    assert_eq!(found(&manifests, &outside()), [""; 0]);
    assert_eq!(found(&manifests, &Expectations::default()), ["p1 unknown-peer", "p1 unknown-port"]);
    let all_pods =
        cluster(&[DENY, &format!("{{podSelector: {{}}, policyTypes: [Egress], egress: [{{{TO_DNS}}}]}}")]);
    let text = connections(&all_pods, &outside()).to_string();
    assert!(
        text.contains("any other pod in a -> dns  all\n"),
        "a pod that comes tomorrow is told of: {text}"
    );
}

#[test]
fn whoever_else_is_where_somebody_is_known_by_labels_is_not_meant() {
    let of = |peer: &str| {
        let out =
            format!("{{{X}, policyTypes: [Egress], egress: [{{to: [{{{peer}}}], ports: [{{port: 53}}]}}]}}");
        let manifests = cluster(&[DENY, &out]);
        (found(&manifests, &outside()), connections(&manifests, &outside()).to_string())
    };
    let namespace = "namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}";
    let (findings, rows) = of(namespace);
    assert_eq!(findings, ["p1 unknown-peer"]);
    assert!(rows.contains("a/x -> any other pod in kube-system  tcp 53\n"), "{rows}");
    let (findings, rows) = of(&format!("{namespace}, podSelector: {{matchLabels: {{k8s-app: kube-dns}}}}"));
    assert_eq!(findings, [""; 0]);
    assert!(!rows.contains("a/x -> any other pod in kube-system"), "{rows}");
    let everywhere = "namespaceSelector: {}, podSelector: {matchLabels: {k8s-app: kube-dns}}";
    assert_eq!(of(everywhere).0, ["p1 egress-to-anywhere"], "labels are given by whoever has a namespace");
}

#[test]
fn default_denial_is_missed_in_each_direction() {
    assert_eq!(found(&cluster(&[]), &outside()), ["a default-deny", "a default-deny"]);
    assert_eq!(
        found(&cluster(&["{podSelector: {}, policyTypes: [Ingress]}"]), &outside()),
        ["a default-deny"]
    );
    let not_all = cluster(&[DENY.replace("{}", "{matchLabels: {app: x}}").as_str()]);
    assert_eq!(found(&not_all, &outside()).len(), 2, "a policy for some pods is none");
    let with_rule = format!("{{podSelector: {{}}, policyTypes: [Ingress, Egress], egress: [{{{TO_DNS}}}]}}");
    assert_eq!(
        found(&cluster(&[&with_rule]), &outside()),
        ["a default-deny"],
        "nor is one that allows something"
    );
    assert_eq!(found(&cluster(&[DENY]), &outside()), [""; 0]);
}

#[test]
fn rules_without_limits_are_found() {
    let of = |spec: &str| found(&cluster(&[DENY, spec]), &outside());
    let egress = |peer: &str| of(&format!("{{{X}, policyTypes: [Egress], egress: [{peer}]}}"));
    assert_eq!(egress("{ports: [{port: 443}]}"), ["p1 egress-to-anywhere"]);
    assert_eq!(egress("{to: []}"), ["p1 egress-to-anywhere"]);
    assert!(egress("{to: [{namespaceSelector: {}}]}").contains(&"p1 egress-to-anywhere".to_owned()));
    let not_in =
        "{to: [{namespaceSelector: {matchExpressions: [{key: env, operator: NotIn, values: [x]}]}}]}";
    assert!(egress(not_in).contains(&"p1 egress-to-anywhere".to_owned()));
    let block = |block: &str| egress(&format!("{{to: [{{ipBlock: {block}}}]}}"));
    assert_eq!(
        block("{cidr: 0.0.0.0/0}"),
        [
            "p1 egress-to-anywhere",
            "p1 egress-to-metadata",
            "p1 egress-to-api-server",
            "p1 egress-to-api-server",
            "p1 egress-to-api-server",
            "p1 egress-to-api-server"
        ]
    );
    let private = "10.0.0.0/8, 172.16.0.0/12";
    assert_eq!(block(&format!("{{cidr: 0.0.0.0/0, except: [{private}]}}")), ["p1 egress-to-metadata"]);
    assert_eq!(block(&format!("{{cidr: 0.0.0.0/0, except: [{private}, 169.254.169.254/32]}}")), [""; 0]);
    assert_eq!(block(&format!("{{cidr: 0.0.0.0/0, except: [{private}, 169.254.0.0/16]}}")), [""; 0]);
    assert_eq!(block("{cidr: 10.96.0.0/16}"), ["p1 egress-to-api-server"]);
    assert_eq!(block("{cidr: 203.0.113.0/24}"), [""; 0]);
    assert_eq!(block("{cidr: '::/0'}"), ["p1 egress-to-anywhere", "p1 egress-to-metadata"]);
    assert_eq!(of(&format!("{{{X}, ingress: [{{}}]}}")), ["p1 ingress-from-anywhere"]);
    let world = format!("{{{X}, ingress: [{{from: [{{ipBlock: {{cidr: 0.0.0.0/0}}}}]}}]}}");
    assert_eq!(of(&world), [""; 0], "the world may come in where somebody says so");
}

#[test]
fn a_rule_that_the_other_end_does_not_share_is_dead() {
    let out =
        |port: &str| format!("{{{X}, policyTypes: [Egress], egress: [{{to: [{{{V}}}], ports: [{port}]}}]}}");
    let into = format!("{{{V}, ingress: [{{from: [{{{X}}}], ports: [{{port: 8080}}]}}]}}");
    assert_eq!(found(&cluster(&[DENY, &out("{port: 8080}"), &into]), &outside()), [""; 0]);
    assert_eq!(found(&cluster(&[DENY, &out("{port: 8080}")]), &outside()), ["x one-sided-connection"]);
    assert_eq!(found(&cluster(&[DENY, &into]), &outside()), ["v one-sided-connection"]);
    let wrong = found(&cluster(&[DENY, &out("{port: 8081}"), &into]), &outside());
    assert_eq!(wrong, ["v one-sided-connection", "x one-sided-connection"]);
    let more = found(&cluster(&[DENY, &out("{port: 8080}, {port: 9090}"), &into]), &outside());
    assert_eq!(more, ["x one-sided-connection"], "one port too many");
}

#[test]
fn policies_and_services_about_nobody_are_found() {
    let idle = "{podSelector: {matchLabels: {app: w}}}";
    assert_eq!(found(&cluster(&[DENY, idle]), &outside()), ["p1 idle-policy"]);
    let stranger = format!("{{{X}, ingress: [{{from: [{{podSelector: {{matchLabels: {{app: w}}}}}}]}}]}}");
    assert_eq!(found(&cluster(&[DENY, &stranger]), &outside()), ["p1 unknown-peer"]);
    let port =
        format!("{{{X}, ingress: [{{from: [{{ipBlock: {{cidr: 192.0.2.0/24}}}}], ports: [{{port: w}}]}}]}}");
    assert_eq!(found(&cluster(&[DENY, &port]), &outside()), ["p1 unknown-port"]);
    let service = |spec: &str| {
        let text = format!(
            "---\napiVersion: v1\nkind: Service\nmetadata: {{name: s, namespace: a}}\nspec: {spec}\n"
        );
        let text = [pod("a", "x"), policy("p", DENY), text].concat();
        found(&Manifests::read(&text).unwrap(), &outside())
    };
    assert_eq!(service("{selector: {app: x}, ports: [{port: 443, targetPort: web}, {port: 8080}]}"), [""; 0]);
    assert_eq!(service("{selector: {app: w}, ports: [{port: 8080}]}"), ["s idle-service"]);
    assert_eq!(service("{selector: {app: x}, ports: [{port: 443}]}"), ["s unknown-port"]);
    assert_eq!(service("{selector: {app: x}, ports: [{port: 443, targetPort: w}]}"), ["s unknown-port"]);
    assert_eq!(service("{selector: {app: x}, ports: [{port: 8080, protocol: UDP}]}"), ["s unknown-port"]);
    assert_eq!(service("{ports: [{port: 443}]}"), [""; 0]);
}
