//! One executed step, as observers see it.

use crate::call::{Answer, Call};
use crate::ops::Op;

/// A step, as a trace shows it.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// Index of the op in the program; past its end, what ends every run.
    pub index: usize,
    /// The op, if it is the program's.
    pub op: Option<&'a Op>,
    /// The call that came of it.
    pub call: Call,
    /// The answer, if all agreed.
    pub answer: Option<Answer>,
    /// Words that the subject touched, if it counts; 0 if not.
    pub cost: u64,
}
