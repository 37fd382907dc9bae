//! How a triangulation is made, and how it is changed where it is.
//!
//! Nodes go in one by one along a Hilbert curve with Lawson's flips (1977); then edges go in by flipping what crosses
//! them (Sloan 1993). Which side a node lies on is always decided exactly; whether a triangle is well shaped is decided
//! on the grid, since it only concerns speed. Triangles are numbered along the curve, so that neighbours lie close in
//! memory; those that come later are numbered as they come.

use std::cell::Cell;

use crate::Point;
use crate::exact::{CROSSING, NodeId, Nodes};
use crate::mesh::{
    Corner, Half, Location, NONE, Triangle, edge_of, half, index_of, locate, next, triangle_of,
};

/// Makes a triangulation, or changes one.
pub(crate) struct Builder<'a> {
    pub(crate) nodes: &'a mut Nodes,
    /// Three a triangle.
    corners: Vec<Corner>,
    /// While all is made: a triangle at each node; ends first, then crossings. Later they are searched for.
    at_node: Vec<u32>,
    end_count: usize,
    least: Point,
    most: Point,
    /// Where the next search starts.
    last: Cell<u32>,
    to_check: Vec<Half>,
}

impl<'a> Builder<'a> {
    /// Two triangles that hold all nodes.
    pub(crate) fn new(nodes: &'a mut Nodes) -> Self {
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
            corners: Vec::with_capacity(count * 6),
            at_node: vec![NONE; count],
            end_count,
            least,
            most,
            last: Cell::new(0),
            to_check: Vec::new(),
        };
        for triangle in triangles {
            let at = builder.push();
            builder.write(at, triangle);
            builder.note(at);
        }
        builder
    }

    /// Goes on with a triangulation that is made; the first search starts at a triangle of it.
    pub(crate) fn resume(nodes: &'a mut Nodes, corners: Vec<Corner>, start: u32) -> Self {
        let nowhere = Point { x: 0, y: 0 };
        Self {
            nodes,
            corners,
            at_node: Vec::new(),
            end_count: 0,
            least: nowhere,
            most: nowhere,
            last: Cell::new(start),
            to_check: Vec::new(),
        }
    }

    pub(crate) fn into_corners(self) -> Vec<Corner> {
        self.corners
    }

    pub(crate) fn triangle(&self, at: u32) -> Triangle {
        let first = at as usize * 3;
        let [a, b, c] = [self.corners[first], self.corners[first + 1], self.corners[first + 2]];
        Triangle {
            nodes: [a.node, b.node, c.node],
            across: [a.across, b.across, c.across],
            walls: [a.wall, b.wall, c.wall],
        }
    }

    fn triangle_count(&self) -> usize {
        self.corners.len() / 3
    }

    fn corner_mut(&mut self, at: Half) -> &mut Corner {
        &mut self.corners[index_of(at)]
    }

    fn write(&mut self, at: u32, triangle: Triangle) {
        for edge in 0..3 {
            let node = triangle.nodes[edge];
            let (across, wall) = (triangle.across[edge], triangle.walls[edge]);
            let place = self.nodes.at(node);
            *self.corner_mut(half(at, edge)) = Corner { node, at: place, across, wall };
        }
    }

    /// All nodes but the outermost four, along a Hilbert curve.
    pub(crate) fn curve(&self) -> Vec<NodeId> {
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
        if self.at_node.is_empty() {
            return;
        }
        for node in self.triangle(triangle).nodes {
            let index = self.index(node);
            self.at_node[index] = triangle;
        }
    }

    /// Writes a triangle and tells its neighbours.
    fn put(&mut self, at: u32, triangle: Triangle) {
        self.write(at, triangle);
        for (edge, across) in triangle.across.into_iter().enumerate() {
            if across != NONE {
                self.corner_mut(across).across = half(at, edge);
            }
        }
        self.note(at);
    }

    fn push(&mut self) -> u32 {
        let blank = Corner { node: 0, at: Point { x: 0, y: 0 }, across: NONE, wall: NONE };
        self.corners.extend([blank; 3]);
        u32::try_from(self.triangle_count() - 1).unwrap_or(NONE >> 4)
    }

    /// A triangle turned so that an edge is its first.
    pub(crate) fn turned(&self, at: Half) -> Triangle {
        let triangle = self.triangle(triangle_of(at));
        let (i, j, k) = (edge_of(at), next(edge_of(at)), next(next(edge_of(at))));
        let turn = |of: &[u32; 3]| [of[i], of[j], of[k]];
        Triangle {
            nodes: turn(&triangle.nodes),
            across: turn(&triangle.across),
            walls: turn(&triangle.walls),
        }
    }

    /// Puts a node in that is not there yet.
    pub(crate) fn insert_node(&mut self, node: NodeId) -> Option<()> {
        match self.locate(|nodes, a, b| nodes.side(node, a, b))? {
            Location::Inside(triangle) => self.split_triangle(triangle, node),
            Location::OnEdge(half) => self.split_edge(half, node)?,
            Location::OnNode(..) => return None,
        }
        self.settle(node);
        if !self.at_node.is_empty() {
            self.last.set(self.at_node[self.index(node)]);
        }
        Some(())
    }

    /// Finds a place by its side of the ways from it to one node after another.
    pub(crate) fn locate(&self, side: impl Fn(&Nodes, NodeId, NodeId) -> i32) -> Option<Location> {
        let count = self.triangle_count();
        let triangle = |at: u32| {
            let Triangle { nodes, across, .. } = ((at as usize) < count).then(|| self.triangle(at))?;
            Some((nodes, across))
        };
        let found = locate(triangle, count, self.last.get(), |a, b| side(self.nodes, a, b))?;
        self.last.set(match found {
            Location::Inside(triangle) | Location::OnNode(triangle, _) => triangle,
            Location::OnEdge(half) => triangle_of(half),
        });
        Some(found)
    }

    /// The node at a point of the grid; one is put there if there is none.
    pub(crate) fn node_at(&mut self, point: Point) -> Option<NodeId> {
        let at = self.locate(|nodes, a, b| nodes.side_from(point, a, b))?;
        if let Location::OnNode(triangle, index) = at {
            return Some(self.triangle(triangle).nodes[index]);
        }
        let node = self.nodes.push_end(point);
        match at {
            Location::Inside(triangle) => self.split_triangle(triangle, node),
            Location::OnEdge(half) => self.split_edge(half, node)?,
            Location::OnNode(..) => {}
        }
        self.settle(node);
        Some(node)
    }

    /// A triangle at a node.
    fn triangle_at(&self, node: NodeId) -> Option<u32> {
        if !self.at_node.is_empty() {
            return Some(self.at_node[self.index(node)]);
        }
        match self.locate(|nodes, a, b| nodes.side(node, a, b))? {
            Location::OnNode(triangle, _) => Some(triangle),
            Location::Inside(_) | Location::OnEdge(_) => None,
        }
    }

    fn split_triangle(&mut self, first: u32, p: NodeId) {
        let Triangle { nodes: [a, b, c], across, walls } = self.triangle(first);
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

    pub(crate) fn split_edge(&mut self, at: Half, p: NodeId) -> Option<()> {
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
    pub(crate) fn settle(&mut self, node: NodeId) {
        while let Some(at) = self.to_check.pop() {
            let index = (0..3).find(|index| self.triangle(triangle_of(at)).nodes[*index] == node);
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
        let d = self.triangle(triangle_of(across[0])).nodes[edge_of(across[0])];
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
    pub(crate) fn around(&self, node: NodeId) -> impl Iterator<Item = (u32, usize)> + '_ {
        let mut at = self.triangle_at(node);
        let first = at.unwrap_or(NONE);
        let index_in = move |triangle: u32| {
            (0..3).find(|index| self.triangle(triangle).nodes[*index] == node).unwrap_or(0)
        };
        let mut is_back = false;
        std::iter::from_fn(move || {
            let triangle = at?;
            let index = index_in(triangle);
            let step = |triangle: u32, is_back: bool| {
                let index = index_in(triangle);
                let edge = if is_back { next(next(index)) } else { next(index) };
                let across = self.triangle(triangle).across[edge];
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
    pub(crate) fn find_edge(&self, a: NodeId, b: NodeId) -> Option<Half> {
        self.around(a).find_map(|(triangle, index)| {
            let nodes = self.triangle(triangle).nodes;
            if nodes[next(index)] == b {
                Some(half(triangle, next(next(index))))
            } else if nodes[next(next(index))] == b {
                Some(half(triangle, next(index)))
            } else {
                None
            }
        })
    }

    /// Makes an edge of two nodes between which nothing lies, and writes a wall on it; from the first to the second is the
    /// direction of the wall's line.
    pub(crate) fn insert_edge(&mut self, a: NodeId, b: NodeId, wall: u32) -> Option<()> {
        let at = self.edge_between(a, b)?;
        self.set_wall(at, a, wall);
        Some(())
    }

    /// The edge of two nodes between which nothing lies; it is made if it is not there.
    pub(crate) fn edge_between(&mut self, a: NodeId, b: NodeId) -> Option<Half> {
        if let Some(at) = self.find_edge(a, b) {
            return Some(at);
        }
        self.clear_way(a, b)?;
        self.find_edge(a, b)
    }

    /// Writes a wall on an edge, whose line runs from the node `first` on; [`NONE`] takes it off.
    pub(crate) fn set_wall(&mut self, at: Half, first: NodeId, wall: u32) {
        let triangle = self.triangle(triangle_of(at));
        let along = triangle.nodes[next(edge_of(at))] == first;
        let across = triangle.across[edge_of(at)];
        let written = |against: bool| if wall == NONE { NONE } else { wall << 1 | u32::from(against) };
        self.corner_mut(at).wall = written(!along);
        if across != NONE {
            self.corner_mut(across).wall = written(along);
        }
    }

    /// Flips all edges that cross the way between two nodes.
    fn clear_way(&mut self, a: NodeId, b: NodeId) -> Option<()> {
        let mut crossing = self.edges_across(a, b)?;
        let mut fresh = Vec::new();
        let mut tries = 0usize;
        while let Some((p, q)) = crossing.pop_front() {
            tries += 1;
            if tries > 64 + self.triangle_count() * 64 {
                return None;
            }
            let at = self.find_edge(p, q)?;
            let Triangle { nodes: [c, e, f], across, walls } = self.turned(at);
            if across[0] == NONE || walls[0] != NONE {
                return None;
            }
            let d = self.triangle(triangle_of(across[0])).nodes[edge_of(across[0])];
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
                    let nodes = self.triangle(one).nodes;
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
            let nodes = self.triangle(triangle).nodes;
            let ahead = self.nodes.side(a, nodes[next(index)], b) > 0
                && self.nodes.side(a, b, nodes[next(next(index))]) > 0;
            ahead.then(|| half(triangle, index))
        })?;
        for _ in 0..=self.triangle_count() {
            let triangle = self.triangle(triangle_of(at));
            found.push_back((triangle.nodes[next(edge_of(at))], triangle.nodes[next(next(edge_of(at)))]));
            let across = triangle.across[edge_of(at)];
            let beyond = (across != NONE).then(|| self.triangle(triangle_of(across)))?;
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

    /// Numbers the triangles along the curve. Gives their corners, and the corners of what they cover.
    pub(crate) fn finish(self) -> (Vec<Corner>, Point, Point) {
        let span = (i64::from(self.most.x) - i64::from(self.least.x))
            .max(i64::from(self.most.y) - i64::from(self.least.y))
            + 1;
        let middle = |[a, b, c]: [Point; 3]| {
            let mean = |a: i32, b: i32, c: i32| {
                i32::try_from((i64::from(a) + i64::from(b) + i64::from(c)) / 3).unwrap_or(a)
            };
            Point { x: mean(a.x, b.x, c.x), y: mean(a.y, b.y, c.y) }
        };
        let count = u32::try_from(self.triangle_count()).unwrap_or(NONE);
        let places = |at: u32| [0, 1, 2].map(|edge| self.corners[at as usize * 3 + edge].at);
        let mut order: Vec<(u32, u32)> =
            (0..count).map(|number| (hilbert(middle(places(number)), self.least, span), number)).collect();
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
        let mut corners = Vec::with_capacity(self.corners.len());
        for (_, old) in &order {
            let first = *old as usize * 3;
            let of = self.corners[first..first + 3].iter();
            corners.extend(of.map(|corner| Corner { across: renumber(corner.across), ..*corner }));
        }
        (corners, self.least, self.most)
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
