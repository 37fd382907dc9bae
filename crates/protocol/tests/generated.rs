//! The client's types are what this crate generates; run with `UPDATE=1` to rewrite them.

use std::path::Path;

#[test]
fn the_clients_types_are_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../client/src/net/frames.ts");
    let generated = protocol::typescript::frames_ts();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &generated).expect("frames.ts can be written");
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(stored == generated, "client/src/net/frames.ts is stale: run `UPDATE=1 cargo test -p protocol`");
}
