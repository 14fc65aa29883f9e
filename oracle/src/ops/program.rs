//! A program: a header and its ops, with the binary form.

use arbitrary::{Arbitrary, Unstructured};

use super::header::{HEADER_BYTES, Header};
use super::op::Op;
use super::record::{self, RECORD_BYTES};
use super::version::Version;

/// The number of ops of the longest program.
pub const MAX_OPS: usize = 1020;

/// The length of the longest program: 4,088 bytes, just below libFuzzer's default `-max_len` of 4,096.
pub const MAX_BYTES: usize = HEADER_BYTES + MAX_OPS * RECORD_BYTES;

/// A header and at most [`MAX_OPS`] ops.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Program {
    /// The settings of the whole program.
    pub header: Header,
    /// The ops, in the order in which they run.
    pub ops: Vec<Op>,
}

impl Program {
    /// Decodes the binary form of version 1. Every input is a program.
    pub fn decode(bytes: &[u8]) -> Self {
        Self::decode_as(Version::One, bytes)
    }

    /// Decodes the binary form of a version. Every input is a program.
    pub fn decode_as(version: Version, bytes: &[u8]) -> Self {
        let (head, records) = bytes.split_at(bytes.len().min(HEADER_BYTES));
        let mut first = [0; HEADER_BYTES];
        first[..head.len()].copy_from_slice(head);
        let header = Header::decode(version, first);
        let records = records.chunks_exact(RECORD_BYTES).take(MAX_OPS);
        let op = |r: &[u8]| record::decode([r[0], r[1], r[2], r[3]], &header);
        Self { header, ops: records.map(op).collect() }
    }

    /// Encodes the binary form of its version.
    ///
    /// Several byte sequences decode to one program. This is the one with the smallest table entries,
    /// and with zeros where the decoder reads nothing. Decoding the result returns the same program
    /// if the program was decoded or parsed. In a program that was built by hand, numbers out of
    /// range are clamped, ops beyond [`MAX_OPS`] are dropped, and an op that the header disables
    /// decodes to the op that replaces it.
    pub fn encode(&self) -> Vec<u8> {
        let ops = self.ops.iter().take(MAX_OPS);
        self.header
            .encode()
            .into_iter()
            .chain(ops.flat_map(|op| record::encode(op, &self.header)))
            .collect()
    }
}

/// A program of version 2, for fuzz targets: made of bytes as a [`Program`] of version 1 is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LargeProgram(pub Program);

/// Takes all remaining bytes and decodes them.
impl Arbitrary<'_> for LargeProgram {
    fn arbitrary(u: &mut Unstructured<'_>) -> arbitrary::Result<Self> {
        let all = u.len();
        u.bytes(all).map(|bytes| Self(Program::decode_as(Version::Two, bytes)))
    }

    fn arbitrary_take_rest(u: Unstructured<'_>) -> arbitrary::Result<Self> {
        Ok(Self(Program::decode_as(Version::Two, u.take_rest())))
    }
}

/// Takes all remaining bytes and decodes them.
impl Arbitrary<'_> for Program {
    fn arbitrary(u: &mut Unstructured<'_>) -> arbitrary::Result<Self> {
        let all = u.len();
        u.bytes(all).map(Self::decode)
    }

    fn arbitrary_take_rest(u: Unstructured<'_>) -> arbitrary::Result<Self> {
        Ok(Self::decode(u.take_rest()))
    }
}
