//! The pointer policy under fire: a guarded heap, hostile pointers, and damage to single fields.
//!
//! An input is a small program over a [`Policy`] (a `memoman::Guarded` in one of [`SHAPES`]) whose
//! pools lie between canaries. Valid calls build a heap; hostile ones pass it pointers of every kind;
//! damage overwrites one field of one block, list, bitmap or counter, looks, and takes it back. What
//! must come of it is told by a [`Register`] of what was handed out, and by the executable
//! specification, which makes the same valid calls and says where each block must be and how large:
//! neither reads the heap. Decoding is total: every input is a program, and a prefix of bytes is a
//! prefix of calls.
//!
//! What is promised, and checked at every step:
//!
//! - A valid call is granted or not, and places what it grants, as the specification does; every few
//!   steps, and after every misuse of a sound heap, so do the free lists, and `validate` agrees.
//! - `check` tells each pointer exactly: live, foreign, misaligned, interior, double, and the block.
//! - A misused pointer is refused by every verb in the same words, the handler is told once, and no
//!   byte of pools and canaries changes, nor any of the heap inside: heads, bits, counters and
//!   statistics word by word, and the table of pools as `Tlsf::pools` tells it (word by word, too,
//!   where both pools are there; an empty entry is not initialised). Of the policy around it, the
//!   rolls are compared through `validate`, which holds them against the chain (while a heap is
//!   damaged, as soon as the damage is undone); its counter of calls does change, and its settings are
//!   not looked at.
//! - Damage to any field is named by `validate`, or is benign: the value is the same, or the field is
//!   a statistic that nobody relies on (`peak_used_bytes`, `largest_request`, `failures`).
//! - While a heap is damaged, a call before which it validates answers `Damaged` with what `validate`
//!   names, whatever the call, and nothing changes. Which calls those are is counted here, too: one in
//!   2^N. Any other call on a pointer answers as `check` does: `Damaged`, with a law of address order
//!   in the pointer's pool or *Census*, exactly if that pool's chain is damaged; else what the pointer
//!   is. (If that is a live block, the call would go ahead: no promise, and it is not made.)
//!
//! # The matrix
//!
//! Damage to one field, and what comes of it; `cargo test -p memoman-oracle --test misuse matrix`
//! does it all and compares with this table.
//!
#![doc = include_str!("matrix.md")]
//!
//! The counters are those of feature `stats`. Benign, and proven so by their kind, are only a word
//! that was overwritten with what it held, and a statistic (see above).
//! "Told exactly": the pointer is as sound as the chain, and the damage is found by the next call
//! that validates.
//!
//! The same beside what TLSF 3.1's two checks say: `passes` is a damage that goes unnoticed, and a
//! check may itself crash or never end. `cargo test -p memoman-oracle --test deviations b13` runs
//! both sides, the C code in child processes, and compares with this table.
//!
#![doc = include_str!("beside_c.md")]
//!
//! That the harness sees a broken promise is tested by heaps that lie (`oracle/tests/misuse/liars.rs`).
//!
//! # The rooms
//!
//! | room | holds |
//! |---|---|
//! | [`Register`] | what is live, and what an address is, therefore |
//! | [`Policy`] | the guarded heap, its shapes, its words |
//! | `layout` | which word of the control is which field, found by watching it |
//! | `damage` | fields, and what they are damaged to |
//! | `interpret` | bytes to calls, calls to verdicts |

mod bytes;
mod damage;
mod interpret;
mod layout;
mod policy;
mod register;
mod tally;

use std::fmt;

pub use damage::{Benign, Fault, Field};
pub use interpret::{Lab, MOST_STEPS};
pub use policy::{Done, Policy, SHAPES, Verb, shape};
pub use register::{Kind, Register};
pub use tally::Tally;

/// What was wrong, and the program up to there.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Number of the step.
    pub step: u64,
    /// What was seen, and what was expected.
    pub what: String,
    /// Every step, a line each; the last is the one that failed.
    pub story: Vec<String>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.story.iter().try_for_each(|line| writeln!(f, "{line}"))?;
        writeln!(f, "\nmisuse: step {}: {}", self.step, self.what)?;
        write!(f, "see it again: cargo oracle misuse FILE")
    }
}

impl std::error::Error for Finding {}

/// Runs an input.
///
/// # Errors
/// The first broken promise, with the whole story: a failing input is run twice.
pub fn run(bytes: &[u8]) -> Result<Tally, Box<Finding>> {
    let quiet = Lab::new(bytes, shape, None).run();
    quiet.map_err(|quiet| {
        let mut story = Vec::new();
        match Lab::new(bytes, shape, Some(&mut |line| story.push(line))).run() {
            Err(finding) => Box::new(Finding { story, ..*finding }),
            Ok(_) => quiet,
        }
    })
}

/// Every damage to every field of heaps of every shape, looked at with every promise: by calls that
/// validate, by calls that do not, and by both in turn.
///
/// # Errors
/// The first broken promise.
pub fn matrix() -> Result<Tally, Box<Finding>> {
    let (mut tally, noise) = (Tally::default(), generate(5, 5));
    for number in 0..SHAPES {
        for (seed, every) in [(1, Some(0)), (2, Some(1)), (3, None), (4, Some(2))] {
            let mut bytes = generate(seed, number as u64);
            bytes[0] = number as u8;
            tally.add(&Lab::new(&bytes, shape, None).exhaust(every, &noise)?);
        }
    }
    Ok(tally)
}

/// The bytes of the `number`-th random input of a seed.
pub fn generate(seed: u64, number: u64) -> Vec<u8> {
    use rand_xoshiro::rand_core::{Rng as _, SeedableRng as _};
    let mixed = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(number);
    let mut rng = rand_xoshiro::Xoshiro256PlusPlus::seed_from_u64(mixed);
    let mut bytes = vec![0; 200 + (rng.next_u32() % 1800) as usize];
    rng.fill_bytes(&mut bytes);
    bytes
}
