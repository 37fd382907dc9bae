//! Random bytes and single-use numbers do not repeat, however many ask at once.

use std::collections::HashSet;
use std::thread;

use identity::entropy::secret;
use identity::{SealKey, TotpSeed};

const THREADS: usize = 8;
const DRAWS: usize = 20_000;

#[test]
fn under_heavy_demand_no_secret_comes_twice() {
    let draw = || (0..DRAWS).map(|_| secret::<16>().unwrap()).collect::<Vec<_>>();
    let drawn = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(draw)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    let different: HashSet<_> = drawn.iter().collect();
    assert_eq!(different.len(), THREADS * DRAWS);
    // Each bit is set in about half of them: six standard deviations are 1,200 of 160,000.
    for bit in 0..128 {
        let set = drawn.iter().filter(|bytes| bytes[bit / 8] >> (bit % 8) & 1 == 1).count();
        assert!(set.abs_diff(THREADS * DRAWS / 2) < 1_200, "bit {bit} is set {set} times");
    }
}

#[test]
fn what_is_sealed_twice_has_another_nonce_each_time() {
    let directory = tempfile::tempdir().unwrap();
    let key = SealKey::load_or_create(directory.path()).unwrap();
    let seed = TotpSeed::generate().unwrap();
    let sealed: Vec<Vec<u8>> = (0..1_000).map(|_| key.seal(&seed, &[1; 16]).unwrap()).collect();
    let nonces: HashSet<&[u8]> = sealed.iter().map(|sealed| &sealed[..12]).collect();
    let texts: HashSet<&[u8]> = sealed.iter().map(|sealed| &sealed[12..]).collect();
    assert_eq!((nonces.len(), texts.len()), (1_000, 1_000));
}
