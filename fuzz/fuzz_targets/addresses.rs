//! What a request is about and where it comes from: ids are read one way only, every tile has one address, and nobody hides
//! behind a header that no proxy of ours wrote.
#![no_main]

use std::net::IpAddr;
use std::sync::LazyLock;

use axum::http::{HeaderMap, HeaderValue};
use imaging::{TILE_PX, TileIndex};
use libfuzzer_sys::fuzz_target;
use tabletop::id::{AccountId, BlobId, TableId};

#[path = "../../crates/server/src/proxies.rs"]
mod proxies;

use proxies::Proxies;
// That file is written with these.
use serde as _;
use thiserror as _;

const HEADER: &str = "x-forwarded-for";
const ENTRY_BYTES: usize = 12;

static PROXIES: LazyLock<Proxies> = LazyLock::new(|| {
    let networks = ["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"].map(|text| text.parse().expect("a network"));
    Proxies::new(networks.to_vec())
});

/// Files of tiles of several sizes, each tile at the place of its number.
static FILES: LazyLock<Vec<TileIndex>> = LazyLock::new(|| {
    let sizes: [(u32, u32); 4] = [(1, 1), (300, 1), (1_000, 700), (8_192, 4_097)];
    let files = sizes.map(|(width, height)| {
        let mut head = b"WLTILES1".to_vec();
        head.extend([width, height, 0].map(u32::to_le_bytes).concat());
        let entries = (TileIndex::bytes(&head).expect("a head") - head.len()) / ENTRY_BYTES;
        for number in 0..entries as u64 {
            head.extend(number.to_le_bytes());
            head.extend(1_u32.to_le_bytes());
        }
        TileIndex::read(&head).expect("a head")
    });
    files.into()
});

fn ids(text: &str) {
    let read = [
        text.parse::<TableId>().map(|id| id.to_string()),
        text.parse::<AccountId>().map(|id| id.to_string()),
        text.parse::<BlobId>().map(|id| id.to_string()),
    ];
    for id in read.into_iter().flatten() {
        assert_eq!(id, text);
    }
}

fn tile(text: &str) {
    let mut numbers = text.split('/').map(str::parse::<u32>);
    let (Some(Ok(level)), Some(Ok(x)), Some(Ok(y))) = (numbers.next(), numbers.next(), numbers.next()) else {
        return;
    };
    for file in &*FILES {
        let pyramid = file.pyramid;
        let place = file.place(level, x, y);
        let Some((across, down)) = pyramid.tile_px(level, x, y) else {
            assert_eq!(place, None, "{text}");
            continue;
        };
        let (width, height) = pyramid.level_px(level);
        assert!(!across.is_empty() && across.end <= width && across.len() <= TILE_PX as usize, "{text}");
        assert!(!down.is_empty() && down.end <= height && down.len() <= TILE_PX as usize, "{text}");
        let before = (0..level).map(|level| pyramid.grid(level));
        let before: u64 = before.map(|(columns, rows)| u64::from(columns) * u64::from(rows)).sum();
        let number = before + u64::from(y) * u64::from(pyramid.grid(level).0) + u64::from(x);
        assert_eq!(place, Some((number, 1)), "{text}");
    }
}

fn address(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

fn forwarded(text: &str) {
    let values: Vec<HeaderValue> =
        text.split('\n').filter_map(|line| HeaderValue::from_bytes(line.as_bytes()).ok()).collect();
    let client = |peer: &str, before: Option<&str>, after: Option<&str>| {
        let outer = |text: &str| HeaderValue::from_str(text).expect("an address");
        let mut headers = HeaderMap::new();
        for value in before.map(outer).into_iter().chain(values.iter().cloned()).chain(after.map(outer)) {
            headers.append(HEADER, value);
        }
        PROXIES.client(address(peer), &headers)
    };
    // No proxy of ours: whatever it says, it asks for itself.
    assert_eq!(client("198.51.100.9", None, None), address("198.51.100.9"));
    let (peer, found) = (address("10.0.0.1"), client("10.0.0.1", None, None));
    let hops = || values.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    let told = || hops().filter_map(|hop| hop.trim().parse::<IpAddr>().ok()).map(|hop| hop.to_canonical());
    assert!(found == peer || told().any(|hop| hop == found), "{found} of {text:?}");
    assert_eq!(found, found.to_canonical());
    // What our proxy added last is whom it saw.
    assert_eq!(client("10.0.0.1", None, Some("203.0.113.5")), address("203.0.113.5"));
    assert_eq!(client("10.0.0.1", None, Some("unknown")), peer);
    // What a client wrote before is not reached beyond somebody who is no proxy of ours.
    let is_ours = |hop: IpAddr| match hop {
        IpAddr::V4(hop) => hop.octets()[0] == 10 || hop.octets() == [192, 0, 2, 7],
        IpAddr::V6(hop) => hop.segments()[..2] == [0x2001, 0xdb8],
    };
    if !is_ours(found) {
        assert_eq!(client("10.0.0.1", Some("198.51.100.1"), None), found, "{text:?}");
    }
}

fuzz_target!(|text: &str| {
    ids(text);
    tile(text);
    forwarded(text);
});
