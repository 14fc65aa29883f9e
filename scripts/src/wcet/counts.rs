//! The counted calls: which of them grow with the heap, the most of each case, and the committed counts.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::Context as _;

use super::callgrind::Cost;

/// A counted call.
#[derive(Debug)]
pub(super) struct Count {
    /// `memoman` or `conte`.
    side: String,
    operation: String,
    case: String,
    warm: bool,
    path: String,
    cost: Cost,
}

impl Count {
    /// The blocks that a bounded search looks at; none for the sides that have none.
    fn search(&self) -> Option<usize> {
        self.side.strip_prefix("memoman-search-")?.parse().ok()
    }

    /// From what the program printed before the call: `LIVE SIDE OPERATION CASE cold|warm PATH`.
    pub(super) fn new(line: &str, cost: Cost) -> anyhow::Result<Self> {
        let mut fields = line.splitn(6, ' ');
        let mut field = || {
            fields
                .next()
                .with_context(|| format!("the example printed a line that is no call: {line}"))
        };
        field()?.parse::<usize>().with_context(|| format!("no number of live blocks: {line}"))?;
        Ok(Self {
            side: field()?.to_owned(),
            operation: field()?.to_owned(),
            case: field()?.to_owned(),
            warm: field()? == "warm",
            path: field()?.to_owned(),
            cost,
        })
    }
}

/// The most instructions of one operation in one case, on both sides.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Most {
    pub(super) operation: String,
    pub(super) case: String,
    pub(super) memoman: u64,
    pub(super) conte: u64,
}

impl Most {
    pub(super) fn key(&self) -> (String, String) {
        (self.operation.clone(), self.case.clone())
    }
}

/// Calls whose instructions differ between heaps, or between warm and cold caches, by more than 2 %.
pub(super) fn grown(counts: &[Count]) -> Vec<String> {
    let mut ranges = BTreeMap::<_, (u64, u64)>::new();
    for count in counts {
        let instructions = count.cost.instructions;
        let range = ranges
            .entry((&count.side, &count.operation, &count.case, &count.path))
            .or_insert((instructions, instructions));
        *range = (range.0.min(instructions), range.1.max(instructions));
    }
    let grew = ranges.into_iter().filter(|(_, (least, most))| exceeds(*most, *least));
    grew.map(|((side, operation, case, path), (least, most))| {
        format!("{side} {operation} {case}, {path}: {least} to {most} instructions")
    })
    .collect()
}

/// More than 2 % above.
fn exceeds(count: u64, limit: u64) -> bool {
    100 * count > 102 * limit
}

/// The most over all heaps, with operations and cases in the order of first appearance; `most`, the most of
/// all variants, comes after an operation's scenarios.
pub(super) fn most(counts: &[Count]) -> anyhow::Result<Vec<Most>> {
    let mut operations: Vec<(&str, Vec<&str>)> = Vec::new();
    for count in counts.iter().filter(|count| count.search().is_none()) {
        let cases = match operations.iter_mut().find(|(operation, _)| *operation == count.operation)
        {
            Some((_, cases)) => cases,
            None => {
                operations.push((&count.operation, Vec::new()));
                &mut operations.last_mut().expect("just pushed").1
            }
        };
        if count.case != "variant" && !cases.contains(&count.case.as_str()) {
            cases.push(&count.case);
        }
    }
    let mut rows = Vec::new();
    for (operation, cases) in operations {
        for case in cases.into_iter().chain(["variant"]) {
            let of = |side: &str| {
                let calls = counts.iter().filter(|count| {
                    (&*count.side, &*count.operation, &*count.case) == (side, operation, case)
                });
                calls
                    .map(|count| count.cost.instructions)
                    .max()
                    .with_context(|| format!("no call of {side} {operation} {case} was counted"))
            };
            let name = if case == "variant" { "most" } else { case };
            rows.push(Most {
                operation: operation.into(),
                case: name.into(),
                memoman: of("memoman")?,
                conte: of("conte")?,
            });
        }
    }
    Ok(rows)
}

