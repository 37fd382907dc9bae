//! The hand that throws: draws faces, and holds the limits of a line of chat.

use std::num::NonZeroU32;

use crate::dice::arithmetic::Fault;
use crate::dice::faces::Faces;
use crate::dice::{DICE_MAX, Die, Entropy, Mark, THROWS_MAX, draw};

/// Dice that are thrown in any case are set aside from the start, so that explosions and rerolls of an earlier roll
/// never take them away from a later one.
pub(super) struct Hand<'a> {
    entropy: &'a mut dyn Entropy,
    spare_dice: usize,
    spare_throws: usize,
    pub(super) notes: Vec<String>,
}

impl<'a> Hand<'a> {
    pub(super) fn new(entropy: &'a mut dyn Entropy, sure_dice: usize) -> Self {
        Self {
            entropy,
            spare_dice: DICE_MAX.saturating_sub(sure_dice),
            spare_throws: THROWS_MAX.saturating_sub(sure_dice),
            notes: Vec::new(),
        }
    }

    /// Throws dice that were set aside.
    pub(super) fn sure(&mut self, faces: Faces, count: usize) -> Result<Vec<Die>, Fault> {
        (0..count).map(|_| self.die(faces)).collect()
    }

    /// Throws dice whose number other dice said.
    pub(super) fn unsure(&mut self, faces: Faces, count: usize) -> Result<Vec<Die>, Fault> {
        if count > self.spare_dice.min(self.spare_throws) {
            return Err(Fault::TooManyDice);
        }
        self.spare_dice -= count;
        self.spare_throws -= count;
        self.sure(faces, count)
    }

    /// Throws one more die; `None`, with a note, at the limit.
    pub(super) fn extra(&mut self, faces: Faces) -> Result<Option<Die>, Fault> {
        if self.spare_dice == 0 {
            self.note(format!("no more dice: a line of chat has at most {DICE_MAX}"));
            return Ok(None);
        }
        let Some(face) = self.again(faces)? else { return Ok(None) };
        self.spare_dice -= 1;
        Ok(Some(Die { value: face, throws: vec![face], marks: vec![Mark::Extra] }))
    }

    /// Throws a die once more; `None`, with a note, at the limit.
    pub(super) fn again(&mut self, faces: Faces) -> Result<Option<i32>, Fault> {
        if self.spare_throws == 0 {
            self.note(format!("no more throws: a line of chat has at most {THROWS_MAX}"));
            return Ok(None);
        }
        self.spare_throws -= 1;
        self.face(faces).map(Some)
    }

    /// Says something, once.
    pub(super) fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    fn die(&mut self, faces: Faces) -> Result<Die, Fault> {
        let face = self.face(faces)?;
        Ok(Die { value: face, throws: vec![face], marks: Vec::new() })
    }

    fn face(&mut self, faces: Faces) -> Result<i32, Fault> {
        let sides = NonZeroU32::new(faces.highest.abs_diff(faces.lowest) + 1).ok_or(Fault::NoDraw)?;
        let drawn = draw(self.entropy, sides).ok_or(Fault::NoDraw)?;
        i32::try_from(i64::from(faces.lowest) + i64::from(drawn) - 1).map_err(|_| Fault::NoDraw)
    }
}
