//! The header: which engine, how large a pool, where, and what the program does without.

use super::size::Mode;
use super::words::spelled;
use crate::geometry::{GEOMETRIES, Geometry};

/// Regions of memory that a program can make into pools.
pub const REGIONS: usize = 4;

/// Bytes of a header in the binary form.
pub const HEADER_BYTES: usize = 8;

/// Pool classes: 256 bytes to 256 KiB in powers of two.
pub(super) const POOL_CLASSES: u8 = 11;

spelled! {
    /// Bytes between one region and the next.
    pub enum Spacing {
        /// The regions touch.
        None = "none",
        /// One ALIGN.
        Granule = "granule",
        /// A cache line.
        Line = "64",
        /// A page.
        Page = "4096",
    }
}

spelled! {
    /// Op kinds that a header can turn off, in the order of the mask's bits. Malloc and free
    /// are always on.
    pub enum Kind {
        /// Off: malloc.
        Memalign = "memalign",
        /// Off: free.
        Realloc = "realloc",
        /// Add, remove, extend and shrink. Off: malloc.
        Pools = "pools",
        /// Off: free.
        Repeat = "repeat",
        /// Off: malloc.
        Fill = "fill",
        /// Off: free.
        Drain = "drain",
        /// Off: malloc.
        Rewrite = "rewrite",
        /// Off: free.
        Check = "check",
    }
}

/// What a program does without. A program that cannot free in bulk, or has no odd sizes,
/// reaches states that an even mixture never does ("swarm testing", Groce et al. 2012).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Swarm {
    /// Bit `k` turns off the [`Kind`] of that number.
    pub kinds: u8,
    /// Bit `m` turns off the [`Mode`] of that number. All off counts as all on.
    pub modes: u8,
}

impl Swarm {
    /// Whether ops of this kind are decoded as malloc or free.
    pub const fn without(self, kind: Kind) -> bool {
        self.kinds >> kind as u8 & 1 == 1
    }

    /// Whether sizes of this mode are decoded as another.
    pub const fn without_mode(self, mode: Mode) -> bool {
        self.modes != u8::MAX && self.modes >> mode as u8 & 1 == 1
    }

    /// The mode itself, or the next one upward that is on, round the end.
    pub(super) fn nearest_mode(self, mode: Mode) -> Mode {
        let upward = Mode::ALL.iter().cycle().skip(mode as usize).take(Mode::ALL.len());
        upward.copied().find(|&m| !self.without_mode(m)).unwrap_or(mode)
    }
}

/// The first 8 bytes.
///
/// | byte | bits | meaning |
/// |---|---|---|
/// | 0 | 0–3 | index into [`GEOMETRIES`] |
/// | 0 | 4–5 | check profile |
/// | 1 | 0–3 | pool class, modulo 11 |
/// | 1 | 4–5 | [`Spacing`] |
/// | 2 | | extra bytes of region 0 |
/// | 3 | | base residue, times ALIGN |
/// | 4 | | [`Kind`]s off |
/// | 5 | | [`Mode`]s off |
/// | 6–7 | | content seed, little-endian |
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Header {
    /// Index into [`GEOMETRIES`]: 0..16.
    pub geometry: u8,
    /// How much is checked at each step: 0..4.
    pub profile: u8,
    /// A region has `256 << pool_class` bytes: 0..11.
    pub pool_class: u8,
    /// What lies between the regions.
    pub spacing: Spacing,
    /// Bytes that region 0 has more than the others.
    pub extra: u8,
    /// Where region 0 starts, counted in ALIGN from the arena's own, larger alignment.
    pub residue: u8,
    /// What the program does without.
    pub off: Swarm,
    /// Seed of the payloads' content; its low bits also choose forms of the calls, see
    /// [`ops`](crate::ops).
    pub seed: u16,
}

impl Default for Header {
    /// The header of eight zero bytes.
    fn default() -> Self {
        Self::decode([0; HEADER_BYTES])
    }
}

impl Header {
    /// The engine configuration.
    pub fn geometry(&self) -> &'static Geometry {
        &GEOMETRIES[usize::from(self.geometry) % GEOMETRIES.len()]
    }

    /// Bytes of a region; region 0 has `extra` more.
    pub fn pool_bytes(&self) -> usize {
        256 << (self.pool_class % POOL_CLASSES)
    }

    /// Bytes of region `region`.
    pub fn region_bytes(&self, region: u8) -> usize {
        self.pool_bytes() + if region == 0 { usize::from(self.extra) } else { 0 }
    }

    /// Bytes between the regions.
    pub fn spacing_bytes(&self) -> usize {
        match self.spacing {
            Spacing::None => 0,
            Spacing::Granule => self.geometry().align,
            Spacing::Line => 64,
            Spacing::Page => 4096,
        }
    }

    /// Bytes from the arena's own alignment to region 0.
    pub fn residue_bytes(&self) -> usize {
        usize::from(self.residue) * self.geometry().align
    }

    pub(super) fn decode(bytes: [u8; HEADER_BYTES]) -> Self {
        let [engine, place, extra, residue, kinds, modes, seed_low, seed_high] = bytes;
        Self {
            geometry: engine & 15,
            profile: engine >> 4 & 3,
            pool_class: (place & 15) % POOL_CLASSES,
            spacing: Spacing::ALL[usize::from(place >> 4 & 3)],
            extra,
            residue,
            off: Swarm { kinds, modes },
            seed: u16::from_le_bytes([seed_low, seed_high]),
        }
    }

    pub(super) fn encode(&self) -> [u8; HEADER_BYTES] {
        let [seed_low, seed_high] = self.seed.to_le_bytes();
        [
            self.geometry & 15 | (self.profile & 3) << 4,
            (self.pool_class % POOL_CLASSES) | (self.spacing as u8) << 4,
            self.extra,
            self.residue,
            self.off.kinds,
            self.off.modes,
            seed_low,
            seed_high,
        ]
    }
}
