//! Wrappers that write where they must not: into payloads, headers, links and free blocks.

use super::wrapper::{WrappedEngine, Wrapper};
use crate::geometry::WORD;
use crate::subject::Row;

/// The flag in a header that says that the block before it is free.
const PREV_FREE: u8 = 0b10;

/// A realloc that moves a block changes the last byte that it copied.
#[derive(Clone, Default)]
pub struct MoveLosesTheTail;

impl Wrapper for MoveLosesTheTail {
    fn moved(&mut self, inner: &WrappedEngine, to: usize, bytes: usize) {
        inner.flip(to + bytes - 1, 0xff);
    }
}

/// A free clears PREV_FREE of the block after the freed one.
#[derive(Clone, Default)]
pub struct PrevFreeCleared;

impl Wrapper for PrevFreeCleared {
    fn freed(&mut self, inner: &WrappedEngine, payload: usize) {
        let holds = |row: &Row| row.free && (row.offset..row.offset + row.size).contains(&payload);
        let merged = inner.blocks().into_iter().find(holds).expect("a freed block is free");
        inner.flip(low_byte(merged.offset + merged.size), PREV_FREE);
    }
}

/// A refused call changes a byte in the middle of a free block, where the engine keeps no data.
#[derive(Clone, Default)]
pub struct WriteOnRefusal;

impl Wrapper for WriteOnRefusal {
    fn refused(&mut self, inner: &WrappedEngine) {
        // After the two links, before the back link at the block's end.
        let is_large = |row: &Row| row.free && row.size > 3 * WORD;
        if let Some(row) = inner.blocks().into_iter().find(is_large) {
            inner.flip(row.offset + 2 * WORD, 1);
        }
    }
}

/// malloc changes a flag in the header after the block.
#[derive(Clone, Default)]
pub struct OverrunIntoHeader;

impl Wrapper for OverrunIntoHeader {
    fn malloc(&mut self, inner: &WrappedEngine, _size: usize, payload: usize) -> Option<usize> {
        inner.flip(low_byte(payload + inner.usable_size(payload)), PREV_FREE);
        Some(payload)
    }
}

/// malloc changes the size in the header of the block after the new one, if a block follows.
#[derive(Clone, Default)]
pub struct OverrunIntoSize;

impl Wrapper for OverrunIntoSize {
    fn malloc(&mut self, inner: &WrappedEngine, _size: usize, payload: usize) -> Option<usize> {
        if let Some(row) = inner.next(payload) {
            inner.flip(low_byte(row.offset - WORD) ^ (WORD - 1), 0x40);
        }
        Some(payload)
    }
}

/// A free changes the next link of the first free block: a write after free.
#[derive(Clone, Default)]
pub struct WriteAfterFree;

impl Wrapper for WriteAfterFree {
    fn freed(&mut self, inner: &WrappedEngine, _payload: usize) {
        if let Some(row) = inner.blocks().into_iter().find(|row| row.free) {
            inner.flip(row.offset, 0x10);
        }
    }
}

/// malloc changes the first byte of the payload after the block, if it is live.
#[derive(Clone, Default)]
pub struct OverrunIntoPayload;

impl Wrapper for OverrunIntoPayload {
    fn malloc(&mut self, inner: &WrappedEngine, _size: usize, payload: usize) -> Option<usize> {
        if let Some(row) = inner.next(payload).filter(|row| !row.free) {
            inner.flip(row.offset, 0xff);
        }
        Some(payload)
    }
}

/// The offset of the byte that holds the lowest bits of a word.
const fn low_byte(word: usize) -> usize {
    if cfg!(target_endian = "little") { word } else { word + WORD - 1 }
}
