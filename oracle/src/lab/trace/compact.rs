//! Reads the form that `memoman-compact` writes: about two bytes a call.
//!
//! ```text
//! file    "memoman" 1 event*
//! event   number [size]
//! number  kind + 4 × argument: 0 malloc of `argument` bytes, 1 free of slot `argument`,
//!         2 realloc of slot `argument` to `size`, 3 memalign to 2^`argument` of `size` bytes
//! ```
//!
//! A new block takes the empty slot that was freed last or, if there is none, the next number.

use super::events::{Event, Trace};
use crate::lab::bytes::take;

/// What every version starts with.
pub(super) const START: &[u8] = b"memoman";

const VERSION: u8 = 1;

/// A larger block is a damaged trace.
const MOST_BYTES: u64 = 1 << 32;

pub(super) fn read(bytes: &[u8]) -> Result<Trace, String> {
    let rest = &bytes[START.len()..];
    let Some((&VERSION, mut rest)) = rest.split_first() else {
        return Err("a trace of another version; expected version 1".to_owned());
    };
    let (mut events, mut slots, mut empty) = (Vec::new(), 0, Vec::new());
    while !rest.is_empty() {
        let event = event(&mut rest, &mut slots, &mut empty);
        events.push(event.map_err(|wrong| format!("call {}: {wrong}", events.len() + 1))?);
    }
    Ok(Trace { events, ..Trace::default() })
}

fn event(rest: &mut &[u8], slots: &mut usize, empty: &mut Vec<usize>) -> Result<Event, String> {
    let mut number = || take(rest).ok_or("the trace ends within a call");
    let head = number()?;
    let (kind, argument) = (head & 3, head >> 2);
    let size = if kind < 2 { argument } else { number()? };
    if kind != 1 && size >= MOST_BYTES {
        return Err(format!("a block of {size} bytes, more than 32 bits"));
    }
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let used = usize::try_from(argument).ok().filter(|slot| *slot < *slots);
    let used = used.ok_or_else(|| format!("block {argument} was never allocated"));
    let mut new = || {
        empty.pop().unwrap_or_else(|| {
            *slots += 1;
            *slots - 1
        })
    };
    Ok(match kind {
        0 => Event::Malloc { slot: new(), size },
        1 => {
            let slot = used?;
            empty.push(slot);
            Event::Free { slot }
        }
        2 => Event::Realloc { slot: used?, size },
        _ if argument < 32 => Event::Memalign { slot: new(), align: 1 << argument, size },
        _ => return Err(format!("an alignment of 2^{argument}, more than 2^31")),
    })
}

#[cfg(test)]
mod tests {
    use super::{Event, read};

    #[test]
    fn slots_are_used_again_in_the_order_of_the_recorder() {
        // malloc(300), memalign(64, 5), free(0), malloc(1), realloc(1, 500)
        let trace = read(b"memoman\x01\xb0\x09\x1b\x05\x01\x04\x06\xf4\x03").expect("a trace");
        let events = [
            Event::Malloc { slot: 0, size: 300 },
            Event::Memalign { slot: 1, align: 64, size: 5 },
            Event::Free { slot: 0 },
            Event::Malloc { slot: 0, size: 1 },
            Event::Realloc { slot: 1, size: 500 },
        ];
        assert_eq!(trace.events, events);
    }

    #[test]
    fn a_damaged_trace_is_refused_with_the_number_of_the_call() {
        for (bytes, why) in [
            (&b"memoman\x02"[..], "another version"),
            (b"memoman\x01\x04\x80", "call 2: the trace ends within a call"),
            (b"memoman\x01\x05", "call 1: block 1 was never allocated"),
            (b"memoman\x01\x83\x01\x01", "call 1: an alignment of 2^32"),
        ] {
            let wrong = read(bytes).expect_err(why);
            assert!(wrong.contains(why), "{wrong}");
        }
    }
}
