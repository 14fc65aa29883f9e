//! The input, read from the front; what is missing is 0.

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

    /// A number below `sides`, which is not 0.
    pub(super) fn below(&mut self, sides: usize) -> usize {
        if sides <= 256 { self.byte() % sides } else { self.pair() % sides }
    }

    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        (!from.is_empty()).then(|| from[self.below(from.len())])
    }

    pub(super) fn word(&mut self) -> usize {
        (0..size_of::<usize>() / 2).fold(0, |word, _| word << 16 | self.pair())
    }
}
