//! One executed step, as observers see it.

use crate::action::Action;
use crate::call::Outcome;
use crate::lockstep::Lockstep;
use crate::ops::Op;

/// A step, as a trace shows it.
#[derive(Clone, Copy)]
pub struct Step<'a> {
    /// Index of the op in the program; past its end for the calls that end every run.
    pub index: usize,
    /// The op, if it is the program's.
    pub op: Option<&'a Op>,
    /// The action that resulted from it.
    pub action: Action,
    /// What every column replied; none if a check failed.
    pub outcome: Option<Outcome>,
    /// Words that the subject touched, if it counts; 0 if not.
    pub cost: u64,
    /// The lockstep after the step, for observers that look at the heap; none if the program runs on something
    /// else.
    pub(crate) lockstep: Option<&'a Lockstep>,
}
