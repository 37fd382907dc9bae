//! Triangular expansion: what an eye sees, by spreading from its triangle through every edge that does not stop sight
//! (Bungiu, Hemmer, Hershberger, Huang and Kröller, "Efficient Computation of Visibility Polygons", 2014).
//!
//! A cone of sight narrows at each triangle to what it sees through the next edge; where an edge stops it, the cone is
//! a piece of the outline. Pieces come out in the order of their angle. All decisions are exact, so pieces are those of
//! the walls as they were given, whatever the triangles look like.

use crate::arrangement::Arrangement;
use crate::exact::{CROSSING, NodeId};
use crate::mesh::{
    Corner, Half, Location, Mesh, NONE, after, before, edge_of, half, index_of, next, triangle_of,
};
use crate::polygon::push;
use crate::{Channel, Gates, Point};

/// Triangles that one query may enter. Far beyond what any scene within the limits needs; then nothing is seen.
const STEPS_MAX: u32 = 8_000_000;

/// The line of a piece where a sector leaves the scene: there the outline goes back to the eye.
pub(crate) const GAP: u32 = NONE - 1;

/// A direction from the eye, through a node or given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Ray {
    pub(crate) x: i32,
    pub(crate) y: i32,
    /// [`NONE`] for a given direction.
    pub(crate) node: NodeId,
}

/// A part of the outline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    /// The line it lies on; [`NONE`] where sight ends in the open, [`GAP`] where nothing is looked at.
    pub(crate) line: u32,
    pub(crate) first: Ray,
    pub(crate) last: Ray,
    /// Whether the nodes of its rays are its own ends.
    pub(crate) first_is_end: bool,
    pub(crate) last_is_end: bool,
}

/// A cone of sight that is about to leave a triangle.
#[derive(Clone, Copy, Debug)]
struct Cone {
    /// By this edge, with these ends.
    exit: Half,
    ends: (NodeId, NodeId),
    first: Ray,
    last: Ray,
}

/// A side of the outline: the line it lies on, and how far it is known.
#[derive(Clone, Copy, Debug)]
struct Side {
    line: u32,
    last: Ray,
    last_is_end: bool,
}

/// The rest of a cone, which leaves by the triangle's other edge once the part before it has ended.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    exit: Half,
    b: NodeId,
    last: Ray,
    /// Whether it went through an edge that it may go through once.
    limited: bool,
}

/// Memory that is used again from query to query.
#[derive(Debug, Default)]
pub struct Scratch {
    cones: Vec<Cone>,
    waiting: Vec<Waiting>,
    exits: Vec<Half>,
    /// The parts of an outline within a radius.
    pub(crate) pieces: Vec<Piece>,
    /// The part that is under way of an outline without one, whose corners are taken at once.
    side: Option<Side>,
    /// Where it began, read backwards.
    start: Option<Side>,
    /// Gates that had a say, open or shut.
    pub(crate) gates: Vec<u32>,
    pub(crate) corners: Vec<Point>,
}

pub(crate) struct Expansion<'a> {
    pub(crate) graph: &'a Arrangement,
    pub(crate) mesh: &'a Mesh,
    pub(crate) eye: Point,
    pub(crate) channel: Channel,
    /// Beyond this distance sight ends in the open.
    pub(crate) radius: Option<i32>,
    pub(crate) gates: &'a Gates,
}

