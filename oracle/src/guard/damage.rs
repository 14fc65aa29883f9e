//! Fields, what they are damaged to, and the name of such damage.

use std::fmt;

use crate::geometry::WORD;

use super::bytes::Bytes;
use super::layout::Role;
use super::register::{Block, Register};

const FREE: usize = 1;
const PREV_FREE: usize = 2;
const FLAGS: usize = FREE | PREV_FREE;

/// One word that the heap relies on, or reports.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Field {
    /// The header of a block of a pool.
    Header(Block),
    /// The sentinel's header, at this offset.
    Sentinel(usize),
    /// A free block's link to the next of its list.
    Next(Block),
    /// A free block's link to the one before.
    Prev(Block),
    /// The word that ends a free block and names it to its successor.
    Back(Block),
    /// The head of a list.
    Head(usize),
    /// The first-level bits.
    First,
    /// The second-level bits of the rows from this one on.
    Second(usize),
    /// A counter of *Census*.
    Counter,
    /// A counter that is only reported.
    Statistic,
}

/// Where a word lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Site {
    Arena(usize),
    Control(usize),
}

/// Why damage need not be named.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Benign {
    /// The word holds what it held.
    Unchanged,
    /// Nobody relies on the word.
    Statistic,
}

/// A word, overwritten.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fault {
    /// Which.
    pub field: Field,
    pub(super) site: Site,
    /// What it held.
    pub old: usize,
    /// What it holds.
    pub new: usize,
    /// Where a header is that the new value leads to.
    leads_to: Option<Lead>,
}

/// What a damaged word leads to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Lead {
    /// The end of a later block.
    End,
    /// A header that the owner of a payload wrote there.
    Forged,
    /// The header of a free block, of a used one.
    Free,
    Used,
}

impl Fault {
    /// Benign, and why.
    pub fn benign(&self) -> Option<Benign> {
        match self.field {
            _ if self.old == self.new => Some(Benign::Unchanged),
            Field::Statistic => Some(Benign::Statistic),
            _ => None,
        }
    }

    /// The pool whose chain is damaged, if the field is one of address order.
    pub fn chain(&self, register: &Register) -> Option<usize> {
        match self.field {
            Field::Header(block) | Field::Back(block) => register.pool(block.payload),
            Field::Sentinel(at) => register.pool(at),
            _ => None,
        }
    }

    /// Kind of field and of change: a row of the matrix.
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
    /// Without addresses, which differ from run to run.
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

/// A field, drawn from all that there are.
pub(super) fn draw_field(
    register: &Register,
    roles: &[Role],
    input: &mut Bytes<'_>,
) -> Option<(Field, Site)> {
    if input.below(4) == 0 {
        // The heads are many and most are empty: the rest of the control gets a draw of its own.
        let heads = input.below(2) == 0;
        let of_kind = |&index: &usize| heads == matches!(roles[index], Role::Head(_));
        let words: Vec<usize> = (0..roles.len()).filter(of_kind).collect();
        let index = input.pick(&words)?;
        return of_role(roles[index]).map(|field| (field, Site::Control(index)));
    }
    let pool = input.below(register.pools.len().max(1));
    let bounds = register.bounds(*register.pools.get(pool)?);
    let blocks = register.blocks(pool);
    let free: Vec<Block> = blocks.iter().copied().filter(|block| block.free).collect();
    let form = input.below(8);
    Some(match (form, input.pick(&free)) {
        (0, _) => (Field::Sentinel(bounds.1), Site::Arena(bounds.1)),
        (1, Some(block)) => (Field::Next(block), Site::Arena(block.payload)),
        (2, Some(block)) => (Field::Prev(block), Site::Arena(block.payload + WORD)),
        (3, Some(block)) => (Field::Back(block), Site::Arena(block.payload + block.size - WORD)),
        _ => {
            let block = input.pick(&blocks)?;
            (Field::Header(block), Site::Arena(block.payload - WORD))
        }
    })
}

/// All fields that there are.
pub(super) fn all_fields(register: &Register, roles: &[Role]) -> Vec<(Field, Site)> {
    let mut fields = Vec::new();
    for pool in 0..register.pools.len() {
        let sentinel = register.bounds(register.pools[pool]).1;
        fields.push((Field::Sentinel(sentinel), Site::Arena(sentinel)));
        for block in register.blocks(pool) {
            fields.push((Field::Header(block), Site::Arena(block.payload - WORD)));
            if block.free {
                let back = block.payload + block.size - WORD;
                fields.push((Field::Next(block), Site::Arena(block.payload)));
                fields.push((Field::Prev(block), Site::Arena(block.payload + WORD)));
                fields.push((Field::Back(block), Site::Arena(back)));
            }
        }
    }
    let control = roles.iter().enumerate();
    fields.extend(control.filter_map(|(at, &role)| Some((of_role(role)?, Site::Control(at)))));
    fields
}

/// The field of a word of the control, but for those that are taken on trust.
fn of_role(role: Role) -> Option<Field> {
    match role {
        Role::Head(class) => Some(Field::Head(class)),
        Role::First => Some(Field::First),
        Role::Second(row) => Some(Field::Second(row)),
        Role::Counter => Some(Field::Counter),
        Role::Statistic => Some(Field::Statistic),
        Role::Table => None,
    }
}

/// How a word is damaged: [`FORMS`] ways, of which some depend on an argument.
pub(super) const FORMS: usize = 12;

/// The fault of this form and argument; `base` is the arena's address. Of headers, size and flags are
/// damaged apart as well as together.
pub(super) fn fault(
    (field, site): (Field, Site),
    old: usize,
    form: usize,
    argument: usize,
    register: &Register,
    base: usize,
) -> Fault {
    let all: Vec<Block> =
        (0..register.pools.len()).flat_map(|pool| register.blocks(pool)).collect();
    let other = all.get(argument % all.len().max(1));
    let of_other = |in_front: usize| other.map_or(0, |block| base + block.payload - in_front);
    let header = matches!(field, Field::Header(_) | Field::Sentinel(_));
    let step = register.align;
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
        // Up to the end of a later block: the same flags.
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
        // Shorter by granules: where a forged header may be.
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
    /// As it is, but for a header that was written at where the new size leads.
    pub(super) fn forged(self) -> Self {
        Self { leads_to: Some(Lead::Forged), ..self }
    }
}
