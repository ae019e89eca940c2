//! Places for short labels next to points that are close together.
//!
//! Must not know what the labels say.

use super::svg::Frame;

/// How far around its point a label is tried, the nearest first.
const DISTANCES: [f64; 4] = [14.0, 24.0, 36.0, 50.0];
/// In how many directions.
const DIRECTIONS: u32 = 12;
/// The radius around a point that labels keep free.
const POINT_RADIUS: f64 = 7.0;

/// For each point the middle of its label: near it, within the frame, over no other label and no
/// point, if there is such a place.
pub(super) fn places(points: &[(f64, f64)], size: (f64, f64), frame: Frame) -> Vec<(f64, f64)> {
    let mut taken: Vec<Frame> =
        points.iter().map(|point| around(*point, size_of_point())).collect();
    let mut places = Vec::new();
    for point in points {
        let free = |place: &(f64, f64)| {
            let label = around(*place, size);
            is_within(label, frame) && !taken.iter().any(|other| overlap(label, *other))
        };
        let place = candidates(*point).find(free).unwrap_or((point.0, point.1 - DISTANCES[0]));
        taken.push(around(place, size));
        places.push(place);
    }
    places
}

const fn size_of_point() -> (f64, f64) {
    (2.0 * POINT_RADIUS, 2.0 * POINT_RADIUS)
}

/// All around a point, beginning above it.
fn candidates((x, y): (f64, f64)) -> impl Iterator<Item = (f64, f64)> {
    DISTANCES.into_iter().flat_map(move |distance| {
        (0..DIRECTIONS).map(move |direction| {
            let degrees = f64::from(direction) * 360.0 / f64::from(DIRECTIONS) - 60.0;
            let (sin, cos) = degrees.to_radians().sin_cos();
            (distance.mul_add(cos, x), distance.mul_add(sin, y))
        })
    })
}

fn around((x, y): (f64, f64), (width, height): (f64, f64)) -> Frame {
    Frame { x: x - width / 2.0, y: y - height / 2.0, width, height }
}

fn overlap(one: Frame, other: Frame) -> bool {
    one.x < other.right()
        && other.x < one.right()
        && one.y < other.bottom()
        && other.y < one.bottom()
}

fn is_within(inner: Frame, outer: Frame) -> bool {
    outer.x <= inner.x
        && inner.right() <= outer.right()
        && outer.y <= inner.y
        && inner.bottom() <= outer.bottom()
}

#[cfg(test)]
mod tests {
    use super::*;

    // case F15
    #[test]
    fn labels_of_points_that_are_close_together_are_apart() {
        let frame = Frame { x: 0.0, y: 0.0, width: 700.0, height: 400.0 };
        let points: Vec<_> = (0..12).map(|n| (300.0 + 4.0 * f64::from(n), 200.0)).collect();
        let places = places(&points, (16.0, 14.0), frame);
        let labels: Vec<_> = places.iter().map(|place| around(*place, (16.0, 14.0))).collect();
        for (index, label) in labels.iter().enumerate() {
            assert!(is_within(*label, frame), "{index}");
            assert!(!labels[index + 1..].iter().any(|other| overlap(*label, *other)), "{index}");
        }
    }
}
