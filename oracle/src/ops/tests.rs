//! Properties of the op language as a whole.

use super::*;
use arbitrary::{Arbitrary, Unstructured};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

fn random_bytes(seed: u64, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    Xoshiro256PlusPlus::seed_from_u64(seed).fill_bytes(&mut bytes);
    bytes
}

/// Programs decoded from random bytes, each 1 to 64 ops long, of both versions.
fn random_programs(count: u64) -> impl Iterator<Item = Program> {
    (0..count).map(|seed| {
        let mut bytes = random_bytes(seed, 8 + 4 * (1 + seed as usize % 64));
        if seed % 2 == 0 {
            bytes[4..6].fill(0);
        }
        Program::decode_as(Version::ALL[seed as usize / 2 % 2], &bytes)
    })
}

#[test]
fn decoding_is_total() {
    for (len, &version) in (0..5000).flat_map(|len| Version::ALL.iter().map(move |v| (len, v))) {
        let program = Program::decode_as(version, &random_bytes(len as u64, len));
        assert_eq!(program.ops.len(), (len.saturating_sub(8) / 4).min(MAX_OPS));
    }
}

#[test]
fn a_prefix_of_the_bytes_is_a_prefix_of_the_ops() {
    let bytes = random_bytes(1, 5000);
    for &version in Version::ALL {
        let decode = |bytes: &[u8]| Program::decode_as(version, bytes);
        let program = decode(&bytes);
        for len in HEADER_BYTES..bytes.len() {
            let prefix = decode(&bytes[..len]);
            assert_eq!(prefix.header, program.header);
            assert!(program.ops.starts_with(&prefix.ops));
        }
        for len in 0..HEADER_BYTES {
            let mut extended = bytes[..len].to_vec();
            extended.resize(HEADER_BYTES, 0);
            assert_eq!(decode(&bytes[..len]), decode(&extended));
        }
    }
}

#[test]
fn encoding_undoes_decoding_and_is_canonical() {
    for program in random_programs(10_000) {
        let bytes = program.encode();
        let again = Program::decode_as(program.header.version, &bytes);
        assert_eq!(again, program);
        assert_eq!(again.encode(), bytes);
    }
}

#[test]
fn parsing_undoes_printing() {
    for program in random_programs(10_000) {
        let text = program.to_string();
        assert_eq!(text.parse(), Ok(program), "{text}");
    }
}

#[test]
fn each_record_survives_both_ways() {
    // Each entry and target mode, with each tail that one parameter bit or none makes.
    for (head, name) in (0..=255).flat_map(|head| (0..=255u8).map(move |name| (head, name))) {
        for tail in (0..13).map(|bit| 8u16 << bit).chain([0]) {
            let mode = u16::from(name.rotate_left(3) & 7);
            let [low, high] = (tail | mode).to_le_bytes();
            for &version in Version::ALL {
                let bytes = [0, 0, 0, 0, 0, 0, 0, 0, head, name, low, high];
                let program = Program::decode_as(version, &bytes);
                assert_eq!(Program::decode_as(version, &program.encode()), program);
                assert_eq!(program.ops[0].to_string().parse(), Ok(program.ops[0]));
            }
        }
    }
}

#[test]
fn each_size_survives_both_ways() {
    for tail in 0..=u16::MAX {
        let size = Size::decode(tail, Swarm::default());
        assert_eq!(Size::decode(size.encode(), Swarm::default()), size);
        assert_eq!(size.to_string().parse(), Ok(size));
    }
}

#[test]
fn the_keyword_of_an_alignment_is_its_value() {
    for code in 0..32 {
        let align = Align::from_code(code);
        let word = align.word();
        let named = match (word.parse(), word.strip_prefix("2^").map(|log2| log2.parse::<u32>())) {
            (Ok(value), _) => value,
            (_, Some(Ok(log2))) => 1 << log2,
            _ if word == "max" => usize::MAX,
            _ if word == "top" => usize::MAX / 2 + 1,
            _ => usize::MAX / 4 + 1,
        };
        assert_eq!(align.value(), named);
    }
}

