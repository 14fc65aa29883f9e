//! The summary of a night, in Markdown.

use std::fmt::Write as _;

use serde::Serialize;

use crate::tool::counted;

/// The most points of a target that a page plots.
const MOST_POINTS: usize = 400;

/// What a target has reached after some seconds of its own.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Default, Debug)]
pub(super) struct Point {
    pub(super) seconds: u64,
    pub(super) runs: u64,
    pub(super) edges: u64,
    pub(super) inputs: u64,
}

/// What a target did.
#[derive(Default, Debug)]
pub(super) struct Row {
    pub(super) target: String,
    pub(super) seconds: u64,
    pub(super) runs: u64,
    /// In order of time.
    pub(super) points: Vec<Point>,
    /// As libFuzzer counts them, before and after.
    pub(super) coverage: [String; 2],
    /// Files in fuzz/corpus/TARGET, before and after.
    pub(super) found: [usize; 2],
    /// Files in corpus/TARGET-v1, before and after.
    pub(super) committed: [usize; 2],
    pub(super) notes: Vec<String>,
}

impl Row {
    /// Adds what a turn has reached, behind the turns before it.
    pub(super) fn add(&mut self, points: &[Point]) {
        let (seconds, runs) = (self.seconds, self.runs);
        self.points.extend(points.iter().map(|point| Point {
            seconds: point.seconds + seconds,
            runs: point.runs + runs,
            ..*point
        }));
    }
}

/// All of a night.
#[derive(Default, Debug)]
pub(super) struct Summary {
    pub(super) findings: usize,
    pub(super) began: String,
    pub(super) ended: String,
    pub(super) stopped: bool,
    /// Commit, jobs, machine, compiler.
    pub(super) setting: String,
    pub(super) rows: Vec<Row>,
    /// The last line of the exploration.
    pub(super) explored: Option<String>,
    /// What `oracle triage` prints.
    pub(super) triage: String,
    /// What fails in the fuzzer only.
    pub(super) only_in_fuzzer: String,
    /// The command that continues.
    pub(super) again: String,
}

impl Summary {
    /// The plots of the night, for `oracle triage --night`.
    pub(super) fn night(&self) -> String {
        let target = |row: &Row| {
            let every = row.points.len().div_ceil(MOST_POINTS).max(1);
            // The last one is the end of the night.
            let points: Vec<_> = row.points.iter().rev().step_by(every).rev().collect();
            serde_json::json!({ "name": row.target, "points": points })
        };
        let targets: Vec<_> = self.rows.iter().map(target).collect();
        serde_json::json!({ "began": self.began, "targets": targets }).to_string()
    }

    pub(super) fn render(&self) -> String {
        let mut text = format!("# A night of fuzzing: {}\n\n", counted(self.findings, "finding"));
        let by_hand = if self.stopped { ", stopped by hand" } else { "" };
        let _ =
            writeln!(text, "From {} to {}{by_hand}; {}.\n", self.began, self.ended, self.setting);
        text += "| target | seconds | executions | each second | coverage at the beginning | at the end | fuzz/corpus | corpus/…-v1 | |\n\
                 |---|--:|--:|--:|---|---|--:|--:|---|\n";
        for row in &self.rows {
            let Row { target, seconds, runs, coverage, found, committed, notes, points: _ } = row;
            let _ = writeln!(
                text,
                "| {target} | {seconds} | {runs} | {} | {} | {} | {} → {} files | {} → {} files | {} |",
                runs / seconds.max(&1),
                coverage[0],
                coverage[1],
                found[0],
                found[1],
                committed[0],
                committed[1],
                notes.join("; ")
            );
        }
        if let Some(explored) = &self.explored {
            let _ = writeln!(text, "\nExplored: `{explored}`");
        }
        text += "\n## Findings\n\n";
        text += if self.triage.is_empty() { "Nothing to triage.\n" } else { &self.triage };
        if !self.only_in_fuzzer.is_empty() {
            let _ = write!(text, "\nOnly in the fuzzer:\n\n{}", self.only_in_fuzzer);
        }
        let _ = write!(
            text,
            "\n## To continue\n\n```sh\n{}   # again, from what this night has found\n",
            self.again
        );
        text += "git status corpus                  # what distilling changed, to be committed\n";
        if self.findings > 0 {
            text += "cargo oracle triage                # all of fuzz/artifacts again, after a repair\n\
                     mv FINDING.ops corpus/regress/     # and from then on cargo test replays it\n";
        }
        text + "```\n"
    }
}

