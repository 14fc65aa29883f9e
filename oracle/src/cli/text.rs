//! Text from outside, made safe to print on a terminal.

use std::path::Path;

/// Returns the path as messages show it: control and invisible characters escaped.
pub(crate) fn shown(path: &Path) -> String {
    escaped(&path.to_string_lossy())
}

/// Returns a number with its noun: `1 file`, `2 files`.
pub(crate) fn counted(number: usize, noun: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{s}")
}

/// The largest number of characters of a message.
const MOST: usize = 2000;

/// Returns an error with its causes as a message: escaped, and cut off if it is long.
pub(crate) fn message(error: &anyhow::Error) -> String {
    let text = escaped(&format!("{error:#}"));
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Escapes control and invisible characters, except line ends and tabs.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let is_plain = matches!(c, '\n' | '\t' | '\\' | '\'' | '"');
        if is_plain || !c.escape_debug().to_string().starts_with('\\') {
            out.push(c);
        } else {
            out.extend(c.escape_debug());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_is_singular() {
        assert_eq!(
            [0, 1, 2].map(|number| counted(number, "file")),
            ["0 files", "1 file", "2 files"]
        );
    }

    #[test]
    fn long_messages_are_cut_off() {
        let error = anyhow::anyhow!("{}", "é".repeat(5000));
        assert_eq!(message(&error).chars().count(), MOST + 1);
        assert_eq!(message(&anyhow::anyhow!("inner").context("outer")), "outer: inner");
    }

    #[test]
    fn control_and_invisible_characters_are_escaped() {
        assert_eq!(escaped("caf\u{e9} 'a' \\ \"b\"\n\t"), "caf\u{e9} 'a' \\ \"b\"\n\t");
        assert_eq!(escaped("\u{1b}[31m\u{7}\r"), "\\u{1b}[31m\\u{7}\\r");
        assert_eq!(escaped("\u{feff}ops\u{202e}"), "\\u{feff}ops\\u{202e}");
    }
}
