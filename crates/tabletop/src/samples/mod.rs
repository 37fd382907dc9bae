//! Parts of a scene as a bitmap: what somebody has seen, where light falls.
//!
//! Eight samples to a cell and side. Samples live in blocks of 64 by 64; a block that holds nothing is not there, and
//! blocks are shared between copies, so that a copy and a comparison cost the number of blocks, not of samples.

mod beam;
mod codec;
mod raster;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Arc, LazyLock};

pub(crate) use beam::{Beam, Sector};
pub(crate) use raster::Coverage;

use crate::event::BlockRecord;
use crate::geometry::{CELL, Point};

/// The side of a sample, in units: an eighth of a cell.
pub const SAMPLE: i32 = CELL / 8;
/// Samples in a row of a block, and rows of a block.
pub const BLOCK_SIDE: u32 = 64;

/// Rows of a block; the lowest bit is the leftmost sample.
pub(crate) type Block = [u64; BLOCK_SIDE as usize];

/// A block's row and column, counted in blocks.
pub(crate) type Place = (u16, u16);

/// The block of which all samples are set. Sets share it, so that wide open places cost next to nothing.
static FULL: LazyLock<Arc<Block>> = LazyLock::new(|| Arc::new([u64::MAX; BLOCK_SIDE as usize]));

/// A set of samples of a scene.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Samples {
    blocks: BTreeMap<Place, Arc<Block>>,
}

impl Samples {
    /// Whether no sample is set.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Whether every sample of a box is set; rows and columns are half-open ranges of sample numbers. True for an empty
    /// box.
    pub fn holds_all(&self, columns: Range<u32>, rows: Range<u32>) -> bool {
        rows.clone().all(|row| self.holds_row(columns.clone(), row))
    }

    fn holds_row(&self, columns: Range<u32>, row: u32) -> bool {
        let mut at = columns.start;
        while at < columns.end {
            let bit = at % BLOCK_SIDE;
            let width = (BLOCK_SIDE - bit).min(columns.end - at);
            let mask = (u64::MAX >> (BLOCK_SIDE - width)) << bit;
            if self.row_word(at / BLOCK_SIDE, row) & mask != mask {
                return false;
            }
            at += width;
        }
        true
    }

    /// Whether any sample of a box is set.
    fn holds_any(&self, columns: Range<u32>, rows: Range<u32>) -> bool {
        rows.into_iter().any(|row| {
            columns
                .clone()
                .any(|column| self.row_word(column / BLOCK_SIDE, row) >> (column % BLOCK_SIDE) & 1 == 1)
        })
    }

    /// For boxes of samples, all combinations of columns and rows, row by row: whether every sample of the box is set.
    pub fn hold_all(&self, columns: &[Range<u32>], rows: &[Range<u32>]) -> Vec<bool> {
        let Some((first, last)) = columns.first().zip(columns.last()) else { return Vec::new() };
        let blocks =
            first.start / BLOCK_SIDE..last.end.div_ceil(BLOCK_SIDE).max(first.start / BLOCK_SIDE + 1);
        let mut held = Vec::with_capacity(columns.len() * rows.len());
        let mut last_rows: Option<&Range<u32>> = None;
        for rows in rows {
            if last_rows == Some(rows) {
                // The next row of pixels lies in the same samples.
                held.extend_from_within(held.len() - columns.len()..);
                continue;
            }
            last_rows = Some(rows);
            let seen_in_all =
                |column| rows.clone().fold(u64::MAX, |seen, row| seen & self.row_word(column, row));
            let words: Vec<u64> = blocks.clone().map(seen_in_all).collect();
            held.extend(columns.iter().map(|columns| {
                columns.clone().all(|sample| {
                    let word = words.get((sample / BLOCK_SIDE - blocks.start) as usize);
                    word.is_some_and(|word| word >> (sample % BLOCK_SIDE) & 1 == 1)
                })
            }));
        }
        held
    }

