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

/// Reads a program. A file is text if its name ends in `.ops`, or if it is UTF-8 and its first
/// word outside comments is `ops`; else it is binary, which is never ill-formed.
///
/// # Errors
/// The file cannot be read; or it is text and ill-formed: where, and what was expected there.
pub(crate) fn load(path: &Path) -> anyhow::Result<Loaded> {
    let bytes = fs::read(path).with_context(|| format!("{}: cannot be read", path.display()))?;
    let must_be_text = path.extension() == Some(OsStr::new("ops"));
    let (program, form) =
        decode(&bytes, must_be_text).with_context(|| path.display().to_string())?;
    Ok(Loaded { program, form, bytes: bytes.len() })
}

fn decode(bytes: &[u8], must_be_text: bool) -> anyhow::Result<(Program, Form)> {
    match std::str::from_utf8(bytes) {
        Ok(text) if must_be_text || first_word(text) == Some("ops") => {
            Ok((text.parse()?, Form::Text))
        }
        Err(error) if must_be_text => {
            let good = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            let line = good.matches('\n').count() + 1;
            let column = good.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            Err(anyhow!("line {line}, column {column}: not UTF-8; expected text (by the name)"))
        }
        _ => Ok((Program::decode(bytes), Form::Binary)),
    }
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
        assert_eq!(form(b"ops v1\n\xff"), Form::Binary);
    }

    #[test]
    fn the_name_insists_on_text() {
        assert!(decode(b"", true).is_err());
        let error = decode(b"ops v1\n# caf\xe9\n", true).expect_err("Latin-1");
        assert!(error.to_string().starts_with("line 2, column 6: not UTF-8"), "{error}");
    }

    #[test]
    fn an_ill_formed_text_is_not_taken_for_binary() {
        let error = decode(b"ops v1\nmalloc here\n", false).expect_err("no slot");
        assert!(error.to_string().starts_with("line 2, column 8"), "{error}");
    }
}
