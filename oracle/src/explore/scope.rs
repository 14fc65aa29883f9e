//! What is explored: geometry, pools, alignments.

use std::fmt;

use crate::geometry::GEOMETRIES;
use crate::ops::{Align, Header, Op, PoolForm, REGIONS};

/// A geometry, pools and alignments.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Scope {
    /// The header of its programs: the geometry and the size of the regions.
    pub(crate) header: Header,
    /// Eighths of a region that are not part of its pool.
    pub(crate) eighths_off: u8,
    /// The most regions that are pools.
    pub(crate) pools: u8,
    /// The alignments of memalign.
    pub(crate) aligns: Vec<Align>,
}

/// Why a scope cannot be explored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScopeError(String);

impl fmt::Display for ScopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ScopeError {}

impl Scope {
    /// A scope with pools of `bytes` bytes each, in the geometry of that name, with memalign at each of
    /// `aligns`.
    ///
    /// # Errors
    /// A program of the op language cannot express it. Its pools have 32, 64 … 224 or 256 to 511 bytes; of
    /// several pools above 256, only the first has more than 256. Alignments are powers of two up to 65,536.
    pub fn new(
        geometry: &str,
        bytes: usize,
        pools: usize,
        aligns: &[usize],
    ) -> Result<Self, ScopeError> {
        let error = |what: String| Err(ScopeError(what));
        let Some(number) = GEOMETRIES.iter().position(|known| known.name == geometry) else {
            let names: Vec<_> = GEOMETRIES.iter().map(|known| known.name).collect();
            return error(format!(
                "no geometry is named {geometry:?}; the names are {}",
                names.join(", ")
            ));
        };
        if !(1..=REGIONS).contains(&pools) {
            return error(format!("a program has 1 to {REGIONS} pools, not {pools}"));
        }
        let (extra, eighths_off) = match bytes {
            256..=511 => (bytes - 256, 0),
            32..=255 if bytes % 32 == 0 => (0, 8 - bytes / 32),
            _ => {
                let what = "pools have 32, 64 … 224 or 256 to 511 bytes";
                return error(format!("{what}, not {bytes}"));
            }
        };
        let mut codes = Vec::new();
        for &align in aligns {
            let log2 = align.checked_ilog2().filter(|&log2| align == 1 << log2 && log2 <= 16);
            let Some(log2) = log2 else {
                return error(format!("an alignment is a power of two up to 65536, not {align}"));
            };
            codes.push(Align::power(log2 as u8));
        }
        let header = Header { geometry: number as u8, extra: extra as u8, ..Header::default() };
        let scope =
            Self { header, eighths_off: eighths_off as u8, pools: pools as u8, aligns: codes };
        Ok(scope)
    }

    /// The ops before the first move. None if the pool is the whole region.
    pub(crate) fn prelude(&self) -> Vec<Op> {
        match self.eighths_off {
            0 => Vec::new(),
            _ => vec![Op::RemovePool { region: 0, force: true }, self.add_pool(0)],
        }
    }

    pub(crate) fn add_pool(&self, region: u8) -> Op {
        Op::AddPool { region, form: PoolForm::Fresh { eighths_off: self.eighths_off } }
    }

    /// Start and length of each region's pool.
    pub(crate) fn ranges(&self) -> Vec<(usize, usize)> {
        let all = crate::run::regions::regions(&self.header);
        let part = |bytes: usize| bytes / 8 * (8 - usize::from(self.eighths_off)) + bytes % 8;
        all[..usize::from(self.pools)].iter().map(|&(mem, bytes)| (mem, part(bytes))).collect()
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sizes: Vec<_> = self.ranges().iter().map(|(_, bytes)| bytes.to_string()).collect();
        write!(f, "{}, pools of {} bytes", self.header.geometry().name, sizes.join(" and "))?;
        if !self.aligns.is_empty() {
            let aligns: Vec<_> = self.aligns.iter().map(|align| align.word()).collect();
            write!(f, ", alignments {}", aligns.join(" and "))?;
        }
        Ok(())
    }
}
