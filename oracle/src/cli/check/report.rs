//! The report, in Markdown.

use std::env;
use std::fmt;

use super::calls;
use super::names::Names;
use super::shrink::Deadly;
use super::task::{Found, Ran, Verdict};
use crate::cli::text::{counted, escaped};

/// A numbered fault, looked for.
pub(super) struct Fault {
    pub(super) number: &'static str,
    pub(super) title: &'static str,
    pub(super) calls: &'static str,
    pub(super) verdict: Verdict,
    /// Listed in `--known`: it does not count as a finding.
    pub(super) is_known: bool,
}

impl Fault {
    fn is_present(&self) -> bool {
        matches!(self.verdict, Verdict::Present(_))
    }
}

/// All that was seen of an allocator.
pub(super) struct Checked {
    subject: String,
    names: String,
    functions: String,
    seed: u64,
    /// Of the lowest level that was run, the last one.
    ran: Option<Ran>,
    /// The levels that findings have ended.
    ended: Vec<String>,
    findings: Vec<Found>,
    wasteful: Vec<Found>,
    pub(super) faults: Vec<Fault>,
    pub(super) is_interrupted: bool,
    pub(super) seconds: f64,
}

impl Checked {
    pub(super) fn new(subject: String, names: &Names, is_given: bool, seed: u64) -> Self {
        let functions: Vec<String> =
            names.functions.values().map(|signature| format!("`{signature}`")).collect();
        let why = if is_given { "as --names says" } else { "chosen by the symbols" };
        Self {
            subject,
            names: format!("{}, {why}", names.table),
            functions: functions.join(", "),
            seed,
            ran: None,
            ended: Vec::new(),
            findings: Vec::new(),
            wasteful: Vec::new(),
            faults: Vec::new(),
            is_interrupted: false,
            seconds: 0.0,
        }
    }

    /// Whether any probe of a number found it.
    pub(super) fn has(&self, number: &str) -> bool {
        self.faults.iter().any(|fault| fault.number == number && fault.is_present())
    }

    pub(super) fn add(&mut self, mut ran: Ran) {
        self.findings.extend(ran.finding.take());
        for found in ran.wasteful.drain(..) {
            if self.wasteful.iter().all(|known| known.check != found.check) {
                self.wasteful.push(found);
            }
        }
        // At a lower level, none is asked.
        let before = self.ran.take().and_then(|ran| {
            self.ended.push(ran.level);
            ran.geometry
        });
        ran.geometry = ran.geometry.or(before);
        self.ran = Some(ran);
    }

    pub(super) fn add_death(&mut self, deadly: Option<Deadly>, names: &Names) {
        let Some(Deadly { program, death, is_alone }) = deadly else { return };
        let running = death.last.running().map(|call| calls::text(names, &call));
        let place = match running {
            Some(call) => format!("in `{call}`"),
            None => "outside of any call, as the harness writes or reads a block".to_owned(),
        };
        let said = match death.said.is_empty() {
            true => String::new(),
            false => format!("\nIt printed: {}", escaped(&death.said)),
        };
        let last: Vec<String> =
            death.last.last.iter().map(|call| calls::with_result(names, call)).collect();
        let mut source = format!("seed {}", self.seed);
        source += match is_alone {
            Some(true) => "",
            Some(false) => {
                "; the program alone, in a process of its own, does not end it: it depends on those before"
            }
            None => "; interrupted before the program ran alone, in a process of its own",
        };
        self.findings.push(Found {
            kind: if death.hangs { "Hang" } else { "Crash" }.to_owned(),
            check: if death.hangs { "a call does not return" } else { "the process ends" }
                .to_owned(),
            what: format!("{}, {place}{said}", death.how),
            program: program.to_string(),
            calls: last.join("\n"),
            source,
            lower: None,
        });
    }

    /// The findings that count.
    pub(super) fn count(&self) -> usize {
        self.findings().count() + self.numbers(false).len()
    }

    /// Those of the runs, and those of efficiency.
    fn findings(&self) -> impl Iterator<Item = &Found> {
        self.findings.iter().chain(&self.wasteful)
    }

