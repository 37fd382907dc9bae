//! Where drawings lie, and whether a memory holds the ground under them.

use crate::event::{DrawingRecord, DrawnShape};
use crate::geometry::Point;
use crate::samples::{SAMPLE, Samples};
use crate::scene::Scaling;

impl DrawnShape {
    /// The corners of its outline, and whether it is closed. A circle's are those of the square around it.
    pub(crate) fn outline(&self) -> (Vec<Point>, bool) {
        let square = |a: Point, b: Point| vec![a, Point::new(b.x, a.y), b, Point::new(a.x, b.y)];
        match self {
            Self::Line { points } => (points.clone(), false),
            Self::Polygon { points } => (points.clone(), true),
            Self::Rectangle { a, b } => (square(*a, *b), true),
            Self::Circle { middle, radius } => {
                let corner = |radius: i32| {
                    Point::new(middle.x.saturating_add(radius), middle.y.saturating_add(radius))
                };
                (square(corner(-radius), corner(*radius)), true)
            }
            Self::Note { at, .. } => (vec![*at], false),
        }
    }

    pub(crate) const fn point_count(&self) -> usize {
        match self {
            Self::Line { points } | Self::Polygon { points } => points.len(),
            Self::Rectangle { .. } => 2,
            Self::Circle { .. } | Self::Note { .. } => 1,
        }
    }

    /// The same elsewhere.
    #[must_use]
    pub(crate) fn map(&self, place: impl Fn(Point) -> Point, length: impl Fn(i32) -> i32) -> Self {
        let each = |points: &[Point]| points.iter().map(|point| place(*point)).collect();
        match self {
            Self::Line { points } => Self::Line { points: each(points) },
            Self::Polygon { points } => Self::Polygon { points: each(points) },
            Self::Rectangle { a, b } => Self::Rectangle { a: place(*a), b: place(*b) },
            Self::Circle { middle, radius } => {
                Self::Circle { middle: place(*middle), radius: length(*radius) }
            }
            Self::Note { at, text } => Self::Note { at: place(*at), text: text.clone() },
        }
    }
}

impl DrawingRecord {
    /// The same on a scene of another scale.
    pub(crate) fn scaled(&self, scaling: Scaling) -> Self {
        let shape = self.shape.map(|point| scaling.point(point), |length| scaling.length(length));
        Self { shape, width: scaling.length(self.width), ..self.clone() }
    }

    /// Whether a memory holds the ground under all of the outline, looked at in each sample on the way. What lies
    /// outside the scene is nobody's ground.
    pub(crate) fn lies_on(&self, memory: &Samples, size: Point) -> bool {
        // Most of what is not known is not known from its first point on.
        let (mut corners, is_closed) = self.shape.outline();
        if is_closed {
            corners.extend(corners.first().copied());
        }
        let holds = |point: Point| {
            let inside = |at: i32, size: i32| (0..=size).contains(&at).then(|| at.min(size - 1));
            match (inside(point.x, size.x), inside(point.y, size.y)) {
                (Some(x), Some(y)) => memory.hold(Point::new(x, y)),
                _ => true,
            }
        };
        corners.first().is_some_and(|first| holds(*first))
            && corners.windows(2).all(|leg| steps(leg[0], leg[1]).all(holds))
    }
}

/// Points on the way from one to another, the last included, at most a sample apart.
fn steps(from: Point, to: Point) -> impl Iterator<Item = Point> {
    let (dx, dy) = (i64::from(to.x) - i64::from(from.x), i64::from(to.y) - i64::from(from.y));
    let count = ((dx.abs().max(dy.abs()) + i64::from(SAMPLE) - 1) / i64::from(SAMPLE)).max(1);
    (1..=count).map(move |step| {
        let along =
            |start: i32, delta: i64| i32::try_from(i64::from(start) + delta * step / count).unwrap_or(start);
        Point::new(along(from.x, dx), along(from.y, dy))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{BlockRecord, Shown};
    use crate::geometry::CELL;
    use crate::id::SeatId;

    fn drawn(shape: DrawnShape) -> DrawingRecord {
        DrawingRecord {
            by: SeatId(1),
            shape,
            color: 0,
            width: CELL / 8,
            filled: false,
            shown: Shown::Explored,
        }
    }

    fn at(x: i32, y: i32) -> Point {
        Point::new(x * CELL, y * CELL)
    }

    /// The first block, eight by eight cells, remembered whole.
    fn memory() -> Samples {
        // 0 unseen ones, then 4,096 seen ones.
        let all = BlockRecord { x: 0, y: 0, runs: "AIAg".to_owned() };
        Samples::from([all].as_slice())
    }

    #[test]
    fn a_drawing_is_known_where_all_of_its_outline_is() {
        let size = at(16, 8);
        let known = |shape| drawn(shape).lies_on(&memory(), size);
        assert!(memory().hold(at(7, 7)) && !memory().hold(at(8, 7)));
        assert!(known(DrawnShape::Line { points: vec![at(1, 1), at(7, 7)] }));
        assert!(!known(DrawnShape::Line { points: vec![at(1, 1), at(9, 7)] }));
        // Both ends are known, and what lies between is not.
        assert!(!known(DrawnShape::Line { points: vec![at(7, 1), at(10, 1), at(7, 2)] }));
        assert!(known(DrawnShape::Rectangle { a: at(1, 1), b: at(7, 8) }), "down to the edge of the scene");
        assert!(!known(DrawnShape::Rectangle { a: at(1, 1), b: at(9, 7) }));
        assert!(!known(DrawnShape::Polygon { points: vec![at(1, 1), at(7, 1), at(9, 4)] }));
        assert!(known(DrawnShape::Circle { middle: at(4, 4), radius: 3 * CELL }));
        assert!(!known(DrawnShape::Circle { middle: at(6, 4), radius: 3 * CELL }));
        assert!(known(DrawnShape::Circle { middle: at(1, 4), radius: 3 * CELL }), "outside is nobody's");
        assert!(!known(DrawnShape::Note { at: at(12, 4), text: "trap".to_owned() }));
        assert!(
            !drawn(DrawnShape::Note { at: at(1, 1), text: String::new() }).lies_on(&Samples::default(), size)
        );
    }

    #[test]
    fn steps_leave_no_sample_out() {
        let way: Vec<_> = steps(at(0, 0), Point::new(SAMPLE * 3 + 1, -SAMPLE)).collect();
        assert_eq!(way.len(), 4);
        assert_eq!(way.last(), Some(&Point::new(SAMPLE * 3 + 1, -SAMPLE)));
        assert_eq!(steps(at(1, 1), at(1, 1)).count(), 1);
    }
}
