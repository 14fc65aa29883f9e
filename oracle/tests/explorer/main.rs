//! The explorer: its counts are those of a simpler search, for any number of threads; closed scopes have the
//! committed numbers of states; and a faulty allocator is shown by a shortest program.

mod naive;

use oracle::explore::known::{KNOWN, KnownScope};
use oracle::explore::{Reached, Scope, Search, SearchEnd};
use oracle::geometry::WORD;
use oracle::lockstep::Lockstep;

fn search(geometry: &str, bytes: usize, pools: usize, aligns: &[usize]) -> Search {
    let scope = Scope::new(geometry, bytes, pools, aligns).expect("a scope");
    Search::new(scope, Lockstep::new)
}

fn closed(search: &Search) -> Reached {
    let outcome = search.run(&mut |_| true);
    assert!(matches!(outcome.ended, SearchEnd::Closed), "{:?}", outcome.ended);
    outcome.reached
}

#[test]
fn a_simple_search_of_the_specification_finds_the_same_numbers_of_states_and_moves() {
    // With words of 32 bits, half the bytes hold the same number of blocks.
    let wide = WORD == 8;
    let scopes: [(_, _, _, &[usize]); 6] = [
        ("conte-sl4", if wide { 128 } else { 64 }, 1, &[]),
        ("conte-sl4", if wide { 160 } else { 96 }, 1, &[16, 32]),
        ("conte-sl4", if wide { 64 } else { 32 }, 3, &[]),
        ("conte-sl32", if wide { 96 } else { 64 }, 2, &[16]),
        ("a16-sl4", 192, 1, &[32]),
        ("a32-sl4", 352, 1, &[64]),
    ];
    for (geometry, bytes, pools, aligns) in scopes {
        let reached = closed(&search(geometry, bytes, pools, aligns));
        let plain = naive::search(geometry, bytes, pools, aligns);
        println!("{geometry} {bytes} × {pools} {aligns:?}: {reached:?}");
        let explored = (reached.states, reached.transitions);
        assert_eq!(explored, plain, "{geometry}, {pools} pools of {bytes}, {aligns:?}");
    }
}

/// The counts are those of a 64-bit machine, where the overhead of a block is a word of 8 bytes.
#[cfg(target_pointer_width = "64")]
#[test]
fn small_known_scopes_have_the_committed_numbers_of_states() {
    for known in KNOWN.iter().filter(|known| known.transitions < 300_000) {
        let &KnownScope { geometry, bytes, pools, aligns, states, transitions, .. } = known;
        let reached = closed(&search(geometry, bytes, pools, aligns));
        assert_eq!(
            (reached.states, reached.transitions),
            (states, transitions),
            "{geometry} {bytes}"
        );
    }
}

#[test]
fn the_table_has_quick_scopes_and_the_documented_one() {
    assert!(KNOWN.iter().any(|known| known.quick));
    let documented = |known: &&KnownScope| known.geometry == "conte-sl4" && known.bytes >= 272;
    let known = KNOWN.iter().find(documented).expect("272 bytes with SL 4");
    assert_eq!((known.aligns, known.pools), (&[16, 32][..], 1));
}

#[test]
fn the_result_does_not_depend_on_the_number_of_threads() {
    let one = search("a16-sl4", 192, 1, &[32]);
    let three = Search { jobs: 3, ..search("a16-sl4", 192, 1, &[32]) };
    assert_eq!(closed(&one), closed(&three));
}

#[test]
fn a_stopped_search_counts_the_open_states() {
    let stopped = Search { max_states: 3000, ..search("conte-sl4", 224, 1, &[]) };
    let outcome = stopped.run(&mut |_| true);
    assert!(matches!(outcome.ended, SearchEnd::Open), "{:?}", outcome.ended);
    assert!(outcome.reached.states >= 3000 && outcome.reached.open > 0, "{:?}", outcome.reached);
    let outcome = search("conte-sl4", 224, 1, &[]).run(&mut |_| false);
    assert!(matches!(outcome.ended, SearchEnd::Open) && outcome.reached.open > 0, "{outcome:?}");
}

#[test]
fn a_scope_that_no_program_can_express_is_an_error() {
    let error = |geometry, bytes, pools, aligns: &[usize]| {
        Scope::new(geometry, bytes, pools, aligns).expect_err("an error").to_string()
    };
    assert!(error("conte-sl5", 192, 1, &[]).contains("conte-sl32"));
    assert!(error("conte-sl4", 100, 1, &[]).contains("not 100"));
    assert!(error("conte-sl4", 192, 9, &[]).contains("not 9"));
    assert!(error("conte-sl4", 192, 1, &[48]).contains("not 48"));
}

#[cfg(feature = "bughunt")]
mod mutants {
    use super::*;
    use oracle::mutants::wrappers::damage::OverrunIntoHeader;
    use oracle::mutants::wrappers::results::LiveBlockReturned;
    use oracle::mutants::wrappers::wrapped;
    use oracle::{Config, Context};

    /// The program fails in the same way, and does not fail without its last op.
    #[test]
    fn a_faulty_allocator_is_shown_by_a_shortest_program() {
        for maker in [wrapped::<LiveBlockReturned>, wrapped::<OverrunIntoHeader>] {
            let scope = Scope::new("conte-sl4", 160, 1, &[]).expect("a scope");
            let outcome = Search::new(scope, maker).run(&mut |_| true);
            let SearchEnd::Failed(path) = outcome.ended else { panic!("{:?}", outcome.ended) };
            println!("{}, {} moves\n{}", path.finding, path.depth, path.program);
            let config = Config::default();
            let mut context = Context::with(maker);
            let failure = context.observe(&path.program, &config, &mut |_| {});
            assert_eq!(failure.expect_err("it fails").finding.check, path.finding.check);
            let mut program = path.program;
            program.ops.pop();
            assert!(context.observe(&program, &config, &mut |_| {}).is_ok(), "{program}");
        }
    }
}
