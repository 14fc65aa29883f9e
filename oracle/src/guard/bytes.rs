//! Reads an input from the front. Past its end every byte is 0.

/// The bytes that are left.
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

impl Bytes<'_> {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn byte(&mut self) -> usize {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first.into()
    }

    pub(super) fn pair(&mut self) -> usize {
        self.byte() | self.byte() << 8
    }

    /// Returns a number below `bound`, which is not 0.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        if bound <= 256 { self.byte() % bound } else { self.pair() % bound }
    }

    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        (!from.is_empty()).then(|| from[self.below(from.len())])
    }

    pub(super) fn word(&mut self) -> usize {
        (0..size_of::<usize>() / 2).fold(0, |word, _| word << 16 | self.pair())
    }
}
