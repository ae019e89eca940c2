//! Three numbers, their covariance, and the few operations of a Kalman filter on them.
//!
//! Must not know: what the numbers mean.

/// One number for each of the three.
pub(super) type Triple = [f64; 3];

/// Symmetric: a covariance.
pub(super) type Matrix = [Triple; 3];

/// The squares of such variances are still numbers.
const VARIANCE_MAX: f64 = 1e100;

/// What rounding may add to a correlation.
const ROUNDING: f64 = 1e-6;

const ALL: [usize; 3] = [0, 1, 2];

pub(super) fn diagonal(entries: &Triple) -> Matrix {
    ALL.map(|row| ALL.map(|column| if row == column { entries[row] } else { 0.0 }))
}

pub(super) fn dot(a: &Triple, b: &Triple) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn times(matrix: &Matrix, vector: &Triple) -> Triple {
    matrix.map(|row| dot(&row, vector))
}

pub(super) fn quadratic(matrix: &Matrix, vector: &Triple) -> f64 {
    dot(vector, &times(matrix, vector))
}

pub(super) fn scaled(vector: &Triple, factor: f64) -> Triple {
    vector.map(|entry| entry * factor)
}

pub(super) fn plus(a: &Triple, b: &Triple) -> Triple {
    ALL.map(|index| a[index] + b[index])
}

pub(super) fn minus(a: &Triple, b: &Triple) -> Triple {
    ALL.map(|index| a[index] - b[index])
}

/// The covariance after the transformation with this jacobian.
pub(super) fn transformed(covariance: &Matrix, jacobian: &Matrix) -> Matrix {
    let half = jacobian.map(|row| times(covariance, &row));
    symmetric(|row, column| dot(&half[row], &jacobian[column]))
}

/// A matrix from its lower triangle: rounding must not make it another one when it is stored.
fn symmetric(entry: impl Fn(usize, usize) -> f64) -> Matrix {
    ALL.map(|row| ALL.map(|column| entry(row.max(column), row.min(column))))
}

/// The change of each of the three for an error of 1 in a measurement with this slope and noise.
pub(super) fn gain(covariance: &Matrix, slope: &Triple, variance: f64) -> Triple {
    let along = times(covariance, slope);
    scaled(&along, 1.0 / (dot(&along, slope) + variance))
}

/// The covariance after a measurement. Joseph's form: right for any gain, so also for one that
/// leaves a number alone, and never negative.
pub(super) fn narrowed(
    covariance: &Matrix,
    gain: &Triple,
    slope: &Triple,
    variance: f64,
) -> Matrix {
    let kept = ALL.map(|row| {
        ALL.map(|column| f64::from(u8::from(row == column)) - gain[row] * slope[column])
    });
    let left = transformed(covariance, &kept);
    symmetric(|row, column| left[row][column] + gain[row] * gain[column] * variance)
}

/// Gives one of the three a variance of its own, that it shares with no other.
pub(super) fn isolate(covariance: &mut Matrix, index: usize, variance: f64) {
    for other in ALL {
        covariance[index][other] = 0.0;
        covariance[other][index] = 0.0;
    }
    covariance[index][index] = variance;
}

/// Shrinks one of the three, and what it shares with the others, to a deviation.
pub(super) fn limit_deviation(covariance: &mut Matrix, index: usize, deviation: f64) {
    let factor = deviation / covariance[index][index].sqrt();
    if factor < 1.0 {
        for other in ALL {
            covariance[index][other] *= factor;
            covariance[other][index] *= factor;
        }
    }
}

/// Whether no variance is negative and no correlation above 1. Comparisons with a number that is
/// none are false.
pub(super) fn is_covariance(matrix: &Matrix) -> bool {
    let is_correlated = |(row, column): (usize, usize)| {
        let most = matrix[row][row] * matrix[column][column];
        matrix[row][column].powi(2) <= most * (1.0 + ROUNDING) + f64::MIN_POSITIVE
    };
    ALL.into_iter().all(|index| (0.0..=VARIANCE_MAX).contains(&matrix[index][index]))
        && [(1, 0), (2, 0), (2, 1)].into_iter().all(is_correlated)
}
