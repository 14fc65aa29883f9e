//! The format of a recorded trace: sizes and lifetimes of a program's blocks, about two bytes a call.
//!
//! ```text
//! file    "memoman\x01" event*
//! event   varint(kind + 4 * argument) [varint(size)]
//! kind    0 malloc of `argument` bytes      1 free of slot `argument`
//!         2 realloc of slot `argument`      3 memalign to 2^`argument`
//! varint  seven bits a byte, low ones first; the top bit is set if more follow
//! ```
//!
//! Kinds 2 and 3 are followed by a size. A new block's slot is not written: it is the empty slot that was
//! freed last, or, if no slot is empty, the next number.

/// The first bytes of a trace. The last of them is the version.
const MAGIC: &[u8] = b"memoman\x01";

/// One call of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TraceEvent {
    Malloc { slot: usize, size: u32 },
    Memalign { slot: usize, align: u16, size: u32 },
    Realloc { slot: usize, size: u32 },
    Free { slot: usize },
}

/// Assigns slots to new blocks, in the same order for encoder and decoder.
#[derive(Default)]
struct SlotNumbers {
    count: usize,
    empty: Vec<usize>,
}

impl SlotNumbers {
    fn take(&mut self) -> usize {
        self.empty.pop().unwrap_or_else(|| {
            self.count += 1;
            self.count - 1
        })
    }
}

/// Encodes a trace.
pub(crate) struct TraceEncoder {
    bytes: Vec<u8>,
    slots: SlotNumbers,
}

impl TraceEncoder {
    pub(crate) fn new() -> Self {
        Self { bytes: MAGIC.to_vec(), slots: SlotNumbers::default() }
    }

    /// Returns the slot of the new block.
    pub(crate) fn malloc(&mut self, size: u32) -> usize {
        self.put(0, size.into());
        self.slots.take()
    }

    /// `align` is a power of two.
    pub(crate) fn memalign(&mut self, align: u16, size: u32) -> usize {
        self.put(3, align.trailing_zeros().into());
        self.varint(size.into());
        self.slots.take()
    }

    pub(crate) fn realloc(&mut self, slot: usize, size: u32) {
        self.put(2, slot as u64);
        self.varint(size.into());
    }

    pub(crate) fn free(&mut self, slot: usize) {
        self.put(1, slot as u64);
        self.slots.empty.push(slot);
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.bytes
    }

    fn put(&mut self, kind: u64, argument: u64) {
        self.varint(kind | argument << 2);
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }
}

/// Decodes a trace.
pub(crate) fn decode(bytes: &[u8]) -> Result<Vec<TraceEvent>, String> {
    let mut rest =
        bytes.strip_prefix(MAGIC).ok_or("this is no trace, or one of another version")?;
    let (mut events, mut slots) = (Vec::new(), SlotNumbers::default());
    while !rest.is_empty() {
        let head = varint(&mut rest)?;
        let argument = head >> 2;
        let slot = usize::try_from(argument).unwrap_or(usize::MAX);
        let event = match head & 3 {
            0 => TraceEvent::Malloc { slot: slots.take(), size: bytes_of(argument)? },
            1 => TraceEvent::Free { slot: used_slot(slot, &slots)? },
            2 => TraceEvent::Realloc {
                slot: used_slot(slot, &slots)?,
                size: bytes_of(varint(&mut rest)?)?,
            },
            _ if argument > 15 => {
                return Err(format!("an alignment of 2^{argument}: more than 2^15"));
            }
            _ => TraceEvent::Memalign {
                slot: slots.take(),
                align: 1 << argument,
                size: bytes_of(varint(&mut rest)?)?,
            },
        };
        if let TraceEvent::Free { slot } = event {
            slots.empty.push(slot);
        }
        events.push(event);
    }
    Ok(events)
}

fn used_slot(slot: usize, slots: &SlotNumbers) -> Result<usize, String> {
    if slot < slots.count { Ok(slot) } else { Err(format!("slot {slot} was never used")) }
}

fn bytes_of(size: u64) -> Result<u32, String> {
    u32::try_from(size).map_err(|_| format!("a block of {size} bytes: more than 32 bits"))
}

fn varint(rest: &mut &[u8]) -> Result<u64, String> {
    let mut value = 0_u64;
    for shift in (0..63).step_by(7) {
        let (&byte, tail) = rest.split_first().ok_or("the trace ends within a call")?;
        *rest = tail;
        value |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err("a number has more than nine bytes".to_owned())
}
