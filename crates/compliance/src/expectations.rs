//! What is true of one deployment and not written in its manifests.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::manifests::Cidr;
use crate::network::Protocol;

/// What the manifests are held against beside the rules. [`Expectations::default`] knows nobody outside.
#[derive(Deserialize, Debug)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Expectations {
    /// The level of the Pod Security Standards that pods are held to.
    pub pod_security: PodSecurity,
    /// Whether pods must run in user namespaces.
    pub user_namespaces: UserNamespaces,
    /// Namespaces whose pods must, whatever is said of all.
    pub user_namespaces_in: BTreeSet<String>,
    /// Peers that run in the cluster and not in the manifests.
    pub outside: Vec<Outside>,
    /// Secrets that somebody else brings, as `namespace/name`.
    pub secrets: BTreeSet<String>,
    /// ClusterRoles that the cluster brings.
    pub cluster_roles: BTreeSet<String>,
    /// How often, in seconds, external secrets are fetched at least; 0 asks for nothing.
    pub refresh_seconds_max: u64,
    /// How many requests a day the vault can bear.
    pub vault_requests_per_day_max: u64,
    /// Where metadata services of clouds are reached.
    pub(crate) metadata_addresses: Vec<Cidr>,
    /// Whose word about who asks is believed.
    pub trusted_proxies: TrustedProxies,
    /// Where the API server is reached.
    pub(crate) api_server_addresses: Vec<Cidr>,
}

impl Expectations {
    /// Reads what somebody wrote as YAML.
    ///
    /// # Errors
    /// With a sentence that says what cannot be read.
    pub fn read(text: &str) -> Result<Self, String> {
        let options = serde_saphyr::options! { with_snippet: false };
        serde_saphyr::from_str_with_options(text, options).map_err(|error| error.to_string())
    }
}

impl Default for Expectations {
    fn default() -> Self {
        let addresses = |texts: &[&str]| {
            texts.iter().filter_map(|text| Cidr::try_from((*text).to_owned()).ok()).collect()
        };
        Self {
            pod_security: PodSecurity::Restricted,
            user_namespaces: UserNamespaces::Optional,
            user_namespaces_in: BTreeSet::new(),
            trusted_proxies: TrustedProxies::default(),
            outside: Vec::new(),
            secrets: BTreeSet::new(),
            cluster_roles: BTreeSet::new(),
            refresh_seconds_max: 0,
            vault_requests_per_day_max: 100_000,
            metadata_addresses: addresses(&["169.254.169.254/32", "fd00:ec2::254/128"]),
            // Where kubeadm, k3s and EKS put it in the cluster.
            api_server_addresses: addresses(&[
                "10.96.0.1/32",
                "10.43.0.1/32",
                "10.100.0.1/32",
                "172.20.0.1/32",
            ]),
        }
    }
}

/// A level of the Pod Security Standards.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "lowercase")]
pub enum PodSecurity {
    /// Against known ways to gain privileges.
    Baseline,
    /// Hardened after the current best practice.
    Restricted,
}

impl PodSecurity {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
        }
    }
}

/// Whether pods must run in user namespaces.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "lowercase")]
pub enum UserNamespaces {
    /// They may.
    Optional,
    /// They must.
    Required,
}

/// Proxies that are believed about who asks.
#[derive(Deserialize, Default, Debug)]
#[serde(default, deny_unknown_fields)]
pub struct TrustedProxies {
    /// By which settings they are believed: keys of ConfigMaps, variables of containers, or directives of nginx. Each has to
    /// be said in every namespace.
    pub settings: BTreeSet<String>,
    /// Where they are.
    pub(crate) addresses: Vec<Cidr>,
}

/// Pods of somebody else, of which policies speak.
#[derive(Deserialize, Clone, Debug)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Outside {
    /// How tables call it.
    pub name: String,
    /// Where it runs.
    pub namespace: String,
    /// The labels of its namespace, but for its name.
    #[serde(default)]
    pub namespace_labels: BTreeMap<String, String>,
    /// The labels of its pods.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Its ports with names that policies use.
    #[serde(default)]
    pub ports: Vec<OutsidePort>,
}

/// A port with a name.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub struct OutsidePort {
    /// Its name.
    pub name: String,
    /// Its number.
    pub port: u16,
    /// Its protocol; TCP if none is given.
    #[serde(default)]
    pub protocol: Protocol,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_as_it_is_by_default() {
        let read = Expectations::read(
            "outside:\n- {name: dns, namespace: kube-system, ports: [{name: dns, port: 53, protocol: UDP}]}\n\
             userNamespaces: required\napiServerAddresses: [10.0.0.1/32]\n",
        )
        .unwrap();
        assert_eq!(read.outside[0].ports[0].protocol, Protocol::Udp);
        assert_eq!(read.user_namespaces, UserNamespaces::Required);
        assert_eq!(read.pod_security, PodSecurity::Restricted);
        assert_eq!(read.api_server_addresses.len(), 1);
        assert_eq!(read.metadata_addresses.len(), 2);
        assert_eq!(Expectations::default().api_server_addresses.len(), 4);
    }

    #[test]
    fn what_is_misspelt_is_refused() {
        for text in [
            "outsides: []",
            "podSecurity: privileged",
            "trustedProxies: {setting: [a]}",
            "trustedProxies: {addresses: [10.0.0.0]}",
            "apiServerAddresses: [10.0.0.1]",
            "outside: [{name: a}]",
        ] {
            assert!(Expectations::read(text).is_err(), "{text}");
        }
    }
}
