//! Named distributions of request sizes, in bytes.

use rand_distr::{Distribution, Exp, Uniform};
use rand_xoshiro::Xoshiro256PlusPlus;

/// The largest request of all distributions, and of Robson's program.
pub const SIZE_MAX: u32 = 1 << 14;

/// A distribution of request sizes. The sizes are a function of the seed, on every machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sizes {
    /// 1 to 2,048, all equally likely.
    Uniform,
    /// 16 to 16,384, each octave equally likely.
    LogUniform,
    /// 16 to 64 with probability 0.9, 2,048 to 8,192 with probability 0.1.
    Bimodal,
    /// Mean 256, cut off at 16,384.
    Exponential,
    /// Eight sizes from 24 to 2,056, all equally likely: a program's few types and messages. Most are no
    /// first size of a list.
    Few,
}

impl Sizes {
    /// Those of the study.
    pub const ALL: [Self; 4] = [Self::Uniform, Self::LogUniform, Self::Bimodal, Self::Exponential];
    /// Those of the table of bounded searches.
    pub const OF_SEARCHES: [Self; 5] =
        [Self::Uniform, Self::LogUniform, Self::Bimodal, Self::Exponential, Self::Few];

    /// Its name in files and plots.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::LogUniform => "log-uniform",
            Self::Bimodal => "bimodal",
            Self::Exponential => "exponential",
            Self::Few => "few",
        }
    }

    /// Draws a size.
    pub fn draw(self, rng: &mut Xoshiro256PlusPlus) -> usize {
        let mut between = |least, most| {
            Uniform::new_inclusive(least, most).expect("least is not more").sample(rng)
        };
        let size = match self {
            Self::Uniform => between(1_u32, 2048),
            Self::LogUniform => {
                let octave = between(4, 13);
                between(1 << octave, (2 << octave) - 1)
            }
            Self::Bimodal if between(1, 10) < 10 => between(16, 64),
            Self::Bimodal => between(2048, 8192),
            Self::Exponential => {
                let drawn: f64 = Exp::new(1.0 / 256.0).expect("a positive rate").sample(rng);
                (drawn as u32).clamp(1, SIZE_MAX)
            }
            Self::Few => [24, 72, 136, 264, 536, 1000, 1514, 2056][between(0, 7) as usize],
        };
        size as usize
    }
}

#[cfg(test)]
mod tests {
    use rand_xoshiro::rand_core::SeedableRng as _;

    use super::*;

    #[test]
    fn each_distribution_has_its_mean_and_its_bounds() {
        for (sizes, least, most, mean) in [
            (Sizes::Uniform, 1, 2048, 1024.5),
            (Sizes::LogUniform, 16, 16383, 2456.0),
            (Sizes::Bimodal, 16, 8192, 0.9 * 40.0 + 0.1 * 5120.0),
            (Sizes::Exponential, 1, 16384, 256.0),
            (Sizes::Few, 24, 2056, 700.25),
        ] {
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
            let drawn: Vec<_> = (0..100_000).map(|_| sizes.draw(&mut rng)).collect();
            assert!(drawn.iter().all(|size| (least..=most).contains(size)), "{sizes:?}");
            let sum: usize = drawn.iter().sum();
            let seen = sum as f64 / drawn.len() as f64;
            assert!((seen / mean - 1.0).abs() < 0.03, "{sizes:?}: {seen}, expected {mean}");
        }
    }
}