    /// The 64 samples of a row in a column of blocks.
    pub fn row_word(&self, block_column: u32, row: u32) -> u64 {
        let place = u16::try_from(row / BLOCK_SIDE).ok().zip(u16::try_from(block_column).ok());
        let block = place.and_then(|place| self.blocks.get(&place));
        block.and_then(|block| block.get((row % BLOCK_SIDE) as usize)).copied().unwrap_or(0)
    }

    /// Adds the samples of another set.
    pub fn merge(&mut self, other: &Self) {
        for (place, block) in &other.blocks {
            self.merge_block(*place, block);
        }
    }

    fn merge_block(&mut self, place: Place, block: &Arc<Block>) {
        match self.blocks.entry(place) {
            Entry::Vacant(vacant) => {
                vacant.insert(Arc::clone(block));
            }
            Entry::Occupied(own) if Arc::ptr_eq(own.get(), block) => {}
            Entry::Occupied(mut own) => {
                let own = Arc::make_mut(own.get_mut());
                own.iter_mut().zip(block.iter()).for_each(|(own, other)| *own |= other);
            }
        }
    }

    /// Adds samples that are covered.
    pub(crate) fn add(&mut self, coverage: &Coverage) {
        for (row, left, words) in coverage.rows() {
            let Ok(row) = u32::try_from(row) else { continue };
            let columns = u32::try_from(left).unwrap_or(0) / BLOCK_SIDE..;
            for (column, word) in columns.zip(words).filter(|(_, word)| **word != 0) {
                self.put(column, row, *word);
            }
        }
    }