/// The committed counts: memoman's, by operation and case, and the rustc that they were counted with.
#[derive(Default, Debug)]
pub(super) struct Committed {
    pub(super) rustc: String,
    pub(super) counts: BTreeMap<(String, String), u64>,
}

impl Committed {
    pub(super) fn parse(text: &str) -> anyhow::Result<Self> {
        let mut committed = Self::default();
        for (number, line) in text.lines().enumerate() {
            if let Some(rustc) = line.strip_prefix("# rustc: ") {
                committed.rustc = rustc.to_owned();
            }
            if line.starts_with('#') || line.ends_with(",memoman,conte") {
                continue;
            }
            let fields: Vec<_> = line.split(',').collect();
            let &[operation, case, memoman, _] = fields.as_slice() else {
                anyhow::bail!(
                    "line {}: expected operation,case,memoman,conte, found: {line}",
                    number + 1
                );
            };
            let count = memoman
                .parse()
                .with_context(|| format!("line {}: '{memoman}' is no count", number + 1))?;
            committed.counts.insert((operation.into(), case.into()), count);
        }
        Ok(committed)
    }

    pub(super) fn render(rustc: &str, cc: &str, rows: &[Most]) -> String {
        let mut text = format!(
            "# Instructions a call; written by scripts/wcet --bless, compared by scripts/wcet --check.\n\
             # rustc: {rustc}\n# cc: {cc}\noperation,case,memoman,conte\n"
        );
        for Most { operation, case, memoman, conte } in rows {
            let _ = writeln!(text, "{operation},{case},{memoman},{conte}");
        }
        text
    }

    /// What differs from the committed counts for the worse, and how many counts are lower by 2 %.
    pub(super) fn compare(&self, rows: &[Most]) -> (Vec<String>, usize) {
        let mut worse = Vec::new();
        let mut lower = 0;
        for row in rows {
            let name = format!("{},{}", row.operation, row.case);
            match self.counts.get(&row.key()) {
                None => worse.push(format!("{name}: not committed")),
                Some(&was) if exceeds(row.memoman, was) => {
                    worse.push(format!("{name}: {}, committed {was}", row.memoman));
                }
                Some(&was) => lower += usize::from(100 * row.memoman < 98 * was),
            }
        }
        for (operation, case) in self.counts.keys() {
            if !rows.iter().any(|row| (&row.operation, &row.case) == (operation, case)) {
                worse.push(format!("{operation},{case}: committed, not counted"));
            }
        }
        (worse, lower)
    }
}

/// The table, in Markdown, and the geometric mean of the ratios below it.
pub(super) fn table(rows: &[Most], counts: &[Count], committed: &Committed) -> String {
    let mut text = String::from(
        "| operation | case | memoman | C | ratio | committed | cold: memoman | C | warm: memoman | C |\n\
         |---|---|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    let mut logarithms = 0.0;
    for row in rows {
        // Of the largest heap, which comes last; variants have no cycles of their own.
        let cycles = |side: &str, warm: bool| {
            let call = counts.iter().rfind(|count| {
                (&*count.side, &*count.operation, &*count.case, count.warm)
                    == (side, &*row.operation, &*row.case, warm)
            });
            call.map_or(String::new(), |count| count.cost.cycles().to_string())
        };
        let ratio = row.memoman as f64 / row.conte as f64;
        logarithms += ratio.ln();
        let was = committed.counts.get(&row.key()).map_or_else(|| "-".into(), u64::to_string);
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {ratio:.2} | {was} | {} | {} | {} | {} |",
            row.operation,
            row.case,
            row.memoman,
            row.conte,
            cycles("memoman", false),
            cycles("conte", false),
            cycles("memoman", true),
            cycles("conte", true)
        );
    }
    let mean = (logarithms / rows.len() as f64).exp();
    let _ = writeln!(text, "\nGeometric mean of the ratios: {mean:.3}");
    text
}

