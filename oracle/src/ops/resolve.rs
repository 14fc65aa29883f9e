//! Resolves a symbolic [`Size`] to a number of bytes, given the state of the heap.

use super::size::{Base, Change, Delta, EdgeStep, Goal, Limit, Ratio, Size, Unit};
use crate::geometry::Geometry;

/// The state of the heap on which a symbolic size depends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SizeContext {
    /// The engine configuration.
    pub geometry: Geometry,
    /// The size of the single block of an empty pool, in bytes.
    pub pool_payload: usize,
    /// The size of the largest free block; 0 if none is free.
    pub largest_free: usize,
    /// The largest size for which the search finds a block; 0 if it finds none.
    pub largest_fit: usize,
    /// The usable size of the op's target; 0 if the op has none.
    pub target_size: usize,
    /// The usable size of the block freed last; 0 if none was freed.
    pub last_freed: usize,
}

/// Sizes up to this are possible in every pool, also in smaller ones.
const LEAST_CEILING: usize = 4096;

impl Size {
    /// Returns the size in bytes. A size that is not hostile is between 1 and four times the pool, far
    /// below the sizes whose arithmetic overflows.
    pub fn resolve(&self, context: &SizeContext) -> usize {
        let geometry = &context.geometry;
        let pool = context.pool_payload;
        let size = match *self {
            Self::Hostile { limit: Limit::Zero, .. } => return 0,
            Self::Hostile { limit, delta } => return delta.apply(limit.of(geometry), geometry),
            Self::Tiny(bytes) => usize::from(bytes),
            Self::Edge { row, list, step } => {
                step.apply(edge(geometry, pool, row.into(), list.into()), geometry)
            }
            Self::Granules(n) => usize::from(n) * geometry.align,
            Self::Relative { base, change } => change.apply(base.of(context), geometry),
            Self::Gap { goal, delta } => delta.apply(goal.of(context), geometry),
            Self::Fraction(n) => scale(pool, n.into(), 1024),
            Self::Log { exp, mantissa } => {
                let octave = 1 << (u32::from(exp) % (pool.max(1).ilog2() + 1));
                scale(octave, 256 + usize::from(mantissa), 256).min(pool)
            }
        };
        let ceiling = (pool.min(usize::MAX / 8) * 4).max(LEAST_CEILING);
        size.clamp(1, ceiling)
    }
}

/// Returns the lower edge of class (row, list), among the rows that the pool reaches.
fn edge(geometry: &Geometry, pool: usize, row: usize, list: usize) -> usize {
    let small = geometry.small();
    let rows = match pool / small {
        0 => 1,
        times => times.ilog2() as usize + 2,
    };
    let (row, list) = (row % rows.min(geometry.fl()), list % geometry.sl);
    let key = match row {
        0 => list * geometry.align,
        _ => (small << (row - 1)) + list * (geometry.align << (row - 1)),
    };
    size_of_key(geometry, key)
}

/// The inverse of [`Geometry::key`].
fn size_of_key(geometry: &Geometry, key: usize) -> usize {
    key.saturating_sub(geometry.key(0))
}

/// `size * times / parts`, saturating.
fn scale(size: usize, times: usize, parts: usize) -> usize {
    let scaled = size as u128 * times as u128 / parts as u128;
    usize::try_from(scaled).unwrap_or(usize::MAX)
}

impl Delta {
    fn apply(self, base: usize, geometry: &Geometry) -> usize {
        let unit = match self.unit() {
            Unit::Byte => 1,
            Unit::Word => geometry.word,
            Unit::Granule => geometry.align,
        };
        let bytes = unit * usize::from(self.count().unsigned_abs());
        if self.count() < 0 { base.saturating_sub(bytes) } else { base.saturating_add(bytes) }
    }
}

impl EdgeStep {
    fn apply(self, base: usize, geometry: &Geometry) -> usize {
        let Geometry { word, align, .. } = *geometry;
        match self {
            Self::Zero => base,
            Self::ByteLess => base.saturating_sub(1),
            Self::ByteMore => base.saturating_add(1),
            Self::GranuleLess => base.saturating_sub(align),
            Self::GranuleMore => base.saturating_add(align),
            Self::GranuleAndByteMore => base.saturating_add(align + 1),
            Self::CutLess => base.saturating_sub(4 * word),
            Self::CutMore => base.saturating_add(4 * word),
        }
    }
}

impl Base {
    /// Returns ALIGN if no block defines the base.
    fn of(self, context: &SizeContext) -> usize {
        let SizeContext { target_size, last_freed, geometry, .. } = *context;
        let wanted = match self {
            Self::Target => [target_size, last_freed],
            Self::Freed => [last_freed, target_size],
        };
        wanted.into_iter().find(|&size| size > 0).unwrap_or(geometry.align)
    }
}

