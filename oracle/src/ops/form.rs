//! Whether bytes are a program as text or in the binary form.

/// Returns the content as text if it looks like text: the first word outside comments is `ops`, or it
/// consists of lines without control characters. Fuzzers often find short inputs without control
/// characters, but hardly ever one that also has a word and a line end.
pub fn as_text(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    let printed = |c: char| !c.is_control() || matches!(c, '\t' | '\r' | '\n');
    let lines = || text.contains('\n') && !text.trim().is_empty() && text.chars().all(printed);
    (first_word(text) == Some("ops") || lines()).then_some(text)
}

/// Returns the first word outside comments.
fn first_word(text: &str) -> Option<&str> {
    text.lines().find_map(|line| line.split('#').next()?.split_whitespace().next())
}

#[cfg(test)]
mod tests {
    use super::as_text;

    #[test]
    fn what_a_fuzzer_finds_is_binary_even_with_a_line_end() {
        assert_eq!(as_text(b"ops v1"), Some("ops v1"));
        assert_eq!(as_text(b"a line\n"), Some("a line\n"));
        for binary in [&b"\n"[..], b"')KKKKKJ", b"a\0b\n", b"ops v1\n\xff"] {
            assert_eq!(as_text(binary), None);
        }
    }
}
