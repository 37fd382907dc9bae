//! Whatever is done to a trail is found, where it was done.

#![expect(clippy::expect_used, reason = "what these tests make is well formed")]

use audit::{Entry, Fields, Finding, Head, SigningKey, UNSIGNED_MAX, Verified, Verifier, VerifyingKey};
use proptest::prelude::*;
use serde_json::Value;

fn key(of: u8) -> SigningKey {
    SigningKey::from_seed(&[of; 32]).expect("a seed is any 32 bytes")
}

fn fields(number: u64) -> Fields {
    [("account".to_owned(), Value::from(format!("{number:032x}")))].into_iter().collect()
}

/// So many entries, of which every tenth signs.
fn trail(count: u64, key: &SigningKey) -> Vec<Entry> {
    let mut head = Head::EMPTY;
    (1..=count)
        .map(|number| {
            let entry = match number % 10 {
                0 => head.checkpoint(number * 1_000, key),
                _ => head.entry(number * 1_000, "session.began", fields(number)),
            };
            head = entry.head();
            entry
        })
        .collect()
}

/// Makes the hashes and links fit again from here on, as whoever has no key would.
fn rechain(trail: &mut [Entry], from: usize) {
    for place in from..trail.len() {
        let prev = if place == 0 { Head::EMPTY } else { trail[place - 1].head() };
        let mut line: Fields = serde_json::from_str(&trail[place].text).expect("a line is JSON");
        let event = line["event"].as_str().expect("an event has a name").to_owned();
        for own in ["seq", "prev", "at", "event"] {
            line.remove(own);
        }
        trail[place] = prev.entry(trail[place].seq * 1_000, &event, line);
    }
}

fn verify_with(trail: &[Entry], key: VerifyingKey, copies: Vec<Head>) -> Result<Verified, Finding> {
    let mut verifier = Verifier::new(vec![key], copies, 20);
    for entry in trail {
        verifier.take(entry.seq, &entry.text, entry.hash)?;
    }
    verifier.finish()
}

fn verify(trail: &[Entry]) -> Result<Verified, Finding> {
    verify_with(trail, key(1).verifying(), Vec::new())
}

#[test]
fn a_trail_that_nobody_touched_is_right() {
    let trail = trail(57, &key(1));
    let verified = verify(&trail).unwrap();
    let head = trail[56].head();
    let whole = Verified { first: 1, head, checkpoints: 5, unsigned: 7, confirmed: 0, broken: 0, lossy: 0 };
    assert_eq!(verified, whole);
    assert_eq!(verify(&[]).unwrap().head, Head::EMPTY);
    assert_eq!(
        trail[0].text,
        format!(
            r#"{{"account":"{:032x}","at":"1970-01-01T00:00:01Z","event":"session.began","prev":"{:064x}","seq":1}}"#,
            1, 0
        )
    );
}

#[test]
fn an_entry_cannot_speak_as_the_trail() {
    let mut fields = fields(1);
    fields.insert("seq".to_owned(), Value::from(7));
    fields.insert("event".to_owned(), Value::from(audit::CHECKPOINT));
    fields.insert("note".to_owned(), Value::from("two\nlines \u{1b}[31m"));
    let entry = Head::EMPTY.entry(1, "a", fields);
    assert!(!entry.is_checkpoint && !entry.text.contains('\n') && !entry.text.contains('\u{1b}'));
    assert_eq!(verify(&[entry]).unwrap().head.seq, 1);
}

#[test]
fn what_was_before_a_checkpoint_may_be_let_go_and_nothing_else() {
    let trail = trail(40, &key(1));
    let kept = verify(&trail[9..]).unwrap();
    assert_eq!((kept.first, kept.head.seq), (10, 40));
    assert_eq!(verify(&trail[19..]).unwrap().first, 20);
    assert_eq!(verify(&trail[29..]), Err(Finding::Shortened { first: 30, last: 40, kept: 20 }));
    assert_eq!(verify(&trail[8..]), Err(Finding::Beheaded(9)));
    assert_eq!(verify(&trail[10..]), Err(Finding::Beheaded(11)));
}

