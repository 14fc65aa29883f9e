//! The calls of a real program: read from a recorded trace or from text, and recorded for a page.
//!
//! | file | holds |
//! |---|---|
//! | this | which form a file has |
//! | `events` | [`Trace`]: the calls, as values |
//! | `compact` | the form that `scripts/record` writes |
//! | `text` | calls as text, with geometry and pools; and as CSV |
//! | `columns` | engine, specification and C code on pools of any size |
//! | `record` | runs a trace, and records it |
//! | `fit` | what a trace needs in a geometry: control structure, pool, gaps |

mod columns;
mod compact;
mod events;
mod fit;
mod record;
mod text;

pub use events::Trace;
pub(crate) use fit::Fit;
pub use record::{Options, record};

/// Reads a trace in any of its forms; none if the bytes are no trace.
///
/// # Errors
/// The bytes are a damaged trace: the place, and what is wrong there.
pub fn read(bytes: &[u8]) -> Option<Result<Trace, String>> {
    if bytes.starts_with(compact::START) {
        return Some(compact::read(bytes));
    }
    let text = std::str::from_utf8(bytes).ok()?;
    match text::first_line(text) {
        Some(text::FIRST_LINE) => Some(text::read(text)),
        Some(text::FIRST_LINE_OF_CSV) => Some(text::read_csv(text)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::events::Event;
    use super::read;

    #[test]
    fn the_content_decides_whether_a_file_is_a_trace() {
        assert!(read(b"").is_none() && read(b"ops v1\nmalloc 3 tiny 24\n").is_none());
        assert!(read(b"memoman\x02\x40").is_some_and(|read| read.is_err()), "another version");
        let compact = &b"memoman\x01\x40\x01"[..];
        for trace in [compact, b"op,id,size\nm,0,16\nf,0,\n", b"calls v1\nm 0 16\nf 0\n"] {
            let trace = read(trace).expect("a trace").expect("valid");
            let events = [Event::Malloc { slot: 0, size: 16 }, Event::Free { slot: 0 }];
            assert_eq!(trace.events, events);
        }
    }
}
