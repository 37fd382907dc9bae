//! Blocks of addresses.

use std::fmt;
use std::net::IpAddr;

use serde::Deserialize;

/// Addresses that share a beginning.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[serde(try_from = "String")]
pub(crate) struct Cidr {
    address: IpAddr,
    prefix: u8,
}

impl Cidr {
    /// Reads a block, or one address as a block of its own.
    pub(crate) fn of_one_or_more(text: &str) -> Result<Self, String> {
        match text.parse::<IpAddr>() {
            Ok(address) => Ok(Self { address, prefix: if address.is_ipv4() { 32 } else { 128 } }),
            Err(_no_single_address) => Self::try_from(text.to_owned()),
        }
    }

    /// Whether all of another's addresses are among these.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        let (bits, others) = match (self.address, other.address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                (u128::from(own.to_bits()) << 96, u128::from(other.to_bits()) << 96)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => (own.to_bits(), other.to_bits()),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return false,
        };
        let differing = bits ^ others;
        other.prefix >= self.prefix && (self.prefix == 0 || differing >> (128 - u32::from(self.prefix)) == 0)
    }

    /// Whether the two have an address in common.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.covers(other) || other.covers(self)
    }

    /// Whether these are all addresses of their family.
    pub(crate) fn is_everything(&self) -> bool {
        self.prefix == 0
    }
}

impl TryFrom<String> for Cidr {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let read = || {
            let (address, prefix) = text.split_once('/')?;
            let address: IpAddr = address.parse().ok()?;
            let prefix: u8 = prefix.parse().ok()?;
            let bits = if address.is_ipv4() { 32 } else { 128 };
            (prefix <= bits).then_some(Self { address, prefix })
        };
        read().ok_or_else(|| format!("`{text}` is not a CIDR"))
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cidr(text: &str) -> Cidr {
        Cidr::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn a_cidr_covers_what_begins_as_it_does() {
        assert!(cidr("10.0.0.0/8").covers(&cidr("10.255.0.0/16")));
        assert!(cidr("10.0.0.0/8").covers(&cidr("10.0.0.0/8")));
        assert!(!cidr("10.0.0.0/8").covers(&cidr("11.0.0.0/8")));
        assert!(!cidr("10.0.0.0/8").covers(&cidr("10.0.0.0/7")));
        assert!(cidr("0.0.0.0/0").covers(&cidr("169.254.169.254/32")));
        assert!(!cidr("0.0.0.0/0").covers(&cidr("::/0")));
        assert!(cidr("::/0").covers(&cidr("fd00::1/128")));
        assert!(cidr("fd00::/8").overlaps(&cidr("::/0")) && !cidr("fd00::/8").overlaps(&cidr("fe80::/10")));
        assert_eq!(Cidr::of_one_or_more("10.0.0.1"), Ok(cidr("10.0.0.1/32")));
        assert_eq!(Cidr::of_one_or_more("fd00::1"), Ok(cidr("fd00::1/128")));
        assert_eq!(Cidr::of_one_or_more("10.0.0.0/8"), Ok(cidr("10.0.0.0/8")));
        assert!(Cidr::of_one_or_more("proxy.example").is_err());
        for broken in ["10.0.0.0", "10.0.0.0/33", "::/129", "10.0.0/8", "x/8", "10.0.0.0/-1"] {
            assert!(Cidr::try_from(broken.to_owned()).is_err(), "{broken}");
        }
    }
}