#[test]
fn the_end_is_missed_by_who_was_told_of_it() {
    let trail = trail(40, &key(1));
    let copies = vec![trail[9].head(), trail[29].head()];
    assert_eq!(verify_with(&trail, key(1).verifying(), copies.clone()).unwrap().confirmed, 2);
    let short = verify_with(&trail[..25], key(1).verifying(), copies.clone());
    assert_eq!(short, Err(Finding::Truncated { last: 25, known: 30 }));
    // Cut, and written on by somebody who has the key.
    let mut other = trail[..25].to_vec();
    other[24] = trail[23].entry_of_another();
    rechain(&mut other, 25);
    for _ in other.len()..40 {
        let head = other.last().unwrap().head();
        other.push(if head.seq % 10 == 9 {
            head.checkpoint(1, &key(1))
        } else {
            head.entry(1, "a", Fields::new())
        });
    }
    assert_eq!(verify_with(&other, key(1).verifying(), copies), Err(Finding::Contradicted(30)));
    assert!(verify(&other).is_ok(), "without a copy nobody could tell");
}

trait Forge {
    fn entry_of_another(&self) -> Entry;
}

impl Forge for Entry {
    fn entry_of_another(&self) -> Entry {
        self.head().entry(1, "session.ended", Fields::new())
    }
}

#[test]
fn what_follows_a_known_end_is_checked_from_there() {
    let trail = trail(40, &key(1));
    let after = |entries: &[Entry]| {
        let mut verifier = Verifier::after(trail[14].head(), key(1).verifying());
        for entry in entries {
            verifier.take(entry.seq, &entry.text, entry.hash)?;
        }
        verifier.finish()
    };
    assert_eq!(after(&trail[15..20]).unwrap().unsigned, 0);
    assert_eq!(after(&trail[15..19]).unwrap().unsigned, 4);
    assert_eq!(after(&trail[16..20]), Err(Finding::Missing { seq: 16, found: 17 }));
    let far = Entry { seq: u64::MAX, ..trail[15].clone() };
    assert_eq!(after(&[far]), Err(Finding::Missing { seq: 16, found: u64::MAX }));
    let told = trail[14].head().entry(1, audit::BROKEN, Fields::new());
    let lost = told.head().entry(1, audit::LOST, Fields::new());
    let said = after(&[told, lost]).unwrap();
    assert_eq!((said.broken, said.lossy), (1, 1));
}

#[test]
fn a_line_that_is_none_is_named_whatever_its_hash() {
    let entry = Head::EMPTY.entry(1, "a", Fields::new());
    for text in [
        "",
        "{}",
        "[1]",
        "null",
        r#"{"seq":1}"#,
        r#"{"event":"a","prev":"00","seq":1}"#,
        r#"{"event":1,"prev":"","seq":-1}"#,
    ] {
        let mut verifier = Verifier::new(vec![key(1).verifying()], Vec::new(), 0);
        assert_eq!(verifier.take(1, text, audit::Hash::of(text)), Err(Finding::Unreadable(1)), "{text}");
    }
    assert_eq!(entry.hash, audit::Hash::of(&entry.text));
}

#[test]
fn who_takes_the_checkpoints_away_leaves_too_many_entries_that_nobody_signed() {
    let mut head = Head::EMPTY;
    let mut forged = Vec::new();
    for _ in 0..UNSIGNED_MAX {
        let entry = head.entry(1, "a", Fields::new());
        head = entry.head();
        forged.push(entry);
    }
    assert_eq!(verify(&forged[1..]), Err(Finding::Beheaded(2)));
    assert_eq!(verify(&forged), Err(Finding::Unvouched(1)));
    forged.pop();
    assert_eq!(verify(&forged).unwrap().unsigned, UNSIGNED_MAX - 1);
}

