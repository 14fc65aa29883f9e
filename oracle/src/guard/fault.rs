//! Damage to a field: the values that it is overwritten with, and the label of the damage.

use std::fmt;

use crate::geometry::WORD;

use super::address_map::{AddressMap, Block};
use super::field::{Field, Site};

const FREE: usize = 1;
const PREV_FREE: usize = 2;
const FLAGS: usize = FREE | PREV_FREE;

/// The reason why `validate` need not report a damage.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Benign {
    /// The value is the same.
    Unchanged,
    /// No operation relies on the word.
    Statistic,
}

/// An overwritten field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fault {
    /// The field.
    pub field: Field,
    pub(super) site: Site,
    /// The value before the damage.
    pub old: usize,
    /// The value that the damage writes.
    pub new: usize,
    /// What the new value leads to, if it leads to a block.
    leads_to: Option<Lead>,
}

/// The place that a damaged word leads to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Lead {
    /// The end of a later block.
    End,
    /// A header that the owner of a payload wrote.
    Forged,
    /// The header of a free block.
    Free,
    /// The header of a used block.
    Used,
}

impl Fault {
    /// Returns the reason if the damage is benign.
    pub fn benign(&self) -> Option<Benign> {
        match self.field {
            _ if self.old == self.new => Some(Benign::Unchanged),
            Field::Statistic => Some(Benign::Statistic),
            _ => None,
        }
    }

    /// Returns the pool whose chain is damaged, if the field is one of address order.
    pub fn chain(&self, map: &AddressMap) -> Option<usize> {
        match self.field {
            Field::Header(block) | Field::Back(block) => map.pool(block.payload),
            Field::Sentinel(at) => map.pool(at),
            _ => None,
        }
    }

    /// Returns the kinds of field and change, which name a row of the matrix.
    pub fn label(&self) -> (&'static str, &'static str) {
        let (changed, set) = (self.old ^ self.new, self.new & !self.old);
        let flags = match changed & FLAGS {
            0 => "",
            FREE if set & FREE != 0 => "FREE set",
            FREE => "FREE cleared",
            PREV_FREE if set & PREV_FREE != 0 => "PREV_FREE set",
            PREV_FREE => "PREV_FREE cleared",
            _ => "both flags",
        };
        let link = match (self.new, self.leads_to) {
            (0, _) => "null",
            (_, Some(Lead::Free)) => "another free block",
            (_, Some(Lead::Used)) => "a used block",
            _ => "no block",
        };
        let bits = match (changed.count_ones(), set != 0) {
            (0 | 1, true) => "a bit set",
            (0 | 1, false) => "a bit cleared",
            _ => "several bits",
        };
        match self.field {
            Field::Header(block) => {
                let size = match (self.leads_to, changed & !FLAGS, flags) {
                    (_, 0, flags) => flags,
                    (_, _, flags) if !flags.is_empty() => "size and flags",
                    (Some(Lead::End), ..) => "size: up to a later block's end",
                    (Some(Lead::Forged), ..) => "size: up to a header forged in the payload",
                    _ if self.new > self.old => "size: larger",
                    _ => "size: smaller",
                };
                (if block.free { "header of a free block" } else { "header of a used block" }, size)
            }
            Field::Sentinel(_) if changed & !FLAGS == 0 => ("sentinel", flags),
            Field::Sentinel(_) => ("sentinel", "size"),
            Field::Next(_) => ("next link", link),
            Field::Prev(_) => ("prev link", link),
            Field::Back(_) => ("prev_phys", link),
            Field::Head(_) if self.old == 0 => ("head of an empty list", link),
            Field::Head(_) => ("head of a list", link),
            Field::First => ("first level", bits),
            Field::Second(_) => ("second level", bits),
            Field::Counter => ("counter", "changed"),
            Field::Statistic => ("statistic", "changed"),
        }
    }
}

impl fmt::Display for Fault {
    /// Prints no addresses, because they differ from run to run.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (field, change) = self.label();
        match self.field {
            Field::Header(block) => {
                let (old, new) = (self.old, self.new);
                write!(f, "{field} at {}, {change}: {old:#x} to {new:#x}", block.payload)
            }
            Field::Next(block) | Field::Prev(block) | Field::Back(block) => {
                write!(f, "{field} of {}, {change}", block.payload)
            }
            Field::Sentinel(at) => write!(f, "{field} at {at}, {change}"),
            Field::Head(class) => write!(f, "{field}, class {class}: {change}"),
            Field::Second(row) => write!(f, "{field}, from row {row}: {change}"),
            _ => write!(f, "{field}: {change}"),
        }
    }
}

/// The number of forms of damage. Some forms depend on an argument.
pub(super) const FORMS: usize = 12;

/// Returns the damage of this form and argument; `base` is the arena's address. Some forms change size
/// and flags of a header separately, some together.
pub(super) fn fault(
    (field, site): (Field, Site),
    old: usize,
    form: usize,
    argument: usize,
    map: &AddressMap,
    base: usize,
) -> Fault {
    let all: Vec<Block> = (0..map.pools.len()).flat_map(|pool| map.blocks(pool)).collect();
    let other = all.get(argument % all.len().max(1));
    let of_other = |in_front: usize| other.map_or(0, |block| base + block.payload - in_front);
    let header = matches!(field, Field::Header(_) | Field::Sentinel(_));
    let step = map.align;
    let new = match form {
        0 => old ^ (1 << (argument % usize::BITS as usize)),
        1 => 0,
        2 => old.wrapping_add([step, WORD, 1][argument % 3]),
        3 => old.wrapping_sub([step, WORD, 1][argument % 3]),
        4 => of_other(WORD),
        5 => of_other(0),
        6 => usize::MAX - argument % 64,
        7 => argument.wrapping_mul(0x9E37_79B9_7F4A_7C15_u64 as usize),
        8 if header => old ^ (1 + argument % 3),
        8 => base.wrapping_add(argument % 8192),
        // The size up to the end of a later block, with the same flags.
        9 => match field {
            Field::Header(block) => {
                let later = all.iter().filter(|later| later.payload > block.payload);
                let ends: Vec<usize> = later.map(|later| later.payload + later.size).collect();
                let end = ends.get(argument % ends.len().max(1));
                end.map_or(old, |end| (end - block.payload) | (old & FLAGS))
            }
            _ => old ^ FREE,
        },
        10 if header => (old & FLAGS) | ((argument % 4096) & !FLAGS),
        10 => old.rotate_left(1),
        // Shorter by some granules.
        _ => match field {
            Field::Header(block) if header => {
                let granules = block.size / step;
                old.wrapping_sub(argument % granules.max(1) * step)
            }
            _ => !old,
        },
    };
    let mut fault = Fault { field, site, old, new, leads_to: None };
    fault.leads_to = leads_to(&fault, &all, base);
    fault
}

fn leads_to(fault: &Fault, all: &[Block], base: usize) -> Option<Lead> {
    match fault.field {
        Field::Header(block) => {
            let end = block.payload.checked_add(fault.new & !FLAGS)?;
            all.iter().any(|later| later.payload + later.size == end).then_some(Lead::End)
        }
        _ => {
            let at = fault.new.wrapping_sub(base).wrapping_add(WORD);
            let found = all.iter().find(|block| block.payload == at)?;
            Some(if found.free { Lead::Free } else { Lead::Used })
        }
    }
}

impl Fault {
    /// The same damage, after a header was written where the new size leads.
    pub(super) fn forged(self) -> Self {
        Self { leads_to: Some(Lead::Forged), ..self }
    }
}
