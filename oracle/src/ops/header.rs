//! The header: geometry, pool size and place, and the disabled op kinds and size modes.

use super::keywords::keywords;
use super::swarm::Swarm;
use super::version::Version;
use crate::geometry::{GEOMETRIES, Geometry};

/// The number of memory regions that a program can use as pools.
pub const REGIONS: usize = 4;

/// The length of a header in the binary form, in bytes.
pub const HEADER_BYTES: usize = 8;

/// The bytes that reallocs may copy in a program of version 2: copying takes time and memory.
pub(super) const MOVES: [u32; 8] =
    [1 << 14, 1 << 16, 1 << 18, 1 << 20, 1 << 22, 1 << 24, 1 << 25, 1 << 26];

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
/// | 0 | 6–7 | version 2: [`Spacing`] |
/// | 1 | 0–3 | pool class, modulo 11; version 2: bits 0–4, modulo 25 |
/// | 1 | 4–5 | [`Spacing`] |
/// | 1 | 5–7 | version 2: the bytes that reallocs may copy, 16 KiB to 64 MiB |
/// | 2 | | extra bytes of region 0 |
/// | 3 | | base residue, times ALIGN |
/// | 4 | | [`OpKind`](crate::ops::OpKind)s off |
/// | 5 | | [`SizeMode`](crate::ops::SizeMode)s off |
/// | 6–7 | | content seed, little-endian |
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Header {
    /// The version of the op language.
    pub version: Version,
    /// Index into [`GEOMETRIES`]: 0..16.
    pub geometry: u8,
    /// The check profile, 0..4: how much is checked after each step.
    pub profile: u8,
    /// A region has `256 << pool_class` bytes: 0..11, in version 2 0..25.
    pub pool_class: u8,
    /// The bytes that reallocs may copy, as a number 0..8; 0 in version 1, which has no limit.
    pub moves: u8,
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
        Self::decode(Version::One, [0; HEADER_BYTES])
    }
}

impl Header {
    /// Returns the engine configuration.
    pub fn geometry(&self) -> &'static Geometry {
        &GEOMETRIES[usize::from(self.geometry) % GEOMETRIES.len()]
    }

    /// Returns the size of a region in bytes, without `extra`.
    pub fn pool_bytes(&self) -> u64 {
        256 << (self.pool_class % self.version.pool_classes())
    }

    /// Returns the size of region `region` in bytes; region 0 includes `extra`.
    pub fn region_bytes(&self, region: u8) -> u64 {
        self.pool_bytes() + if region == 0 { self.extra.into() } else { 0 }
    }

    /// Returns the bytes that reallocs may copy in all, if they are limited.
    pub fn move_bytes(&self) -> Option<usize> {
        (self.version == Version::Two)
            .then(|| MOVES[usize::from(self.moves) % MOVES.len()] as usize)
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

    pub(super) fn decode(version: Version, bytes: [u8; HEADER_BYTES]) -> Self {
        let [engine, place, extra, residue, kinds, modes, seed_low, seed_high] = bytes;
        let (class, spacing, moves) = match version {
            Version::One => (place & 15, place >> 4 & 3, 0),
            Version::Two => (place & 31, engine >> 6, place >> 5),
        };
        Self {
            version,
            geometry: engine & 15,
            profile: engine >> 4 & 3,
            pool_class: class % version.pool_classes(),
            moves,
            spacing: Spacing::ALL[usize::from(spacing)],
            extra,
            residue,
            off: Swarm { kinds, modes },
            seed: u16::from_le_bytes([seed_low, seed_high]),
        }
    }

    pub(super) fn encode(&self) -> [u8; HEADER_BYTES] {
        let [seed_low, seed_high] = self.seed.to_le_bytes();
        let (engine, class) = (
            self.geometry & 15 | (self.profile & 3) << 4,
            self.pool_class % self.version.pool_classes(),
        );
        let (engine, place) = match self.version {
            Version::One => (engine, class | (self.spacing as u8) << 4),
            Version::Two => (engine | (self.spacing as u8) << 6, class | self.moves << 5),
        };
        [
            engine,
            place,
            self.extra,
            self.residue,
            self.off.kinds,
            self.off.modes,
            seed_low,
            seed_high,
        ]
    }
}
