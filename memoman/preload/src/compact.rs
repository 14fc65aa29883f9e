//! Addresses to slots.

use std::collections::HashMap;
use std::fmt::{self, Display, Formatter};
use std::io::{self, Read};

use crate::format::Encoder;
use crate::raw::{FREE, MAGIC, MALLOC, MEMALIGN, REALLOC, Record};

const RECORD: usize = size_of::<Record>();

/// What is in a trace.
#[derive(Default)]
pub(crate) struct Summary {
    pub(crate) calls: usize,
    /// Bytes asked for, at their most.
    peak: u64,
    /// Calls that failed, or were about blocks from before the record.
    passed_over: usize,
    lost: u64,
}

impl Display for Summary {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { calls, peak, passed_over, lost } = self;
        write!(f, "{calls} calls, at most {peak} bytes live, {passed_over} calls passed over")?;
        if *lost > 0 {
            write!(f, ", {lost} lost: the recorder had no room")?;
        }
        Ok(())
    }
}

/// The head and its records; the file behind them is a hole.
pub(crate) fn read(mut file: impl Read) -> io::Result<Vec<Record>> {
    let mut next = || -> io::Result<Record> {
        let mut bytes = [0; RECORD];
        file.read_exact(&mut bytes)?;
        let word =
            |at: usize| u64::from_ne_bytes(bytes[8 * at..][..8].try_into().expect("eight bytes"));
        Ok(Record { kind: word(0), align: word(1), size: word(2), old: word(3), new: word(4) })
    };
    let head = next()?;
    if head.kind != MAGIC {
        return Err(io::Error::other("not what the recorder writes"));
    }
    let mut records = vec![head];
    for _ in 0..head.align {
        records.push(next()?);
    }
    Ok(records)
}

struct Live {
    slot: usize,
    size: u32,
    aligned: bool,
}

#[derive(Default)]
struct Blocks {
    by_address: HashMap<u64, Live>,
    bytes: u64,
}

pub(crate) fn compact(records: &[Record], most: usize) -> Result<(Vec<u8>, Summary), String> {
    let (mut encoder, mut blocks) = (Encoder::new(), Blocks::default());
    let lost = records.first().map_or(0, |head| head.size);
    let mut summary = Summary { lost, ..Summary::default() };
    for record in records.iter().skip(1) {
        if summary.calls >= most {
            break;
        }
        let calls = blocks.call(&mut encoder, record)?;
        summary.calls += calls;
        summary.passed_over += usize::from(calls == 0);
        summary.peak = summary.peak.max(blocks.bytes);
    }
    Ok((encoder.finish(), summary))
}

impl Blocks {
    /// How many calls of the trace it became.
    fn call(&mut self, encoder: &mut Encoder, record: &Record) -> Result<usize, String> {
        let Record { kind, align, size, old, new } = *record;
        // No bytes mean something else to each allocator; glibc hands out a least block.
        let size = u32::try_from(size.max(1)).map_err(|_| format!("a block of {size} bytes"))?;
        Ok(match kind {
            MALLOC if new != 0 => self.begin(encoder, new, size, 0),
            MEMALIGN if new != 0 => self.begin(encoder, new, size, align),
            FREE => self.end(encoder, old),
            // C's realloc to no bytes frees.
            REALLOC if new == 0 && record.size == 0 => self.end(encoder, old),
            REALLOC if new != 0 => match self.by_address.remove(&old) {
                Some(Live { slot, size: was, aligned: false }) => {
                    encoder.realloc(slot, size);
                    self.by_address.insert(new, Live { slot, size, aligned: false });
                    self.bytes += u64::from(size);
                    self.bytes -= u64::from(was);
                    1
                }
                // An alignment is not kept: what TLSF 3.1 makes of such a call is no yardstick.
                Some(live) => {
                    self.by_address.insert(old, live);
                    let freed = self.end(encoder, old);
                    freed + self.begin(encoder, new, size, 0)
                }
                None => self.begin(encoder, new, size, 0),
            },
            MALLOC | MEMALIGN | REALLOC => 0,
            other => return Err(format!("a call of kind {other}")),
        })
    }

    fn begin(&mut self, encoder: &mut Encoder, new: u64, size: u32, align: u64) -> usize {
        let aligned = align > size_of::<usize>() as u64;
        let slot = if aligned {
            encoder.memalign(align.min(1 << 15) as u16, size)
        } else {
            encoder.malloc(size)
        };
        self.by_address.insert(new, Live { slot, size, aligned });
        self.bytes += u64::from(size);
        1
    }

    fn end(&mut self, encoder: &mut Encoder, old: u64) -> usize {
        let Some(live) = self.by_address.remove(&old) else { return 0 };
        encoder.free(live.slot);
        self.bytes -= u64::from(live.size);
        1
    }
}
#[cfg(test)]
mod tests {
    use super::compact;
    use crate::format::{Encoder, Event, decode};
    use crate::raw::{FREE, MAGIC, MALLOC, MEMALIGN, REALLOC, Record};

    fn record(kind: u64, align: u64, size: u64, old: u64, new: u64) -> Record {
        Record { kind, align, size, old, new }
    }

    #[test]
    fn addresses_become_slots() {
        let records = [
            record(MAGIC, 7, 0, 0, 0),
            record(FREE, 0, 0, 0x10, 0), // from before the record
            record(MALLOC, 0, 0, 0, 0x20),
            record(MEMALIGN, 64, 100, 0, 0x40),
            record(REALLOC, 0, 50, 0x20, 0x80), // it moved
            record(REALLOC, 0, 200, 0x40, 0x40),
            record(MALLOC, 0, 1 << 20, 0, 0), // it failed
            record(REALLOC, 0, 0, 0x80, 0),
        ];
        let (trace, summary) = compact(&records, usize::MAX).unwrap();
        assert_eq!(
            decode(&trace).unwrap(),
            [
                Event::Malloc { slot: 0, size: 1 },
                Event::Memalign { slot: 1, align: 64, size: 100 },
                Event::Realloc { slot: 0, size: 50 },
                Event::Free { slot: 1 },
                Event::Malloc { slot: 1, size: 200 },
                Event::Free { slot: 0 },
            ]
        );
        assert_eq!((summary.calls, summary.passed_over, summary.peak), (6, 2, 250));
    }

    #[test]
    fn what_is_written_is_read() {
        let mut encoder = Encoder::new();
        let first = encoder.malloc(300);
        let second = encoder.memalign(64, u32::MAX);
        encoder.free(first);
        let third = encoder.malloc(1);
        encoder.realloc(second, 5000);
        assert_eq!((first, second, third), (0, 1, 0), "the slot emptied last comes first");
        assert_eq!(
            decode(&encoder.finish()).unwrap(),
            [
                Event::Malloc { slot: 0, size: 300 },
                Event::Memalign { slot: 1, align: 64, size: u32::MAX },
                Event::Free { slot: 0 },
                Event::Malloc { slot: 0, size: 1 },
                Event::Realloc { slot: 1, size: 5000 },
            ]
        );
    }

    #[test]
    fn damage_is_refused() {
        assert!(decode(b"memoman\x02").is_err());
        assert!(decode(b"memoman\x01\x80").is_err(), "ends within a number");
        assert!(decode(b"memoman\x01\x05").is_err(), "frees what was never filled");
    }
}