/// The number of distinct findings in what `oracle triage` prints.
pub(super) fn distinct(triage: &str) -> Option<usize> {
    triage.lines().find_map(|line| {
        let (_, findings) = line.strip_prefix("triaged ")?.split_once(", ")?;
        let number = findings.strip_suffix(" distinct finding");
        number.or(findings.strip_suffix(" distinct findings"))?.parse().ok()
    })
}

/// The files that `oracle triage` could not bring to fail.
pub(super) fn agreeing(triage: &str) -> impl Iterator<Item = &str> {
    triage.lines().filter_map(|line| line.strip_prefix("- agrees: `")?.strip_suffix('`'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_is_summed_up_in_markdown() {
        let row = Row {
            target: "ops".into(),
            seconds: 10,
            runs: 995,
            points: Vec::new(),
            coverage: ["1 edges, 2 features".into(), "3 edges, 4 features".into()],
            found: [5, 6],
            committed: [7, 7],
            notes: vec!["not distilled, as there are findings".into()],
        };
        let summary = Summary {
            findings: 1,
            rows: vec![row],
            triage: "triaged 1 file, 1 distinct finding\n".into(),
            again: "scripts/overnight --seconds 10".into(),
            stopped: true,
            ..Summary::default()
        };
        let text = summary.render();
        assert!(text.starts_with("# A night of fuzzing: 1 finding\n"), "{text}");
        assert!(text.contains(", stopped by hand; "), "{text}");
        assert!(text.contains("| ops | 10 | 995 | 99 | 1 edges, 2 features | 3 edges, 4 features | 5 → 6 files | 7 → 7 files | not distilled, as there are findings |\n"), "{text}");
        assert!(text.contains("mv FINDING.ops corpus/regress/"), "{text}");
        assert!(Summary::default().render().contains("Nothing to triage."));
    }

    #[test]
    fn the_turns_of_a_target_follow_each_other_in_its_plots() {
        let mut row = Row { target: "ops".into(), ..Row::default() };
        for _ in 0..2 {
            row.add(
                &(1..=1000)
                    .map(|n| Point { seconds: n, runs: 5 * n, edges: 7, inputs: 3 })
                    .collect::<Vec<_>>(),
            );
            (row.seconds, row.runs) = (row.seconds + 1000, row.runs + 5000);
        }
        let summary = Summary { rows: vec![row], began: "now".into(), ..Summary::default() };
        let night: serde_json::Value = serde_json::from_str(&summary.night()).unwrap();
        let points = night["targets"][0]["points"].as_array().unwrap();
        assert_eq!(points.len(), MOST_POINTS);
        let last = serde_json::json!({ "seconds": 2000, "runs": 10_000, "edges": 7, "inputs": 3 });
        assert_eq!((points.last(), &night["began"]), (Some(&last), &"now".into()));
    }

    #[test]
    fn what_triage_prints_is_read() {
        let printed = "# Findings\n\n- agrees: `night/artifacts/ops/crash-1`\n\ntriaged 3 files, 2 distinct findings\n";
        assert_eq!(distinct(printed), Some(2));
        assert_eq!(distinct("triaged 1 file, 1 distinct finding\n"), Some(1));
        assert_eq!(agreeing(printed).collect::<Vec<_>>(), ["night/artifacts/ops/crash-1"]);
        assert_eq!(distinct(""), None);
    }
}
