//! The planar graph of a set of walls: every place where walls end, touch or cross is a node, and no two edges meet
//! anywhere else. Nothing is rounded, so an edge lies exactly on its walls.

use std::collections::HashMap;

use crate::buckets::Buckets;
use crate::exact::{CROSSING, Line, NodeId, Nodes, orientation};
use crate::expansion::Ray;
use crate::mesh::NONE;
use crate::{Blocks, Channel, Gates, Point, Segment, Side};

/// A piece of one or more walls on one line, between two nodes.
#[derive(Clone, Debug)]
pub(crate) struct Edge {
    /// The number of its line.
    pub(crate) line: u32,
    /// What it does to what comes from either side of its line: to the right (index 0) and to the left of its direction.
    stops: [Blocks; 2],
    /// Walls that stand only while their gate is shut.
    gated: Vec<Gated>,
}

#[derive(Clone, Copy, Debug)]
struct Gated {
    gate: u32,
    stops: [Blocks; 2],
}

impl Edge {
    /// What the edge does to what comes from one of its sides; `met` hears of the gates that have a say in it.
    #[inline]
    pub(crate) fn blocks(
        &self,
        from_left: bool,
        channel: Channel,
        gates: &Gates,
        met: &mut impl FnMut(u32),
    ) -> Blocks {
        let side = usize::from(from_left);
        if self.gated.is_empty() { self.stops[side] } else { self.stops_at_gates(side, channel, gates, met) }
    }

    #[inline(never)]
    fn stops_at_gates(
        &self,
        side: usize,
        channel: Channel,
        gates: &Gates,
        met: &mut impl FnMut(u32),
    ) -> Blocks {
        let mut stops = self.stops[side];
        for gated in &self.gated {
            if !gated.stops[side].is_free(channel) {
                met(gated.gate);
                if !gates.is_open(gated.gate) {
                    stops = stops.and(gated.stops[side]);
                }
            }
        }
        stops
    }
}

/// The graph.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arrangement {
    pub(crate) nodes: Nodes,
    pub(crate) lines: Vec<Line>,
    pub(crate) edges: Vec<Edge>,
}

impl Arrangement {
    /// The point of the grid nearest to where a ray from the eye meets a line; `None` if it does not.
    #[inline(never)]
    pub(crate) fn meets(&self, line: u32, eye: Point, ray: Ray) -> Option<Point> {
        let line = self.lines.get(line as usize)?;
        if ray.node & CROSSING == 0 || ray.node == NONE {
            line.meets(eye, (ray.x, ray.y))
        } else {
            line.meets_way_to(eye, self.nodes.place(ray.node))
        }
    }

    /// Builds the graph, and gives the ends of each edge in the direction of its line; `None` if a crossing cannot be
    /// computed, which bounded coordinates rule out.
    pub(crate) fn new(segments: &[Segment], buckets: &Buckets) -> Option<(Self, Vec<(NodeId, NodeId)>)> {
        let mut graph = Builder::default();
        let mut lines: HashMap<Line, u32> = HashMap::with_capacity(segments.len());
        let mut line_of = Vec::with_capacity(segments.len());
        let mut arrangement = Self::default();
        for (index, segment) in (0u32..).zip(segments) {
            let line = Line::through(segment.a, segment.b);
            let number = *lines.entry(line).or_insert_with(|| {
                arrangement.lines.push(line);
                u32::try_from(arrangement.lines.len() - 1).unwrap_or(u32::MAX)
            });
            line_of.push(number);
            for end in [segment.a, segment.b] {
                let node = graph.end(end);
                graph.on.push((index, node));
            }
        }
        let mut seen = vec![u32::MAX; segments.len()];
        for (index, segment) in (0u32..).zip(segments) {
            let mut fits = Some(());
            buckets.walk(segment.a, segment.b, |near, _| {
                for other in near.iter().copied().filter(|other| *other > index) {
                    if std::mem::replace(&mut seen[other as usize], index) != index {
                        let line = |index: u32| arrangement.lines[line_of[index as usize] as usize];
                        let lines = (line(index), line(other));
                        fits =
                            fits.and(graph.meet((index, segment), (other, &segments[other as usize]), lines));
                    }
                }
                false
            });
            fits?;
        }
        let ends = arrangement.cut(graph, segments, &line_of);
        Some((arrangement, ends))
    }

    /// Cuts the segments at their nodes; gives the ends of the edges.
    fn cut(&mut self, graph: Builder, segments: &[Segment], line_of: &[u32]) -> Vec<(NodeId, NodeId)> {
        let Builder { nodes, mut on, .. } = graph;
        on.sort_unstable_by(|(one, a), (other, b)| {
            one.cmp(other).then_with(|| along(&nodes, self.lines[line_of[*one as usize] as usize], *a, *b))
        });
        on.dedup();
        let mut pieces: Vec<((NodeId, NodeId), u32)> = Vec::with_capacity(on.len());
        for pair in on.windows(2) {
            if let [(one, a), (other, b)] = pair
                && one == other
            {
                pieces.push(((*a, *b), *one));
            }
        }
        pieces.sort_unstable();
        let count = pieces.chunk_by(|one, other| one.0 == other.0).count();
        self.edges.reserve_exact(count);
        let mut all_ends = Vec::with_capacity(count);
        for piece in pieces.chunk_by(|one, other| one.0 == other.0) {
            let Some((ends, first)) = piece.first() else { continue };
            let line = line_of[*first as usize];
            let mut edge = Edge::on(line);
            for (_, source) in piece {
                edge.add(&segments[*source as usize], self.lines[line as usize]);
            }
            self.edges.push(edge);
            all_ends.push(*ends);
        }
        self.lines.shrink_to_fit();
        self.nodes = nodes;
        all_ends
    }
}

