//! The engine configurations that the op language can name, as plain numbers.
//!
//! The table is part of the op language: entries are never renumbered within a version.

/// Bytes of `usize` on this machine: 8 or 4.
pub const WORD: usize = size_of::<usize>();

/// TLSF 3.1's `FL_INDEX_MAX`: 32 on 64-bit, 30 on 32-bit.
const CONTE_MAX_LOG2: u32 = if WORD == 8 { 32 } else { 30 };

/// The widest limit the engine takes: the top bit of an address.
const WIDE_MAX_LOG2: u32 = usize::BITS - 1;

/// One configuration: block sizes below `2^max_log2`, `sl` lists per power of two, payloads
/// aligned to `align`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Geometry {
    /// Name in the text form and in reports.
    pub name: &'static str,
    /// Bytes of a machine word: one word of overhead per block.
    pub word: usize,
    /// Alignment of every payload, in bytes: a power of two, at least `word`.
    pub align: usize,
    /// Second-level lists per first-level row: 4, 8, 16 or 32.
    pub sl: usize,
    /// Keys (see [`Geometry::key`]) are below `2^max_log2`: Conte's `FL_INDEX_MAX`.
    pub max_log2: u32,
    /// Blocks of a request's own list that are looked at first: 0 in TLSF 3.1.
    pub search: usize,
}

impl Geometry {
    const fn here(name: &'static str, align: usize, sl: usize, max_log2: u32) -> Self {
        Self { name, word: WORD, align, sl, max_log2, search: 0 }
    }

    /// TLSF 3.1's own alignment, limit and search: the C code is built for this geometry.
    pub const fn is_contes(&self) -> bool {
        self.align == WORD && self.max_log2 == CONTE_MAX_LOG2 && self.search == 0
    }

    /// Keys below this fall into row 0, one list per granule.
    pub const fn small(&self) -> usize {
        self.sl * self.align
    }

    /// First-level rows.
    pub const fn fl(&self) -> usize {
        (self.max_log2 - self.small().ilog2() + 1) as usize
    }

    /// First key that is too large.
    pub const fn max(&self) -> usize {
        1 << self.max_log2
    }

    /// The least payload of a block: three words, and more where ALIGN needs it.
    pub const fn min_size(&self) -> usize {
        (4 * self.word).next_multiple_of(self.align) - self.word
    }

    /// The largest payload of a block.
    pub const fn max_size(&self) -> usize {
        self.max() - self.align - self.key(0)
    }

    /// What the mapping sees of a block of payload `size`.
    ///
    /// With ALIGN = word it is the size itself, as in TLSF 3.1. With a larger ALIGN it is size + word,
    /// which then is the multiple of ALIGN.
    pub const fn key(&self, size: usize) -> usize {
        if self.align == self.word { size } else { size + self.word }
    }
}

/// The configurations, by their number in an input's header. The first four are those that the
/// C reference has, too.
pub const GEOMETRIES: [Geometry; 16] = [
    Geometry::here("conte-sl32", WORD, 32, CONTE_MAX_LOG2),
    Geometry::here("conte-sl16", WORD, 16, CONTE_MAX_LOG2),
    Geometry::here("conte-sl8", WORD, 8, CONTE_MAX_LOG2),
    Geometry::here("conte-sl4", WORD, 4, CONTE_MAX_LOG2),
    Geometry::here("a16-sl32", 16, 32, CONTE_MAX_LOG2),
    Geometry::here("a32-sl16", 32, 16, CONTE_MAX_LOG2),
    Geometry::here("a64-sl8", 64, 8, CONTE_MAX_LOG2),
    Geometry::here("a16-sl4", 16, 4, CONTE_MAX_LOG2),
    Geometry::here("wide-sl32", WORD, 32, WIDE_MAX_LOG2),
    Geometry::here("wide-a64-sl32", 64, 32, WIDE_MAX_LOG2),
    Geometry::here("tiny-sl4", WORD, 4, 12),
    Geometry::here("tiny-a16-sl8", 16, 8, 16),
    Geometry::here("a32-sl4", 32, 4, 20),
    Geometry::here("a64-sl32", 64, 32, CONTE_MAX_LOG2),
    Geometry::here("small-sl8", WORD, 8, 18),
    Geometry::here("a16-sl16", 16, 16, 24),
];

/// Two configurations with a bounded search, which no header names: a run with
/// [`Config::search`](crate::Config::search) is in one of them. Few lists in a row, so that a list holds
/// many sizes.
const SEARCHING: [Geometry; 2] = [
    Geometry { search: 2, ..Geometry::here("sl4-search2", WORD, 4, 18) },
    Geometry { search: 1, ..Geometry::here("a16-sl4-search1", 16, 4, 24) },
];

/// All configurations that the engine is compiled in: [`GEOMETRIES`], then those with a bounded search.
pub const CONFIGURATIONS: [Geometry; GEOMETRIES.len() + SEARCHING.len()] = {
    let mut all = [SEARCHING[0]; GEOMETRIES.len() + SEARCHING.len()];
    let mut number = 0;
    while number < all.len() {
        all[number] = match number.checked_sub(GEOMETRIES.len()) {
            None => GEOMETRIES[number],
            Some(searching) => SEARCHING[searching],
        };
        number += 1;
    }
    all
};

/// The configuration of that number.
pub const fn configuration(number: usize) -> Geometry {
    CONFIGURATIONS[number]
}

/// The number in [`CONFIGURATIONS`] of the configuration of that name; none if there is none.
pub fn by_name(name: &str) -> Option<usize> {
    CONFIGURATIONS.iter().position(|geometry| geometry.name == name)
}

/// The number in [`CONFIGURATIONS`] of the bounded search in which programs of the geometry of that number
/// run: its pools are aligned for it.
pub const fn searching(geometry: usize) -> usize {
    GEOMETRIES.len() + (GEOMETRIES[geometry].align > WORD) as usize
}
