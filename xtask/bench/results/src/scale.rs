//! Scales: where a value is on an axis.

/// A logarithmic axis: each step to ten times the value is as long as the last.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Log {
    pub(crate) values: (f64, f64),
    pub(crate) places: (f64, f64),
}

impl Log {
    /// Where `value` is.
    pub(crate) fn place(&self, value: f64) -> f64 {
        let (low, high) = (self.values.0.ln(), self.values.1.ln());
        let (from, to) = self.places;
        from + (to - from) * (value.ln() - low) / (high - low)
    }

    /// 1, 2 and 5 times each power of ten, as far as they are on the axis.
    pub(crate) fn ticks(&self) -> Vec<f64> {
        let powers = -3..12;
        let ticks = powers.flat_map(|power| [1.0, 2.0, 5.0].map(|step| step * 10_f64.powi(power)));
        let (low, high) = self.values;
        ticks.filter(|tick| (low..=high).contains(tick)).collect()
    }
}

/// Moves `places`, which are in ascending order, apart until each is at least `gap` from the next, and as little as that
/// takes: a group that is pushed apart stays around its own middle.
pub(crate) fn spread(places: &[f64], gap: f64) -> Vec<f64> {
    // Groups of neighbours that touch: where they begin, and the places they want.
    let mut groups: Vec<(f64, Vec<f64>)> = Vec::new();
    for &place in places {
        groups.push((place, vec![place]));
        while let [.., (before, wanted), (start, _)] = groups.as_slice()
            && before + wanted.len() as f64 * gap > *start
        {
            let mut joined = wanted.clone();
            joined.extend(groups.pop().map(|(_, wanted)| wanted).unwrap_or_default());
            groups.pop();
            let middle = joined.iter().sum::<f64>() / joined.len() as f64;
            let half = (joined.len() - 1) as f64 * gap / 2.0;
            groups.push((middle - half, joined));
        }
    }
    let of_group = |(start, wanted): (f64, Vec<f64>)| {
        (0..wanted.len()).map(move |index| start + index as f64 * gap)
    };
    groups.into_iter().flat_map(of_group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_factors_are_equal_lengths() {
        let axis = Log {
            values: (1.0, 10_000.0),
            places: (400.0, 0.0),
        };
        let places = [1.0, 10.0, 100.0, 10_000.0].map(|value| axis.place(value).round());
        assert_eq!(places, [400.0, 300.0, 200.0, 0.0]);
    }

    #[test]
    fn ticks_are_on_the_axis() {
        let axis = Log {
            values: (3.0, 60.0),
            places: (0.0, 1.0),
        };
        assert_eq!(axis.ticks(), [5.0, 10.0, 20.0, 50.0]);
    }

    #[test]
    fn labels_that_would_cover_each_other_move_apart_and_others_stay() {
        assert_eq!(spread(&[10.0, 12.0, 50.0], 10.0), [6.0, 16.0, 50.0]);
        assert_eq!(spread(&[0.0, 20.0], 10.0), [0.0, 20.0]);
        let crowd = spread(&[10.0, 10.0, 10.0, 12.0], 10.0);
        assert!(
            crowd
                .windows(2)
                .all(|pair| pair[1] - pair[0] >= 10.0 - 1e-9),
            "{crowd:?}"
        );
    }
}
