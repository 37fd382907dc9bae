//! A triangulation of the scene in which every edge of the walls' graph is an edge of triangles.
//!
//! Nodes go in one by one along a Hilbert curve with Lawson's flips (1977); then edges go in by flipping what crosses
//! them (Sloan 1993). Which side a node lies on is always decided exactly; whether a triangle is well shaped is decided
//! on the grid, since it only concerns speed. Triangles are numbered along the curve, so that neighbours lie close in
//! memory. What is seen never depends on how the triangles lie.

use crate::Point;
use crate::arrangement::Arrangement;
use crate::exact::{CROSSING, NodeId, Nodes};

/// A triangle's edge: the triangle's number times four, and which of its edges.
pub(crate) type Half = u32;

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
struct Triangle {
    nodes: [NodeId; 3],
    across: [Half; 3],
    walls: [u32; 3],
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
#[derive(Debug)]
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
    triangle << 2 | edge
}

pub(crate) const fn triangle_of(half: Half) -> u32 {
    half >> 2
}

pub(crate) const fn edge_of(half: Half) -> usize {
    (half & 3) as usize
}

impl Mesh {
    /// Triangulates; `None` if the graph is not planar, which its construction rules out.
    pub(crate) fn new(graph: &mut Arrangement) -> Option<Self> {
        let mut builder = Builder::new(&mut graph.nodes);
        let order = builder.curve();
        for node in order {
            builder.insert_node(node)?;
        }
        for (wall, (a, b)) in (0u32..).zip(&graph.ends) {
            builder.insert_edge(*a, *b, wall)?;
        }
        Some(builder.finish())
    }

    /// The corner opposite an edge.
    #[inline]
    pub(crate) fn corner(&self, at: Half) -> &Corner {
        &self.corners[triangle_of(at) as usize * 3 + edge_of(at)]
    }

