//! Rules that differ from TLSF 3.1's, but in no result.

use oracle::model::Rules;

/// A freed block absorbs its successor before its predecessor absorbs it. No result shows the order.
#[derive(Clone, Default, Debug)]
pub(crate) struct NextFirst;

impl Rules for NextFirst {
    fn merges_next_first(&mut self) -> bool {
        true
    }
}
