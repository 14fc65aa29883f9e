//! The places where TLSF 3.1 is wrong, by number (the table is on memoman's front page). Each test runs the
//! C code, shows its wrong result, and shows memoman's right one.
//!
//! The C code is upstream's, without assertions, as in a release build of a C program. Its wrong writes
//! stay in memory that the test owns. Where it would crash or never return, it runs in a child process.
//!
//! | module | holds |
//! |---|---|
//! | `sides` | both heaps, and the check that a refused call changes nothing |
//! | `child` | runs the test again in a process that may crash or hang |
//! | `requests` | B1 to B5: sizes and alignments |
//! | `pools` | B6, B7, B8, B10, B11 |
//! | `pointers` | B12 |
//! | `damage` | B13 |
//! | `promises` | B14 to B18: the contract of the interface |

mod child;
mod damage;
mod pointers;
mod pools;
mod promises;
mod requests;
mod sides;
// A heap whose blocks are offsets, and an arena whose words can be written.
#[path = "../../../memoman/tests/support/mod.rs"]
mod support;

#[test]
fn every_number_of_the_table_has_a_test() {
    let table = include_str!("../../../memoman/docs/differences.md");
    let tests = [
        include_str!("requests.rs"),
        include_str!("pools.rs"),
        include_str!("pointers.rs"),
        include_str!("damage.rs"),
        include_str!("promises.rs"),
    ]
    .concat();
    let numbers: Vec<usize> = table
        .lines()
        .filter_map(|line| line.strip_prefix("| B")?.split_once(' ')?.0.parse().ok())
        .collect();
    let all_but_9: Vec<usize> = (1..=18).filter(|&number| number != 9).collect();
    assert_eq!(numbers, all_but_9);
    for number in numbers {
        let name = format!("#[test]\nfn b{number:02}_");
        assert!(tests.contains(&name), "B{number} has no test");
    }
}
