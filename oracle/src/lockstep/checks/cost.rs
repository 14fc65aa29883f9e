//! Constant time, as words touched.

use crate::bounds::OperationKind;
use crate::finding::{Check, Checked, Finding};

/// A call touched no more words than its kind may. `live` blocks were live before it.
pub(crate) fn check(kind: OperationKind, cost: u64, live: usize) -> Checked {
    let most = kind.most_with(live);
    if cost <= most {
        return Ok(());
    }
    let what = format!("{kind} touched {cost} words; the most for it are {most}");
    Err(Finding::new(Check::Cost, what))
}
