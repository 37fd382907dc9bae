//! Sets of ports of each protocol.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

/// A protocol that policies know.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
#[serde(rename_all = "UPPERCASE")]
pub enum Protocol {
    /// What is meant where none is given.
    #[default]
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

impl Protocol {
    const ALL: [Self; 3] = [Self::Tcp, Self::Udp, Self::Sctp];

    fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Sctp => "sctp",
        }
    }
}

type Range = (u16, u16);

const EVERY_PORT: Range = (0, u16::MAX);

/// A set of ports: for each protocol ranges in order, none touching another.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Ports(BTreeMap<Protocol, Vec<Range>>);

impl Ports {
    /// Every port of every protocol.
    pub(super) fn all() -> Self {
        Self(Protocol::ALL.into_iter().map(|protocol| (protocol, vec![EVERY_PORT])).collect())
    }

    /// Every port of one protocol.
    pub(super) fn of(protocol: Protocol) -> Self {
        Self(BTreeMap::from([(protocol, vec![EVERY_PORT])]))
    }

    /// The ports from `first` to `last`.
    pub(super) fn range(protocol: Protocol, first: u16, last: u16) -> Self {
        Self(BTreeMap::from([(protocol, vec![(first, last)])]))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn add(&mut self, other: Self) {
        for (protocol, ranges) in other.0 {
            let own = self.0.entry(protocol).or_default();
            own.extend(ranges);
            *own = joined(std::mem::take(own));
        }
    }

    /// What is in both.
    pub(super) fn and(&self, other: &Self) -> Self {
        self.combined(other, |own, others| {
            let pairs = own.iter().flat_map(|a| others.iter().map(move |b| (a.0.max(b.0), a.1.min(b.1))));
            pairs.filter(|(first, last)| first <= last).collect()
        })
    }

    /// What is not in another.
    pub(super) fn without(&self, other: &Self) -> Self {
        self.combined(other, |own, others| {
            let mut left = own.to_vec();
            for taken in others {
                left = left.into_iter().flat_map(|range| cut(range, *taken)).collect();
            }
            left
        })
    }

    fn combined(&self, other: &Self, combine: impl Fn(&[Range], &[Range]) -> Vec<Range>) -> Self {
        let of = |protocol| {
            let others = other.0.get(protocol).map_or(&[][..], Vec::as_slice);
            Some((*protocol, joined(combine(self.0.get(protocol)?, others))))
                .filter(|(_, left)| !left.is_empty())
        };
        Self(self.0.keys().filter_map(of).collect())
    }
}

/// What is left of a range, at most a part on each side.
fn cut((first, last): Range, (from, to): Range) -> impl Iterator<Item = Range> {
    let before = (first < from).then(|| (first, last.min(from - 1)));
    let after = (last > to).then(|| (first.max(to + 1), last));
    let parts = if to < first || last < from { [Some((first, last)), None] } else { [before, after] };
    parts.into_iter().flatten()
}

fn joined(mut ranges: Vec<Range>) -> Vec<Range> {
    ranges.sort_unstable();
    let mut joined: Vec<Range> = Vec::new();
    for (first, last) in ranges {
        match joined.last_mut() {
            Some(before) if first <= before.1.saturating_add(1) => before.1 = before.1.max(last),
            Some(_) | None => joined.push((first, last)),
        }
    }
    joined
}

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::all() {
            return f.write_str("all");
        }
        let written = |protocol: Protocol, range: &Range| match *range {
            EVERY_PORT => protocol.name().to_owned(),
            (first, last) if first == last => format!("{} {first}", protocol.name()),
            (first, last) => format!("{} {first}-{last}", protocol.name()),
        };
        let parts = self
            .0
            .iter()
            .flat_map(|(&protocol, ranges)| ranges.iter().map(move |range| written(protocol, range)));
        f.write_str(&parts.collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn tcp(ranges: &[Range]) -> Ports {
        let mut ports = Ports::default();
        for (first, last) in ranges {
            ports.add(Ports::range(Protocol::Tcp, *first, *last));
        }
        ports
    }

    #[test]
    fn ports_are_written_shortly() {
        assert_eq!(Ports::all().to_string(), "all");
        assert_eq!(Ports::default().to_string(), "");
        let mut mixed = tcp(&[(443, 443), (80, 90), (91, 95)]);
        mixed.add(Ports::of(Protocol::Udp));
        assert_eq!(mixed.to_string(), "tcp 80-95, tcp 443, udp");
        assert_eq!(tcp(&[(0, 65534), (65535, 65535)]).to_string(), "tcp");
    }

    #[test]
    fn a_port_of_one_protocol_is_none_of_another() {
        let dns = Ports::range(Protocol::Udp, 53, 53);
        assert!(dns.and(&Ports::range(Protocol::Tcp, 53, 53)).is_empty());
        assert_eq!(dns.without(&Ports::range(Protocol::Tcp, 53, 53)), dns);
        assert_eq!(Ports::all().without(&Ports::all()), Ports::default());
    }

    proptest! {
        #[test]
        fn sets_are_what_their_members_are(
            a in prop::collection::vec((0u16..40, 0u16..8), 0..5),
            b in prop::collection::vec((0u16..40, 0u16..8), 0..5),
        ) {
            let ranges = |list: &[(u16, u16)]| -> Vec<Range> { list.iter().map(|(at, more)| (*at, at + more)).collect() };
            let (a, b) = (ranges(&a), ranges(&b));
            let members = |list: &[Range]| list.iter().flat_map(|(x, y)| *x..=*y).collect::<BTreeSet<u16>>();
            let of = |ports: &Ports| {
                let ranges = ports.0.get(&Protocol::Tcp).cloned().unwrap_or_default();
                prop_assert!(ranges.windows(2).all(|pair| u32::from(pair[0].1) + 1 < u32::from(pair[1].0)));
                Ok(members(&ranges))
            };
            prop_assert_eq!(of(&tcp(&a))?, members(&a));
            prop_assert_eq!(of(&tcp(&a).and(&tcp(&b)))?, &members(&a) & &members(&b));
            prop_assert_eq!(of(&tcp(&a).without(&tcp(&b)))?, &members(&a) - &members(&b));
        }
    }
}
