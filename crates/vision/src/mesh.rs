//! A triangulation of the scene in which every edge of the walls' graph is an edge of triangles.
//!
//! What is seen never depends on how the triangles lie. How they are made and changed stands in `builder`.

use crate::Point;
use crate::builder::Builder;
use crate::exact::{NodeId, Nodes};

/// A triangle's edge: where the corner opposite it lies among all, times four, and which of the triangle's edges it is.
pub(crate) type Half = u32;

/// From one edge of a triangle to the next.
const STEP: Half = 1 << 2 | 1;

/// No triangle, or no wall.
pub(crate) const NONE: u32 = u32::MAX;

/// A corner of a triangle and the edge opposite it: all that one step of an expansion looks at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Corner {
    pub(crate) node: NodeId,
    /// The nearest point of the grid.
    pub(crate) at: Point,
    /// The edge as an edge of the triangle beyond.
    pub(crate) across: Half,
    /// The edge of the graph that lies here: its number times two, plus one if it runs against the triangle's way round.
    pub(crate) wall: u32,
}

/// Three nodes, clockwise on screen; the edges lie opposite the nodes of the same index.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Triangle {
    pub(crate) nodes: [NodeId; 3],
    pub(crate) across: [Half; 3],
    pub(crate) walls: [u32; 3],
}

/// Where a point lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Location {
    /// Inside a triangle.
    Inside(u32),
    /// On an edge between two nodes.
    OnEdge(Half),
    /// On a node: a triangle there and which of its nodes.
    OnNode(u32, usize),
}

/// The triangulation.
#[derive(Clone, Debug)]
pub(crate) struct Mesh {
    /// Three a triangle.
    corners: Vec<Corner>,
    /// A triangle at each place of a coarse grid, to start a search from.
    starts: Vec<u32>,
    starts_on_side: i64,
    least: Point,
    most: Point,
}

/// The next of three.
#[inline]
pub(crate) const fn next(index: usize) -> usize {
    // A remainder would cost more than all the rest of a step.
    if index >= 2 { 0 } else { index + 1 }
}

pub(crate) const fn half(triangle: u32, edge: usize) -> Half {
    #[expect(clippy::cast_possible_truncation, reason = "an edge is 0, 1 or 2")]
    let edge = edge as u32;
    (triangle * 3 + edge) << 2 | edge
}

pub(crate) const fn triangle_of(half: Half) -> u32 {
    (half >> 2) / 3
}

pub(crate) const fn edge_of(half: Half) -> usize {
    (half & 3) as usize
}

/// The next edge of the same triangle.
#[inline]
pub(crate) const fn after(half: Half) -> Half {
    if half & 3 == 2 { half - 2 * STEP } else { half + STEP }
}

/// The edge before it.
#[inline]
pub(crate) const fn before(half: Half) -> Half {
    if half & 3 == 0 { half + 2 * STEP } else { half - STEP }
}

/// Where the corner opposite an edge lies among all.
#[inline]
pub(crate) const fn index_of(half: Half) -> usize {
    (half >> 2) as usize
}

impl Mesh {
    /// Triangulates the nodes and the edges between some of them, whose ends are given in the direction of their lines;
    /// `None` if they are not planar, which their construction rules out.
    pub(crate) fn new(nodes: &mut Nodes, ends: &[(NodeId, NodeId)]) -> Option<Self> {
        let mut builder = Builder::new(nodes);
        for node in builder.curve() {
            builder.insert_node(node)?;
        }
        for (wall, (a, b)) in (0u32..).zip(ends) {
            builder.insert_edge(*a, *b, wall)?;
        }
        let (corners, least, most) = builder.finish();
        let side = (1..=512).find(|side| side * side * 12 >= corners.len()).unwrap_or(512);
        let starts_on_side = i64::try_from(side).unwrap_or(1);
        let mut mesh = Self { corners, starts: Vec::new(), starts_on_side, least, most };
        mesh.place_starts(nodes);
        Some(mesh)
    }

    /// Changes the triangulation where it is: what is done about a place begins its search there.
    pub(crate) fn edit<T>(
        &mut self,
        nodes: &mut Nodes,
        around: Point,
        change: impl FnOnce(&mut Builder<'_>) -> Option<T>,
    ) -> Option<T> {
        let start = self.starts.get(self.start(around)).copied().unwrap_or(0);
        let mut builder = Builder::resume(nodes, std::mem::take(&mut self.corners), start);
        let changed = change(&mut builder);
        self.corners = builder.into_corners();
        changed
    }

    /// The edges that stand for walls, each once: their ends, rounded to the grid.
    pub(crate) fn walls(&self) -> impl Iterator<Item = (Point, Point)> + '_ {
        let corners = self.corners.as_slice();
        (0u32..).zip(corners).filter(|(_, corner)| corner.wall != NONE && corner.wall & 1 == 0).map(
            move |(number, _)| {
                let at = half(number / 3, (number % 3) as usize);
                let [_, a, b] = self.turned(at);
                (a.at, b.at)
            },
        )
    }