#[test]
fn zeros_are_simple() {
    let program = Program::decode(&[0; 12]);
    assert_eq!(program.header, Header::default());
    assert_eq!(program.to_string(), "ops v1\ngeometry conte-sl32\npool 256\n\nmalloc 0 tiny 1\n");
    assert_eq!(Program::decode(&[]), Program::default());
}

#[test]
fn each_opcode_and_mode_comes_from_random_bytes() {
    let ops: Vec<Op> = random_programs(200).flat_map(|program| program.ops).collect();
    for &opcode in Opcode::ALL {
        assert!(ops.iter().any(|op| op.opcode() == opcode), "{opcode}");
    }
    for &mode in SizeMode::ALL {
        assert!(ops.iter().filter_map(Op::size).any(|size| size.mode() == mode), "{mode}");
    }
    for word in ["next", "prev", "all", "force", "fresh", "duplicate", "too_large", "top", "x2"] {
        assert!(ops.iter().any(|op| op.to_string().contains(word)), "{word}");
    }
}

#[test]
fn a_disabled_op_kind_or_size_mode_is_never_decoded() {
    let records = random_bytes(3, 4 * MAX_OPS);
    for mask in 0..=255 {
        for (kinds, modes) in [(mask, 0), (0, mask), (mask, !mask)] {
            let bytes = [&[0, 0, 0, 0, kinds, modes, 0, 0], &records[..]].concat();
            let Program { header, ops } = Program::decode(&bytes);
            for op in &ops {
                assert!(op.opcode().kind().is_none_or(|kind| !header.off.without(kind)), "{op}");
                let mode = op.size().map(|size| size.mode());
                assert!(mode.is_none_or(|mode| !header.off.without_mode(mode)), "{op}");
            }
        }
    }
}

#[test]
fn a_disabled_op_decodes_as_malloc_or_free() {
    let replacement = |kind: OpKind| match kind {
        OpKind::Memalign | OpKind::Pools | OpKind::Fill | OpKind::Rewrite => Opcode::Malloc,
        OpKind::Realloc | OpKind::Repeat | OpKind::Drain | OpKind::Check => Opcode::Free,
    };
    for &kind in OpKind::ALL {
        for head in 0..64 {
            let opcode = |kinds| {
                Program::decode(&[0, 0, 0, 0, kinds, 0, 0, 0, head, 9, 9, 9]).ops[0].opcode()
            };
            let on = opcode(0);
            let expected = if on.kind() == Some(kind) { replacement(kind) } else { on };
            assert_eq!(opcode(1 << kind as u8), expected);
        }
    }
}

#[test]
fn a_disabled_mode_decodes_as_the_next_enabled_one() {
    let mode = |modes, tail| Size::decode(tail, Swarm { kinds: 0, modes }).mode();
    assert_eq!(mode(0b0000_0000, 2), SizeMode::Granules);
    assert_eq!(mode(0b0000_1100, 2), SizeMode::Gap);
    assert_eq!(mode(0b1000_0001, 7), SizeMode::Edge);
    assert_eq!(mode(0b1111_1111, 7), SizeMode::Hostile);
}

/// Corpora store the binary form. If this test fails, `ops v1` has changed its meaning.
#[test]
fn the_numbers_of_version_1_are_fixed() {
    let mut text = String::new();
    let tails = random_bytes(4, 4 * 4 * 256);
    for (number, tail) in tails.chunks_exact(4).enumerate() {
        let header = [tail[3], tail[2] ^ tail[0], 1, 2, 0, 0, 3, 4];
        let record = [number as u8, tail[0], tail[1], tail[2]];
        text += &Program::decode(&[&header[..], &record].concat()).to_string();
    }
    let fnv = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    assert_eq!(text.bytes().fold(0xcbf2_9ce4_8422_2325, fnv), 0x642f_dd08_8fde_4073);
}

