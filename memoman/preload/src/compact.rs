//! From records with addresses to a trace with slots.

use std::collections::HashMap;
use std::fmt::{self, Display, Formatter};
use std::io::{self, Read};

use crate::format::TraceEncoder;
use crate::raw::{CallRecord, FREE, MAGIC, MALLOC, MEMALIGN, REALLOC};

const RECORD_BYTES: usize = size_of::<CallRecord>();

/// Counts of a trace.
#[derive(Default)]
pub(crate) struct TraceSummary {
    pub(crate) calls: usize,
    /// The largest sum of requested bytes that are live.
    peak: u64,
    /// Calls that failed, or that free or resize blocks allocated before the recording.
    skipped: usize,
    /// Calls that the recorder could not store.
    lost: u64,
}

impl Display for TraceSummary {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { calls, peak, skipped, lost } = self;
        write!(f, "{calls} calls, at most {peak} bytes live, {skipped} calls skipped")?;
        if *lost > 0 {
            write!(f, ", {lost} lost: the recorder's file was full")?;
        }
        Ok(())
    }
}

/// Reads the head and the records. The rest of the file is empty.
pub(crate) fn read(mut file: impl Read) -> io::Result<Vec<CallRecord>> {
    let mut next = || -> io::Result<CallRecord> {
        let mut bytes = [0; RECORD_BYTES];
        file.read_exact(&mut bytes)?;
        let word =
            |at: usize| u64::from_ne_bytes(bytes[8 * at..][..8].try_into().expect("eight bytes"));
        Ok(CallRecord { kind: word(0), align: word(1), size: word(2), old: word(3), new: word(4) })
    };
    let head = next()?;
    if head.kind != MAGIC {
        return Err(io::Error::other("not a file of the recorder"));
    }
    let mut records = vec![head];
    for _ in 0..head.align {
        records.push(next()?);
    }
    Ok(records)
}

struct RecordedBlock {
    slot: usize,
    size: u32,
    aligned: bool,
}

#[derive(Default)]
struct RecordedBlocks {
    by_address: HashMap<u64, RecordedBlock>,
    bytes: u64,
}

pub(crate) fn compact(
    records: &[CallRecord],
    most_calls: usize,
) -> Result<(Vec<u8>, TraceSummary), String> {
    let (mut encoder, mut blocks) = (TraceEncoder::new(), RecordedBlocks::default());
    let lost = records.first().map_or(0, |head| head.size);
    let mut summary = TraceSummary { lost, ..TraceSummary::default() };
    for record in records.iter().skip(1) {
        if summary.calls >= most_calls {
            break;
        }
        let calls = blocks.call(&mut encoder, record)?;
        summary.calls += calls;
        summary.skipped += usize::from(calls == 0);
        summary.peak = summary.peak.max(blocks.bytes);
    }
    Ok((encoder.finish(), summary))
}

impl RecordedBlocks {
    /// Adds a recorded call to the trace. Returns the number of calls that were added.
    fn call(&mut self, encoder: &mut TraceEncoder, record: &CallRecord) -> Result<usize, String> {
        let CallRecord { kind, align, size, old, new } = *record;
        // Requests of 0 bytes differ between allocators; glibc returns a block of the smallest size.
        let size = u32::try_from(size.max(1))
            .map_err(|_| format!("a block of {size} bytes: more than 32 bits"))?;
        Ok(match kind {
            MALLOC if new != 0 => self.allocate(encoder, new, size, 0),
            MEMALIGN if new != 0 => self.allocate(encoder, new, size, align),
            FREE => self.free(encoder, old),
            // C's realloc to 0 bytes frees.
            REALLOC if new == 0 && record.size == 0 => self.free(encoder, old),
            REALLOC if new != 0 => match self.by_address.remove(&old) {
                Some(RecordedBlock { slot, size: was, aligned: false }) => {
                    encoder.realloc(slot, size);
                    self.by_address.insert(new, RecordedBlock { slot, size, aligned: false });
                    self.bytes += u64::from(size);
                    self.bytes -= u64::from(was);
                    1
                }
                // TLSF 3.1 does not keep the alignment, so this call becomes free and malloc.
                Some(live) => {
                    self.by_address.insert(old, live);
                    let freed = self.free(encoder, old);
                    freed + self.allocate(encoder, new, size, 0)
                }
                None => self.allocate(encoder, new, size, 0),
            },
            MALLOC | MEMALIGN | REALLOC => 0,
            other => return Err(format!("a record has the unknown kind {other}")),
        })
    }

    fn allocate(&mut self, encoder: &mut TraceEncoder, new: u64, size: u32, align: u64) -> usize {
        let aligned = align > size_of::<usize>() as u64;
        let slot = if aligned {
            encoder.memalign(align.min(1 << 15) as u16, size)
        } else {
            encoder.malloc(size)
        };
        self.by_address.insert(new, RecordedBlock { slot, size, aligned });
        self.bytes += u64::from(size);
        1
    }

    fn free(&mut self, encoder: &mut TraceEncoder, old: u64) -> usize {
        let Some(live) = self.by_address.remove(&old) else { return 0 };
        encoder.free(live.slot);
        self.bytes -= u64::from(live.size);
        1
    }
}

#[cfg(test)]
mod tests {
    use super::compact;
    use crate::format::{TraceEncoder, TraceEvent, decode};
    use crate::raw::{CallRecord, FREE, MAGIC, MALLOC, MEMALIGN, REALLOC};

    fn record(kind: u64, align: u64, size: u64, old: u64, new: u64) -> CallRecord {
        CallRecord { kind, align, size, old, new }
    }

    #[test]
    fn addresses_are_replaced_by_slots() {
        let records = [
            record(MAGIC, 7, 0, 0, 0),
            record(FREE, 0, 0, 0x10, 0), // allocated before the recording
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
                TraceEvent::Malloc { slot: 0, size: 1 },
                TraceEvent::Memalign { slot: 1, align: 64, size: 100 },
                TraceEvent::Realloc { slot: 0, size: 50 },
                TraceEvent::Free { slot: 1 },
                TraceEvent::Malloc { slot: 1, size: 200 },
                TraceEvent::Free { slot: 0 },
            ]
        );
        assert_eq!((summary.calls, summary.skipped, summary.peak), (6, 2, 250));
    }

    #[test]
    fn a_decoded_trace_is_the_encoded_one() {
        let mut encoder = TraceEncoder::new();
        let first = encoder.malloc(300);
        let second = encoder.memalign(64, u32::MAX);
        encoder.free(first);
        let third = encoder.malloc(1);
        encoder.realloc(second, 5000);
        assert_eq!((first, second, third), (0, 1, 0), "the slot freed last is used first");
        assert_eq!(
            decode(&encoder.finish()).unwrap(),
            [
                TraceEvent::Malloc { slot: 0, size: 300 },
                TraceEvent::Memalign { slot: 1, align: 64, size: u32::MAX },
                TraceEvent::Free { slot: 0 },
                TraceEvent::Malloc { slot: 0, size: 1 },
                TraceEvent::Realloc { slot: 1, size: 5000 },
            ]
        );
    }

    #[test]
    fn a_damaged_trace_is_refused() {
        assert!(decode(b"memoman\x02").is_err());
        assert!(decode(b"memoman\x01\x80").is_err(), "the trace ends within a number");
        assert!(decode(b"memoman\x01\x05").is_err(), "the slot was never used");
    }
}
