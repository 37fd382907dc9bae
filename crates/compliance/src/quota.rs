//! Whether everything fits: ResourceQuota and LimitRange of `core/v1`.
//!
//! A workload is counted at full scale and while it is rolled out: its replicas, or as many as its autoscaler may make,
//! and the surge of a rolling update. A CronJob counts as one run, a DaemonSet as one node. What a pod takes is the
//! larger of its containers together (sidecars too) and of its largest init container, with the overhead; a request
//! that is not given is the limit, then what the LimitRange gives. Scopes of quotas are not looked at: a quota with
//! scopes is held to all pods, which counts too much rather than too little.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use crate::manifests::{Body, Claim, Container, LimitItem, Manifests, Object, Pod, Service, Workload};
use crate::quantity::{Quantity, Resources};
use crate::report::Findings;
use crate::rules::Rule;
use crate::table;

/// What is taken of one amount that a quota allows.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Debug)]
pub struct Usage {
    /// The quota, as `namespace/name`.
    pub quota: String,
    /// Of what.
    pub resource: String,
    /// How much of it; none where it is not counted here.
    pub used: Option<String>,
    /// How much there may be.
    pub allowed: String,
}

/// All amounts of all quotas, in order; as text a table.
#[derive(Clone, PartialEq, Eq, Serialize, Debug)]
pub struct Usages(Vec<Usage>);

impl Usages {
    /// Them.
    pub fn iter(&self) -> impl Iterator<Item = &Usage> {
        self.0.iter()
    }
}

impl fmt::Display for Usages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = |Usage { quota, resource, used, allowed }: &Usage| {
            let used = used.as_deref().unwrap_or("not counted");
            vec![quota.clone(), resource.clone(), used.to_owned(), format!("of {allowed}")]
        };
        table::write(f, &self.0.iter().map(row).collect::<Vec<_>>())
    }
}

pub(crate) fn usages(manifests: &Manifests) -> Usages {
    let mut usages = Vec::new();
    for (object, hard) in quotas(manifests) {
        let used = Sums::of(object.namespace(), manifests);
        usages.extend(hard.iter().map(|(resource, allowed)| Usage {
            quota: format!("{}/{}", object.namespace(), object.id.name),
            resource: resource.clone(),
            used: used.of_resource(resource).map(|used| used.of(resource)),
            allowed: allowed.of(resource),
        }));
    }
    usages.sort();
    Usages(usages)
}

pub(crate) fn check(manifests: &Manifests, findings: &mut Findings) {
    let with_workloads: BTreeSet<&str> =
        manifests.workloads().map(|(object, _)| object.namespace()).collect();
    for namespace in with_workloads {
        if !quotas(manifests).any(|(object, _)| object.namespace() == namespace) {
            findings.add_to_namespace(Rule::QuotaMissing, namespace, "add a ResourceQuota");
        }
        if limit_items(manifests, namespace).next().is_none() {
            findings.add_to_namespace(Rule::QuotaMissing, namespace, "add a LimitRange");
        }
    }
    for (object, hard) in quotas(manifests) {
        let used = Sums::of(object.namespace(), manifests);
        for (resource, allowed) in hard {
            if let Some(used) = used.of_resource(resource).filter(|used| used > allowed) {
                let (used, allowed) = (used.of(resource), allowed.of(resource));
                let advice = format!(
                    "{resource}: at full scale it takes {used} of {allowed}: allow more, or ask for less"
                );
                findings.add(Rule::QuotaExceeded, &object.id, advice);
            }
        }
    }
    for (object, workload) in manifests.workloads() {
        check_unset(object, workload, manifests, findings);
        check_limits(object, workload, manifests, findings);
    }
    for object in manifests.objects() {
        if let Body::Claim(claim) = &object.body {
            check_claim(object, object.namespace(), claim, manifests, findings);
        }
    }
}

fn quotas(manifests: &Manifests) -> impl Iterator<Item = (&Object, &Resources)> {
    manifests.objects().filter_map(|object| match &object.body {
        Body::Quota(quota) => Some((object, &quota.hard)),
        _ => None,
    })
}

fn limit_items<'a>(manifests: &'a Manifests, namespace: &'a str) -> impl Iterator<Item = &'a LimitItem> {
    let ranges = manifests.objects().filter(move |object| object.namespace() == namespace);
    let items = ranges.filter_map(|object| match &object.body {
        Body::Limits(limits) => Some(&limits.limits),
        _ => None,
    });
    items.flatten()
}

