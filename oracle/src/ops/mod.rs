//! The op language: programs as bytes, as values and as text.
//!
//! Version 1 has pools up to 256 KiB. [`Version`] 2 has the same forms, pools up to 4 GiB, and what large pools
//! need; its differences are below.
//!
//! **Binary form.** A [`Header`] of 8 bytes and records of 4 bytes. Decoding is total: a short header is
//! extended with zeros, one to three bytes at the end are ignored, no input is refused, and a prefix of
//! the bytes is a prefix of the ops. Small bytes decode to simple ops. The numbers never change.
//!
//! Files: `header` and `swarm` decode the header, `record` and `size_field` a record; `program`, `op`, `size`
//! and `align` are the values; `text`, `parse`, `line` and `keywords` are the text form; `generate` and
//! `mutate` make programs, `situations` parts of them; `resolve` computes symbolic sizes. What an op does to a
//! heap is decided above, in `run/interpret`.
//!
//! **Text form**, for people and for `regress/*.ops`. `#` starts a comment. The first line is `ops v1`;
//! the settings follow, then the ops, one on each line.
//!
//! | setting | default | |
//! |---|---|---|
//! | `geometry NAME` | `conte-sl32` | a name in [`GEOMETRIES`](crate::geometry::GEOMETRIES) |
//! | `pool BYTES` | 256 | each region's bytes: 256, 512 … 262144; on the same line may follow |
//! | … `extra N` | 0 | 0–255 bytes more in region 0 |
//! | … `residue N` | 0 | region 0 starts 0–255 ALIGNs into the arena |
//! | … `spacing S` | `none` | between regions: `none`, `granule` (one ALIGN), `64`, `4096` bytes |
//! | `off WORD…` | | disables these op kinds or size modes: `memalign realloc pools repeat fill drain rewrite check`, or a size mode |
//! | `seed N` | 0 | of the payloads' content, 0–65535. If bit 0 is set, the program ends with a reset instead of freeing each block; bit 1: realloc as its parts, shrink or grow in place; bit 2: realloc keeps memalign's alignment (not compared with C) |
//! | `profile N` | 0 | of the checks, 0–3 |
//!
//! | op | |
//! |---|---|
//! | `malloc SLOT SIZE` | into the first empty slot (0–255) at or after SLOT |
//! | `memalign SLOT align ALIGN SIZE` | SLOT a multiple of 32; ALIGN `1`, `2` … `65536`, `2^17`–`2^20`, `2^24`, `2^31`, `top/2`, or one that must be refused: `top`, `max`, `0`, `3`, `6`, `12`, `24`, `48` |
//! | `realloc TARGET SIZE` | |
//! | `free TARGET` | |
//! | `rewrite TARGET` | writes a new pattern to the payload |
//! | `add_pool REGION FORM` | REGION 0–3; FORM `fresh EIGHTHS_OFF` (0–7), or a form that must be refused: `duplicate`, `overlap`, `misaligned`, `too_small`, `too_large` |
//! | `remove_pool REGION [force]` | after draining it; with `force`, without draining it |
//! | `extend_pool REGION N`, `shrink_pool REGION N` | by 0–1023 ALIGNs |
//! | `repeat N` | repeats the last op 1–16 times |
//! | `fill SIZE` | malloc until it fails |
//! | `drain ORDER COUNT` | ORDER `lifo`, `fifo`, `address`, `alternate`; COUNT `all` or 1–63 |
//! | `check` | runs every check |
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
//! | `gap GOAL [DELTA]` | GOAL `free` (largest free block), `fit` (largest size for which the search finds a block), `half`, `quarter` (of `fit`) |
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
//! realloc slot 3 gap fit +8     # 8 bytes more than the largest that fits
//! free newest 0
//! add_pool 1 fresh 0
//! remove_pool 1 force
//! drain lifo all
//! ```
//!
//! **Version 2.** The first line is `ops v2`. A binary file is of this version if its name ends in `.bin2`, or if
//! one of its directories is `large` or `large-v…`: the bytes do not contain the version, because every byte
//! string is a program of version 1, too.
//!
//! | | in version 2 |
//! |---|---|
//! | `pool BYTES` | 256, 512 … 4294967296; on a target without reserved address space, larger ones are cut |
//! | … `moves BYTES` | what reallocs may copy in all: 16384, 65536, 262144, 1048576, 4194304, 16777216, 33554432, 67108864; a realloc that might copy more is tried in place only |
//! | `align ALIGN` | `1`, `2` … `2^30`, and `3`, which must be refused |
//! | `grow TARGET SIZE`, `shrink TARGET SIZE` | in place, or refused; `relative target +0` is the present size |
//! | `realign TARGET align ALIGN [RATIO]` | realloc to another alignment, of the present size or that times RATIO; in runs with C to none |
//! | `extend_pool REGION N`, `shrink_pool REGION N` | from 512 on, N − 511 1024ths of the region |
//!
//! Payloads above 16 KiB are filled and checked at their ends and in samples; a refusal must leave the pages
//! unchanged that anything was written to.

mod align;
mod form;
mod generate;
mod header;
mod keywords;
mod line;
mod mutate;
mod op;
mod parse;
mod program;
mod record;
mod resolve;
mod situations;
mod size;
mod size_field;
mod swarm;
#[cfg(test)]
mod tests;
mod text;
mod version;

pub use align::Align;
pub use form::as_text;
pub use generate::{generate, generate_as};
pub use header::{HEADER_BYTES, Header, REGIONS, Spacing};
pub use line::ParseError;
pub use mutate::{crossover, mutate};
pub use op::{Count, Op, Opcode, Order, PoolForm, Target};
pub use program::{LargeProgram, MAX_BYTES, MAX_OPS, Program};
pub use record::RECORD_BYTES;
pub use resolve::SizeContext;
pub use situations::{compose, vary};
pub use size::{Base, Change, Delta, EdgeStep, Goal, Limit, Ratio, Size, SizeMode, Unit};
pub use swarm::{OpKind, Swarm};
pub use version::Version;
