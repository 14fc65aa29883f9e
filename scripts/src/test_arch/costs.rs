//! The instructions of each operation on a Cortex-M4, beside the C code: the program `costs` of memoman-bare.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context as _, ensure};

use crate::cargo::{self, Rustc};
use crate::stop::failed;

use super::bare::{Board, Build};

/// Pairs of builds: memoman's opt-level and the C code's option.
const BUILDS: [(&str, &str); 3] = [("3", "-O3"), ("3", "-O2"), ("s", "-Os")];

/// The operations of the table, in its order, and how a counted call belongs to one.
const OPERATIONS: [&str; 5] =
    ["malloc", "free", "memalign", "realloc in place", "realloc that moves, without the copy"];

/// The least and the most instructions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Range {
    best: u64,
    worst: u64,
}

/// By allocator and operation.
type Costs = BTreeMap<(String, &'static str), Range>;

/// Counts all builds and prints the tables.
///
/// # Errors
/// It cannot be counted, or memoman's worst path takes more instructions than that of the C code.
pub(super) fn run(board: &Board) -> anyhow::Result<()> {
    let mut counted = Vec::new();
    for (level, optimisation) in BUILDS {
        let build =
            Build { profile: "release", level: Some(level), features: "costs", optimisation };
        counted.push(parse(&board.output("costs", &build)?)?);
    }
    println!(
        "\nInstructions of a call on a Cortex-M4: {} and {}, -DNDEBUG; 64 blocks in use.\n",
        Rustc::ask()?.version,
        cargo::version_line("arm-none-eabi-gcc")?
    );
    print!("{}", table(&counted));
    let above: Vec<_> =
        BUILDS.iter().zip(&counted).flat_map(|(build, costs)| above(build.1, costs)).collect();
    if above.is_empty() {
        println!("\nIn no operation is memoman's worst path longer than that of the C code.");
        return Ok(());
    }
    failed(format!("the worst path is longer than that of the C code:\n{}", above.join("\n")))
}

/// Reads the lines `cost: INSTRUCTIONS ALLOCATOR OPERATION CASE, PATH`.
fn parse(printed: &str) -> anyhow::Result<Costs> {
    ensure!(
        printed.lines().any(|line| line == "costs: done"),
        "the program costs did not reach its end"
    );
    let mut costs = Costs::new();
    for line in printed.lines().filter_map(|line| line.strip_prefix("cost: ")) {
        let unknown = || format!("the program costs printed an unknown line: {line}");
        let (call, path) = line.split_once(", ").with_context(unknown)?;
        let fields: Vec<_> = call.split(' ').collect();
        let &[instructions, allocator, operation, case] = fields.as_slice() else {
            anyhow::bail!(unknown());
        };
        let instructions = instructions.parse().with_context(unknown)?;
        // A refusal is no best path.
        if case == "refused" {
            continue;
        }
        let moves = case == "moves" || path.starts_with("moves, ");
        let name = match operation {
            "malloc" => OPERATIONS[0],
            "free" => OPERATIONS[1],
            "memalign" => OPERATIONS[2],
            "realloc" if !moves => OPERATIONS[3],
            "realloc" => OPERATIONS[4],
            _ => anyhow::bail!(unknown()),
        };
        let range = costs
            .entry((allocator.to_owned(), name))
            .or_insert(Range { best: instructions, worst: instructions });
        range.best = range.best.min(instructions);
        range.worst = range.worst.max(instructions);
    }
    for allocator in ["memoman", "conte"] {
        for operation in OPERATIONS {
            ensure!(
                costs.contains_key(&(allocator.to_owned(), operation)),
                "the program costs counted no {operation} of {allocator}"
            );
        }
    }
    Ok(costs)
}

fn range(costs: &Costs, allocator: &str, operation: &'static str) -> Range {
    costs[&(allocator.to_owned(), operation)]
}

/// The counts of all builds, in Markdown.
fn table(counted: &[Costs]) -> String {
    let mut text = String::from("| operation | path |");
    for (index, (level, optimisation)) in BUILDS.iter().enumerate() {
        if is_first_of_its_level(index) {
            let _ = write!(text, " memoman, {level} |");
        }
        let _ = write!(text, " C, {optimisation} |");
    }
    text += "\n|---|---|--:|--:|--:|--:|--:|\n";
    for operation in OPERATIONS {
        for (name, of) in
            [("best", (|range| range.best) as fn(Range) -> u64), ("worst", |range| range.worst)]
        {
            let _ = write!(text, "| {operation} | {name} |");
            for (index, costs) in counted.iter().enumerate() {
                if is_first_of_its_level(index) {
                    let _ = write!(text, " {} |", of(range(costs, "memoman", operation)));
                }
                let _ = write!(text, " {} |", of(range(costs, "conte", operation)));
            }
            text.push('\n');
        }
    }
    text
}

fn is_first_of_its_level(index: usize) -> bool {
    BUILDS.iter().position(|(level, _)| *level == BUILDS[index].0) == Some(index)
}

/// The operations whose worst path is longer than that of the C code.
fn above(optimisation: &str, costs: &Costs) -> Vec<String> {
    let compare = |operation| {
        let (ours, conte) =
            (range(costs, "memoman", operation).worst, range(costs, "conte", operation).worst);
        (ours > conte).then(|| format!("{operation}: {ours}, C at {optimisation} {conte}"))
    };
    OPERATIONS.into_iter().filter_map(compare).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(free: u64) -> String {
        let mut text = String::new();
        for (allocator, free) in [("memoman", free), ("conte", 131)] {
            for (operation, case, path, cost) in [
                ("malloc", "refused", "not found", 3),
                ("malloc", "best", "found", 60),
                ("malloc", "variant", "found 7 for 3", 110),
                ("free", "worst", "in 7", free),
                ("memalign", "worst", "found", 200),
                ("realloc", "best", "", 29),
                ("realloc", "moves", "found", 270),
                ("realloc", "variant", "moves, prev None", 280),
            ] {
                let _ = writeln!(text, "cost: {cost} {allocator} {operation} {case}, {path}");
            }
        }
        text + "costs: done\n"
    }

    #[test]
    fn best_and_worst_of_all_calls_are_found_and_refusals_left_out() {
        let costs = parse(&printed(131)).unwrap();
        assert_eq!(range(&costs, "memoman", "malloc"), Range { best: 60, worst: 110 });
        assert_eq!(range(&costs, "conte", OPERATIONS[4]), Range { best: 270, worst: 280 });
        assert_eq!(range(&costs, "conte", OPERATIONS[3]).worst, 29);
    }

    #[test]
    fn one_instruction_more_than_c_in_the_worst_path_is_reported() {
        assert!(above("-O3", &parse(&printed(131)).unwrap()).is_empty());
        assert_eq!(above("-O3", &parse(&printed(132)).unwrap()), ["free: 132, C at -O3 131"]);
    }

    #[test]
    fn an_output_without_its_end_or_an_operation_is_an_error() {
        assert!(parse(&printed(1).replace("costs: done", "")).is_err());
        let error = parse(&printed(1).replace("memoman memalign", "memoman malloc")).unwrap_err();
        assert_eq!(error.to_string(), "the program costs counted no memalign of memoman");
        assert!(parse(&printed(1).replace("cost: 60", "cost: many")).is_err());
    }

    #[test]
    fn the_table_has_two_rows_for_each_operation() {
        let costs = parse(&printed(131)).unwrap();
        let text = table(&[costs.clone(), costs.clone(), costs]);
        assert!(text.starts_with(
            "| operation | path | memoman, 3 | C, -O3 | C, -O2 | memoman, s | C, -Os |\n"
        ));
        assert!(text.contains("| free | worst | 131 | 131 | 131 | 131 | 131 |\n"), "{text}");
        assert_eq!(text.lines().count(), 12);
    }
}