const COMPUTE: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Requests,
    Limits,
}

impl Side {
    const BOTH: [(Self, &'static str); 2] = [(Self::Requests, "requests"), (Self::Limits, "limits")];
}

/// What the name of a quota counts of pods: `cpu` is `requests.cpu`.
fn compute(resource: &str) -> Option<(Side, &str)> {
    let (side, name) = match resource.split_once('.') {
        None => (Side::Requests, resource),
        Some(("requests", name)) => (Side::Requests, name),
        Some(("limits", name)) => (Side::Limits, name),
        Some(_) => return None,
    };
    COMPUTE.contains(&name).then_some((side, name))
}

/// What a container takes after all defaults.
struct Taken {
    requests: Resources,
    limits: Resources,
}

impl Taken {
    fn by(container: &Container, items: &[&LimitItem]) -> Self {
        let mut limits = container.resources.limits.clone();
        let mut requests = container.resources.requests.clone();
        fill(&mut requests, &limits);
        for item in items.iter().filter(|item| item.kind == "Container") {
            let mut default = item.default.clone();
            fill(&mut default, &item.max);
            let mut default_request = item.default_request.clone();
            fill(&mut default_request, &default);
            fill(&mut default_request, &item.min);
            fill(&mut limits, &default);
            fill(&mut requests, &default_request);
        }
        Self { requests, limits }
    }

    fn side(&self, side: Side) -> &Resources {
        match side {
            Side::Requests => &self.requests,
            Side::Limits => &self.limits,
        }
    }
}

/// Adds what is not there yet.
fn fill(amounts: &mut Resources, defaults: &Resources) {
    for (resource, amount) in defaults {
        amounts.entry(resource.clone()).or_insert(*amount);
    }
}

/// What a whole pod takes of a resource; the amounts of its containers are given in their order.
fn of_pod(pod: &Pod, taken: &Takens, side: Side, resource: &str) -> Quantity {
    let spec = &pod.spec;
    let of_pod = match side {
        Side::Requests => &spec.resources.requests,
        Side::Limits => &spec.resources.limits,
    };
    let overhead = spec.overhead.get(resource).copied().unwrap_or_default();
    if let Some(amount) = of_pod.get(resource) {
        return *amount + overhead;
    }
    let amount = |taken: &Taken| taken.side(side).get(resource).copied().unwrap_or_default();
    let (mut sidecars, mut peak) = (Quantity::default(), Quantity::default());
    for (container, taken) in spec.init_containers.iter().zip(&taken.init) {
        if container.is_sidecar() {
            sidecars = sidecars + amount(taken);
            peak = peak.max(sidecars);
        } else {
            peak = peak.max(sidecars + amount(taken));
        }
    }
    let together: Quantity = taken.usual.iter().map(amount).sum();
    peak.max(together + sidecars) + overhead
}

struct Takens {
    init: Vec<Taken>,
    usual: Vec<Taken>,
}

impl Takens {
    fn of(pod: &Pod, items: &[&LimitItem]) -> Self {
        let of_all = |containers: &[Container]| {
            containers.iter().map(|container| Taken::by(container, items)).collect()
        };
        Self { init: of_all(&pod.spec.init_containers), usual: of_all(&pod.spec.containers) }
    }
}

/// What everything in a namespace takes.
struct Sums(BTreeMap<String, Quantity>);

impl Sums {
    fn of(namespace: &str, manifests: &Manifests) -> Self {
        let items: Vec<&LimitItem> = limit_items(manifests, namespace).collect();
        let mut sums = Self(BTreeMap::new());
        for object in manifests.objects().filter(|object| object.namespace() == namespace) {
            match &object.body {
                Body::Workload(workload) => sums.add_workload(object, workload, manifests, &items),
                Body::Service(service) => sums.add_service(service),
                Body::Claim(claim) => sums.add_claims(claim, 1),
                Body::ConfigMap(_) => sums.count("configmaps", 1),
                Body::Secret(_) | Body::ExternalSecret(_) | Body::Sealed(_) | Body::Certificate(_) => {
                    sums.count("secrets", 1);
                }
                _ => {}
            }
        }
        // The certificate authority that Kubernetes puts into every namespace.
        sums.count("configmaps", 1);
        sums
    }

    fn add(&mut self, resource: &str, amount: Quantity) {
        let sum = self.0.entry(resource.to_owned()).or_default();
        *sum = *sum + amount;
    }

    fn count(&mut self, resource: &str, number: u64) {
        self.add(resource, Quantity::whole(number));
    }

    fn add_workload(
        &mut self,
        object: &Object,
        workload: &Workload,
        manifests: &Manifests,
        items: &[&LimitItem],
    ) {
        let replicas = manifests.scaler(object).map_or(workload.replicas, |scaler| scaler.max_replicas);
        let pods = replicas.saturating_add(workload.surge.of(replicas));
        let pod = &workload.pod;
        let taken = Takens::of(pod, items);
        for (side, name) in Side::BOTH {
            for resource in COMPUTE {
                let amount = of_pod(pod, &taken, side, resource);
                self.add(&format!("{name}.{resource}"), amount.times(pods));
            }
        }
        self.count("pods", pods);
        // Claims of a StatefulSet stay one to a replica; those of ephemeral volumes come with every pod.
        for claim in &workload.claims {
            self.add_claims(claim, replicas);
        }
        for ephemeral in pod.spec.volumes.iter().filter_map(|volume| volume.ephemeral.as_ref()) {
            self.add_claims(&ephemeral.volume_claim_template, pods);
        }
    }

    fn add_claims(&mut self, claim: &Claim, number: u64) {
        self.count("persistentvolumeclaims", number);
        self.add("requests.storage", claim.storage().times(number));
    }

    fn add_service(&mut self, service: &Service) {
        self.count("services", 1);
        let kind = service.kind.as_deref().unwrap_or("ClusterIP");
        let ports = service.ports.len() as u64;
        if kind == "LoadBalancer" {
            self.count("services.loadbalancers", 1);
        }
        let takes_node_ports = kind == "NodePort"
            || kind == "LoadBalancer" && service.allocate_load_balancer_node_ports != Some(false);
        if takes_node_ports {
            self.count("services.nodeports", ports);
        }
    }

    /// How much of what a quota names is taken; none for what is not counted.
    fn of_resource(&self, resource: &str) -> Option<Quantity> {
        const COUNTED: [&str; 8] = [
            "configmaps",
            "persistentvolumeclaims",
            "pods",
            "requests.storage",
            "secrets",
            "services",
            "services.loadbalancers",
            "services.nodeports",
        ];
        let name = match compute(resource) {
            Some((Side::Requests, name)) => format!("requests.{name}"),
            Some((Side::Limits, name)) => format!("limits.{name}"),
            None => {
                let name = resource.strip_prefix("count/").unwrap_or(resource);
                COUNTED.contains(&name).then(|| name.to_owned())?
            }
        };
        Some(self.0.get(&name).copied().unwrap_or_default())
    }
}

fn check_unset(object: &Object, workload: &Workload, manifests: &Manifests, findings: &mut Findings) {
    let namespace = object.namespace();
    let items: Vec<&LimitItem> = limit_items(manifests, namespace).collect();
    let counted: BTreeSet<&str> = quotas(manifests)
        .filter(|(quota, _)| quota.namespace() == namespace)
        .flat_map(|(_, hard)| hard.keys().map(String::as_str))
        .collect();
    let spec = &workload.pod.spec;
    for (side, name) in counted.into_iter().filter_map(compute) {
        let (word, of_pod) = match side {
            Side::Requests => ("requests", &spec.resources.requests),
            Side::Limits => ("limits", &spec.resources.limits),
        };
        if of_pod.contains_key(name) {
            continue;
        }
        for container in spec.lasting_containers() {
            if !Taken::by(container, &items).side(side).contains_key(name) {
                let advice = format!(
                    "container `{}`: set resources.{word}.{name}, or the cluster refuses the pod under its quota",
                    container.name
                );
                findings.add(Rule::QuotaUnset, &object.id, advice);
            }
        }
    }
}

fn check_limits(object: &Object, workload: &Workload, manifests: &Manifests, findings: &mut Findings) {
    let namespace = object.namespace();
    let items: Vec<&LimitItem> = limit_items(manifests, namespace).collect();
    let pod = &workload.pod;
    for item in items.iter().filter(|item| item.kind == "Container") {
        for container in pod.spec.lasting_containers() {
            for problem in problems(item, &Taken::by(container, &items)) {
                let advice = format!("container `{}`: {problem}", container.name);
                findings.add(Rule::LimitRangeBroken, &object.id, advice);
            }
        }
    }
    let taken = Takens::of(pod, &items);
    for item in items.iter().filter(|item| item.kind == "Pod") {
        let named = [&item.min, &item.max, &item.max_limit_request_ratio];
        let resources: BTreeSet<&String> = named.into_iter().flat_map(Resources::keys).collect();
        let whole = |side| {
            let amounts =
                resources.iter().map(|resource| ((*resource).clone(), of_pod(pod, &taken, side, resource)));
            amounts.filter(|(_, amount)| *amount > Quantity::default()).collect::<Resources>()
        };
        let together = Taken { requests: whole(Side::Requests), limits: whole(Side::Limits) };
        for problem in problems(item, &together) {
            findings.add(Rule::LimitRangeBroken, &object.id, format!("all containers together: {problem}"));
        }
    }
    let ephemeral = pod.spec.volumes.iter().filter_map(|volume| volume.ephemeral.as_ref());
    for claim in workload.claims.iter().chain(ephemeral.map(|ephemeral| &ephemeral.volume_claim_template)) {
        check_claim(object, namespace, claim, manifests, findings);
    }
}

/// Where amounts leave what a range allows. What it limits must be said.
fn problems(item: &LimitItem, taken: &Taken) -> Vec<String> {
    let mut problems = Vec::new();
    for (resource, min) in &item.min {
        match taken.requests.get(resource) {
            Some(amount) if amount >= min => {}
            _ => problems.push(format!("request at least {} of {resource}", min.of(resource))),
        }
    }
    for (resource, max) in &item.max {
        match taken.limits.get(resource) {
            Some(amount) if amount <= max => {}
            _ => problems.push(format!("limit {resource} to {} or less", max.of(resource))),
        }
    }
    for (resource, ratio) in &item.max_limit_request_ratio {
        match (taken.limits.get(resource), taken.requests.get(resource)) {
            (Some(limit), Some(request)) if !limit.exceeds(*ratio, *request) => {}
            (_, _) => problems.push(format!("limit {resource} to {ratio} times the request or less")),
        }
    }
    problems
}

fn check_claim(
    object: &Object,
    namespace: &str,
    claim: &Claim,
    manifests: &Manifests,
    findings: &mut Findings,
) {
    for item in limit_items(manifests, namespace).filter(|item| item.kind == "PersistentVolumeClaim") {
        let storage = claim.storage();
        let is_small = item.min.get("storage").is_some_and(|min| storage < *min);
        let is_large = item.max.get("storage").is_some_and(|max| storage > *max);
        if is_small || is_large {
            let advice =
                format!("a claim of {} is outside of what the LimitRange allows", storage.of("storage"));
            findings.add(Rule::LimitRangeBroken, &object.id, advice);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Report;

    fn object(api_version: &str, kind: &str, name: &str, spec: &str) -> String {
        format!(
            "---\napiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: {name}, namespace: a}}\nspec: {spec}\n"
        )
    }

    fn quota(hard: &str) -> String {
        object("v1", "ResourceQuota", "q", &format!("{{hard: {{{hard}}}}}"))
    }

    fn limits(item: &str) -> String {
        object("v1", "LimitRange", "l", &format!("{{limits: [{item}]}}"))
    }

    const SMALL: &str =
        "{name: c, resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {cpu: 200m, memory: 128Mi}}}";

    fn deployment(more: &str, pod: &str) -> String {
        object("apps/v1", "Deployment", "d", &format!("{{{more}template: {{spec: {{{pod}}}}}}}"))
    }

    fn small(more: &str) -> String {
        deployment(more, &format!("containers: [{SMALL}]"))
    }

    fn table(text: &[String]) -> String {
        usages(&Manifests::read(&text.concat()).unwrap()).to_string()
    }

    fn used(resource: &str, text: String) -> String {
        let text = [text, quota(&format!("{resource}: 1"))].concat();
        usages(&Manifests::read(&text).unwrap()).0[0].used.clone().expect("counted")
    }

    fn found(text: &[String]) -> Vec<&'static str> {
        let mut findings = Findings::default();
        check(&Manifests::read(&text.concat()).unwrap(), &mut findings);
        Report::of(findings, 0).findings().iter().map(|finding| finding.rule.name()).collect()
    }

    #[test]
    fn a_rolling_update_takes_its_surge_rounded_up() {
        let cpu = |more: &str| used("requests.cpu", small(more));
        assert_eq!(cpu("strategy: {type: Recreate}, "), "100m");
        assert_eq!(cpu(""), "200m", "a quarter of one is one");
        assert_eq!(cpu("replicas: 4, "), "500m");
        assert_eq!(cpu("replicas: 5, "), "700m");
        assert_eq!(cpu("replicas: 4, strategy: {rollingUpdate: {maxSurge: 0}}, "), "400m");
        assert_eq!(cpu("replicas: 4, strategy: {rollingUpdate: {maxSurge: '100%'}}, "), "800m");
        assert_eq!(cpu("replicas: 0, "), "0");
    }

    #[test]
    fn an_autoscaler_counts_at_its_most() {
        let scaler = object(
            "autoscaling/v2",
            "HorizontalPodAutoscaler",
            "h",
            "{scaleTargetRef: {kind: Deployment, name: d}, maxReplicas: 10}",
        );
        assert_eq!(used("pods", [small("replicas: 2, "), scaler.clone()].concat()), "13");
        let of_another = scaler.replace("name: d", "name: e");
        assert_eq!(used("pods", [small("replicas: 2, "), of_another].concat()), "3");
    }

    #[test]
    fn jobs_count_what_runs_at_once() {
        let job = |more: &str| {
            object(
                "batch/v1",
                "Job",
                "j",
                &format!("{{{more}template: {{spec: {{containers: [{SMALL}]}}}}}}"),
            )
        };
        assert_eq!(used("pods", job("")), "1");
        assert_eq!(used("pods", job("parallelism: 3, ")), "3");
        assert_eq!(used("pods", job("parallelism: 3, completions: 2, ")), "2");
        let cron = object(
            "batch/v1",
            "CronJob",
            "c",
            &format!(
                "{{jobTemplate: {{spec: {{parallelism: 2, template: {{spec: {{containers: [{SMALL}]}}}}}}}}}}"
            ),
        );
        assert_eq!(used("limits.memory", cron), "256Mi");
    }

    #[test]
    fn a_pod_takes_the_larger_of_its_beginning_and_its_life() {
        let cpu = |pod: &str| used("cpu", deployment("strategy: {type: Recreate}, ", pod));
        let c = |name: &str, cpu: &str, more: &str| {
            format!("{{name: {name}, {more}resources: {{requests: {{cpu: {cpu}}}}}}}")
        };
        let two = format!("containers: [{}, {}]", c("a", "100m", ""), c("b", "0.2", ""));
        assert_eq!(cpu(&two), "300m");
        assert_eq!(cpu(&format!("{two}, initContainers: [{}]", c("i", "299m", ""))), "300m");
        assert_eq!(cpu(&format!("{two}, initContainers: [{}, {}]", c("i", "1", ""), c("j", "1", ""))), "1");
        let sidecar = c("s", "50m", "restartPolicy: Always, ");
        assert_eq!(cpu(&format!("{two}, initContainers: [{sidecar}]")), "350m");
        assert_eq!(cpu(&format!("{two}, initContainers: [{sidecar}, {}]", c("i", "1", ""))), "1050m");
        assert_eq!(cpu(&format!("{two}, initContainers: [{}, {sidecar}]", c("i", "1", ""))), "1");
        assert_eq!(cpu(&format!("{two}, overhead: {{cpu: 10m}}")), "310m");
        assert_eq!(cpu(&format!("{two}, resources: {{requests: {{cpu: 2}}}}")), "2");
        assert_eq!(
            cpu("containers: [{name: c, resources: {limits: {cpu: 3}}}]"),
            "3",
            "no request is the limit"
        );
    }

    #[test]
    fn storage_and_services_are_counted() {
        let claim = "{spec: {resources: {requests: {storage: 1Gi}}}}";
        let set = object(
            "apps/v1",
            "StatefulSet",
            "s",
            &format!(
                "{{replicas: 2, volumeClaimTemplates: [{claim}], template: {{spec: {{containers: [{SMALL}]}}}}}}"
            ),
        );
        let own = object("v1", "PersistentVolumeClaim", "p", "{resources: {requests: {storage: 512Mi}}}");
        assert_eq!(used("requests.storage", [set.clone(), own.clone()].concat()), "2560Mi");
        assert_eq!(used("persistentvolumeclaims", [set.clone(), own].concat()), "3");
        assert_eq!(used("pods", set), "2", "a StatefulSet is rolled out one after the other");
        let balanced = object("v1", "Service", "b", "{type: LoadBalancer, ports: [{port: 1}, {port: 2}]}");
        let on_nodes = object("v1", "Service", "m", "{type: NodePort, ports: [{port: 1}]}");
        let services = [balanced.clone(), on_nodes].concat();
        assert_eq!(used("services.loadbalancers", services.clone()), "1");
        assert_eq!(used("services.nodeports", services.clone()), "3");
        assert_eq!(used("count/services", services), "2");
        let without = balanced.replace("type:", "allocateLoadBalancerNodePorts: false, type:");
        assert_eq!(used("services.nodeports", without), "0");
    }

    #[test]
    fn the_table_tells_what_is_not_counted() {
        let text = [small(""), quota("requests.cpu: 1, limits.memory: 1Gi, count/widgets.example.org: 3")];
        assert_eq!(
            table(&text),
            "a/q  count/widgets.example.org  not counted  of 3\n\
             a/q  limits.memory              256Mi        of 1Gi\n\
             a/q  requests.cpu               200m         of 1\n"
        );
    }

    #[test]
    fn what_fits_exactly_fits_and_one_more_does_not() {
        let range = limits("{type: Container}");
        let fits = |hard: &str| found(&[small(""), quota(hard), range.clone()]);
        assert_eq!(fits("requests.cpu: 200m, pods: 2"), [""; 0]);
        assert_eq!(fits("requests.cpu: 199m"), ["quota-exceeded"]);
        assert_eq!(fits("pods: 1, limits.memory: 255Mi"), ["quota-exceeded", "quota-exceeded"]);
        let free = object("v1", "Service", "b", "{type: LoadBalancer, allocateLoadBalancerNodePorts: false}");
        assert_eq!(found(&[free, quota("services.loadbalancers: 0")]), ["quota-exceeded"]);
    }

    #[test]
    fn a_namespace_without_quota_or_range_is_found() {
        assert_eq!(found(&[small("")]), ["quota-missing", "quota-missing"]);
        assert_eq!(found(&[small(""), quota("")]), ["quota-missing"]);
        assert_eq!(found(&[small(""), quota(""), limits("{type: Container}")]), [""; 0]);
        assert_eq!(found(&[small(""), quota(""), limits("")]), ["quota-missing"], "a range of nothing");
    }

    #[test]
    fn what_a_quota_counts_must_be_said_or_given_by_the_range() {
        let bare = deployment("", "containers: [{name: c, resources: {requests: {cpu: 1m}}}]");
        let with = |item: &str, hard: &str| found(&[bare.clone(), quota(hard), limits(item)]);
        assert_eq!(with("{type: Container}", "requests.cpu: 1"), [""; 0]);
        assert_eq!(with("{type: Container}", "limits.cpu: 1"), ["quota-unset"]);
        assert_eq!(with("{type: Container, default: {cpu: 1m}}", "limits.cpu: 1"), [""; 0]);
        assert_eq!(
            with("{type: Container, max: {cpu: 1m}}", "limits.cpu: 1"),
            [""; 0],
            "the most is the default"
        );
        assert_eq!(with("{type: Container, defaultRequest: {memory: 1}}", "memory: 1Gi"), [""; 0]);
        assert_eq!(with("{type: Pod, default: {cpu: 1m}}", "limits.cpu: 1"), ["quota-unset"]);
    }

    #[test]
    fn a_range_holds_containers_pods_and_claims() {
        let with = |item: &str| found(&[small(""), quota(""), limits(item)]);
        assert_eq!(
            with("{type: Container, min: {cpu: 100m}, max: {cpu: 200m}, maxLimitRequestRatio: {cpu: 2}}"),
            [""; 0]
        );
        assert_eq!(with("{type: Container, min: {cpu: 101m}}"), ["limit-range"]);
        assert_eq!(with("{type: Container, max: {cpu: 199m}}"), ["limit-range"]);
        assert_eq!(with("{type: Container, maxLimitRequestRatio: {cpu: 1.9}}"), ["limit-range"]);
        assert_eq!(with("{type: Container, maxLimitRequestRatio: {ephemeral-storage: 2}}"), ["limit-range"]);
        assert_eq!(with("{type: Pod, max: {memory: 128Mi}}"), [""; 0]);
        assert_eq!(with("{type: Pod, max: {memory: 127Mi}}"), ["limit-range"]);
        let claim = |storage: &str| {
            let claim = object(
                "v1",
                "PersistentVolumeClaim",
                "p",
                &format!("{{resources: {{requests: {{storage: {storage}}}}}}}"),
            );
            found(&[claim, limits("{type: PersistentVolumeClaim, min: {storage: 1Gi}, max: {storage: 2Gi}}")])
        };
        assert_eq!(claim("1Gi"), [""; 0]);
        assert_eq!(claim("2Gi"), [""; 0]);
        assert_eq!(claim("2049Mi"), ["limit-range"]);
        assert_eq!(claim("1023Mi"), ["limit-range"]);
    }
}
