//! One run of an input: a guarded heap, the specification beside it, and every check.
//!
//! | module | holds |
//! |---|---|
//! | `state` | the session: heap, arena, address map, specification, report |
//! | `observed` | what a [`Misuse`](memoman::Misuse) reports, as offsets |
//! | `memory` | the words of arena and control: copies, reading, damaging |
//! | `choose` | pointers and calls, chosen by the input |
//! | `calls`, `pools` | calls, and the checks of their results |
//! | `damage` | one damaged field, and the checks of such a heap |
//! | `program` | inputs as sequences of steps |

mod calls;
mod choose;
mod damage;
mod memory;
mod observed;
mod pools;
mod program;
mod state;

pub use program::MOST_STEPS;
pub use state::Session;