    /// Sets blocks to what is set in any of several sets.
    pub(crate) fn unite_at<'a>(&mut self, places: &BTreeSet<Place>, parts: impl Iterator<Item = &'a Self>) {
        let Some((first, last)) = places.first().zip(places.last()) else { return };
        for place in places {
            self.blocks.remove(place);
        }
        for part in parts {
            // Both are sorted, and walking is much quicker than looking up.
            let mut wanted = places.iter().peekable();
            for (place, block) in part.blocks.range(first..=last) {
                while wanted.next_if(|wanted| *wanted < place).is_some() {}
                if wanted.peek() == Some(&place) {
                    self.merge_block(*place, block);
                }
            }
        }
    }

    /// Sets blocks to what is set in both of two sets.
    pub(crate) fn intersect_at(&mut self, places: &BTreeSet<Place>, one: &Self, other: &Self) {
        for place in places {
            match one.blocks.get(place).zip(other.blocks.get(place)).and_then(|(a, b)| common(a, b)) {
                Some(block) => self.blocks.insert(*place, block),
                None => self.blocks.remove(place),
            };
        }
    }

    /// What is set in both.
    pub(crate) fn intersection(&self, other: &Self) -> Self {
        let common =
            |(place, block): (&Place, &Arc<Block>)| Some((*place, common(block, other.blocks.get(place)?)?));
        Self { blocks: self.blocks.iter().filter_map(common).collect() }
    }

    /// Whether something is set in both.
    pub(crate) fn meet(&self, other: &Self) -> bool {
        let shared =
            |(place, block): (&Place, &Arc<Block>)| Some((Arc::clone(block), other.blocks.get(place)?));
        let mut blocks = self.blocks.iter().filter_map(shared);
        blocks.any(|(one, other)| one.iter().zip(other.iter()).any(|(one, other)| one & other != 0))
    }

    /// Whether the sample that a point lies in is set; on an edge it is the one to the right and below.
    pub(crate) fn hold(&self, point: Point) -> bool {
        let sample = |units: i32| u32::try_from(units.div_euclid(SAMPLE)).ok();
        let (Some(column), Some(row)) = (sample(point.x), sample(point.y)) else { return false };
        self.row_word(column / BLOCK_SIDE, row) >> (column % BLOCK_SIDE) & 1 == 1
    }

    /// Whether a point lies in a sample that is set, or on the edge of one.
    pub(crate) fn touch(&self, point: Point) -> bool {
        if self.is_empty() {
            return false;
        }
        let beside = |units: i32| {
            let last = units.div_euclid(SAMPLE);
            let first = if units % SAMPLE == 0 { last - 1 } else { last };
            u32::try_from(first.max(0)).unwrap_or(0)..u32::try_from(last + 1).unwrap_or(0)
        };
        self.holds_any(beside(point.x), beside(point.y))
    }

    /// Sets blocks to what records hold; one that holds nothing empties its block.
    pub(crate) fn put_blocks(&mut self, records: &[BlockRecord]) {
        for record in records {
            self.blocks.remove(&(record.y, record.x));
        }
        self.blocks.extend(Self::from(records).blocks);
    }

    /// The blocks in which something is set.
    pub(crate) fn places(&self) -> impl Iterator<Item = Place> {
        self.blocks.keys().copied()
    }

    /// The blocks that differ from those of another set, in order.
    pub(crate) fn differing(&self, other: &Self) -> Vec<Place> {
        let (mut own, mut others) = (self.blocks.iter().peekable(), other.blocks.iter().peekable());
        let mut places = Vec::new();
        loop {
            let place = match (own.peek(), others.peek()) {
                (None, None) => return places,
                (Some((place, _)), None) | (None, Some((place, _))) => **place,
                (Some((one, _)), Some((another, _))) => **one.min(another),
            };
            let one = own.next_if(|(at, _)| **at == place);
            let another = others.next_if(|(at, _)| **at == place);
            let same = |((_, one), (_, another)): ((_, &Arc<Block>), (_, &Arc<Block>))| {
                Arc::ptr_eq(one, another) || one == another
            };
            if !one.zip(another).is_some_and(same) {
                places.push(place);
            }
        }
    }

    /// Those of some blocks that differ from another set's.
    pub(crate) fn differing_at(&self, places: &BTreeSet<Place>, other: &Self) -> impl Iterator<Item = Place> {
        places.iter().copied().filter(|place| self.blocks.get(place) != other.blocks.get(place))
    }

    fn put(&mut self, block_column: u32, row: u32, word: u64) {
        let place = u16::try_from(row / BLOCK_SIDE).ok().zip(u16::try_from(block_column).ok());
        let Some(place) = place else { return };
        let block = self.blocks.entry(place).or_insert_with(|| Arc::new([0; BLOCK_SIDE as usize]));
        if let Some(own) = Arc::make_mut(block).get_mut((row % BLOCK_SIDE) as usize) {
            *own |= word;
        }
    }

    /// The samples that the other set lacks.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let mut rest = Self::default();
        for (place, block) in &self.blocks {
            let theirs = other.blocks.get(place);
            if theirs.is_some_and(|theirs| Arc::ptr_eq(theirs, block)) {
                continue;
            }
            let mut left = **block;
            if let Some(theirs) = theirs {
                left.iter_mut().zip(theirs.iter()).for_each(|(own, other)| *own &= !other);
            }
            if left.iter().any(|row| *row != 0) {
                rest.blocks.insert(*place, Arc::new(left));
            }
        }
        rest
    }

    /// The blocks that differ from another set's, as they are here; blocks that only the other has come out empty.
    pub fn changed_since(&self, other: &Self) -> Vec<BlockRecord> {
        let at = |place: Place| match self.blocks.get(&place) {
            Some(block) => record(place, block),
            None => BlockRecord { x: place.1, y: place.0, runs: String::new() },
        };
        self.differing(other).into_iter().map(at).collect()
    }

    /// All blocks.
    pub fn blocks(&self) -> Vec<BlockRecord> {
        self.blocks.iter().map(|(place, block)| record(*place, block)).collect()
    }

    /// The samples of a scene that became larger or smaller by a factor. A sample of the new set counts only if all that
    /// it covers was set.
    #[must_use]
    pub(crate) fn scaled(&self, numerator: i64, denominator: i64) -> Self {
        self.resampled(numerator, denominator, Self::holds_all)
    }

    /// The same, but that a sample counts if any part of what it covers was set.
    #[must_use]
    pub(crate) fn scaled_outwards(&self, numerator: i64, denominator: i64) -> Self {
        self.resampled(numerator, denominator, Self::holds_any)
    }

    fn resampled(
        &self,
        numerator: i64,
        denominator: i64,
        counts: impl Fn(&Self, Range<u32>, Range<u32>) -> bool,
    ) -> Self {
        let mut scaled = Self::default();
        if numerator <= 0 || denominator <= 0 {
            return scaled;
        }
        // The range of old samples that a new one covers, and the range of new ones that an old one reaches.
        let back = |sample: u32| {
            let (low, high) = (i64::from(sample) * denominator, (i64::from(sample) + 1) * denominator);
            let first = u32::try_from(low / numerator).unwrap_or(u32::MAX);
            first..u32::try_from(-(-high).div_euclid(numerator)).unwrap_or(u32::MAX)
        };
        let forth =
            |sample: u32| u32::try_from(i64::from(sample) * numerator / denominator).unwrap_or(u32::MAX);
        for (y, x) in self.blocks.keys() {
            let reach = |block: u16| {
                let first = u32::from(block) * BLOCK_SIDE;
                forth(first)..=forth(first + BLOCK_SIDE)
            };
            for row in reach(*y) {
                for column in reach(*x) {
                    if counts(self, back(column), back(row)) {
                        scaled.put(column / BLOCK_SIDE, row, 1 << (column % BLOCK_SIDE));
                    }
                }
            }
        }
        scaled
    }
}

