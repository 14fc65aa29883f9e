//! The op language, version 1: programs as bytes, as values and as text.
//!
//! **Binary.** A [`Header`] of 8 bytes and records of 4. Decoding is total: a short header is
//! zero-extended, one to three bytes at the end are ignored, nothing is refused, and a prefix of
//! the bytes is a prefix of the ops. Small bytes are simple ops. The numbers never change.
//!
//! **Text**, for people and for `regress/*.ops`. `#` starts a comment. After `ops v1` come the
//! settings, then the ops, one to a line.
//!
//! | setting | default | |
//! |---|---|---|
//! | `geometry NAME` | `conte-sl32` | a name in [`GEOMETRIES`](crate::geometry::GEOMETRIES) |
//! | `pool BYTES` | 256 | each region's bytes: 256, 512 … 262144; on the same line may follow |
//! | … `extra N` | 0 | 0–255 bytes more in region 0 |
//! | … `residue N` | 0 | region 0 starts 0–255 ALIGNs into the arena |
//! | … `spacing S` | `none` | between regions: `none`, `granule` (one ALIGN), `64`, `4096` bytes |
//! | `off WORD…` | | these are not used: `memalign realloc pools repeat fill drain rewrite check`, or size modes |
//! | `seed N` | 0 | of the payloads' content, 0–65535; and bit 0 set: ends without freeing one by one; bit 1: realloc in its parts, shrink or grow; bit 2: realloc keeps memalign's alignment (not beside C) |
//! | `profile N` | 0 | of the checks, 0–3 |
//!
//! | op | |
//! |---|---|
//! | `malloc SLOT SIZE` | into the first empty slot (0–255) at or after SLOT |
//! | `memalign SLOT align ALIGN SIZE` | SLOT a multiple of 32; ALIGN `1`, `2` … `65536`, `2^17`–`2^20`, `2^24`, `2^31`, `top/2`, or, to be refused, `top`, `max`, `0`, `3`, `6`, `12`, `24`, `48` |
//! | `realloc TARGET SIZE` | |
//! | `free TARGET` | |
//! | `rewrite TARGET` | a new payload |
//! | `add_pool REGION FORM` | REGION 0–3; FORM `fresh EIGHTHS_OFF` (0–7), or, to be refused, `duplicate`, `overlap`, `misaligned`, `too_small`, `too_large` |
//! | `remove_pool REGION [force]` | after draining it, or by `force` as it is |
//! | `extend_pool REGION N`, `shrink_pool REGION N` | by 0–1023 ALIGNs |
//! | `repeat N` | the last op again, 1–16 times |
//! | `fill SIZE` | malloc until it fails |
//! | `drain ORDER COUNT` | ORDER `lifo`, `fifo`, `address`, `alternate`; COUNT `all` or 1–63 |
//! | `check` | check everything |
//!
//! | TARGET | |
//! |---|---|
//! | `slot N` | the first live one at or after slot N |
//! | `newest K`, `oldest K` | with K (0–255) newer or older ones |
//! | `next`, `prev` | neighbour in memory of the block touched last |
//!
//! | SIZE | |
//! |---|---|
//! | `tiny N` | 1–256 bytes |
//! | `edge ROW LIST [STEP]` | lower edge of a size class, ROW (0–31) modulo the pool's rows, LIST (0–31) modulo a row's lists; STEP `+0 -1 +1 -A +A +A+1 -4W +4W` |
//! | `granules N` | 1–1024 ALIGNs |
//! | `relative BASE DELTA`, `relative BASE RATIO` | BASE `target` or `freed` (last); RATIO `x1/4 x1/2 x3/4 x7/8 x5/4 x3/2 x2 x4` |
//! | `gap GOAL [DELTA]` | GOAL `free` (largest free block), `fit` (largest size that is found a block), `half`, `quarter` (of that) |
//! | `fraction N` | N (1–1024) 1024ths of the pool |
//! | `log E M` | 2^E (0–31, modulo the pool's own) and M (0–255) 256ths of it |
//! | `hostile LIMIT [DELTA]` | LIMIT `zero`, `size_max`, `size_max-A`, `isize_max`, `max` (first size too large for a block), `max-A`, `last` (edge of the last class), `max*2` |
//!
//! DELTA is −32 to +31 of bytes, words or ALIGNs: `+8`, `-2W`, `+A`.
//!
//! ```text
//! ops v1
//! geometry conte-sl16
//! pool 4096 extra 13 residue 5 spacing 64
//! off fill hostile
//! seed 7
//!
//! malloc 3 tiny 24
//! memalign 32 align 64 granules 3
//! realloc slot 3 gap fit +8     # just does not fit
//! free newest 0
//! add_pool 1 fresh 0
//! remove_pool 1 force
//! drain lifo all
//! ```

mod align;
mod generate;
mod header;
mod line;
mod mutate;
mod op;
mod parse;
mod record;
mod resolve;
mod size;
#[cfg(test)]
mod tests;
mod text;
mod words;

pub use align::Align;
pub use generate::generate;
pub use header::{HEADER_BYTES, Header, Kind, REGIONS, Spacing, Swarm};
pub use line::ParseError;
pub use mutate::{crossover, mutate};
pub use op::{Count, Op, Order, PoolForm, Target, Verb};
pub use record::RECORD_BYTES;
pub use resolve::Ground;
pub use size::{Base, Change, Delta, Goal, Limit, Mode, Ratio, Size, Step, Unit};

use arbitrary::{Arbitrary, Unstructured};

/// Ops of the longest program: with the header, 4,088 bytes, just below what libFuzzer's
/// default `-max_len` of 4,096 lets through.
pub const MAX_OPS: usize = 1020;

/// A header and at most [`MAX_OPS`] ops.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Program {
    /// What holds for each op.
    pub header: Header,
    /// What is done, in order.
    pub ops: Vec<Op>,
}

impl Program {
    /// Reads the binary form. There is no input that it does not take.
    pub fn decode(bytes: &[u8]) -> Self {
        let (head, records) = bytes.split_at(bytes.len().min(HEADER_BYTES));
        let mut first = [0; HEADER_BYTES];
        first[..head.len()].copy_from_slice(head);
        let header = Header::decode(first);
        let records = records.chunks_exact(RECORD_BYTES).take(MAX_OPS);
        let op = |r: &[u8]| record::decode([r[0], r[1], r[2], r[3]], header.off);
        Self { header, ops: records.map(op).collect() }
    }

    /// Writes the binary form: the one of several that has the smallest table entries and zeros
    /// where nothing is read. Decoding it gives the program back, if that was decoded or parsed;
    /// in one put together by hand, numbers out of range are brought into it, ops beyond
    /// [`MAX_OPS`] dropped, and what its own header turns off is turned into what stands in.
    pub fn encode(&self) -> Vec<u8> {
        let ops = self.ops.iter().take(MAX_OPS);
        self.header.encode().into_iter().chain(ops.flat_map(record::encode)).collect()
    }
}

/// All the bytes there are, decoded.
impl Arbitrary<'_> for Program {
    fn arbitrary(u: &mut Unstructured<'_>) -> arbitrary::Result<Self> {
        let all = u.len();
        u.bytes(all).map(Self::decode)
    }

    fn arbitrary_take_rest(u: Unstructured<'_>) -> arbitrary::Result<Self> {
        Ok(Self::decode(u.take_rest()))
    }
}
