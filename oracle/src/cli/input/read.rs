//! Reads a file or standard input, up to a limit.

use std::fs::{self, File, FileType};
use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use anyhow::{Context as _, bail};

use crate::cli::text::shown;

/// The largest program in text form, in bytes. The longest program has some 50 KB.
pub(crate) const MOST_TEXT: u64 = 1 << 20;

/// The largest input in binary form, in bytes. The longest program has 4,088 bytes.
pub(crate) const MOST_BINARY: usize = 64 << 10;

/// Returns whether an argument stands for standard input.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Reads a regular file, or standard input if `path` is `-`.
///
/// # Errors
/// The file cannot be read, is not a regular file, or has more than `most` bytes. Standard input was read
/// before.
pub(crate) fn read(path: &Path, most: u64) -> anyhow::Result<Vec<u8>> {
    static WAS_READ: AtomicBool = AtomicBool::new(false);

    if is_stdin(path) {
        if WAS_READ.swap(true, Relaxed) {
            bail!("-: standard input can be read only once; name it once");
        }
        return limited(&mut io::stdin().lock(), most, "standard input");
    }
    let name = shown(path);
    let unreadable = || format!("{name}: cannot be read");
    let meta = fs::metadata(path).with_context(unreadable)?;
    if !meta.is_file() {
        // A FIFO without a writer would block for ever, and a device may have no end.
        bail!("{name}: {}, not a regular file; {HINT}", kind(meta.file_type()));
    }
    if meta.len() > most {
        bail!("{name}: {} bytes; the limit is {most}", meta.len());
    }
    limited(&mut File::open(path).with_context(unreadable)?, most, &name)
}

const HINT: &str = "give a file, or - for standard input";

/// The file may grow, and the size of some files is not known: the limit counts what is read.
fn limited(from: &mut dyn Read, most: u64, name: &str) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = from.take(most + 1).read_to_end(&mut bytes);
    if read.with_context(|| format!("{name}: cannot be read"))? as u64 > most {
        bail!("{name}: more than {most} bytes, which is the limit");
    }
    Ok(bytes)
}

fn kind(file: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if file.is_fifo() {
            return "a FIFO";
        }
        if file.is_char_device() || file.is_block_device() {
            return "a device";
        }
        if file.is_socket() {
            return "a socket";
        }
    }
    if file.is_dir() { "a directory" } else { "a special file" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_itself_can_be_read_and_a_byte_more_cannot() {
        let bytes = [7; 100];
        assert_eq!(limited(&mut &bytes[..], 100, "x").expect("at the limit"), bytes);
        let error = limited(&mut &bytes[..], 99, "x").expect_err("beyond the limit");
        assert_eq!(error.to_string(), "x: more than 99 bytes, which is the limit");
        assert!(limited(&mut io::repeat(0), MOST_TEXT, "x").is_err(), "a stream without an end");
    }
}
