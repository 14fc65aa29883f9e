//! What a heap's counters should be: computed by the lockstep from calls and replies, and compared
//! after every step.

use std::alloc::Layout;

use crate::action::Action;

/// How many blocks there are, and the bytes of their payloads.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct Census {
    /// Blocks that are handed out.
    pub used_blocks: usize,
    /// Bytes of their payloads.
    pub used_bytes: usize,
    /// Blocks in the free lists.
    pub free_blocks: usize,
    /// Bytes of their payloads.
    pub free_bytes: usize,
}

impl Census {
    /// Counts one block.
    #[inline]
    pub fn add(&mut self, size: usize, free: bool) {
        let (blocks, bytes) = match free {
            true => (&mut self.free_blocks, &mut self.free_bytes),
            false => (&mut self.used_blocks, &mut self.used_bytes),
        };
        *blocks += 1;
        *bytes += size;
    }
}

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

/// Whether a request reaches the engine, and so is counted: what is no [`Layout`] is refused before.
pub(crate) fn is_counted(align: usize, size: usize) -> bool {
    Layout::from_size_align(size, align).is_ok()
}

impl Counters {
    /// Updates the counters after a call on which all columns agree, during which up to `used` bytes
    /// were used. The census is left to a walk.
    pub(crate) fn follow(&mut self, action: Action, done: bool, used: usize) {
        self.peak_used_bytes = self.peak_used_bytes.max(used);
        let (align, size) = match action {
            Action::Malloc { size, .. } => (None, size),
            Action::Memalign { align, size, .. } | Action::Realloc { align, size, .. } => {
                (Some(align), size)
            }
            _ => return,
        };
        if align.is_none_or(|align| is_counted(align, size)) {
            self.largest_request = self.largest_request.max(size);
            self.failures += usize::from(size > 0 && !done);
        }
    }

    /// The reported counters that are not `right`, each beside the right value.
    pub(crate) fn miscounts(&self, right: &Self) -> String {
        let parts = [
            ("peak_used_bytes", self.peak_used_bytes, right.peak_used_bytes),
            ("largest_request", self.largest_request, right.largest_request),
            ("failures", self.failures, right.failures),
        ];
        let mut wrong = wrong(&census_parts(&self.census, &right.census), "a walk counts");
        wrong.extend(self::wrong(&parts, "the calls result in"));
        wrong.join("; ")
    }
}

/// The parts of a reported census that differ from what a walk counts.
pub(crate) fn miscounts(reported: &Census, walked: &Census) -> String {
    let wrong = wrong(&census_parts(reported, walked), "a walk counts");
    if wrong.is_empty() { "the counters are what a walk counts".into() } else { wrong.join("; ") }
}

/// A counter's name, its reported value, its right value.
type Part = (&'static str, usize, usize);

fn census_parts(reported: &Census, right: &Census) -> [Part; 4] {
    [
        ("used_blocks", reported.used_blocks, right.used_blocks),
        ("used_bytes", reported.used_bytes, right.used_bytes),
        ("free_blocks", reported.free_blocks, right.free_blocks),
        ("free_bytes", reported.free_bytes, right.free_bytes),
    ]
}

fn wrong(parts: &[Part], source: &str) -> Vec<String> {
    let wrong = parts.iter().filter(|(_, reported, right)| reported != right);
    wrong.map(|(name, reported, right)| format!("{name}: {reported}, {source} {right}")).collect()
}