    /// The corner opposite an edge.
    #[inline]
    pub(crate) fn corner(&self, at: Half) -> &Corner {
        &self.corners[index_of(at)]
    }

    /// All corners, each where [`index_of`] says.
    pub(crate) fn corners(&self) -> &[Corner] {
        &self.corners
    }

    /// The corner opposite an edge, then those at the edge.
    pub(crate) fn turned(&self, at: Half) -> [&Corner; 3] {
        [at, after(at), before(at)].map(|at| self.corner(at))
    }

    pub(crate) fn triangle_count(&self) -> usize {
        self.corners.len() / 3
    }

    /// Finds a point that lies within the triangulated area.
    pub(crate) fn locate(&self, nodes: &Nodes, point: Point) -> Option<Location> {
        let index = self.start(point);
        self.locate_from(*self.starts.get(index)?, nodes, point)
    }

    fn locate_from(&self, start: u32, nodes: &Nodes, point: Point) -> Option<Location> {
        let corners = |at: u32| {
            let first = at as usize * 3;
            match self.corners.get(first..first + 3)? {
                [a, b, c] => Some(([a.node, b.node, c.node], [a.across, b.across, c.across])),
                _ => None,
            }
        };
        locate(corners, self.triangle_count(), start, |a, b| nodes.side_from(point, a, b))
    }

    fn start(&self, point: Point) -> usize {
        let place = |at: i32, least: i32, most: i32| {
            let (at, span) = (i64::from(at) - i64::from(least), i64::from(most) - i64::from(least) + 1);
            (at * self.starts_on_side / span).clamp(0, self.starts_on_side - 1)
        };
        let (column, row) =
            (place(point.x, self.least.x, self.most.x), place(point.y, self.least.y, self.most.y));
        usize::try_from(row * self.starts_on_side + column).unwrap_or(0)
    }

    fn place_starts(&mut self, nodes: &Nodes) {
        let side = self.starts_on_side;
        let mut found = 0;
        let mut starts = Vec::new();
        for row in 0..side {
            for step in 0..side {
                let column = if row % 2 == 0 { step } else { side - 1 - step };
                let middle = |index: i64, least: i32, most: i32| {
                    let span = i64::from(most) - i64::from(least);
                    i32::try_from(i64::from(least) + (2 * index + 1) * span / (2 * side)).unwrap_or(least)
                };
                let point = Point {
                    x: middle(column, self.least.x, self.most.x),
                    y: middle(row, self.least.y, self.most.y),
                };
                match self.locate_from(found, nodes, point) {
                    Some(Location::Inside(triangle) | Location::OnNode(triangle, _)) => found = triangle,
                    Some(Location::OnEdge(half)) => found = triangle_of(half),
                    None => {}
                }
                starts.push((row * side + column, found));
            }
        }
        starts.sort_unstable();
        self.starts = starts.into_iter().map(|(_, triangle)| triangle).collect();
    }
}

/// Walks from a triangle towards a point; `side` tells on which side of the way from the point to one node another lies.
/// At each step the first edge to look at is drawn anew, without which a walk could go in circles (Devillers, Pion and
/// Teillaud, "Walking in a Triangulation", 2001).
pub(crate) fn locate(
    triangle: impl Fn(u32) -> Option<([NodeId; 3], [Half; 3])>,
    count: usize,
    start: u32,
    side: impl Fn(NodeId, NodeId) -> i32,
) -> Option<Location> {
    let mut at = start;
    let mut from = NONE;
    let mut draw = 0x2545_f491_u32;
    for _ in 0..count * 4 + 64 {
        let (nodes, across) = triangle(at)?;
        draw ^= draw << 13;
        draw ^= draw >> 17;
        draw ^= draw << 5;
        let mut on = [false; 3];
        let mut goes = None;
        for step in 0..3 {
            let edge = (draw as usize % 3 + step) % 3;
            if half(at, edge) == from {
                continue;
            }
            // The point must lie to the right of the edge, or on it.
            match side(nodes[next(edge)], nodes[next(next(edge))]) {
                0 => on[edge] = true,
                -1 => {
                    goes = Some(edge);
                    break;
                }
                _ => {}
            }
        }
        if let Some(edge) = goes {
            from = across[edge];
            if from == NONE {
                return None;
            }
            at = triangle_of(from);
            continue;
        }
        return Some(match on {
            [false, false, false] => Location::Inside(at),
            [true, false, false] => Location::OnEdge(half(at, 0)),
            [false, true, false] => Location::OnEdge(half(at, 1)),
            [false, false, true] => Location::OnEdge(half(at, 2)),
            [true, true, _] => Location::OnNode(at, 2),
            [true, false, true] => Location::OnNode(at, 1),
            [false, true, true] => Location::OnNode(at, 0),
        });
    }
    None
}
