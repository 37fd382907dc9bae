//! Modifiers that change what dice of a pool show or whether they count, in the order written.

use super::count::select;
use super::hand::Hand;
use crate::dice::arithmetic::Fault;
use crate::dice::expression::{Condition, Modifier};
use crate::dice::faces::Faces;
use crate::dice::{Die, EXPLOSIONS_PER_DIE_MAX, Mark, Number, REROLLS_PER_DIE_MAX};

/// Applies one modifier.
pub(super) fn change(
    hand: &mut Hand<'_>,
    modifier: Modifier,
    faces: Faces,
    dice: &mut Vec<Die>,
) -> Result<(), Fault> {
    match modifier {
        Modifier::KeepHighest(_)
        | Modifier::KeepLowest(_)
        | Modifier::DropLowest(_)
        | Modifier::DropHighest(_) => {
            select(modifier, dice);
            if !dice.is_empty() && !dice.iter().any(Die::is_kept) {
                hand.note(format!("{modifier} drops every die"));
            }
        }
        Modifier::Least(bound) => clamp(dice, |value| value < bound, bound),
        Modifier::Most(bound) => clamp(dice, |value| value > bound, bound),
        Modifier::RerollOnce(when) => reroll(hand, faces, dice, when, Times::Once)?,
        Modifier::Reroll(when) => reroll(hand, faces, dice, when, Times::Capped)?,
        Modifier::Explode(when) => explode(hand, faces, dice, when, Times::Capped, 0)?,
        Modifier::ExplodeOnce(when) => explode(hand, faces, dice, when, Times::Once, 0)?,
        Modifier::Penetrate(when) => explode(hand, faces, dice, when, Times::Capped, 1)?,
        Modifier::Compound(when) => compound(hand, faces, dice, when, 0)?,
        Modifier::CompoundPenetrate(when) => compound(hand, faces, dice, when, 1)?,
        Modifier::Unique => unique(hand, faces, dice, Times::Capped)?,
        Modifier::UniqueOnce => unique(hand, faces, dice, Times::Once)?,
        // These say what to count and how to show it.
        Modifier::Successes(_)
        | Modifier::Failures(_)
        | Modifier::DeductFailures(_)
        | Modifier::SubtractFailing(_)
        | Modifier::Margin(_)
        | Modifier::Even
        | Modifier::Odd
        | Modifier::Sort(_) => {}
    }
    Ok(())
}

/// How often one die may do something.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Times {
    Once,
    /// Until it no longer fits; said in a note if that does not happen.
    Capped,
}

fn meets(faces: Faces, when: Condition, value: i32) -> bool {
    faces.meets(when, Number::from(value))
}

fn clamp(dice: &mut [Die], beyond: impl Fn(i32) -> bool, bound: i32) {
    for die in dice.iter_mut().filter(|die| die.is_kept() && beyond(die.value)) {
        die.value = bound;
        die.mark(Mark::Clamped);
    }
}

/// Throws dice again that meet the condition; the new value stands.
fn reroll(
    hand: &mut Hand<'_>,
    faces: Faces,
    dice: &mut [Die],
    when: Condition,
    times: Times,
) -> Result<(), Fault> {
    for die in dice.iter_mut().filter(|die| die.is_kept()) {
        again_while(hand, faces, die, times, |value| meets(faces, when, value))?;
    }
    Ok(())
}

/// Throws dice again that show what an earlier one shows.
fn unique(hand: &mut Hand<'_>, faces: Faces, dice: &mut [Die], times: Times) -> Result<(), Fault> {
    let mut seen = std::collections::BTreeSet::new();
    for die in dice.iter_mut().filter(|die| die.is_kept()) {
        again_while(hand, faces, die, times, |value| seen.contains(&value))?;
        seen.insert(die.value);
    }
    Ok(())
}

fn again_while(
    hand: &mut Hand<'_>,
    faces: Faces,
    die: &mut Die,
    times: Times,
    fits: impl Fn(i32) -> bool,
) -> Result<(), Fault> {
    let most = match times {
        Times::Once => 1,
        Times::Capped => REROLLS_PER_DIE_MAX,
    };
    for _ in 0..most {
        if !fits(die.value) {
            return Ok(());
        }
        let Some(face) = hand.again(faces)? else { return Ok(()) };
        die.value = face;
        die.throws.push(face);
        die.mark(Mark::Rerolled);
    }
    if times == Times::Capped && fits(die.value) {
        hand.note(format!("a die is thrown again at most {REROLLS_PER_DIE_MAX} times"));
    }
    Ok(())
}

/// Each die that meets the condition brings another, which may do the same. They come after all that lie there, in
/// the order thrown. `less` is taken from what is brought, after it was tested.
fn explode(
    hand: &mut Hand<'_>,
    faces: Faces,
    dice: &mut Vec<Die>,
    when: Condition,
    times: Times,
    less: i32,
) -> Result<(), Fault> {
    let most = match times {
        Times::Once => 1,
        Times::Capped => EXPLOSIONS_PER_DIE_MAX,
    };
    for first in 0..dice.len() {
        let mut last = first;
        let mut fits = dice[first].is_kept() && meets(faces, when, dice[first].value);
        for _ in 0..most {
            if !fits {
                break;
            }
            let Some(mut die) = hand.extra(faces)? else { return Ok(()) };
            fits = meets(faces, when, die.value);
            die.value -= less;
            dice[last].mark(Mark::Exploded);
            last = dice.len();
            dice.push(die);
        }
        if times == Times::Capped && fits {
            hand.note(capped_explosions());
        }
    }
    Ok(())
}

/// As exploding, but what more throws show is added to the same die.
fn compound(
    hand: &mut Hand<'_>,
    faces: Faces,
    dice: &mut [Die],
    when: Condition,
    less: i32,
) -> Result<(), Fault> {
    for die in dice.iter_mut().filter(|die| die.is_kept()) {
        let mut fits = meets(faces, when, die.value);
        for _ in 0..EXPLOSIONS_PER_DIE_MAX {
            if !fits {
                break;
            }
            let Some(face) = hand.again(faces)? else { return Ok(()) };
            die.throws.push(face);
            die.mark(Mark::Exploded);
            die.value = die.value.saturating_add(face - less);
            fits = meets(faces, when, face);
        }
        if fits {
            hand.note(capped_explosions());
        }
    }
    Ok(())
}

fn capped_explosions() -> String {
    format!("a die explodes at most {EXPLOSIONS_PER_DIE_MAX} times")
}
