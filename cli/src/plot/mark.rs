//! Forms that distinguish kinds of points without colours.
//!
//! Must not know what the kinds are.

use super::svg::Path;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Circle,
    Square,
    /// A triangle that points up.
    Up,
    /// A triangle that points down.
    Down,
    /// A square on its tip.
    Diamond,
    Cross,
    Plus,
    /// A star of three bars.
    Star,
    /// A vertical bar.
    Bar,
}

impl Mark {
    /// The forms of kinds that have no meaning of their own.
    pub(super) const KINDS: [Self; 8] = [
        Self::Circle,
        Self::Square,
        Self::Up,
        Self::Diamond,
        Self::Down,
        Self::Cross,
        Self::Plus,
        Self::Star,
    ];

    /// Its outline around a point, with a radius.
    pub(super) fn path(self, center: (f64, f64), radius: f64) -> Path {
        let around = |corners: &[(f64, f64)]| polygon(center, radius, corners);
        match self {
            Self::Circle => around(&circle()),
            Self::Square => around(&[(-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)]),
            Self::Up => around(&[(-1.0, 0.9), (0.0, -1.0), (1.0, 0.9)]),
            Self::Down => around(&[(-1.0, -0.9), (0.0, 1.0), (1.0, -0.9)]),
            Self::Diamond => around(&[(0.0, -1.15), (1.15, 0.0), (0.0, 1.15), (-1.15, 0.0)]),
            Self::Cross => bars(center, radius, &[45.0, 135.0]),
            Self::Plus => bars(center, radius, &[0.0, 90.0]),
            Self::Star => bars(center, radius, &[0.0, 60.0, 120.0]),
            Self::Bar => bars(center, radius, &[90.0]),
        }
    }
}

fn polygon(center: (f64, f64), radius: f64, corners: &[(f64, f64)]) -> Path {
    let (x, y) = center;
    let corners = corners.iter().map(|(a, b)| (a.mul_add(radius, x), b.mul_add(radius, y)));
    Path::through(corners).closed()
}

/// A polygon that looks round at a point's size.
fn circle() -> [(f64, f64); 12] {
    std::array::from_fn(|corner| {
        #[expect(clippy::cast_precision_loss, reason = "there are twelve")]
        let angle = (corner as f64 * 30.0).to_radians();
        (angle.cos(), angle.sin())
    })
}

/// Thin rectangles through a point, by their angles.
fn bars(center: (f64, f64), radius: f64, degrees: &[f64]) -> Path {
    let bar = |degrees: &f64| {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let turned = |a: f64, b: f64| (a.mul_add(cos, -b * sin), a.mul_add(sin, b * cos));
        let (long, thick) = (1.1, 0.32);
        let corners = [
            turned(long, thick),
            turned(long, -thick),
            turned(-long, -thick),
            turned(-long, thick),
        ];
        polygon(center, radius, &corners)
    };
    degrees.iter().map(bar).fold(Path::default(), |all, next| all.and(&next))
}

#[cfg(test)]
mod tests {
    use super::*;

    // case F15
    #[test]
    fn every_kind_has_a_form_of_its_own() {
        let outline = |mark: Mark| format!("{:?}", mark.path((0.0, 0.0), 5.0));
        for (index, mark) in Mark::KINDS.into_iter().enumerate() {
            for other in &Mark::KINDS[index + 1..] {
                assert_ne!(outline(mark), outline(*other), "{mark:?} {other:?}");
            }
        }
    }
}
