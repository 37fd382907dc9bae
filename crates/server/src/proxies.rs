//! Who asks when a proxy stands in front: what it says of its clients is believed of proxies that were named, and of
//! nobody else, since limits by address would be worth nothing otherwise.

use std::net::IpAddr;
use std::str::FromStr;

use axum::http::{HeaderMap, HeaderName};
use serde::Deserialize;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// A part of the network, such as `10.0.0.0/8` or `2001:db8::/32`; a bare address is itself alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Network {
    address: IpAddr,
    prefix: u32,
}

/// The text is not a part of the network.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}: give an address, or a network such as 10.0.0.0/8")]
pub struct ParseNetworkError(String);

impl FromStr for Network {
    type Err = ParseNetworkError;

    fn from_str(text: &str) -> Result<Self, ParseNetworkError> {
        let wrong = || ParseNetworkError(text.to_owned());
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse::<u32>().map_err(|_| wrong())?)),
            None => (text, None),
        };
        let address = plain(address.parse().map_err(|_| wrong())?);
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(bits);
        // A network of everybody trusts everybody.
        if (1..=bits).contains(&prefix) { Ok(Self { address, prefix }) } else { Err(wrong()) }
    }
}

impl TryFrom<String> for Network {
    type Error = ParseNetworkError;

    fn try_from(text: String) -> Result<Self, ParseNetworkError> {
        text.parse()
    }
}

impl Network {
    fn contains(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                (u32::from(own) ^ u32::from(other)) >> (32 - self.prefix) == 0
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                (u128::from(own) ^ u128::from(other)) >> (128 - self.prefix) == 0
            }
            _ => false,
        }
    }
}

/// The proxies that are believed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proxies(Vec<Network>);

impl Proxies {
    pub(crate) fn new(networks: Vec<Network>) -> Self {
        Self(networks)
    }

    /// Where a request comes from: the last address on its way that is none of ours. What a client wrote itself stands
    /// further left than what our proxies wrote, and is not reached.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = plain(peer);
        if !self.trusts(client) {
            return client;
        }
        let told: Vec<&str> = headers
            .get_all(X_FORWARDED_FOR)
            .iter()
            .flat_map(|value| value.to_str().unwrap_or("-").split(','))
            .collect();
        for hop in told.iter().rev() {
            // What cannot be read is nobody's word: the proxy that passed it on is the last that is known.
            let Ok(address) = hop.trim().parse() else { return client };
            client = plain(address);
            if !self.trusts(client) {
                return client;
            }
        }
        client
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }
}

/// An IPv4 address that is written as one of IPv6 is the same.
fn plain(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, told: &[&str]) -> String {
        let networks = ["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"].map(|text| text.parse().unwrap());
        let mut headers = HeaderMap::new();
        for value in told {
            headers.append(X_FORWARDED_FOR, value.parse().unwrap());
        }
        Proxies::new(networks.to_vec()).client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn the_last_address_that_is_no_proxy_of_ours_asks() {
        assert_eq!(client("10.1.2.3", &["203.0.113.5"]), "203.0.113.5");
        assert_eq!(client("::ffff:10.1.2.3", &["203.0.113.5"]), "203.0.113.5");
        assert_eq!(client("2001:db8::9", &["203.0.113.5, 10.0.0.1", "192.0.2.7"]), "203.0.113.5");
        assert_eq!(client("10.1.2.3", &["2001:db9::5"]), "2001:db9::5");
        assert_eq!(client("10.1.2.3", &[]), "10.1.2.3");
    }

    #[test]
    fn what_a_client_wrote_itself_is_not_believed() {
        assert_eq!(client("203.0.113.9", &["198.51.100.1"]), "203.0.113.9", "no proxy of ours");
        assert_eq!(client("192.0.2.8", &["198.51.100.1"]), "192.0.2.8", "the address next to one of ours");
        assert_eq!(client("10.1.2.3", &["198.51.100.1, 203.0.113.5"]), "203.0.113.5");
        assert_eq!(client("10.1.2.3", &["198.51.100.1", "203.0.113.5"]), "203.0.113.5");
        for unreadable in ["198.51.100.1, unknown", "198.51.100.1,", "198.51.100.1, 203.0.113.5:80", "\"x\""]
        {
            assert_eq!(client("10.1.2.3", &[unreadable]), "10.1.2.3", "{unreadable}");
        }
        assert_eq!(
            Proxies::default().client("10.1.2.3".parse().unwrap(), &HeaderMap::new()).to_string(),
            "10.1.2.3"
        );
    }

    #[test]
    fn networks_are_read_and_everybody_is_none() {
        for wrong in
            ["", "x", "10.0.0.0/33", "10.0.0.0/", "0.0.0.0/0", "::/0", "2001:db8::/129", "10.0.0.0/-1"]
        {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
        let one: Network = "10.0.0.1".parse().unwrap();
        assert!(one.contains("10.0.0.1".parse().unwrap()) && !one.contains("10.0.0.2".parse().unwrap()));
    }
}
