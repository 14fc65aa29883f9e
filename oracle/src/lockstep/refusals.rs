//! The check of `explain`: what the subject says of a request, beside what comes of it, and why.

use memoman::RequestError;

use crate::call::Call;
use crate::finding::{Check, Finding};
use crate::lockstep::{Checked, Lockstep};
use crate::model::{Conte31, Rules, sizes};

impl Lockstep {
    /// What the subject says of a request before it is made: whether it will be granted, and if not,
    /// why not. The specification has just answered; if it refused, it is as it was.
    pub(crate) fn check_explanation(&self, call: Call, granted: bool) -> Checked {
        let (align, size) = match call {
            Call::Malloc { size, .. } => (1, size),
            Call::Memalign { align, size, .. } => (align, size),
            _ => return Ok(()),
        };
        let Some(told) = self.subject.explain(align, size) else { return Ok(()) };
        let right = match (granted, told) {
            (true, told) => told.is_ok(),
            (false, told) => told == Err(self.reason(align, size)),
        };
        if right {
            return Ok(());
        }
        let wanted = if granted { Ok(()) } else { Err(self.reason(align, size)) };
        let what = format!("engine: {told:?}; specification: {wanted:?}");
        Err(Finding::new(Check::Explanation, what))
    }

    /// Why the specification refuses.
    fn reason(&self, align: usize, size: usize) -> RequestError {
        let (model, g) = (&self.model, &self.geometry);
        if size == 0 {
            return RequestError::ZeroSize;
        }
        if !align.is_power_of_two() {
            return RequestError::Alignment { align };
        }
        let size_of = |class| sizes::least_key(g, class) - g.key(0);
        let too_large = RequestError::TooLarge { most: size_of(g.fl() * g.sl - 1) };
        let Some(needs) = sizes::fit(g, size, g.min_size()) else { return too_large };
        let roomy = match align <= g.align {
            true => Some(needs),
            false => Conte31.roomy_fit(g, needs, align),
        };
        let Some(class) = roomy.and_then(|roomy| sizes::ceil(g, g.key(roomy))) else {
            return too_large;
        };
        if self.pools.is_empty() {
            return RequestError::NoPool;
        }
        let (free, largest) = (model.census().free_bytes, model.largest_free());
        if free < needs {
            RequestError::Exhausted { needs, free }
        } else if largest < needs {
            RequestError::Fragmented { needs, free, largest }
        } else {
            RequestError::PassedOver { search: size_of(class), largest }
        }
    }
}
