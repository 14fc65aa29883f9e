//! Fuzzes the guard: misused pointers, and damage to single fields of a heap.
//!
//! An input is a small program over a [`GuardedHeap`] (a `memoman::Guarded` in one of [`SHAPES`]
//! configurations) whose pools lie between canaries. Valid calls build a heap; hostile calls pass pointers
//! of every kind; a damage overwrites one field of a block, a list, a bitmap or a counter, and is undone
//! after the checks. An [`AddressMap`] of the blocks that the heap returned and the executable
//! specification, which makes the same valid calls, predict every result. Neither reads the heap.
//! Decoding is total: every input is a program, and a prefix of bytes is a prefix of calls.
//!
//! # Promises
//!
//! Each is checked at every step.
//!
//! - A valid call succeeds or fails, and places its block, as the specification does. Every few steps,
//!   and after every misuse of a sound heap, the free lists are the specification's and `validate` agrees.
//! - `check` reports the kind of each pointer exactly: live, foreign, misaligned, interior or double, and
//!   the block.
//! - Every operation refuses a misused pointer with the same report, and the handler receives it once. No
//!   byte of pools and canaries changes. In the heap inside, the heads, bits, counters and statistics are
//!   compared word by word, and the table of pools as `Tlsf::pools` returns it (word by word, too, while
//!   both pools are present; an empty entry is not initialised). Of the guard around it, `validate`
//!   compares the fingerprints of the live blocks with the chain (while a heap is damaged, as soon as the
//!   damage is undone). The guard's call counter changes, and its settings are not compared.
//! - `validate` reports every damage to a field, unless the damage is benign: the value is the same, or
//!   the field is a statistic on which no operation relies (`peak_used_bytes`, `largest_request`,
//!   `failures`).
//! - While a heap is damaged, a call that validates first returns `Damaged` with the violation that
//!   `validate` reports, and nothing changes. Every N-th call validates, and after one that found damage
//!   the next; the harness counts them, too. Any other call on a pointer returns what `check` does:
//!   `Damaged` exactly if the chain of the pointer's pool is damaged, with a law of address order in that
//!   pool or *Census*; otherwise the kind of the pointer. (If it is a live block, the call would be made on
//!   the damaged heap. No promise holds then, and the harness does not make it.)
//!
//! # Damage to one field, and which law `validate` reports
//!
//! `cargo test -p memoman-oracle --test misuse matrix` makes every damage and compares the results with
//! this table.
//!
#![doc = include_str!("matrix.md")]
//!
//! The counters are those of feature `stats`. Two damages are benign: a word overwritten with the value
//! that it held, and a statistic (see above). "Exact": the pointer's kind is reported as if the heap were
//! sound, and the next call that validates reports the damage.
//!
//! The next table compares with the two checks of TLSF 3.1: `passes` is a damage that they do not report;
//! a check may also crash or never return. `cargo test -p memoman-oracle --test deviations b13` runs both
//! sides, the C code in child processes, and compares the results with this table.
//!
#![doc = include_str!("beside_c.md")]
//!
//! The tests in `oracle/tests/misuse/` run faulty guarded heaps: each must fail the check it breaks.
//!
//! # Modules
//!
//! | module | holds |
//! |---|---|
//! | `address_map` | [`AddressMap`]: live blocks, and the kind of every address |
//! | `heap` | [`GuardedHeap`]: the guarded heap, its shapes, its control as words |
//! | `layout` | which word of the control is which field, found by comparing states |
//! | `field`, `fault` | fields, and how each is damaged |
//! | `session` | one run: bytes to calls, calls to checks |
//! | `run` | the entry points |
//! | `failure`, `tally` | results: a broken promise, or the counts of a run |

mod address_map;
mod bytes;
mod failure;
mod fault;
mod field;
mod heap;
mod layout;
mod run;
mod session;
mod tally;

pub use address_map::{AddressMap, Block, PointerKind};
pub use failure::GuardFailure;
pub use fault::{Benign, Fault};
pub use field::Field;
pub use heap::{GuardedHeap, PointerCall, PointerReply, SHAPES, shape};
pub use run::{generate, matrix, run};
pub use session::{MOST_STEPS, Session};
pub use tally::Tally;