impl Expansion<'_> {
    /// Fills the scratch in order of angle, clockwise on screen: its pieces within a radius, else its corners. What lies in a
    /// sector begins at its first ray. Of an eye on the scene's edge only what lies in the scene counts. Says whether the
    /// outline goes all the way round; `None` if it cannot be computed.
    pub(crate) fn run(&self, size: Point, sector: Option<Sector>, scratch: &mut Scratch) -> Option<bool> {
        scratch.cones.clear();
        scratch.waiting.clear();
        scratch.pieces.clear();
        scratch.corners.clear();
        (scratch.side, scratch.start) = (None, None);
        scratch.gates.clear();
        let location = self.mesh.locate(&self.graph.nodes, self.eye)?;
        let mut exits = std::mem::take(&mut scratch.exits);
        exits.clear();
        self.exits(location, &mut exits);
        let is_inside = (1..size.x).contains(&self.eye.x) && (1..size.y).contains(&self.eye.y);
        if !is_inside {
            self.keep_inside(size, &mut exits);
        }
        let is_closed = is_inside && sector.is_none();
        let cones = exits.iter().map(|exit| {
            let [_, a, b] = self.mesh.turned(*exit);
            let (first, last) = (self.ray(a), self.ray(b));
            Cone { exit: *exit, ends: (a.node, b.node), first, last }
        });
        match sector {
            None => scratch.cones.extend(cones),
            Some(sector) => {
                let cones: Vec<Cone> = cones.collect();
                sector.quarters(|first, last| {
                    let mut inside: Vec<Cone> =
                        cones.iter().filter_map(|cone| self.clip(*cone, first, last)).collect();
                    inside.sort_by(|one, other| 0.cmp(&self.side(one.first, other.first)));
                    for cone in inside {
                        let last = scratch.cones.last().map(|before| before.last);
                        if last.is_some_and(|last| !self.is_same_way(last, cone.first)) {
                            scratch.cones.push(Cone { exit: NONE, ..cone });
                        }
                        scratch.cones.push(cone);
                    }
                });
            }
        }
        scratch.exits = exits;
        // The first cone is taken from the end.
        scratch.cones.reverse();
        match self.radius {
            None => {
                self.spread::<false>(scratch)?;
                self.close(scratch, is_closed)?;
            }
            Some(_) => self.spread::<true>(scratch)?,
        }
        scratch.gates.sort_unstable();
        scratch.gates.dedup();
        Some(is_closed)
    }

    /// The edges through which the eye looks out of the triangles it is in or on, in order of angle.
    fn exits(&self, location: Location, exits: &mut Vec<Half>) {
        match location {
            Location::Inside(triangle) => exits.extend([0, 1, 2].map(|edge| half(triangle, edge))),
            Location::OnEdge(at) => {
                let sides = [at, self.mesh.corner(at).across];
                for at in sides.into_iter().filter(|at| *at != NONE) {
                    exits.extend([after(at), before(at)]);
                }
            }
            Location::OnNode(first, index) => {
                let (mut triangle, mut index) = (first, index);
                while exits.len() <= self.mesh.triangle_count() {
                    exits.push(half(triangle, index));
                    // The next triangle clockwise lies beyond the edge that ends in the eye's own node.
                    let across = self.mesh.corner(half(triangle, next(index))).across;
                    if across == NONE || triangle_of(across) == first {
                        break;
                    }
                    triangle = triangle_of(across);
                    index = next(edge_of(across));
                }
            }
        }
    }

    /// For an eye on the scene's edge: leaves out what lies outside, and begins after that.
    #[cold]
    fn keep_inside(&self, size: Point, exits: &mut Vec<Half>) {
        exits.retain(|exit| {
            let is_in =
                |corner: &Corner| (0..=size.x).contains(&corner.at.x) && (0..=size.y).contains(&corner.at.y);
            self.mesh.turned(*exit).into_iter().all(is_in)
        });
        let count = exits.len();
        let follows = |index: usize| {
            let [_, _, before] = self.mesh.turned(exits[(index + count - 1) % count]);
            self.mesh.turned(exits[index])[1].node == before.node
        };
        if let Some(first) = (0..count).find(|index| !follows(*index)) {
            exits.rotate_left(first);
        }
    }

    #[inline]
    fn ray(&self, to: &Corner) -> Ray {
        Ray { x: to.at.x - self.eye.x, y: to.at.y - self.eye.y, node: to.node }
    }

    /// On which side of one ray another lies: positive if it comes after it.
    #[inline]
    fn side(&self, one: Ray, other: Ray) -> i64 {
        let rough = cross(one, other);
        if (one.node | other.node) & CROSSING == 0 {
            return rough;
        }
        self.side_of_crossing(one, other, rough)
    }

    fn is_same_way(&self, one: Ray, other: Ray) -> bool {
        // A crossing within half a unit of the eye has no direction on the grid, and yet is the same as itself.
        if one.node == other.node && one.node != NONE {
            return true;
        }
        let wide = |value: i32| i64::from(value);
        let ahead = wide(one.x) * wide(other.x) + wide(one.y) * wide(other.y) > 0;
        ahead && self.side(one, other) == 0
    }

    #[cold]
    #[inline(never)]
    fn side_of_crossing(&self, one: Ray, other: Ray, rough: i64) -> i64 {
        let size = |ray: Ray| i64::from(ray.x).abs() + i64::from(ray.y).abs();
        if (one.node == NONE && other.node == NONE) || rough.abs() > size(one) + size(other) + 2 {
            return rough;
        }
        let nodes = &self.graph.nodes;
        i64::from(match (one.node == NONE, other.node == NONE) {
            (true, _) => nodes.side_of_direction(self.eye, (one.x, one.y), other.node),
            (false, true) => -nodes.side_of_direction(self.eye, (other.x, other.y), one.node),
            (false, false) => nodes.side_from(self.eye, one.node, other.node),
        })
    }

    /// The part of a cone between two rays less than half a turn apart.
    fn clip(&self, cone: Cone, first: Ray, last: Ray) -> Option<Cone> {
        let holds = |ray: Ray| self.side(first, ray) >= 0 && self.side(ray, last) >= 0;
        // Where one of them lies on a side of the cone it is taken itself: what is cut there need not be in sight.
        let starts = self.side(cone.first, first) >= 0 && self.side(first, cone.last) > 0;
        let ends = self.side(cone.first, last) > 0 && self.side(last, cone.last) >= 0;
        let start = if starts { Some(first) } else { Some(cone.first).filter(|ray| holds(*ray)) };
        let end = if ends { Some(last) } else { Some(cone.last).filter(|ray| holds(*ray)) };
        let (first, last) = start.zip(end)?;
        (self.side(first, last) > 0).then_some(Cone { first, last, ..cone })
    }

    /// Follows each cone from triangle to triangle until it ends; parts that leave by another edge wait their turn.
    #[inline(never)]
    fn spread<const WITHIN_RADIUS: bool>(&self, scratch: &mut Scratch) -> Option<()> {
        let corners = self.mesh.corners();
        let mut steps = 0u32;
        while let Some(cone) = scratch.cones.pop() {
            if cone.exit == NONE {
                scratch.emit(GAP, cone.first, cone.first, false, false);
                continue;
            }
            // Kept apart, so that they live in registers.
            let Cone { mut exit, ends: (mut a, mut b), mut first, mut last } = cone;
            let mut limited = false;
            loop {
                let Corner { across: into, wall, .. } = *corners.get(index_of(exit))?;
                let is_over = 'over: {
                    if WITHIN_RADIUS
                        && let Some(radius) = self.radius
                        && self.is_beyond(a, b, radius)
                    {
                        scratch.emit(NONE, first, last, false, false);
                        break 'over true;
                    }
                    if wall != NONE {
                        let edge = self.graph.edges.get((wall >> 1) as usize)?;
                        let gates = &mut scratch.gates;
                        let meet = &mut |gate| gates.push(gate);
                        let blocks = edge.blocks(wall & 1 == 1, self.channel, self.gates, meet);
                        let limits = blocks.limits(self.channel);
                        if blocks.stops(self.channel) || (limits && limited) {
                            let (first_is_end, last_is_end) = (first.node == a, last.node == b);
                            if WITHIN_RADIUS {
                                scratch.emit(edge.line, first, last, first_is_end, last_is_end);
                            } else {
                                self.turn(scratch, edge.line, first, first_is_end)?;
                                scratch.side = Some(Side { line: edge.line, last, last_is_end });
                            }
                            break 'over true;
                        }
                        limited |= limits;
                    }
                    false
                };
                if is_over {
                    let Some(next) = scratch.waiting.pop() else { break };
                    // It begins where the part before it ends, which is a node of its edge.
                    (first, a) = (last, last.node);
                    Waiting { exit, b, last, limited } = next;
                    continue;
                }
                steps += 1;
                if steps > STEPS_MAX {
                    return None;
                }
                let apex = self.ray(corners.get(index_of(into))?);
                // Seen through its edge, what is last in a triangle's own order comes first.
                let (near, far) = (after(into), before(into));
                if self.side(first, apex) <= 0 {
                    (exit, a) = (far, apex.node);
                    continue;
                }
                if self.side(apex, last) > 0 {
                    scratch.waiting.push(Waiting { exit: far, b, last, limited });
                    last = apex;
                }
                (exit, b) = (near, apex.node);
            }
        }
        Some(())
    }

    /// The outline comes to a line: at a new one it turns, by a corner on the line before and one on this.
    #[inline]
    fn turn(&self, scratch: &mut Scratch, line: u32, first: Ray, first_is_end: bool) -> Option<()> {
        match scratch.side {
            Some(before) if before.line == line => return Some(()),
            // Both lines end in the same node.
            Some(Side { last_is_end: true, .. }) if first_is_end => {}
            Some(before) => {
                push(&mut scratch.corners, self.corner(before.line, before.last, before.last_is_end)?);
            }
            None => {
                scratch.start = Some(Side { line, last: first, last_is_end: first_is_end });
                return Some(());
            }
        }
        push(&mut scratch.corners, self.corner(line, first, first_is_end)?);
        Some(())
    }

    /// Ends the outline. One that is closed may have begun in the middle of a line, where there is no corner; another goes
    /// back to the eye.
    fn close(&self, scratch: &mut Scratch, is_closed: bool) -> Option<()> {
        let Some((start, side)) = scratch.start.zip(scratch.side) else { return Some(()) };
        if !is_closed || side.line != start.line {
            push(&mut scratch.corners, self.corner(side.line, side.last, side.last_is_end)?);
            if !is_closed {
                push(&mut scratch.corners, self.eye);
            }
            push(&mut scratch.corners, self.corner(start.line, start.last, start.last_is_end)?);
        }
        Some(())
    }

    /// Where a ray meets a line.
    #[inline]
    fn corner(&self, line: u32, ray: Ray, is_end: bool) -> Option<Point> {
        if is_end {
            return Some(Point { x: self.eye.x + ray.x, y: self.eye.y + ray.y });
        }
        self.graph.meets(line, self.eye, ray)
    }

    /// Whether all of an edge lies beyond a distance from the eye. In doubt it does not.
    #[inline]
    fn is_beyond(&self, a: NodeId, b: NodeId, radius: i32) -> bool {
        let from_eye = |node: NodeId| {
            let at = self.graph.nodes.at(node);
            (f64::from(at.x - self.eye.x), f64::from(at.y - self.eye.y))
        };
        let ((ax, ay), (bx, by)) = (from_eye(a), from_eye(b));
        let reach = f64::from(radius) + 4.0;
        let far = reach * reach;
        if ax * ax + ay * ay <= far || bx * bx + by * by <= far {
            return false;
        }
        let (dx, dy) = (bx - ax, by - ay);
        // Both ends are out of reach: what counts is the foot of the perpendicular, if it lies between them.
        let (along, length) = (-(ax * dx + ay * dy), dx * dx + dy * dy);
        if along <= 0.0 || along >= length {
            return true;
        }
        let height = ax * dy - ay * dx;
        height * height > far * length
    }
}

