//! Which tokens stand where, so that looking for tokens costs what lies in the way of the look.

use std::collections::{BTreeMap, BTreeSet};

use crate::geometry::Point;
use crate::id::{SceneId, TokenId};

/// A block is 16 cells wide and high.
const BLOCK_BITS: i32 = 16 + 4;

/// Tokens by scene and block.
#[derive(Clone, Debug, Default)]
pub(crate) struct Placed {
    scenes: BTreeMap<SceneId, BTreeMap<Block, BTreeSet<TokenId>>>,
}

type Block = (i32, i32);

fn block(at: Point) -> Block {
    (at.y >> BLOCK_BITS, at.x >> BLOCK_BITS)
}

impl Placed {
    pub(crate) fn put(&mut self, scene: SceneId, at: Point, token: TokenId) {
        self.scenes.entry(scene).or_default().entry(block(at)).or_default().insert(token);
    }

    pub(crate) fn take(&mut self, scene: SceneId, at: Point, token: TokenId) {
        let Some(blocks) = self.scenes.get_mut(&scene) else { return };
        let Some(tokens) = blocks.get_mut(&block(at)) else { return };
        tokens.remove(&token);
        if tokens.is_empty() {
            blocks.remove(&block(at));
        }
    }

    pub(crate) fn walk(&mut self, scene: SceneId, from: Point, to: Point, token: TokenId) {
        if block(from) != block(to) {
            self.take(scene, from, token);
            self.put(scene, to, token);
        }
    }

    /// Takes everything off a scene.
    pub(crate) fn clear(&mut self, scene: SceneId) -> Vec<TokenId> {
        let blocks = self.scenes.remove(&scene).unwrap_or_default();
        blocks.into_values().flatten().collect()
    }

    /// All tokens of a scene, in no order that means anything.
    pub(crate) fn on(&self, scene: SceneId) -> impl Iterator<Item = TokenId> {
        self.scenes.get(&scene).into_iter().flat_map(|blocks| blocks.values().flatten().copied())
    }

    /// The tokens in all blocks that a box meets: at least those within it.
    pub(crate) fn around(&self, scene: SceneId, least: Point, most: Point) -> impl Iterator<Item = TokenId> {
        let (low, high) = (block(least), block(most));
        let blocks = self.scenes.get(&scene).into_iter();
        let rows = blocks.flat_map(move |blocks| {
            // Blocks are ordered by row: whole rows are skipped by key, the rest of a row by column.
            blocks.range(low..=high).filter(move |((_, x), _)| (low.1..=high.1).contains(x))
        });
        rows.flat_map(|(_, tokens)| tokens.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::CELL;

    const SCENE: SceneId = SceneId(1);

    fn cells(x: i32, y: i32) -> Point {
        Point::new(x * CELL, y * CELL)
    }

    #[test]
    fn a_box_finds_the_tokens_within_it_and_not_those_of_far_blocks() {
        let mut placed = Placed::default();
        placed.put(SCENE, cells(2, 2), TokenId(1));
        placed.put(SCENE, cells(40, 2), TokenId(2));
        placed.put(SCENE, cells(2, 40), TokenId(3));
        placed.put(SCENE, cells(-1, -1), TokenId(4));
        placed.put(SceneId(2), cells(2, 2), TokenId(5));
        let found: Vec<_> = placed.around(SCENE, cells(0, 0), cells(3, 3)).collect();
        assert_eq!(found, [TokenId(1)]);
        let found: BTreeSet<_> = placed.around(SCENE, cells(-2, -2), cells(47, 15)).collect();
        assert_eq!(found, BTreeSet::from([TokenId(1), TokenId(2), TokenId(4)]));
    }

    #[test]
    fn a_token_that_walked_is_found_where_it_is() {
        let mut placed = Placed::default();
        placed.put(SCENE, cells(2, 2), TokenId(1));
        placed.walk(SCENE, cells(2, 2), cells(40, 40), TokenId(1));
        assert_eq!(placed.around(SCENE, cells(0, 0), cells(4, 4)).count(), 0);
        assert_eq!(placed.around(SCENE, cells(40, 40), cells(41, 41)).count(), 1);
        placed.take(SCENE, cells(40, 40), TokenId(1));
        assert_eq!(placed.on(SCENE).count(), 0);
    }
}
