//! One allocator in a process of its own.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, ExitStatus, Stdio};

use anyhow::Context as _;
use oracle::check::{Checker, Source};
use oracle::ops::{Program, generate};

use crate::report::{Finding, Row, version};
use crate::subjects::Peer;

/// Lines of the protocol start with these; a finding's text follows until the line `END`.
const AT: &str = "@ ";
const CONTRACT: &str = "CONTRACT ";
const WASTE: &str = "WASTE ";
const END: &str = "END";
const DONE: &str = "DONE ";

/// Runs the allocator, and writes what happens to standard output.
pub(crate) fn child(peer: &Peer, seed: u64, calls: u64) {
    let mut out = std::io::stdout().lock();
    let mut checker = Checker::boxed(peer.make);
    let mut index = 0;
    let mut write = |text: String| {
        // The parent has ended: so does this.
        if writeln!(out, "{text}").and_then(|()| out.flush()).is_err() {
            std::process::exit(0);
        }
    };
    let mut known = 0;
    while checker.summary().tally.calls() < calls {
        write(format!("{AT}{index}"));
        let program = Program::decode(&generate(seed, index));
        let ran = checker.check(&program, &Source::Stress { seed, index });
        for report in &checker.wasteful()[known..] {
            write(format!("{WASTE}{}\n{report}\n{END}", report.failure.check()));
        }
        known = checker.wasteful().len();
        if let Err(report) = ran {
            write(format!("{CONTRACT}{}\n{report}\n{END}", report.failure.check()));
            break;
        }
        index += 1;
    }
    let summary = checker.summary();
    let skipped: Vec<&str> = summary.skipped.iter().copied().collect();
    write(format!(
        "{DONE}{}\t{}\t{}\t{}",
        summary.level,
        summary.tally.calls(),
        summary.programs,
        skipped.join("; ")
    ));
}

/// Starts the child, and collects what it writes.
pub(crate) fn parent(number: usize, peer: &Peer, seed: u64, calls: u64) -> anyhow::Result<Row> {
    let program = std::env::current_exe().context("this program's path")?;
    let numbers = [seed, calls].map(|number| number.to_string());
    let mut child = Command::new(program)
        .args(["--child", &number.to_string(), "--seed", &numbers[0], "--calls", &numbers[1]])
        .stdout(Stdio::piped())
        .spawn()
        .context("the child process")?;
    let output = child.stdout.take().context("the child's output")?;
    let mut row = Row::new(peer.name, version(peer.package));
    let mut last = String::new();
    let mut lines = BufReader::new(output).lines();
    while let Some(line) = lines.next().transpose().context("the child's output")? {
        let mut text = || -> anyhow::Result<String> {
            let mut text = String::new();
            while let Some(line) = lines.next().transpose()?.filter(|line| line != END) {
                text += &line;
                text.push('\n');
            }
            Ok(text)
        };
        if let Some(index) = line.strip_prefix(AT) {
            index.clone_into(&mut last);
        } else if let Some(check) = line.strip_prefix(CONTRACT) {
            row.contract = Some(Finding { check: check.to_owned(), text: text()? });
        } else if let Some(check) = line.strip_prefix(WASTE) {
            row.wasteful.push(Finding { check: check.to_owned(), text: text()? });
        } else if let Some(done) = line.strip_prefix(DONE) {
            row.done(done);
        }
    }
    let status = child.wait().context("the child process")?;
    if !status.success() {
        row.contract = Some(ended(status, seed, &last));
    }
    Ok(row)
}

/// A finding: the allocator has ended its process.
fn ended(status: ExitStatus, seed: u64, index: &str) -> Finding {
    let text = format!("{status}, in program {index} of seed {seed}\n");
    Finding { check: "the process ended".to_owned(), text }
}
