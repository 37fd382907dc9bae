//! Edits in place: walls come and go where they are, and the others stay prepared.
//!
//! A new wall goes in piece by piece, from node to node on its way: nodes that lie on it are its own too, walls that it
//! crosses are cut there, and edges that are no walls are flipped out of its way (Sloan 1993). Of one that goes, each
//! piece becomes what the other walls on it make of it. Nodes, cuts and records that nothing needs any more stay: they
//! leave no trace in an outline, and are gone when the whole is prepared anew.

use num_bigint::BigInt;

use crate::arrangement::{Arrangement, Edge, along};
use crate::builder::Builder;
use crate::exact::{Fraction, Line, NodeId, Nodes};
use crate::mesh::{Half, Mesh, NONE, edge_of, half, next, triangle_of};
use crate::{Point, Segment};

/// What comes first on the way along a wall.
enum Ahead {
    Node(NodeId),
    /// A wall that is crossed: the edge of the mesh where it lies.
    Wall(Half),
}

/// A wall that is about to go in or out.
struct Way<'a> {
    segment: &'a Segment,
    line: u32,
    lines: &'a [Line],
    edges: &'a mut Vec<Edge>,
}

/// Puts a segment in. `None` if that cannot be done; then the graph and the mesh are not to be used any more.
pub(crate) fn insert(graph: &mut Arrangement, mesh: &mut Mesh, segment: &Segment) -> Option<()> {
    let Arrangement { nodes, lines, edges } = graph;
    let line = line_number(lines, segment)?;
    mesh.edit(nodes, segment.a, |builder| {
        let way = &mut Way { segment, line, lines, edges };
        let to = builder.node_at(segment.b)?;
        let mut from = builder.node_at(segment.a)?;
        while from != to {
            from = way.advance(builder, from, to)?;
        }
        Some(())
    })
}

/// Takes a segment out; `others` gives those that may lie on a piece of its line. `None` as for [`insert`].
pub(crate) fn remove(
    graph: &mut Arrangement,
    mesh: &mut Mesh,
    segment: &Segment,
    others: impl Fn(Point, Point) -> Vec<Segment>,
) -> Option<()> {
    let Arrangement { nodes, lines, edges } = graph;
    let line = line_number(lines, segment)?;
    mesh.edit(nodes, segment.a, |builder| {
        let way = &mut Way { segment, line, lines, edges };
        let to = builder.node_at(segment.b)?;
        let mut from = builder.node_at(segment.a)?;
        while from != to {
            from = way.withdraw(builder, from, to, &others)?;
        }
        Some(())
    })
}

/// The number of a segment's line. Looking for it among all is far cheaper than anything else that an edit does.
fn line_number(lines: &mut Vec<Line>, segment: &Segment) -> Option<u32> {
    let line = Line::through(segment.a, segment.b);
    let number = lines.iter().position(|held| *held == line).unwrap_or_else(|| {
        lines.push(line);
        lines.len() - 1
    });
    u32::try_from(number).ok()
}

impl Way<'_> {
    fn line(&self) -> Line {
        self.lines[self.line as usize]
    }

    /// Whether a node on the line lies ahead of another, on the way to a third.
    fn is_ahead(&self, nodes: &Nodes, from: NodeId, node: NodeId, to: NodeId) -> bool {
        along(nodes, self.line(), from, node) == along(nodes, self.line(), from, to)
    }

    /// Puts in the next piece; gives the node where it ends.
    fn advance(&mut self, builder: &mut Builder<'_>, from: NodeId, to: NodeId) -> Option<NodeId> {
        let node = match self.look_ahead(builder, from, to)? {
            Ahead::Node(node) => node,
            Ahead::Wall(at) => {
                let wall = builder.turned(at).walls[0] >> 1;
                let crossed = self.lines[self.edges.get(wall as usize)?.line as usize];
                let node = builder.nodes.push_crossing(self.line().crossing(crossed))?;
                builder.split_edge(at, node)?;
                builder.settle(node);
                node
            }
        };
        let at = builder.edge_between(from, node)?;
        let mut edge = match builder.turned(at).walls[0] {
            NONE => Edge::on(self.line),
            wall => self.edges.get((wall >> 1) as usize)?.clone(),
        };
        edge.add(self.segment, self.line());
        self.write(builder, at, (from, node), Some(edge))?;
        Some(node)
    }

    fn look_ahead(&self, builder: &Builder<'_>, from: NodeId, to: NodeId) -> Option<Ahead> {
        let mut start = None;
        for (triangle, index) in builder.around(from) {
            let nodes = builder.triangle(triangle).nodes;
            let (first, last) = (nodes[next(index)], nodes[next(next(index))]);
            let side = |node| builder.nodes.side(from, node, to);
            let sides = (side(first), side(last));
            for (side, node) in [(sides.0, first), (sides.1, last)] {
                if side == 0 && self.is_ahead(builder.nodes, from, node, to) {
                    return Some(Ahead::Node(node));
                }
            }
            if sides.0 > 0 && sides.1 < 0 {
                start = Some(half(triangle, index));
            }
        }
        let mut at = start?;
        loop {
            let near = builder.turned(at);
            if near.walls[0] != NONE {
                return Some(Ahead::Wall(at));
            }
            let across = near.across[0];
            if across == NONE {
                return None;
            }
            let apex = builder.turned(across).nodes[0];
            let edge = edge_of(across);
            // Leaves by the edge between the apex and the node on its other side.
            at = match builder.nodes.side(from, to, apex) {
                0 => return Some(Ahead::Node(apex)),
                1 => half(triangle_of(across), next(edge)),
                _ => half(triangle_of(across), next(next(edge))),
            };
        }
    }

    /// Takes the next piece out; gives the node where it ends.
    fn withdraw(
        &mut self,
        builder: &mut Builder<'_>,
        from: NodeId,
        to: NodeId,
        others: &impl Fn(Point, Point) -> Vec<Segment>,
    ) -> Option<NodeId> {
        let Ahead::Node(node) = self.look_ahead(builder, from, to)? else { return None };
        let at = builder.find_edge(from, node)?;
        let (a, b) = (builder.nodes.place(from), builder.nodes.place(node));
        let mut left: Option<Edge> = None;
        for other in others(builder.nodes.at(from), builder.nodes.at(node)) {
            if Line::through(other.a, other.b) == self.line() && covers(&other, a) && covers(&other, b) {
                left.get_or_insert_with(|| Edge::on(self.line)).add(&other, self.line());
            }
        }
        self.write(builder, at, (from, node), left)?;
        Some(node)
    }

    /// Writes what a piece does, or that it is no wall.
    fn write(
        &mut self,
        builder: &mut Builder<'_>,
        at: Half,
        (a, b): (NodeId, NodeId),
        edge: Option<Edge>,
    ) -> Option<()> {
        let first = if along(builder.nodes, self.line(), a, b).is_lt() { a } else { b };
        let wall = match edge {
            Some(edge) => {
                self.edges.push(edge);
                u32::try_from(self.edges.len() - 1).ok()?
            }
            None => NONE,
        };
        builder.set_wall(at, first, wall);
        Some(())
    }
}

/// Whether a segment holds a place on its line, ends included.
fn covers(segment: &Segment, place: Fraction) -> bool {
    let between = |a: i32, b: i32, at: i128| {
        let at = BigInt::from(at);
        let end = |end: i32| BigInt::from(place.w) * end;
        end(a.min(b)) <= at && at <= end(a.max(b))
    };
    between(segment.a.x, segment.b.x, place.x) && between(segment.a.y, segment.b.y, place.y)
}