/// The table of bounded searches, in Markdown: the most instructions of each of their worst paths.
pub(super) fn searches(counts: &[Count]) -> String {
    let mut most = BTreeMap::<_, BTreeMap<_, u64>>::new();
    for count in counts {
        let Some(search) = count.search() else { continue };
        let path = (&*count.operation, &*count.case);
        let cell = most.entry(search).or_default().entry(path).or_default();
        *cell = count.cost.instructions.max(*cell);
    }
    let Some(first) = most.values().next() else { return String::new() };
    let names: Vec<_> =
        first.keys().map(|(operation, case)| format!("{operation}, {case}")).collect();
    let mut text =
        format!("| SEARCH | {} |\n|--:|{}\n", names.join(" | "), "--:|".repeat(names.len()));
    for (search, paths) in &most {
        let cells: Vec<_> = paths.values().map(u64::to_string).collect();
        let _ = writeln!(text, "| {search} | {} |", cells.join(" | "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches_have_a_table_of_their_own_and_are_no_rows() {
        let calls = [
            count("64 memoman-search-8 malloc found warm last", 150),
            count("64 memoman-search-8 malloc passed warm last", 180),
            count("4096 memoman-search-8 malloc passed warm last", 181),
            count("64 memoman-search-64 malloc found warm last", 400),
            count("64 memoman-search-64 malloc passed warm last", 420),
        ];
        assert!(most(&calls).unwrap().is_empty());
        let table = "| SEARCH | malloc, found | malloc, passed |\n|--:|--:|--:|\n| 8 | 150 | 181 |\n| 64 | 400 | 420 |\n";
        assert_eq!(searches(&calls), table);
        assert!(searches(&counts(1)).is_empty());
    }

    fn count(line: &str, instructions: u64) -> Count {
        Count::new(line, Cost { instructions, ..Cost::default() }).unwrap()
    }

    fn counts(last: u64) -> Vec<Count> {
        vec![
            count("64 memoman malloc best cold head of a list", 100),
            count("64 conte malloc best cold head of a list", 200),
            count("64 memoman malloc best warm head of a list", 100),
            count("64 memoman malloc variant warm other", 103),
            count("64 conte malloc variant warm other", 206),
            count("4096 memoman malloc best cold head of a list", last),
        ]
    }

    #[test]
    fn a_count_that_depends_on_the_heap_by_more_than_2_percent_is_named() {
        assert!(grown(&counts(102)).is_empty());
        assert_eq!(
            grown(&counts(103)),
            ["memoman malloc best, head of a list: 100 to 103 instructions"]
        );
    }

    #[test]
    fn the_most_of_all_heaps_counts_and_variants_come_last() {
        let rows = most(&counts(101)).unwrap();
        let row = |case: &str, memoman, conte| Most {
            operation: "malloc".into(),
            case: case.into(),
            memoman,
            conte,
        };
        assert_eq!(rows, [row("best", 101, 200), row("most", 103, 206)]);
        let text = table(&rows, &counts(101), &Committed::default());
        assert!(
            text.contains("| malloc | best | 101 | 200 | 0.51 | - | 101 | 200 | 100 |  |"),
            "{text}"
        );
        assert!(text.contains("Geometric mean of the ratios: 0.502"), "{text}");
    }

    #[test]
    fn committed_counts_are_read_as_they_are_written_and_compared() {
        let rows = most(&counts(101)).unwrap();
        let committed = Committed::parse(&Committed::render("rustc 1", "cc 1", &rows)).unwrap();
        assert_eq!(committed.rustc, "rustc 1");
        assert_eq!(committed.compare(&rows), (vec![], 0));
        let (worse, lower) = committed.compare(&most(&counts(104)).unwrap());
        assert_eq!((worse, lower), (vec!["malloc,best: 104, committed 101".to_owned()], 0));
        let (worse, _) = committed.compare(&rows[..1]);
        assert_eq!(worse, ["malloc,most: committed, not counted"]);
        assert_eq!(Committed::default().compare(&rows[..1]).0, ["malloc,best: not committed"]);
    }

    #[test]
    fn a_line_that_is_no_count_is_named() {
        let error =
            Committed::parse("operation,case,memoman,conte\nmalloc,best,many,3\n").unwrap_err();
        assert_eq!(error.to_string(), "line 2: 'many' is no count");
        assert!(Count::new("64 memoman", Cost::default()).is_err());
    }
}