#[test]
fn another_key_vouches_for_nothing() {
    let trail = trail(40, &key(1));
    assert_eq!(verify_with(&trail, key(2).verifying(), Vec::new()), Err(Finding::Unsigned(10)));
    // One that took its place vouches for what it signed, and both together for all, in their order.
    let with = |trail: &[Entry], keys: &[u8]| {
        let mut verifier = Verifier::new(keys.iter().map(|of| key(*of).verifying()).collect(), Vec::new(), 0);
        for entry in trail {
            verifier.take(entry.seq, &entry.text, entry.hash)?;
        }
        verifier.finish()
    };
    let mut longer = trail.clone();
    longer.push(longer[39].head().checkpoint(1, &key(2)));
    assert_eq!(verify(&longer), Err(Finding::Unsigned(41)));
    assert_eq!(with(&longer, &[1, 2]).unwrap().checkpoints, 5);
    assert_eq!(with(&longer, &[2, 1]), Err(Finding::Unsigned(41)));
    assert_eq!(with(&trail, &[1, 2]), Err(Finding::Superseded), "who has the old one made it anew");
    longer.push(longer[40].head().checkpoint(1, &key(1)));
    assert_eq!(with(&longer, &[1, 2]), Err(Finding::Unsigned(42)));
    let text = key(1).verifying().to_string();
    assert_eq!(text.parse::<VerifyingKey>().unwrap(), key(1).verifying());
    for wrong in ["", "00", &text[1..], &text.to_uppercase(), &format!("+{}", &text[1..])] {
        assert!(wrong.parse::<VerifyingKey>().is_err(), "{wrong}");
    }
}

proptest! {
    #[test]
    fn a_bit_that_flips_is_found_in_its_entry(place in 0usize..40, byte in any::<prop::sample::Index>(), bit in 0u8..8) {
        let mut trail = trail(40, &key(1));
        let mut bytes = trail[place].text.clone().into_bytes();
        let at = byte.index(bytes.len());
        bytes[at] ^= 1 << bit;
        trail[place].text = String::from_utf8_lossy(&bytes).into_owned();
        prop_assert_eq!(verify(&trail), Err(Finding::Changed(place as u64 + 1)));
    }

    #[test]
    fn a_changed_entry_with_its_hash_made_anew_is_found_at_the_next(place in 0usize..39) {
        let mut trail = trail(40, &key(1));
        prop_assume!(!trail[place].is_checkpoint);
        let prev = if place == 0 { Head::EMPTY } else { trail[place - 1].head() };
        trail[place] = prev.entry(5, "session.began", fields(9_999));
        prop_assert_eq!(verify(&trail), Err(Finding::Unlinked(place as u64 + 2)));
    }

    #[test]
    fn a_chain_made_anew_is_found_at_the_next_checkpoint(place in 0usize..39) {
        let mut trail = trail(40, &key(1));
        prop_assume!(!trail[place].is_checkpoint);
        let prev = if place == 0 { Head::EMPTY } else { trail[place - 1].head() };
        trail[place] = prev.entry(5, "session.began", fields(9_999));
        rechain(&mut trail, place + 1);
        let next = (place as u64 / 10 + 1) * 10;
        prop_assert_eq!(verify(&trail), Err(Finding::Unsigned(next)));
    }

    #[test]
    fn a_removed_entry_is_missed(place in 0usize..39) {
        let mut trail = trail(40, &key(1));
        trail.remove(place);
        let expected = match place {
            0 => Finding::Beheaded(2),
            _ => Finding::Missing { seq: place as u64 + 1, found: place as u64 + 2 },
        };
        prop_assert_eq!(verify(&trail), Err(expected));
    }

    #[test]
    fn entries_that_change_places_are_found(one in 0usize..40, other in 0usize..40) {
        prop_assume!(one != other);
        let mut trail = trail(40, &key(1));
        let (first, second) = (one.min(other), one.max(other));
        let (left, right) = (trail[first].clone(), trail[second].clone());
        (trail[first].text, trail[first].hash) = (right.text, right.hash);
        (trail[second].text, trail[second].hash) = (left.text, left.hash);
        let says = second as u64 + 1;
        prop_assert_eq!(verify(&trail), Err(Finding::Moved { seq: first as u64 + 1, says }));
    }

    #[test]
    fn no_line_makes_the_check_break(seq in any::<u64>(), text in r#"(\{"event":"(a|audit.checkpoint)","prev":"[0-9a-f]{60,64}","seq":[0-9]{1,20}(,"signature":"[0-9a-f]{0,130}")?\}|.{0,200})"#) {
        let mut verifier = Verifier::new(vec![key(1).verifying()], Vec::new(), 0);
        let taken = verifier.take(seq, &text, audit::Hash::of(&text));
        // Anybody can write a first entry; nobody a checkpoint.
        prop_assert!(taken.is_err() || seq == 1);
    }
}
