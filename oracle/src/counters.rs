//! What a heap's counters should say: kept by the lockstep from calls and answers, and compared
//! after every step.

use crate::call::Call;
use crate::model::Census;

/// Counters of a heap, since it was made or last reset.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Counters {
    /// What a walk counts.
    pub census: Census,
    /// The most bytes that were ever used at a time.
    pub peak_used_bytes: usize,
    /// The largest request for a block, granted or not.
    pub largest_request: usize,
    /// Requests refused, those of 0 bytes aside.
    pub failures: usize,
}

impl Counters {
    /// After a call that all agreed on, during which up to `used` bytes were used. The census is
    /// left to a walk.
    pub(crate) fn follow(&mut self, call: Call, done: bool, used: usize) {
        self.peak_used_bytes = self.peak_used_bytes.max(used);
        if let Call::Malloc { size, .. }
        | Call::Memalign { size, .. }
        | Call::Realloc { size, .. } = call
        {
            self.largest_request = self.largest_request.max(size);
            self.failures += usize::from(size > 0 && !done);
        }
    }

    /// What is wrong with counters that were told: each that is not `right`, beside what is.
    pub(crate) fn miscounts(&self, right: &Self) -> String {
        let parts = [
            ("peak_used_bytes", self.peak_used_bytes, right.peak_used_bytes),
            ("largest_request", self.largest_request, right.largest_request),
            ("failures", self.failures, right.failures),
        ];
        let mut wrong = wrong(&census_parts(&self.census, &right.census), "a walk counts");
        wrong.extend(self::wrong(&parts, "the calls come to"));
        wrong.join("; ")
    }
}

/// What is wrong with a census that was told, beside what a walk counts.
pub(crate) fn miscounts(told: &Census, walked: &Census) -> String {
    let wrong = wrong(&census_parts(told, walked), "a walk counts");
    if wrong.is_empty() { "the counters are what a walk counts".into() } else { wrong.join("; ") }
}

/// A counter's name, what was told of it, and what is right.
type Part = (&'static str, usize, usize);

fn census_parts(told: &Census, right: &Census) -> [Part; 4] {
    [
        ("used_blocks", told.used_blocks, right.used_blocks),
        ("used_bytes", told.used_bytes, right.used_bytes),
        ("free_blocks", told.free_blocks, right.free_blocks),
        ("free_bytes", told.free_bytes, right.free_bytes),
    ]
}

fn wrong(parts: &[Part], who: &str) -> Vec<String> {
    let wrong = parts.iter().filter(|(_, told, right)| told != right);
    wrong.map(|(name, told, right)| format!("{name}: {told}, {who} {right}")).collect()
}
