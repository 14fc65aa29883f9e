//! Enums whose variants have a number in the binary form and a keyword in the text form.

use std::fmt;

/// An enum with a number and a keyword for each variant: the index in `ALL`, and `word`.
pub(super) trait Keyword: Copy + 'static {
    /// All variants, in the order of their numbers.
    const ALL: &'static [Self];

    /// Returns the keyword in the text form.
    fn word(self) -> &'static str;
}

/// Defines such an enum from its variants, in the order of their numbers, with their keywords.
macro_rules! keywords {
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
            /// All variants, in the order of their numbers.
            $vis const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Returns the keyword in the text form.
            $vis const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl $crate::ops::keywords::Keyword for $name {
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
pub(super) use keywords;

/// Prints `a, b or c`, for messages that list what is accepted.
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
