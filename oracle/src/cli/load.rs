//! Programs from files, binary or text.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, anyhow};
use oracle::ops::Program;

/// How a file has its program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Form {
    /// As a fuzzer makes it: any bytes at all.
    Binary,
    /// As a person types it.
    Text,
}

/// A program that was in a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Loaded {
    pub(crate) program: Program,
    pub(crate) form: Form,
    /// Bytes of the file.
    pub(crate) bytes: usize,
}

/// Reads a program. A file is text if its name ends in `.ops`, or if it reads as text; else it is
/// binary, which is never ill-formed: every file that is not a program must be text, to be refused.
///
/// # Errors
/// The file cannot be read; or it is text and ill-formed: where, and what was expected there.
pub(crate) fn load(path: &Path) -> anyhow::Result<Loaded> {
    let bytes = read(path)?;
    let (program, form) =
        decode(&bytes, is_text_by_name(path)).with_context(|| path.display().to_string())?;
    Ok(Loaded { program, form, bytes: bytes.len() })
}

/// Reads what must be a fuzzer's bytes, for another target than programs.
///
/// # Errors
/// The file cannot be read, or is text.
#[cfg(feature = "guard")]
pub(crate) fn load_bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    let bytes = read(path)?;
    if is_text_by_name(path) || as_text(&bytes).is_some() {
        anyhow::bail!("{}: text, where a fuzzer's bytes are expected; {REPLAY}", path.display());
    }
    Ok(bytes)
}

#[cfg(feature = "guard")]
const REPLAY: &str = "a program of calls is run by `cargo oracle replay`";

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("{}: cannot be read", path.display()))
}

fn is_text_by_name(path: &Path) -> bool {
    path.extension() == Some(OsStr::new("ops"))
}

fn decode(bytes: &[u8], must_be_text: bool) -> anyhow::Result<(Program, Form)> {
    if let Some(text) = as_text(bytes) {
        return Ok((text.parse()?, Form::Text));
    }
    match std::str::from_utf8(bytes) {
        _ if !must_be_text => Ok((Program::decode(bytes), Form::Binary)),
        Ok(text) => Ok((text.parse()?, Form::Text)),
        Err(error) => {
            let good = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            let line = good.matches('\n').count() + 1;
            let column = good.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            Err(anyhow!("line {line}, column {column}: not UTF-8; expected text (by the name)"))
        }
    }
}

/// The content as text, if it reads as text: `ops` as the first word outside comments, or lines
/// without control characters. Fuzzers find short inputs without any by themselves, but hardly ones
/// with a word and a line end.
fn as_text(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    let printed = |c: char| !c.is_control() || matches!(c, '\t' | '\r' | '\n');
    let lines = || text.contains('\n') && !text.trim().is_empty() && text.chars().all(printed);
    (first_word(text) == Some("ops") || lines()).then_some(text)
}

/// The first word outside comments.
fn first_word(text: &str) -> Option<&str> {
    text.lines().find_map(|line| line.split('#').next()?.split_whitespace().next())
}

#[cfg(test)]
mod tests {
    use super::{Form, decode};

    fn form(bytes: &[u8]) -> Form {
        decode(bytes, false).expect("well-formed").1
    }

    #[test]
    fn content_tells_the_form() {
        assert_eq!(form(b"ops v1\n"), Form::Text);
        assert_eq!(form(b"# found in the night\n\n  ops v1 # so\nmalloc 0 tiny 8\n"), Form::Text);
        assert_eq!(form(b""), Form::Binary);
        assert_eq!(form(b"# ops v1"), Form::Binary);
        assert_eq!(form(b"opsv1"), Form::Binary);
        // What a fuzzer comes to by itself.
        assert_eq!(form(b"\n"), Form::Binary);
        assert_eq!(form(b"')KKKKKJ"), Form::Binary);
        assert_eq!(form(b"a\0b\n"), Form::Binary);
        assert_eq!(form(b"ops v1\n\xff"), Form::Binary);
    }

    #[test]
    fn the_name_insists_on_text() {
        assert!(decode(b"", true).is_err());
        let error = decode(b"ops v1\n# caf\xe9\n", true).expect_err("Latin-1");
        assert!(error.to_string().starts_with("line 2, column 6: not UTF-8"), "{error}");
    }

    #[test]
    fn text_that_is_no_program_is_refused() {
        for text in ["# memoman\n\nA TLSF\n", "# only a comment\n", "fn main() {}\r\n", "é\n"] {
            let error = decode(text.as_bytes(), false).expect_err(text);
            assert!(error.to_string().contains("expected ops"), "{error}");
        }
    }

    #[test]
    fn an_ill_formed_text_is_not_taken_for_binary() {
        let error = decode(b"ops v1\nmalloc here\n", false).expect_err("no slot");
        assert!(error.to_string().starts_with("line 2, column 8"), "{error}");
    }
}
