//! Numbers as bytes: seven bits a byte, low ones first; the top bit is set if more follow.

/// Appends a number.
pub(super) fn put(bytes: &mut Vec<u8>, number: usize) {
    let mut rest = number as u64;
    while rest >= 0x80 {
        bytes.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    bytes.push(rest as u8);
}

/// Appends the difference of two numbers: small ones of either sign take one byte.
pub(super) fn put_difference(bytes: &mut Vec<u8>, from: usize, to: usize) {
    let code = if to >= from { (to - from) << 1 } else { (from - to) << 1 | 1 };
    put(bytes, code);
}

/// Takes a number off the front.
pub(super) fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..70).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7F).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{put, put_difference, take};

    #[test]
    fn a_number_is_read_as_it_was_written() {
        for number in [0, 1, 127, 128, 300, 1 << 20, usize::MAX / 2, usize::MAX - 8, usize::MAX] {
            let mut bytes = Vec::new();
            put(&mut bytes, number);
            let mut rest = &bytes[..];
            assert_eq!((take(&mut rest), rest.len()), (Some(number as u64), 0));
            assert_eq!(take(&mut &bytes[..bytes.len() - 1]), None, "cut off: {number}");
        }
    }

    #[test]
    fn a_small_difference_takes_one_byte() {
        for (from, to, code) in [(7, 7, 0), (7, 8, 2), (8, 7, 3), (100, 37, 127)] {
            let mut bytes = Vec::new();
            put_difference(&mut bytes, from, to);
            assert_eq!(bytes, [code]);
        }
    }
}
