//! Paths as words of a command line.

use std::fmt::Write as _;
use std::path::Path;

/// Returns the path as a word that bash reads as it is: quoted if it has spaces or characters with a meaning,
/// and without control or invisible characters.
pub fn word(path: &Path) -> String {
    let text = path.to_string_lossy();
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+=,@%:".contains(c);
    let is_hidden = |c: char| !is_quoted(c) && c.escape_debug().count() > 1;
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.into_owned();
    }
    if !text.chars().any(is_hidden) {
        return format!("'{}'", text.replace('\'', "'\\''"));
    }
    let mut word = "$'".to_owned();
    for c in text.chars() {
        match c {
            c if is_quoted(c) => word.extend(['\\', c]),
            c if is_hidden(c) => {
                let _ = write!(word, "\\U{:08x}", u32::from(c));
            }
            c => word.push(c),
        }
    }
    word + "'"
}

/// A visible character that is escaped in a string.
fn is_quoted(c: char) -> bool {
    matches!(c, '\'' | '"' | '\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_quoted_where_a_shell_would_change_it() {
        for (path, expected) in [
            ("fuzz/artifacts/ops/crash-0a1b", "fuzz/artifacts/ops/crash-0a1b"),
            ("caf\u{e9}.ops", "caf\u{e9}.ops"),
            ("", "''"),
            ("a b", "'a b'"),
            ("a'b$(c)", "'a'\\''b$(c)'"),
            ("\u{1b}[31m'\\", "$'\\U0000001b[31m\\'\\\\'"),
            ("a\nb\u{202e}", "$'a\\U0000000ab\\U0000202e'"),
        ] {
            assert_eq!(word(Path::new(path)), expected);
        }
    }
}