impl Scratch {
    /// Adds a piece, or lengthens the last one that lies on the same line.
    #[inline]
    fn emit(&mut self, line: u32, first: Ray, last: Ray, first_is_end: bool, last_is_end: bool) {
        match self.pieces.last_mut() {
            Some(before) if before.line == line && line < GAP => {
                before.last = last;
                before.last_is_end = last_is_end;
            }
            _ => self.pieces.push(Piece { line, first, last, first_is_end, last_is_end }),
        }
    }
}

/// A part of the full turn, clockwise on screen from one direction to another; all of it if they are the same.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sector {
    pub(crate) from: (i32, i32),
    pub(crate) to: (i32, i32),
}

impl Sector {
    /// Whether it is all of the turn, or none that can be told.
    pub(crate) fn is_whole(self) -> bool {
        let (x, y) = self.from;
        let (to_x, to_y) = self.to;
        let wide = |value: i32| i64::from(value);
        let is_same_line = wide(x) * wide(to_y) == wide(y) * wide(to_x);
        is_same_line && wide(x) * wide(to_x) + wide(y) * wide(to_y) >= 0
    }

    /// Its parts, each a quarter turn at most, in order.
    fn quarters(self, mut each: impl FnMut(Ray, Ray)) {
        let given = |(x, y): (i32, i32)| Ray { x, y, node: NONE };
        let to = given(self.to);
        let mut first = given(self.from);
        for _ in 0..4 {
            let last = Ray { x: -first.y, y: first.x, node: NONE };
            // Whether the end lies within this quarter, its own start left out.
            if cross(first, to) > 0 && cross(to, last) >= 0 {
                each(first, to);
                return;
            }
            each(first, last);
            first = last;
        }
    }
}

#[inline]
fn cross(one: Ray, other: Ray) -> i64 {
    let wide = |value: i32| i64::from(value);
    wide(one.x) * wide(other.y) - wide(one.y) * wide(other.x)
}
