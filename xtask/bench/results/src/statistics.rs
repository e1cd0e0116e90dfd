//! Medians and quartiles: what a burst of other work on the machine does not move.

/// The value that half of `values` are below. NaN if there are none.
pub fn median(values: &[f64]) -> f64 {
    Quartiles::of(values).median
}

/// Where the middle half of some values is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quartiles {
    /// A quarter is below this.
    pub low: f64,
    /// Half is below this.
    pub median: f64,
    /// Three quarters are below this.
    pub high: f64,
}

impl Quartiles {
    /// The quartiles of `values`; NaN if there are none.
    pub fn of(values: &[f64]) -> Quartiles {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        Quartiles {
            low: at(&sorted, 0.25),
            median: at(&sorted, 0.5),
            high: at(&sorted, 0.75),
        }
    }
}

/// The value at `part` of the way through `sorted`, between two values where it falls between them.
fn at(sorted: &[f64], part: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return f64::NAN;
    };
    let place = part * last as f64;
    let below = place.floor();
    let (low, high) = (sorted[below as usize], sorted[place.ceil() as usize]);
    low + (high - low) * (place - below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_one_or_between_the_middle_two() {
        assert_eq!(median(&[9.0, 1.0, 3.0]), 3.0);
        assert_eq!(median(&[9.0, 1.0, 3.0, 4.0]), 3.5);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn a_round_that_went_wrong_does_not_move_the_quartiles_far() {
        let calm = Quartiles::of(&[1.0, 1.01, 1.02, 1.03, 1.04]);
        let disturbed = Quartiles::of(&[1.0, 1.01, 1.02, 1.03, 50.0]);
        assert_eq!(calm, disturbed);
        assert_eq!((calm.low, calm.high), (1.01, 1.03));
    }
}
