//! The table: by file, the lines and branches that were taken, and the numbers of those that were missed.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::exclusions::Exclusions;
use super::lcov::Taken;
use super::source::Source;

/// So many of so many.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
struct Share {
    taken: usize,
    all: usize,
}

impl Share {
    fn percent(self) -> String {
        if self.all == 0 {
            return "-".into();
        }
        // Rounded down: 100 % is all.
        let tenths = 1000 * self.taken / self.all;
        format!("{}.{} %", tenths / 10, tenths % 10)
    }

    fn add(&mut self, other: Self) {
        self.taken += other.taken;
        self.all += other.all;
    }
}

/// What was measured.
#[derive(Default, Debug)]
pub(super) struct Report {
    lines: Share,
    branches: Share,
    table: String,
}

impl Report {
    /// Counts the files of the engine, in their order.
    pub(super) fn new(
        sources: &[(String, Source)],
        mut taken: BTreeMap<String, Taken>,
        exclusions: &Exclusions,
    ) -> Self {
        let mut report = Self::default();
        let width = sources.iter().map(|(name, _)| name.len()).max().unwrap_or(0).max(5);
        let _ = writeln!(
            report.table,
            "{:<width$} {:>12} {:>8} {:>12} {:>8}  missed",
            "file", "lines", "", "branches", ""
        );
        for (name, source) in sources {
            let file = taken.remove(name).unwrap_or_default();
            let (lines, branches, missed) = count(name, source, file, exclusions);
            if lines.all + branches.all > 0 {
                row(&mut report.table, width, name, lines, branches, &missed);
            }
            report.lines.add(lines);
            report.branches.add(branches);
        }
        let (lines, branches) = (report.lines, report.branches);
        row(&mut report.table, width, "total", lines, branches, "");
        report
    }

    /// The table, and the last line, which begins with what ran.
    pub(super) fn render(&self, what: &str, exclusions: &Exclusions) -> String {
        let mut text = self.table.clone();
        if exclusions.count() > 0 {
            let _ = writeln!(
                text,
                "{} missed lines and branches are excluded, one by one, in scripts/coverage.exclusions",
                exclusions.count()
            );
        }
        let Self { lines, branches, .. } = self;
        let _ = writeln!(
            text,
            "{what}: lines {} ({} of {}), branches {} ({} of {})",
            lines.percent(),
            lines.taken,
            lines.all,
            branches.percent(),
            branches.taken,
            branches.all
        );
        text
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines.all == 0
    }

    /// All lines, and 95 % of the branches.
    pub(super) fn suffices(&self) -> bool {
        self.lines.taken == self.lines.all && 100 * self.branches.taken >= 95 * self.branches.all
    }
}

fn row(table: &mut String, width: usize, name: &str, lines: Share, branches: Share, missed: &str) {
    let of = |share: Share| format!("{} of {}", share.taken, share.all);
    let (l, lp, b, bp) = (of(lines), lines.percent(), of(branches), branches.percent());
    let _ = writeln!(table, "{name:<width$} {l:>12} {lp:>8} {b:>12} {bp:>8}{missed}");
}

/// Lines, branches, and the numbers of those missed.
fn count(
    name: &str,
    source: &Source,
    mut file: Taken,
    exclusions: &Exclusions,
) -> (Share, Share, String) {
    for line in source.never_compiled(|line| file.lines.contains_key(&line)) {
        file.lines.insert(line, 0);
    }
    let (mut lines, mut branches) = (Share::default(), Share::default());
    let (mut missed_lines, mut missed_branches) = (String::new(), String::new());
    for line in source.numbers() {
        let counts = file.branches.get(&line).into_iter().flat_map(|branches| branches.values());
        let places = file
            .lines
            .get(&line)
            .map(|count| (count, true))
            .into_iter()
            .chain(counts.map(|count| (count, false)));
        for (&count, is_line) in places {
            let (share, missed) = if is_line {
                (&mut lines, &mut missed_lines)
            } else {
                (&mut branches, &mut missed_branches)
            };
            if count > 0 {
                share.add(Share { taken: 1, all: 1 });
            } else if !exclusions.excuses(name, source, line) {
                share.add(Share { taken: 0, all: 1 });
                let _ = write!(missed, " {line}");
            }
        }
    }
    let mut missed = String::new();
    if !missed_lines.is_empty() {
        let _ = write!(missed, "  lines{missed_lines}");
    }
    if !missed_branches.is_empty() {
        let _ = write!(missed, "  branches at{missed_branches}");
    }
    (lines, branches, missed)
}

#[cfg(test)]
mod tests {
    use super::super::lcov;
    use super::*;

    fn report(lcov: &str, exclusions: &Exclusions) -> Report {
        let text = "fn a() {\n    b();\n}\n\nfn never() {\n    1\n}\n";
        let sources = [("a.rs".to_owned(), Source::scan(text))];
        Report::new(&sources, lcov::parse(lcov, "memoman/src/"), exclusions)
    }

    const LCOV: &str = "SF:memoman/src/a.rs\nDA:1,5\nDA:2,5\nDA:3,5\nBRDA:2,0,0,5\nBRDA:2,0,1,0\n";

    #[test]
    fn what_is_missed_is_named_by_line() {
        let exclusions = Exclusions::default();
        let report = report(LCOV, &exclusions);
        let text = report.render("corpus", &exclusions);
        assert!(
            text.contains(
                "a.rs        3 of 6   50.0 %       1 of 2   50.0 %  lines 5 6 7  branches at 2\n"
            ),
            "{text}"
        );
        assert!(
            text.ends_with("corpus: lines 50.0 % (3 of 6), branches 50.0 % (1 of 2)\n"),
            "{text}"
        );
        assert!(!report.suffices());
    }

    #[test]
    fn what_is_excluded_is_not_counted() {
        let exclusions =
            Exclusions::parse("a.rs | fn never | generic\na.rs | b(); | an assertion").unwrap();
        let report = report(LCOV, &exclusions);
        assert!(report.suffices());
        let text = report.render("corpus", &exclusions);
        assert!(text.contains("4 missed lines and branches are excluded"), "{text}");
        assert!(
            text.ends_with("corpus: lines 100.0 % (3 of 3), branches 100.0 % (1 of 1)\n"),
            "{text}"
        );
    }

    #[test]
    fn nothing_measured_is_no_success() {
        assert!(Report::new(&[], BTreeMap::new(), &Exclusions::default()).is_empty());
    }
}
