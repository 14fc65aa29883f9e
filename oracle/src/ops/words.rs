//! Enums whose variants have a number in the binary form and a word in the text form.

use std::fmt;

/// A fixed choice. The binary form counts through `ALL`, the text form spells `word`.
pub(super) trait Word: Copy + 'static {
    /// Every choice, in the order of the numbers.
    const ALL: &'static [Self];

    /// How the text form spells it.
    fn word(self) -> &'static str;
}

/// `spelled!` defines such an enum: variants, in the order of their numbers, with their words.
macro_rules! spelled {
    ($(#[$doc:meta])* $vis:vis enum $name:ident {
        $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u8)]
        $vis enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// Every variant, in the order of their numbers.
            $vis const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// How the text form spells it.
            $vis const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl $crate::ops::words::Word for $name {
            const ALL: &'static [Self] = Self::ALL;

            fn word(self) -> &'static str {
                self.word()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}
pub(super) use spelled;

/// `a, b or c`, for messages that say what was expected.
pub(super) struct Either<I>(pub(super) I);

impl<I: Iterator<Item = &'static str> + Clone> fmt::Display for Either<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words = self.0.clone().peekable();
        let mut first = true;
        while let Some(word) = words.next() {
            let joint = match (first, words.peek()) {
                (true, _) => "",
                (false, Some(_)) => ", ",
                (false, None) => " or ",
            };
            write!(f, "{joint}{word}")?;
            first = false;
        }
        Ok(())
    }
}
