//! Rules that the catalogue of planted bugs does not have: they are harmless.

use oracle::model::Rules;

/// The successor is absorbed first: no answer can show it.
#[derive(Clone, Default, Debug)]
pub(crate) struct NextFirst;

impl Rules for NextFirst {
    fn merges_next_first(&mut self) -> bool {
        true
    }
}
