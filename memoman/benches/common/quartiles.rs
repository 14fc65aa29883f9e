//! Medians, quartiles and geometric means.

use serde::Serialize;

/// Minimum, quartiles and maximum of a sample.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Quartiles {
    pub(crate) min: f64,
    pub(crate) q1: f64,
    pub(crate) median: f64,
    pub(crate) q3: f64,
    pub(crate) max: f64,
}

impl Quartiles {
    pub(crate) fn of(mut sample: Vec<f64>) -> Self {
        sample.sort_by(f64::total_cmp);
        let at = |part: f64| {
            let place = part * (sample.len() - 1) as f64;
            let (low, high) = (sample[place.floor() as usize], sample[place.ceil() as usize]);
            low + (high - low) * place.fract()
        };
        Self { min: at(0.0), q1: at(0.25), median: at(0.5), q3: at(0.75), max: at(1.0) }
    }
}

pub(crate) fn geomean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    (values.map(f64::ln).sum::<f64>() / count).exp()
}
