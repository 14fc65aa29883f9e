//! The header: geometry, pool size and place, and the disabled op kinds and size modes.

use super::keywords::keywords;
use super::swarm::Swarm;
use crate::geometry::{GEOMETRIES, Geometry};

/// The number of memory regions that a program can use as pools.
pub const REGIONS: usize = 4;

/// The length of a header in the binary form, in bytes.
pub const HEADER_BYTES: usize = 8;

/// Pool classes: 256 bytes to 256 KiB in powers of two.
pub(super) const POOL_CLASSES: u8 = 11;

keywords! {
    /// The distance from one region to the next, in bytes.
    pub enum Spacing {
        /// 0: the regions are adjacent.
        None = "none",
        /// One ALIGN.
        Granule = "granule",
        /// A cache line.
        Line = "64",
        /// A page.
        Page = "4096",
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
/// | 4 | | [`OpKind`](crate::ops::OpKind)s off |
/// | 5 | | [`SizeMode`](crate::ops::SizeMode)s off |
/// | 6–7 | | content seed, little-endian |
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Header {
    /// Index into [`GEOMETRIES`]: 0..16.
    pub geometry: u8,
    /// The check profile, 0..4: how much is checked after each step.
    pub profile: u8,
    /// A region has `256 << pool_class` bytes: 0..11.
    pub pool_class: u8,
    /// The distance between the regions.
    pub spacing: Spacing,
    /// The number of bytes by which region 0 is larger than the others.
    pub extra: u8,
    /// The offset of region 0 from the arena's base, in units of ALIGN.
    pub residue: u8,
    /// The disabled op kinds and size modes.
    pub off: Swarm,
    /// The seed of the payloads' content. Its low bits also choose forms of the calls; see
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
    /// Returns the engine configuration.
    pub fn geometry(&self) -> &'static Geometry {
        &GEOMETRIES[usize::from(self.geometry) % GEOMETRIES.len()]
    }

    /// Returns the size of a region in bytes, without `extra`.
    pub fn pool_bytes(&self) -> usize {
        256 << (self.pool_class % POOL_CLASSES)
    }

    /// Returns the size of region `region` in bytes; region 0 includes `extra`.
    pub fn region_bytes(&self, region: u8) -> usize {
        self.pool_bytes() + if region == 0 { usize::from(self.extra) } else { 0 }
    }

    /// Returns the number of bytes between the regions.
    pub fn spacing_bytes(&self) -> usize {
        match self.spacing {
            Spacing::None => 0,
            Spacing::Granule => self.geometry().align,
            Spacing::Line => 64,
            Spacing::Page => 4096,
        }
    }

    /// Returns the offset of region 0 in the arena, in bytes.
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