#[test]
fn a_text_written_by_hand_parses() {
    let text = "
        # A comment, then defaults.
        ops v1
        pool 4096 residue 5 extra 13 spacing 64   # in any order
        off memalign hostile
        seed 7

        malloc 3 tiny 24
        realloc slot 3 gap fit +8
        realloc newest 0 relative target x3/2
        malloc 4 edge 2 17
        fill granules 3
        drain lifo all
        remove_pool 1 force
    ";
    let program: Program = text.parse().expect("it is a program");
    assert_eq!(program.header.pool_bytes(), 4096);
    assert_eq!(program.header.region_bytes(0), 4096 + 13);
    assert_eq!(program.header.spacing_bytes(), 64);
    assert!(program.header.off.without(OpKind::Memalign));
    assert_eq!(program.ops[0], Op::Malloc { slot: 3, size: Size::Tiny(24) });
    assert_eq!(program.ops.len(), 7);
    assert_eq!(Program::decode(&program.encode()), program);
    assert_eq!(program.to_string().parse(), Ok(program));
}

#[test]
fn errors_name_line_column_and_word() {
    let refused = |text: &str, message: &str| {
        let error = text.parse::<Program>().expect_err(text);
        assert_eq!(error.to_string(), message);
    };
    refused("", "line 1, column 1: the line ends here; expected ops");
    refused("ops v3", "line 1, column 5: `v3`; expected v1 or v2");
    refused(
        "ops v1\n\n  malloc 3 gap fitt # note",
        "line 3, column 16: `fitt`; expected free, fit, half or quarter",
    );
    refused(
        "ops v1\nmalloc 3 tiny",
        "line 2, column 14: the line ends here; expected bytes (1 to 256)",
    );
    refused("ops v1\nmalloc 256 tiny 1", "line 2, column 8: `256`; expected a slot (0 to 255)");
    refused("ops v1\nmalloc é tiny 1", "line 2, column 8: `é`; expected a slot (0 to 255)");
    refused("ops v1\ncheck now", "line 2, column 7: `now`; expected the end of the line");
    refused("ops v1\npool 300", "line 2, column 6: `300`; expected a power of two");
    refused(
        "ops v1\nmalloc 0 gap fit +32",
        "line 2, column 18: `+32`; expected a distance of -32 to +31, such as +8, -2W or +A",
    );
    refused(
        "ops v1\nmemalign 3 align 8 tiny 1",
        "line 2, column 10: `3`; expected a multiple of 32",
    );
    let long = format!("ops v1\n{}", "check\n".repeat(MAX_OPS + 1));
    refused(&long, "line 1022, column 1: `check`; expected no more than 1020 ops");
}

#[test]
fn errors_list_what_is_accepted() {
    let error = |text: &str| text.parse::<Program>().expect_err(text).expected;
    assert!(error("ops v1\nmaloc 3 tiny 1").contains("malloc, free, realloc"));
    assert!(error("ops v1\nfre").contains("geometry"));
    assert!(!error("ops v1\ncheck\nseed 3").contains("geometry"));
    assert!(error("ops v1\nmalloc 3 tyni 1").ends_with("log or hostile"));
    assert!(error("ops v1\ngeometry x").starts_with("conte-sl32, conte-sl16"));
    assert!(error("ops v1\nrealloc next relative target 3/2").contains("x3/2"));
    let off = error("ops v1\noff check\ncheck");
    assert!(off.starts_with("an enabled op: malloc") && !off.contains("check"));
    let off = error("ops v1\noff tiny\nmalloc 0 tiny 1");
    assert!(off.starts_with("an enabled size mode: edge"));
}

#[test]
fn every_text_on_one_line_is_an_op_or_an_error() {
    // Cut, doubled and swapped words of real ops never panic the parser.
    for op in random_programs(300).flat_map(|program| program.ops) {
        let text = op.to_string();
        let words: Vec<&str> = text.split(' ').collect();
        for at in 0..words.len() {
            let (head, tail) = words.split_at(at);
            for mangled in [head.join(" "), tail.join(" "), [tail, head].concat().join(" ")] {
                let _ = mangled.parse::<Op>().map_err(|error| error.to_string());
            }
        }
    }
}

#[test]
fn arbitrary_takes_all_bytes() {
    let bytes = random_bytes(6, 333);
    let program = Program::decode(&bytes);
    assert_eq!(Program::arbitrary_take_rest(Unstructured::new(&bytes)), Ok(program.clone()));
    let mut source = Unstructured::new(&bytes);
    assert_eq!(Program::arbitrary(&mut source), Ok(program));
    assert!(source.is_empty());
}