    /// The numbers of the faults that are present, known or not.
    fn numbers(&self, is_known: bool) -> Vec<&'static str> {
        let present =
            self.faults.iter().filter(|fault| fault.is_present() && fault.is_known == is_known);
        let mut numbers: Vec<_> = present.map(|fault| fault.number).collect();
        numbers.dedup();
        numbers
    }

    /// One line.
    pub(super) fn verdict(&self) -> String {
        let mut parts = vec![match self.findings().count() {
            0 => "no finding".to_owned(),
            number => counted(number, "finding"),
        }];
        for (is_known, word) in [(false, "present"), (true, "known")] {
            let numbers = self.numbers(is_known);
            if !numbers.is_empty() {
                parts.push(format!("numbered faults {word}: {}", numbers.join(", ")));
            }
        }
        if self.is_interrupted {
            parts.push("interrupted".to_owned());
        }
        parts.join("; ")
    }

    fn rows(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| | |\n|---|---|\n| allocator | {} |", self.subject)?;
        writeln!(f, "| names | {} |", self.names)?;
        if let Some(ran) = &self.ran {
            let Ran { level, programs, granted, refused, .. } = ran;
            match self.ended.first() {
                None => writeln!(f, "| level | {level} |")?,
                Some(first) => writeln!(
                    f,
                    "| level | {first} up to a finding, then {level}: counts are those of the last |"
                )?,
            }
            if let Some(geometry) = &ran.geometry {
                writeln!(f, "| geometry | {geometry} |")?;
            }
            let (calls, seed) = (ran.calls(), self.seed);
            writeln!(f, "| run | {calls} calls of {programs} programs, from seed {seed} |")?;
            writeln!(f, "| requests | {granted} granted, {refused} refused |")?;
            if ran.not_made > 0 {
                writeln!(
                    f,
                    "| not run | {} programs for which no heap could be made |",
                    ran.not_made
                )?;
            }
            let skipped = ran.skipped.join("; ");
            writeln!(f, "| skipped | {} |", if skipped.is_empty() { "nothing" } else { &skipped })?;
        }
        let left_out: Vec<&str> =
            ["B1", "B2", "B3", "B4", "B6"].into_iter().filter(|number| self.has(number)).collect();
        if !left_out.is_empty() {
            writeln!(f, "| left out | calls in the domain of {} |", left_out.join(", "))?;
        }
        writeln!(f, "| time | {:.1} s |", self.seconds)
    }

    fn efficiency(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n## Efficiency\n")?;
        let Some(ran) = &self.ran else { return writeln!(f, "Not measured: the run did not end.") };
        if ran.asked > 0 && ran.skipped.iter().all(|skipped| skipped != "usable size") {
            let share = 100.0 * ran.usable as f64 / ran.asked as f64 - 100.0;
            writeln!(
                f,
                "{} bytes requested, {} bytes usable: {share:.1} % more.",
                ran.asked, ran.usable
            )?;
        } else {
            writeln!(
                f,
                "Bytes of blocks are not known: there is no function for the usable size."
            )?;
        }
        match self.wasteful.len() {
            0 => writeln!(
                f,
                "No request took or was refused more than the limits of the check allow."
            ),
            number => {
                writeln!(f, "{} of efficiency: see the findings.", counted(number, "finding"))
            }
        }
    }

    fn table(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.faults.is_empty() {
            return Ok(());
        }
        writeln!(f, "\n## Numbered faults of TLSF 3.1\n")?;
        writeln!(f, "| | fault | here | calls | seen |\n|---|---|---|---|---|")?;
        for Fault { number, title, calls, verdict, is_known } in &self.faults {
            let (here, seen) = match verdict {
                Verdict::Present(seen) if *is_known => ("present (known)", seen),
                Verdict::Present(seen) => ("**present**", seen),
                Verdict::Absent(seen) => ("absent", seen),
                Verdict::NotApplicable(why) => ("not applicable", why),
            };
            let seen = seen.replace('\n', " ").replace('|', "\\|");
            writeln!(f, "| {number} | {title} | {here} | `{calls}` | {seen} |")?;
        }
        writeln!(
            f,
            "\nEach probe ran in a process of its own; one that crashes or does not return counts as present. W is \
             the bytes of a word, max is `block_size_max()`. B17 (shifts that are too narrow in large geometries) \
             cannot be seen from outside."
        )
    }
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# {}\n", self.verdict())?;
        self.rows(f)?;
        let mut findings = self.findings().peekable();
        if findings.peek().is_some() {
            writeln!(f, "\n## Findings")?;
            findings.try_for_each(|found| write_found(f, found))?;
        }
        self.efficiency(f)?;
        self.table(f)?;
        writeln!(f, "\n## Functions\n\n{}.", self.functions)
    }
}

fn write_found(f: &mut fmt::Formatter<'_>, found: &Found) -> fmt::Result {
    let Found { kind, check, what, program, calls, source, .. } = found;
    writeln!(f, "\n### {kind}: {check}\n\n{what}\n")?;
    writeln!(f, "The program ({source}):\n\n```text\n{}\n```\n", program.trim_end())?;
    writeln!(f, "Its last calls:\n\n```text\n{}\n```\n", calls.trim_end())?;
    writeln!(f, "To run it again, save it as finding.ops:\n\n```sh\n{}\n```", command())
}

/// The command line that runs one program.
fn command() -> String {
    let mut arguments: Vec<String> = Vec::new();
    let mut given = env::args().skip(1);
    while let Some(argument) = given.next() {
        match argument.as_str() {
            "-o" | "--output" | "--replay" => drop(given.next()),
            _ => arguments.push(quoted(&argument)),
        }
    }
    format!("cargo oracle {} --replay finding.ops", arguments.join(" "))
}

/// An argument as a shell reads it.
fn quoted(argument: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_=./,:+@%".contains(c);
    match argument.chars().all(is_plain) && !argument.is_empty() {
        true => argument.to_owned(),
        false => format!("'{}'", escaped(argument).replace('\'', "'\\''")),
    }
}