    /// The corner opposite an edge, then those at the edge.
    pub(crate) fn turned(&self, at: Half) -> [&Corner; 3] {
        let (triangle, edge) = (triangle_of(at), edge_of(at));
        [edge, next(edge), next(next(edge))].map(|edge| self.corner(half(triangle, edge)))
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
fn locate(
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

struct Builder<'a> {
    nodes: &'a mut Nodes,
    triangles: Vec<Triangle>,
    /// A triangle at each node; ends first, then crossings.
    at_node: Vec<u32>,
    end_count: usize,
    least: Point,
    most: Point,
    last: u32,
    to_check: Vec<Half>,
}

impl<'a> Builder<'a> {
    /// Two triangles that hold all nodes.
    fn new(nodes: &'a mut Nodes) -> Self {
        let (mut least, mut most) = (Point { x: 0, y: 0 }, Point { x: 0, y: 0 });
        for node in nodes.all() {
            let at = nodes.at(node);
            least = Point { x: least.x.min(at.x), y: least.y.min(at.y) };
            most = Point { x: most.x.max(at.x), y: most.y.max(at.y) };
        }
        let (least, most) =
            (Point { x: least.x - 2, y: least.y - 2 }, Point { x: most.x + 2, y: most.y + 2 });
        let corner = |nodes: &mut Nodes, x: i32, y: i32| nodes.push_end(Point { x, y });
        let [a, b, c, d] = [(least.x, least.y), (most.x, least.y), (most.x, most.y), (least.x, most.y)]
            .map(|(x, y)| corner(nodes, x, y));
        let triangles = vec![
            Triangle { nodes: [a, b, c], across: [NONE, half(1, 2), NONE], walls: [NONE; 3] },
            Triangle { nodes: [a, c, d], across: [NONE, NONE, half(0, 1)], walls: [NONE; 3] },
        ];
        let count = nodes.len();
        let end_count = nodes.end_count();
        let mut builder = Self {
            nodes,
            triangles,
            at_node: vec![NONE; count],
            end_count,
            least,
            most,
            last: 0,
            to_check: Vec::new(),
        };
        builder.note(0);
        builder.note(1);
        builder
    }

    /// All nodes but the outermost four, along a Hilbert curve.
    fn curve(&self) -> Vec<NodeId> {
        let span = (i64::from(self.most.x) - i64::from(self.least.x))
            .max(i64::from(self.most.y) - i64::from(self.least.y))
            + 1;
        let mut order: Vec<(u32, NodeId)> = self
            .nodes
            .all()
            .filter(|node| self.at_node[self.index(*node)] == NONE)
            .map(|node| (hilbert(self.nodes.at(node), self.least, span), node))
            .collect();
        order.sort_unstable();
        order.into_iter().map(|(_, node)| node).collect()
    }

    fn index(&self, node: NodeId) -> usize {
        if node & CROSSING == 0 { node as usize } else { (node & !CROSSING) as usize + self.end_count }
    }

    fn note(&mut self, triangle: u32) {
        for node in self.triangles[triangle as usize].nodes {
            let index = self.index(node);
            self.at_node[index] = triangle;
        }
    }

    /// Writes a triangle and tells its neighbours.
    fn put(&mut self, at: u32, triangle: Triangle) {
        self.triangles[at as usize] = triangle;
        for (edge, across) in triangle.across.into_iter().enumerate() {
            if across != NONE {
                self.triangles[triangle_of(across) as usize].across[edge_of(across)] = half(at, edge);
            }
        }
        self.note(at);
    }

    fn push(&mut self) -> u32 {
        self.triangles.push(Triangle { nodes: [0; 3], across: [NONE; 3], walls: [NONE; 3] });
        u32::try_from(self.triangles.len() - 1).unwrap_or(NONE >> 2)
    }

    /// A triangle turned so that an edge is its first.
    fn turned(&self, at: Half) -> Triangle {
        let triangle = &self.triangles[triangle_of(at) as usize];
        let (i, j, k) = (edge_of(at), next(edge_of(at)), next(next(edge_of(at))));
        let turn = |of: &[u32; 3]| [of[i], of[j], of[k]];
        Triangle {
            nodes: turn(&triangle.nodes),
            across: turn(&triangle.across),
            walls: turn(&triangle.walls),
        }
    }

    fn insert_node(&mut self, node: NodeId) -> Option<()> {
        let (nodes, triangles) = (&*self.nodes, &self.triangles);
        let triangle = |at: u32| triangles.get(at as usize).map(|triangle| (triangle.nodes, triangle.across));
        match locate(triangle, triangles.len(), self.last, |a, b| nodes.side(node, a, b))? {
            Location::Inside(triangle) => self.split_triangle(triangle, node),
            Location::OnEdge(half) => self.split_edge(half, node)?,
            Location::OnNode(..) => return None,
        }
        self.settle(node);
        self.last = self.at_node[self.index(node)];
        Some(())
    }

    fn split_triangle(&mut self, first: u32, p: NodeId) {
        let Triangle { nodes: [a, b, c], across, walls } = self.triangles[first as usize];
        let (second, third) = (self.push(), self.push());
        let part = |b, c, across, wall, next: u32, last: u32| Triangle {
            nodes: [p, b, c],
            across: [across, half(next, 2), half(last, 1)],
            walls: [wall, NONE, NONE],
        };
        self.put(first, part(b, c, across[0], walls[0], second, third));
        self.put(second, part(c, a, across[1], walls[1], third, first));
        self.put(third, part(a, b, across[2], walls[2], first, second));
        self.to_check.extend([half(first, 0), half(second, 0), half(third, 0)]);
    }

    fn split_edge(&mut self, at: Half, p: NodeId) -> Option<()> {
        let Triangle { nodes: [a, b, c], across, walls } = self.turned(at);
        if across[0] == NONE {
            return None;
        }
        let beyond = self.turned(across[0]);
        let d = beyond.nodes[0];
        let (one, two) = (triangle_of(at), triangle_of(across[0]));
        let (three, four) = (self.push(), self.push());
        let part = |nodes, far: Half, wall, next: Half, next_wall, last: Half, last_wall| Triangle {
            nodes,
            across: [far, next, last],
            walls: [wall, next_wall, last_wall],
        };
        let (front, back) = (walls[0], beyond.walls[0]);
        self.put(one, part([p, c, a], across[1], walls[1], half(three, 2), NONE, half(four, 1), front));
        self.put(three, part([p, a, b], across[2], walls[2], half(two, 2), front, half(one, 1), NONE));
        self.put(
            two,
            part([p, b, d], beyond.across[1], beyond.walls[1], half(four, 2), NONE, half(three, 1), back),
        );
        self.put(
            four,
            part([p, d, c], beyond.across[2], beyond.walls[2], half(one, 2), back, half(two, 1), NONE),
        );
        self.to_check.extend([half(one, 0), half(two, 0), half(three, 0), half(four, 0)]);
        Some(())
    }

    /// Flips edges opposite a new node until all triangles around it are well shaped.
    fn settle(&mut self, node: NodeId) {
        while let Some(at) = self.to_check.pop() {
            let index = (0..3).find(|index| self.triangles[triangle_of(at) as usize].nodes[*index] == node);
            let Some(at) = index.map(|index| half(triangle_of(at), index)) else { continue };
            if let Some((one, two)) = self.flip_if_better(at) {
                self.to_check.extend([half(one, 0), half(two, 0)]);
            }
        }
    }

    /// Flips an edge that makes ill-shaped triangles. Gives the two new triangles, each with the node that was opposite
    /// the edge as its first.
    fn flip_if_better(&mut self, at: Half) -> Option<(u32, u32)> {
        let Triangle { nodes: [a, b, c], across, walls } = self.turned(at);
        if across[0] == NONE || walls[0] != NONE {
            return None;
        }
        let d = self.triangles[triangle_of(across[0]) as usize].nodes[edge_of(across[0])];
        let point = |node| self.nodes.at(node);
        (in_circle(point(a), point(b), point(c), point(d)) && self.is_convex(a, b, d, c))
            .then(|| self.flip(at))
    }

    /// Whether the diagonal from `a` to `d` of a quadrilateral with corners `a b d c` lies inside it.
    fn is_convex(&self, a: NodeId, b: NodeId, d: NodeId, c: NodeId) -> bool {
        self.nodes.side(a, b, d) > 0 && self.nodes.side(a, d, c) > 0
    }

    fn flip(&mut self, at: Half) -> (u32, u32) {
        let Triangle { nodes: [a, b, c], across, walls } = self.turned(at);
        let beyond = self.turned(across[0]);
        let d = beyond.nodes[0];
        let (one, two) = (triangle_of(at), triangle_of(across[0]));
        let near = Triangle {
            nodes: [a, b, d],
            across: [beyond.across[1], half(two, 2), across[2]],
            walls: [beyond.walls[1], NONE, walls[2]],
        };
        let far = Triangle {
            nodes: [a, d, c],
            across: [beyond.across[2], across[1], half(one, 1)],
            walls: [beyond.walls[2], walls[1], NONE],
        };
        self.put(one, near);
        self.put(two, far);
        (one, two)
    }

    /// The triangles around a node: each with the index of the node in it.
    fn around(&self, node: NodeId) -> impl Iterator<Item = (u32, usize)> + '_ {
        let first = self.at_node[self.index(node)];
        let index_in = move |triangle: u32| {
            (0..3).find(|index| self.triangles[triangle as usize].nodes[*index] == node).unwrap_or(0)
        };
        let mut at = Some(first);
        let mut is_back = false;
        std::iter::from_fn(move || {
            let triangle = at?;
            let index = index_in(triangle);
            let step = |triangle: u32, is_back: bool| {
                let index = index_in(triangle);
                let edge = if is_back { next(next(index)) } else { next(index) };
                let across = self.triangles[triangle as usize].across[edge];
                (across != NONE).then(|| triangle_of(across))
            };
            at = step(triangle, is_back);
            if at.is_none() && !is_back {
                // A node of the outermost four: the rest lies the other way.
                is_back = true;
                at = step(first, is_back);
            }
            at = at.filter(|triangle| *triangle != first);
            Some((triangle, index))
        })
    }

    /// The edge from one node to another, if there is one.
    fn find_edge(&self, a: NodeId, b: NodeId) -> Option<Half> {
        self.around(a).find_map(|(triangle, index)| {
            let nodes = self.triangles[triangle as usize].nodes;
            if nodes[next(index)] == b {
                Some(half(triangle, next(next(index))))
            } else if nodes[next(next(index))] == b {
                Some(half(triangle, next(index)))
            } else {
                None
            }
        })
    }

    fn insert_edge(&mut self, a: NodeId, b: NodeId, wall: u32) -> Option<()> {
        if self.find_edge(a, b).is_none() {
            self.clear_way(a, b)?;
        }
        let at = self.find_edge(a, b)?;
        let triangle = &self.triangles[triangle_of(at) as usize];
        let along = triangle.nodes[next(edge_of(at))] == a;
        let across = triangle.across[edge_of(at)];
        self.triangles[triangle_of(at) as usize].walls[edge_of(at)] = wall << 1 | u32::from(!along);
        if across != NONE {
            self.triangles[triangle_of(across) as usize].walls[edge_of(across)] =
                wall << 1 | u32::from(along);
        }
        Some(())
    }

    /// Flips all edges that cross the way between two nodes.
    fn clear_way(&mut self, a: NodeId, b: NodeId) -> Option<()> {
        let mut crossing = self.edges_across(a, b)?;
        let mut fresh = Vec::new();
        let mut tries = 0usize;
        while let Some((p, q)) = crossing.pop_front() {
            tries += 1;
            if tries > 64 + self.triangles.len() * 64 {
                return None;
            }
            let at = self.find_edge(p, q)?;
            let Triangle { nodes: [c, e, f], across, walls } = self.turned(at);
            if across[0] == NONE || walls[0] != NONE {
                return None;
            }
            let d = self.triangles[triangle_of(across[0]) as usize].nodes[edge_of(across[0])];
            if !self.is_convex(c, e, d, f) {
                crossing.push_back((p, q));
                continue;
            }
            self.flip(at);
            let apart = |node| node != a && node != b;
            if apart(c) && apart(d) && self.nodes.side(a, b, c) * self.nodes.side(a, b, d) < 0 {
                crossing.push_back((c, d));
            } else {
                fresh.push((c, d));
            }
        }
        let mut rounds = 0;
        let mut is_better = true;
        while is_better && rounds < 8 {
            is_better = false;
            rounds += 1;
            for (c, d) in &mut fresh {
                if (*c == a && *d == b) || (*c == b && *d == a) {
                    continue;
                }
                let Some(at) = self.find_edge(*c, *d) else { continue };
                if let Some((one, _)) = self.flip_if_better(at) {
                    let nodes = self.triangles[one as usize].nodes;
                    (*c, *d) = (nodes[0], nodes[2]);
                    is_better = true;
                }
            }
        }
        Some(())
    }

    /// The edges that the way between two nodes crosses, in order.
    fn edges_across(&self, a: NodeId, b: NodeId) -> Option<std::collections::VecDeque<(NodeId, NodeId)>> {
        let mut found = std::collections::VecDeque::new();
        let mut at = self.around(a).find_map(|(triangle, index)| {
            let nodes = self.triangles[triangle as usize].nodes;
            let ahead = self.nodes.side(a, nodes[next(index)], b) > 0
                && self.nodes.side(a, b, nodes[next(next(index))]) > 0;
            ahead.then(|| half(triangle, index))
        })?;
        for _ in 0..=self.triangles.len() {
            let triangle = &self.triangles[triangle_of(at) as usize];
            found.push_back((triangle.nodes[next(edge_of(at))], triangle.nodes[next(next(edge_of(at)))]));
            let across = triangle.across[edge_of(at)];
            let beyond = self.triangles.get(triangle_of(across) as usize).filter(|_| across != NONE)?;
            let edge = edge_of(across);
            let apex = beyond.nodes[edge];
            if apex == b {
                return Some(found);
            }
            // Leaves by the edge between the apex and the node on its other side.
            at = match self.nodes.side(a, b, apex) {
                0 => return None,
                1 => half(triangle_of(across), next(edge)),
                _ => half(triangle_of(across), next(next(edge))),
            };
        }
        None
    }

    /// Numbers the triangles along the curve.
    fn finish(self) -> Mesh {
        let span = (i64::from(self.most.x) - i64::from(self.least.x))
            .max(i64::from(self.most.y) - i64::from(self.least.y))
            + 1;
        let middle = |triangle: &Triangle| {
            let [a, b, c] = triangle.nodes.map(|node| self.nodes.at(node));
            let mean = |a: i32, b: i32, c: i32| {
                i32::try_from((i64::from(a) + i64::from(b) + i64::from(c)) / 3).unwrap_or(a)
            };
            Point { x: mean(a.x, b.x, c.x), y: mean(a.y, b.y, c.y) }
        };
        let mut order: Vec<(u32, u32)> = (0u32..)
            .zip(&self.triangles)
            .map(|(number, triangle)| (hilbert(middle(triangle), self.least, span), number))
            .collect();
        order.sort_unstable();
        let mut renumbered = vec![NONE; order.len()];
        for (new, (_, old)) in (0u32..).zip(&order) {
            renumbered[*old as usize] = new;
        }
        let renumber = |across: Half| {
            if across == NONE {
                NONE
            } else {
                half(renumbered[triangle_of(across) as usize], edge_of(across))
            }
        };
        let mut corners = Vec::with_capacity(order.len() * 3);
        for (_, old) in &order {
            let triangle = &self.triangles[*old as usize];
            corners.extend((0..3).map(|edge| {
                let (node, across) = (triangle.nodes[edge], renumber(triangle.across[edge]));
                Corner { node, at: self.nodes.at(node), across, wall: triangle.walls[edge] }
            }));
        }
        let side = (1..=512).find(|side| side * side * 4 >= order.len()).unwrap_or(512);
        let mut mesh = Mesh {
            corners,
            starts: Vec::new(),
            starts_on_side: i64::try_from(side).unwrap_or(1),
            least: self.least,
            most: self.most,
        };
        mesh.place_starts(self.nodes);
        mesh
    }
}

/// Whether `d` lies inside the circle through a clockwise triangle, decided in doubles and with a margin: no is a safe
/// answer.
fn in_circle(a: Point, b: Point, c: Point, d: Point) -> bool {
    let from = |p: Point| (f64::from(p.x) - f64::from(d.x), f64::from(p.y) - f64::from(d.y));
    let ((ax, ay), (bx, by), (cx, cy)) = (from(a), from(b), from(c));
    let (al, bl, cl) = (ax * ax + ay * ay, bx * bx + by * by, cx * cx + cy * cy);
    let (bc, ca, ab) = ((bx * cy, cx * by), (cx * ay, ax * cy), (ax * by, bx * ay));
    let area = al * (bc.0 - bc.1) + bl * (ca.0 - ca.1) + cl * (ab.0 - ab.1);
    let size =
        al * (bc.0.abs() + bc.1.abs()) + bl * (ca.0.abs() + ca.1.abs()) + cl * (ab.0.abs() + ab.1.abs());
    area > size * 1e-14
}

/// The place of a point on a Hilbert curve through a square of 2^16 by 2^16.
fn hilbert(point: Point, least: Point, span: i64) -> u32 {
    let scaled = |at: i32, least: i32| {
        u32::try_from((i64::from(at) - i64::from(least)) * 65_535 / span).unwrap_or(0).min(65_535)
    };
    let (mut x, mut y) = (scaled(point.x, least.x), scaled(point.y, least.y));
    let mut place = 0u32;
    let mut side = 1u32 << 15;
    while side > 0 {
        let (right, lower) = (u32::from(x & side > 0), u32::from(y & side > 0));
        place = place.wrapping_add(side.wrapping_mul(side).wrapping_mul((3 * right) ^ lower));
        if lower == 0 {
            if right == 1 {
                x = 65_535 - x;
                y = 65_535 - y;
            }
            std::mem::swap(&mut x, &mut y);
        }
        side >>= 1;
    }
    place
}