/// What is set in both of two blocks; `None` if nothing is.
fn common(one: &Arc<Block>, other: &Arc<Block>) -> Option<Arc<Block>> {
    if Arc::ptr_eq(one, other) || Arc::ptr_eq(other, &FULL) {
        return Some(Arc::clone(one));
    }
    if Arc::ptr_eq(one, &FULL) {
        return Some(Arc::clone(other));
    }
    let mut block = **one;
    block.iter_mut().zip(other.iter()).for_each(|(own, other)| *own &= other);
    block.iter().any(|row| *row != 0).then(|| Arc::new(block))
}

fn record((y, x): Place, block: &Block) -> BlockRecord {
    BlockRecord { x, y, runs: codec::encode(block) }
}

impl From<&Coverage> for Samples {
    /// The samples that are covered.
    fn from(coverage: &Coverage) -> Self {
        let mut samples = Self::default();
        samples.add(coverage);
        for block in samples.blocks.values_mut().filter(|block| ***block == **FULL) {
            *block = Arc::clone(&FULL);
        }
        samples
    }
}

impl From<&[BlockRecord]> for Samples {
    /// What blocks hold. A record that is no block holds nothing.
    fn from(records: &[BlockRecord]) -> Self {
        let block = |record: &BlockRecord| {
            let block = codec::decode(&record.runs).filter(|block| block.iter().any(|row| *row != 0))?;
            Some(((record.y, record.x), Arc::new(block)))
        };
        Self { blocks: records.iter().filter_map(block).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(least: (i32, i32), most: (i32, i32)) -> Samples {
        let corner = |x: i32, y: i32| Point::new(x * SAMPLE, y * SAMPLE);
        let polygon = [
            corner(least.0, least.1),
            corner(most.0, least.1),
            corner(most.0, most.1),
            corner(least.0, most.1),
        ];
        let mut memory = Samples::default();
        memory.add(&Coverage::of(&polygon, corner(1_000, 1_000)));
        memory
    }

    #[test]
    fn a_memory_holds_what_was_added_and_nothing_beside_it() {
        let memory = seen((60, 60), (130, 70));
        assert!(memory.holds_all(60..130, 60..70));
        assert!(!memory.holds_all(59..130, 60..70));
        assert!(!memory.holds_all(60..131, 60..70));
        assert!(!memory.holds_all(60..130, 60..71));
        assert!(memory.holds_all(60..60, 0..5), "an empty box");
        let columns = [58..60, 60..62, 63..65, 129..131];
        let rows = [59..61, 60..61, 60..61, 69..70];
        let held = memory.hold_all(&columns, &rows);
        let expected = rows
            .iter()
            .flat_map(|rows| columns.iter().map(|columns| memory.holds_all(columns.clone(), rows.clone())));
        assert_eq!(held, expected.collect::<Vec<_>>());
        assert_eq!(held.iter().filter(|held| **held).count(), 6);
    }

    #[test]
    fn what_is_new_is_told_and_nothing_else() {
        let before = seen((0, 0), (70, 10));
        let mut after = before.clone();
        assert_eq!(after.changed_since(&before), []);
        after.merge(&seen((64, 0), (70, 12)));
        let changed = after.changed_since(&before);
        assert_eq!(changed.iter().map(|block| (block.x, block.y)).collect::<Vec<_>>(), [(1, 0)]);
        let growth = after.without(&before);
        assert!(growth.holds_all(64..70, 10..12) && !growth.holds_all(64..65, 9..10));
        assert_eq!(before.changed_since(&after).len(), 1, "and back");
        assert_eq!(Samples::default().changed_since(&before)[0].runs, "", "a block that went is empty");
    }

    #[test]
    fn a_memory_survives_its_text() {
        let memory = seen((3, 5), (200, 90));
        assert_eq!(Samples::from(memory.blocks().as_slice()), memory);
        let not_a_block = BlockRecord { x: 0, y: 0, runs: "____".to_owned() };
        assert!(Samples::from([not_a_block].as_slice()).is_empty());
    }

    #[test]
    fn a_scaled_memory_claims_nothing_that_was_not_seen() {
        let memory = seen((10, 10), (31, 31));
        let double = memory.scaled(2, 1);
        assert!(double.holds_all(20..62, 20..62) && !double.holds_all(19..62, 20..62));
        let half = memory.scaled(1, 2);
        assert!(half.holds_all(5..15, 5..15));
        assert!(!half.holds_all(5..16, 5..15), "its last column was seen by half only");
        assert_eq!(memory.scaled(1, 1), memory);
    }

    #[test]
    fn what_is_scaled_outwards_loses_nothing() {
        let veil = seen((10, 10), (31, 31));
        let half = veil.scaled_outwards(1, 2);
        assert!(half.holds_all(5..16, 5..16), "its last column was set by half");
        assert!(!half.holds_any(16..20, 0..40) && !half.holds_any(0..5, 0..40));
        assert_eq!(veil.scaled_outwards(2, 1), veil.scaled(2, 1), "nothing is cut in doubling");
    }

    #[test]
    fn a_point_on_the_edge_of_a_sample_touches_it() {
        let veil = seen((10, 10), (20, 20));
        let at = |x: i32, y: i32| Point::new(x, y);
        assert!(veil.touch(at(15 * SAMPLE + 1, 15 * SAMPLE + 1)));
        assert!(veil.touch(at(10 * SAMPLE, 10 * SAMPLE)) && veil.touch(at(20 * SAMPLE, 20 * SAMPLE)));
        assert!(
            !veil.touch(at(20 * SAMPLE + 1, 15 * SAMPLE)) && !veil.touch(at(10 * SAMPLE - 1, 15 * SAMPLE))
        );
        assert!(!Samples::default().touch(at(0, 0)) && seen((0, 0), (1, 1)).touch(at(0, 0)));
    }

    #[test]
    fn sets_meet_where_both_hold_a_sample() {
        let one = seen((0, 0), (70, 10));
        assert!(one.meet(&seen((69, 9), (80, 20))));
        assert!(!one.meet(&seen((70, 0), (80, 20))) && !one.meet(&seen((0, 10), (70, 20))));
    }

    #[test]
    fn blocks_that_are_put_replace_those_that_were_there() {
        let (before, after) = (seen((0, 0), (70, 10)), seen((0, 0), (20, 5)));
        let mut samples = before.clone();
        samples.put_blocks(&after.changed_since(&before));
        assert_eq!(samples, after);
        samples.put_blocks(&before.changed_since(&after));
        assert_eq!(samples, before);
    }
}
