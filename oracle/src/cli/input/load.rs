//! Programs from files, in binary or text form.

use std::ffi::OsStr;
use std::path::Path;

use anyhow::{Context as _, bail};
use oracle::ops::{Program, Version, as_text};

use super::read::{MOST_BINARY, MOST_TEXT, read};
use crate::cli::text::shown;

/// The form of a program in a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Form {
    /// Any bytes, as a fuzzer makes them.
    Binary,
    /// The text form of the op language.
    Text,
}

/// A program that was read from a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Loaded {
    pub(crate) program: Program,
    pub(crate) form: Form,
    /// The length of the file in bytes.
    pub(crate) bytes: usize,
}

/// Reads a program from a file, or from standard input if `path` is `-`.
///
/// The input is text if the file's name ends in `.ops`, or if its content looks like text. Anything else
/// is binary, which is never ill-formed: of version 2 if the name ends in `.bin2` or a directory is that of the
/// fuzz target `large`, else of version 1. A leading byte-order mark of UTF-8 is ignored.
///
/// # Errors
/// The file cannot be read or is too long. A text is ill-formed: the place, and what is expected there.
pub(crate) fn load(path: &Path) -> anyhow::Result<Loaded> {
    let bytes = read(path, MOST_TEXT)?;
    let decoded = decode(&bytes, version_by_name(path), is_text_by_name(path));
    let (program, form) = decoded.with_context(|| shown(path))?;
    Ok(Loaded { program, form, bytes: bytes.len() })
}

/// Reads the bytes of an input for another fuzz target than `ops`.
///
/// # Errors
/// The file cannot be read, is too long, or is text.
#[cfg(feature = "guard")]
pub(crate) fn load_bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    let bytes = read(path, MOST_BINARY as u64)?;
    if is_text_by_name(path) || as_text(&bytes).is_some() {
        anyhow::bail!(
            "{}: text; expected the bytes of a fuzzer. `cargo oracle replay` runs programs in text",
            shown(path)
        );
    }
    Ok(bytes)
}

pub(crate) fn is_text_by_name(path: &Path) -> bool {
    path.extension() == Some(OsStr::new("ops"))
}

pub(crate) fn version_by_name(path: &Path) -> Version {
    let of_target =
        |name: &OsStr| name == "large" || name.as_encoded_bytes().starts_with(b"large-v");
    let mut dirs = path.parent().into_iter().flat_map(|dir| dir.iter());
    let is_large = path.extension() == Some(OsStr::new("bin2")) || dirs.any(of_target);
    if is_large { Version::Two } else { Version::One }
}

pub(crate) fn decode(
    bytes: &[u8],
    version: Version,
    must_be_text: bool,
) -> anyhow::Result<(Program, Form)> {
    let bytes = bytes.strip_prefix(UTF8_MARK).unwrap_or(bytes);
    if let Some(text) = as_text(bytes) {
        return Ok((text.parse()?, Form::Text));
    }
    if is_utf16(bytes) {
        bail!("line 1, column 1: text in UTF-16; expected UTF-8");
    }
    match std::str::from_utf8(bytes) {
        _ if !must_be_text && bytes.len() <= MOST_BINARY => {
            Ok((Program::decode_as(version, bytes), Form::Binary))
        }
        _ if !must_be_text => {
            bail!("{} bytes; the limit of the binary form is {MOST_BINARY}", bytes.len())
        }
        Ok(text) => Ok((text.parse()?, Form::Text)),
        Err(error) => {
            let good = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            let line = good.matches('\n').count() + 1;
            let column = good.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            bail!("line {line}, column {column}: not UTF-8; a file named *.ops must be text")
        }
    }
}

const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// Returns whether the bytes are text in UTF-16 with a byte-order mark, as some editors save it.
fn is_utf16(bytes: &[u8]) -> bool {
    let (unit, rest): (fn([u8; 2]) -> u16, _) = match bytes {
        [0xff, 0xfe, rest @ ..] => (u16::from_le_bytes, rest),
        [0xfe, 0xff, rest @ ..] => (u16::from_be_bytes, rest),
        _ => return false,
    };
    let units = rest.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let text: Result<String, _> = char::decode_utf16(units).collect();
    text.is_ok_and(|text| as_text(text.as_bytes()).is_some())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Form, Version, version_by_name};

    fn decode(bytes: &[u8], must_be_text: bool) -> anyhow::Result<(super::Program, Form)> {
        super::decode(bytes, Version::One, must_be_text)
    }

    #[test]
    fn the_name_of_a_binary_file_decides_the_version() {
        let is_large = |name: &str| version_by_name(Path::new(name)) == Version::Two;
        for name in ["a.bin2", "fuzz/artifacts/large/crash-1", "/x/corpus/large-v1/1f"] {
            assert!(is_large(name), "{name}");
        }
        for name in ["a.bin", "large", "corpus/ops-v1/large", "enlarge/a", "-"] {
            assert!(!is_large(name), "{name}");
        }
    }

    fn form(bytes: &[u8]) -> Form {
        decode(bytes, false).expect("well-formed").1
    }

    #[test]
    fn the_content_decides_the_form() {
        assert_eq!(form(b"ops v1\n"), Form::Text);
        assert_eq!(form(b"# found by a fuzzer\n\n  ops v1 # so\nmalloc 0 tiny 8\n"), Form::Text);
        assert_eq!(form(b""), Form::Binary);
        assert_eq!(form(b"# ops v1"), Form::Binary);
        assert_eq!(form(b"opsv1"), Form::Binary);
        // Inputs that fuzzers find.
        assert_eq!(form(b"\n"), Form::Binary);
        assert_eq!(form(b"')KKKKKJ"), Form::Binary);
        assert_eq!(form(b"a\0b\n"), Form::Binary);
        assert_eq!(form(b"ops v1\n\xff"), Form::Binary);
    }

    #[test]
    fn a_file_named_ops_must_be_text() {
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

    #[test]
    fn a_byte_order_mark_is_ignored_in_utf_8_and_refused_in_utf_16() {
        assert_eq!(form(b"\xef\xbb\xbfops v1\nmalloc 0 tiny 8\n"), Form::Text);
        for text in [&b"\xff\xfeo\0p\0s\0 \0v\x001\0\n\0"[..], b"\xfe\xff\0o\0p\0s\0 \0v\x001"] {
            let error = decode(text, false).expect_err("UTF-16");
            assert_eq!(error.to_string(), "line 1, column 1: text in UTF-16; expected UTF-8");
        }
        assert_eq!(form(b"\xff\xfe\0\0\x01\x02"), Form::Binary);
    }

    #[test]
    fn a_binary_program_has_a_limit() {
        assert_eq!(form(&[0; super::MOST_BINARY]), Form::Binary);
        let error = decode(&[0; super::MOST_BINARY + 1], false).expect_err("too long");
        assert!(error.to_string().contains("the limit of the binary form"), "{error}");
    }
}