impl Edge {
    /// An edge on a line that no wall lies on yet.
    pub(crate) const fn on(line: u32) -> Self {
        Self { line, stops: [Blocks::NOTHING; 2], gated: Vec::new() }
    }

    pub(crate) fn add(&mut self, wall: &Segment, line: Line) {
        let ahead = (i64::from(wall.b.x) - i64::from(wall.a.x)) * i64::from(line.dx)
            + (i64::from(wall.b.y) - i64::from(wall.a.y)) * i64::from(line.dy)
            > 0;
        let from = |side: Side| {
            if wall.side == Side::Both || wall.side == side { wall.blocks } else { Blocks::NOTHING }
        };
        let (right, left) = (from(Side::Right), from(Side::Left));
        let stops = if ahead { [right, left] } else { [left, right] };
        match wall.gate {
            Some(gate) => self.gated.push(Gated { gate, stops }),
            None => self.stops = [self.stops[0].and(stops[0]), self.stops[1].and(stops[1])],
        }
    }
}

/// The order of two nodes along a line that both lie on.
pub(crate) fn along(nodes: &Nodes, line: Line, a: NodeId, b: NodeId) -> std::cmp::Ordering {
    if a == b {
        return std::cmp::Ordering::Equal;
    }
    let (p, q) = (nodes.at(a), nodes.at(b));
    let is_steep = line.dy.unsigned_abs() > line.dx.unsigned_abs();
    let step = if is_steep { i64::from(q.y) - i64::from(p.y) } else { i64::from(q.x) - i64::from(p.x) };
    let order = if (a | b) & CROSSING == 0 || step.abs() > 1 {
        0.cmp(&step)
    } else {
        let (one, other) = (nodes.place(a), nodes.place(b));
        let (from, to) = if is_steep { (one.y, other.y) } else { (one.x, other.x) };
        let big = |value: i128| num_bigint::BigInt::from(value);
        (big(from) * other.w).cmp(&(big(to) * one.w))
    };
    if is_steep && line.dy < 0 { order.reverse() } else { order }
}

#[derive(Default)]
struct Builder {
    nodes: Nodes,
    /// Nodes by the nearest point of the grid.
    by_place: HashMap<Point, Vec<NodeId>>,
    /// Segments and the nodes on them.
    on: Vec<(u32, NodeId)>,
}

impl Builder {
    fn end(&mut self, point: Point) -> NodeId {
        let here = self.by_place.entry(point).or_default();
        // All ends come before the first crossing.
        if let Some(node) = here.first() {
            return *node;
        }
        let node = self.nodes.push_end(point);
        here.push(node);
        node
    }

    /// Notes where two segments meet.
    fn meet(&mut self, one: (u32, &Segment), other: (u32, &Segment), lines: (Line, Line)) -> Option<()> {
        let ((first, p), (second, q)) = (one, other);
        let (c, d) = (orientation(p.a, p.b, q.a), orientation(p.a, p.b, q.b));
        if c.signum() * d.signum() > 0 {
            return Some(());
        }
        let (a, b) = (orientation(q.a, q.b, p.a), orientation(q.a, q.b, p.b));
        if a.signum() * b.signum() > 0 {
            return Some(());
        }
        for (height, end, on, index) in
            [(c, q.a, p, first), (d, q.b, p, first), (a, p.a, q, second), (b, p.b, q, second)]
        {
            if height == 0 && is_between(on, end) {
                let node = self.end(end);
                self.on.push((index, node));
            }
        }
        if a == 0 || b == 0 || c == 0 || d == 0 {
            return Some(());
        }
        let place = lines.0.crossing(lines.1);
        let node = self.crossing(place)?;
        self.on.extend([(first, node), (second, node)]);
        Some(())
    }

    fn crossing(&mut self, place: crate::exact::Fraction) -> Option<NodeId> {
        let node = self.nodes.push_crossing(place)?;
        let here = self.by_place.entry(self.nodes.at(node)).or_default();
        match here.iter().find(|held| self.nodes.same(**held, place)) {
            Some(held) => {
                self.nodes.pop_crossing();
                Some(*held)
            }
            None => {
                here.push(node);
                Some(node)
            }
        }
    }
}

/// Whether a point on a segment's line lies between its ends.
fn is_between(segment: &Segment, point: Point) -> bool {
    let (a, b) = (segment.a, segment.b);
    (a.x.min(b.x)..=a.x.max(b.x)).contains(&point.x) && (a.y.min(b.y)..=a.y.max(b.y)).contains(&point.y)
}
