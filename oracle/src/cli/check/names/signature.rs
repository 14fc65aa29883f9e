//! A function as a table of names has it: `tlsf_malloc(heap, size)`.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::role::{Argument, Role};

/// The most arguments of a function.
pub(crate) const MOST_ARGUMENTS: usize = 5;

/// A symbol, and its arguments in order.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Signature {
    pub(crate) symbol: String,
    pub(crate) arguments: Vec<Argument>,
}

impl Signature {
    /// Reads `symbol(argument, …)`.
    ///
    /// # Errors
    /// What is wrong, and what the role takes.
    pub(crate) fn read(role: Role, text: &str) -> Result<Self, String> {
        let (needs, may) = role.arguments();
        let takes = || {
            let list = |all: &[Argument]| {
                all.iter().map(|argument| format!("`{argument}`")).collect::<Vec<_>>().join(", ")
            };
            let needs = if needs.is_empty() { "nothing".to_owned() } else { list(needs) };
            let may = if may.is_empty() { String::new() } else { format!("{}, and ", list(may)) };
            format!("it must take {needs}; it may take {may}numbers")
        };
        let malformed =
            || format!("`{text}` is no function; write symbol(argument, …): {}", takes());
        let (symbol, rest) = text.split_once('(').ok_or_else(malformed)?;
        let inner = rest.trim_end().strip_suffix(')').ok_or_else(malformed)?;
        let symbol = symbol.trim();
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '.');
        if symbol.is_empty() || !symbol.chars().all(plain) {
            return Err(malformed());
        }
        let words = inner.split(',').map(str::trim).filter(|word| !word.is_empty());
        let mut arguments = Vec::new();
        for word in words {
            let argument = Argument::read(word)
                .filter(|argument| {
                    matches!(argument, Argument::Number(_))
                        || needs.contains(argument)
                        || may.contains(argument)
                })
                .ok_or_else(|| format!("`{text}`: `{word}` is no argument of it: {}", takes()))?;
            arguments.push(argument);
        }
        if let Some(missing) = needs.iter().find(|need| !arguments.contains(need)) {
            return Err(format!("`{text}` does not take `{missing}`: {}", takes()));
        }
        if arguments.len() > MOST_ARGUMENTS {
            return Err(format!("`{text}` takes more than {MOST_ARGUMENTS} arguments"));
        }
        Ok(Self { symbol: symbol.to_owned(), arguments })
    }

    pub(crate) fn takes(&self, argument: Argument) -> bool {
        self.arguments.contains(&argument)
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let arguments: Vec<String> = self.arguments.iter().map(ToString::to_string).collect();
        write!(f, "{}({})", self.symbol, arguments.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_read_and_printed() {
        let text = "multi_heap_aligned_alloc(heap, size, align)";
        let signature = Signature::read(Role::Memalign, text).expect("a signature");
        assert_eq!(signature.to_string(), text);
        let calloc = Signature::read(Role::Zeroed, "calloc( 1,size )").expect("a signature");
        assert_eq!(calloc.arguments, [Argument::Number(1), Argument::Size]);
    }

    #[test]
    fn what_a_role_does_not_take_is_refused_with_what_it_takes() {
        for (role, text, says) in [
            (Role::Malloc, "malloc", "symbol(argument, …)"),
            (Role::Malloc, "malloc()", "does not take `size`"),
            (Role::Malloc, "malloc(size, align)", "`align` is no argument"),
            (Role::Free, "free(pointer)", "must take `block`"),
            (Role::Free, "(block)", "no function"),
            (Role::Realloc, "r(0, 1, 2, 3, block, size)", "more than 5"),
        ] {
            let error = Signature::read(role, text).expect_err(text);
            assert!(error.contains(says), "{error}");
        }
    }
}
