//! The check of `explain`: what the subject reports of a request, beside its result and the reason.

use memoman::RequestError;

use crate::call::Call;
use crate::finding::{Check, Checked, Finding};
use crate::lockstep::columns::Columns;
use crate::model::{Conte31, Rules, Specification, sizes};

/// The subject's explanation of a request, before the subject receives it: whether it will be
/// granted, and if not, why not. The specification has performed the call already; if it refused,
/// it is as it was.
pub(crate) fn explanation(columns: &Columns, call: Call, granted: bool) -> Checked {
    let (align, size) = match call {
        Call::Malloc { size } => (1, size),
        Call::Memalign { align, size } => (align, size),
        _ => return Ok(()),
    };
    let Some(specification) = columns.specification() else { return Ok(()) };
    let Some(reported) = columns.subject.explain(align, size) else { return Ok(()) };
    if granted && reported.is_ok() {
        return Ok(());
    }
    let expected = match granted {
        true => Ok(()),
        false => Err(reason(columns, specification, align, size)),
    };
    if reported == expected {
        return Ok(());
    }
    let what = format!("engine: {reported:?}; specification: {expected:?}");
    Err(Finding::new(Check::Explanation, what))
}

/// The reason for which the specification refuses.
fn reason(
    columns: &Columns,
    specification: &dyn Specification,
    align: usize,
    size: usize,
) -> RequestError {
    let g = &columns.geometry;
    if size == 0 {
        return RequestError::ZeroSize;
    }
    let size_of = |class| sizes::least_key(g, class) - g.key(0);
    // A bounded search finds blocks of the last list, too, for which no search for larger ones is possible.
    let most = if g.search == 0 { size_of(g.fl() * g.sl - 1) } else { g.max_size() };
    let too_large = RequestError::TooLarge { most };
    let Some(needs) = sizes::fit(g, size, g.min_size()) else { return too_large };
    let search = match align <= g.align {
        true => Some(needs),
        false => Conte31.roomy_fit(g, needs, align),
    };
    let Some(search) = search else { return too_large };
    let search = match sizes::ceil(g, g.key(search)) {
        Some(class) => size_of(class),
        None if g.search > 0 => search,
        None => return too_large,
    };
    if specification.pools().is_empty() {
        return RequestError::NoPool;
    }
    let (free, largest) = (specification.census().free_bytes, specification.largest_free());
    if free < needs {
        RequestError::Exhausted { needs, free }
    } else if largest < needs {
        RequestError::Fragmented { needs, free, largest }
    } else {
        RequestError::PassedOver { search, largest }
    }
}
