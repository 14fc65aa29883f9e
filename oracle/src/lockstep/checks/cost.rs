//! Constant time, as words touched.

use crate::action::Action;
use crate::bounds::OperationKind;
use crate::call::Reply;
use crate::finding::{Check, Checked, Finding};
use crate::lockstep::columns::Columns;

/// A call touched no more words than its kind may. `live` blocks were live before it.
pub(crate) fn check(
    columns: &Columns,
    action: Action,
    reply: Reply,
    cost: u64,
    live: usize,
) -> Checked {
    let kind = OperationKind::of(action.kind(), reply.is_done());
    let most = kind.most_with(live, columns.geometry.search);
    if cost <= most {
        return Ok(());
    }
    let what = format!("{kind} touched {cost} words; the most for it are {most}");
    Err(Finding::new(Check::Cost, what))
}