impl Change {
    fn apply(self, base: usize, geometry: &Geometry) -> usize {
        match self {
            Self::By(delta) => delta.apply(base, geometry),
            Self::Times(ratio) => {
                let (times, parts) = ratio.terms();
                scale(base, times, parts)
            }
        }
    }
}

impl Ratio {
    const fn terms(self) -> (usize, usize) {
        match self {
            Self::Quarter => (1, 4),
            Self::Half => (1, 2),
            Self::ThreeQuarters => (3, 4),
            Self::SevenEighths => (7, 8),
            Self::FiveQuarters => (5, 4),
            Self::ThreeHalves => (3, 2),
            Self::Double => (2, 1),
            Self::Fourfold => (4, 1),
        }
    }
}

impl Goal {
    fn of(self, context: &SizeContext) -> usize {
        match self {
            Self::Free => context.largest_free,
            Self::Fit => context.largest_fit,
            Self::Half => context.largest_fit / 2,
            Self::Quarter => context.largest_fit / 4,
        }
    }
}

impl Limit {
    fn of(self, geometry: &Geometry) -> usize {
        let max = size_of_key(geometry, geometry.max());
        match self {
            Self::Zero => 0,
            Self::SizeMax => usize::MAX,
            Self::SizeMaxGranule => usize::MAX - geometry.align,
            Self::IsizeMax => isize::MAX as usize,
            Self::Max => max,
            Self::MaxGranule => max - geometry.align,
            // The top row starts at max / 2 and has `sl` lists.
            Self::Last => max - geometry.max() / 2 / geometry.sl,
            Self::TwiceMax => max.saturating_mul(2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::GEOMETRIES;
    use crate::ops::Swarm;

    fn context(geometry: Geometry, bytes: usize) -> SizeContext {
        SizeContext {
            geometry,
            pool_payload: bytes,
            largest_free: bytes,
            largest_fit: bytes,
            target_size: bytes,
            last_freed: bytes,
        }
    }

    #[test]
    fn each_size_resolves_in_each_context() {
        let extremes = [0, 1, 24, 255, 4096, 1 << 18, 1 << 31, isize::MAX as usize, usize::MAX];
        for geometry in GEOMETRIES {
            for bytes in extremes {
                let context = context(geometry, bytes);
                let ceiling = (bytes.min(usize::MAX / 8) * 4).max(LEAST_CEILING);
                for tail in 0..=u16::MAX {
                    let size = Size::decode(tail, Swarm::default());
                    let resolved = size.resolve(&context);
                    assert!(
                        size.is_hostile() || (1..=ceiling).contains(&resolved),
                        "{size} is {resolved} on {context:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn each_size_mode_resolves_to_its_definition() {
        let conte = GEOMETRIES[0];
        let (word, max) = (conte.word, conte.max());
        let context = SizeContext { target_size: 100, largest_fit: 3000, ..context(conte, 4000) };
        let means = |text: &str, bytes: usize| {
            let size: Size = text.parse().expect(text);
            assert_eq!(size.resolve(&context), bytes, "{text}");
        };
        means("tiny 24", 24);
        means("edge 0 5 -1", 5 * word - 1);
        means("edge 1 0", 32 * word);
        means("edge 2 3 +4W", 64 * word + 3 * 2 * word + 4 * word);
        means("granules 3", 3 * word);
        means("relative target +A", 100 + word);
        means("relative target x3/2", 150);
        means("relative freed -1", 3999);
        means("gap free +1", 4001);
        means("gap half", 1500);
        means("fraction 512", 2000);
        means("log 4 128", 24);
        means("hostile zero", 0);
        means("hostile size_max -2", usize::MAX - 2);
        means("hostile isize_max +1", isize::MAX as usize + 1);
        means("hostile max -8", max - 8);
        means("hostile last", max - max / 64);
    }

    #[test]
    fn edges_are_lower_edges_of_classes() {
        for geometry in GEOMETRIES {
            let class = |size: usize| {
                let key = geometry.key(size);
                let row = key.max(geometry.small()).ilog2() - geometry.small().ilog2();
                let list_bytes = (geometry.align << row).max(1);
                (row, key / list_bytes)
            };
            for (row, list) in (0..8).flat_map(|row| (1..32).map(move |list| (row, list))) {
                let size = edge(&geometry, geometry.max() / 2, row, list);
                if size > 0 {
                    assert_ne!(class(size - 1), class(size), "{row} {list} in {geometry:?}");
                }
            }
        }
    }
}
