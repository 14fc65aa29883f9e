//! What the text of a failure shows.

use oracle::finding::Check;
use oracle::mutants;
use oracle::mutants::rules::{Fifo, with_rules};
use oracle::mutants::wrappers::damage::WriteAfterFree;
use oracle::mutants::wrappers::results::{LiveBlockReturned, PayloadAWordOff};
use oracle::mutants::wrappers::wrapped;
use oracle::ops::Program;
use oracle::{Config, Context, Report};

use crate::campaign::first_failure;

#[test]
fn a_report_shows_program_finding_heap_and_replay_command() {
    let (found, _) = first_failure(with_rules::<Fifo>, 1);
    let report = found.to_string();
    println!("{report}");
    assert!(report.starts_with("Diverged"), "{report}");
    assert!(report.contains(&found.failure.finding.what), "{report}");
    let program = found.program().to_string();
    let shows_program = program.lines().all(|line| report.contains(line));
    assert!(shows_program && report.contains("cargo oracle replay"), "{report}");

    let (_, dumps) = report.split_once("The heap before that call").expect("a heap before");
    let (before, after) = dumps.split_once("The heap after it").expect("a heap after");
    let rows = |dump: &str| dump.lines().filter(|line| line.contains("|.")).count();
    assert!(rows(before) > 0 && rows(after) > 0, "{report}");

    // The test to paste contains the found program.
    let (_, test) = after.split_once("#[test]").expect("a test");
    let quoted = test.split('"').nth(1).expect("a string");
    assert_eq!(quoted.parse(), Ok(found.program().clone()), "{report}");
}

/// The mistake comes with the 100th block, so a list that starts at block 0 would not show it.
#[test]
fn a_report_shows_the_heap_around_the_block_in_question_before_and_after() {
    let program = "ops v1\ngeometry conte-sl4\npool 8192\n\nfill tiny 1\n";
    let program: Program = program.parse().expect("a program");
    let config = Config::default();
    let mut context = Context::with(wrapped::<PayloadAWordOff>);
    let failure = context.observe(&program, &config, &mut |_| {});
    let failure = failure.expect_err("the wrong result of the 100th malloc");
    let report = Report::unshrunk(&mut context, &failure).to_string();
    let (_, dumps) = report.split_once("The heap before that call").expect("a heap before");
    let (before, after) = dumps.split_once("The heap after it").expect("a heap after");
    assert!(before.contains("<- here") && before.contains(" before\n"), "{report}");
    assert!(after.contains("<- "), "{report}");
    let shown = |dump: &str| {
        let table = dump.split_once("block").expect("a table").1;
        let rows = table.lines().filter_map(|line| line.split_whitespace().next()?.parse().ok());
        rows.collect::<Vec<usize>>()
    };
    let (before, after) = (shown(before), shown(after));
    assert!(before.len() <= 24 && before.iter().any(|row| after.contains(row)), "{report}");
}

#[test]
fn a_report_names_the_file_that_exists() {
    let (mut report, _) = first_failure(with_rules::<Fifo>, 1);
    assert!(report.to_string().contains("cargo oracle replay finding.ops\n"), "{report}");
    report.file = Some("findings/stress-seed1-42.ops".into());
    report.failure.config.against = oracle::Against::System;
    let report = report.to_string();
    let command = "  cargo oracle replay findings/stress-seed1-42.ops --against system\n";
    assert!(report.contains(command) && !report.contains(" finding.ops"), "{report}");
    assert!(report.contains("oracle::Config { against: oracle::Against::System,"), "{report}");
}

#[test]
fn a_report_of_a_bounded_search_repeats_it() {
    let (mut report, _) = first_failure(with_rules::<Fifo>, 1);
    report.failure.config.search = true;
    let report = report.to_string();
    assert!(report.contains("  cargo oracle replay finding.ops --search\n"), "{report}");
    assert!(report.contains("oracle::Config { search: true, ..Default::default() }"), "{report}");
}

#[test]
fn a_report_of_a_broken_contract_starts_with_unsound() {
    let (report, _) = first_failure(wrapped::<LiveBlockReturned>, 1);
    assert!(report.to_string().starts_with("Unsound"), "{report}");
}

#[test]
fn a_report_names_a_file_as_a_shell_reads_it_and_no_line_ends_in_a_space() {
    let (mut report, _) = first_failure(with_rules::<Fifo>, 1);
    report.file = Some("a folder/\u{1b}[31m.ops".into());
    let text = report.to_string();
    assert!(text.contains("  cargo oracle replay $'a folder/\\U0000001b[31m.ops'\n"), "{text}");
    report.mutant = Some("rule-fifo".into());
    report.file = Some("finding.ops".into());
    let text = report.to_string();
    assert!(text.contains("  cargo oracle replay --mutant rule-fifo finding.ops\n"), "{text}");
    let ends = text.lines().find(|line| line.ends_with(char::is_whitespace));
    assert_eq!(ends, None, "{text}");
}

#[test]
fn a_report_of_a_law_of_the_index_shows_the_free_lists_of_all_columns() {
    let maker = |name| mutants::by_name(name).expect("a mutant of the catalogue").maker;
    for (maker, shows) in [
        (wrapped::<WriteAfterFree> as fn(usize) -> _, true),
        (maker("faulty-stale-second-level-bit"), true),
        (maker("faulty-inserts-into-the-list-below"), true),
        (maker("wrapper-live-block-returned"), false),
    ] {
        let (report, _) = first_failure(maker, 1);
        assert_eq!(matches!(report.failure.check(), Check::Law(_)), shows, "{report}");
        let text = report.to_string();
        let (_, after) = text.split_once("The heap after it").expect("a heap");
        assert_eq!(after.contains("free lists, as class"), shows, "{text}");
        assert_eq!(after.contains("\n  specification "), shows, "{text}");
    }
}

#[test]
fn a_report_of_a_law_about_headers_shows_flags_and_links_and_what_is_right() {
    let program: Program = "ops v1\npool 256 residue 1\n".parse().expect("a program");
    let mutant = mutants::by_name("faulty-back-link-not-written").expect("a mutant");
    let mut context = Context::with(mutant.maker);
    let failure = context.observe(&program, &Config::default(), &mut |_| {});
    let failure = failure.expect_err("the back link to the first free block is missing");
    let text = Report::unshrunk(&mut context, &failure).to_string();
    let (_, headers) = text.split_once("\n  engine: headers").expect("a table of headers");
    let differs = headers.lines().find(|line| line.ends_with("<- differs")).expect("a difference");
    assert!(differs.contains(" PREV_FREE ") && differs.contains(" none "), "{text}");
    let right = headers.lines().find(|line| line.contains("right:")).expect("what is right");
    let first = if size_of::<usize>() == 8 { " 16 " } else { " 12 " };
    assert!(right.contains(" PREV_FREE ") && right.contains(first), "{text}");
    let ends = text.lines().find(|line| line.ends_with(char::is_whitespace));
    assert_eq!(ends, None, "{text}");
}
