//! The table of the allocators, in Markdown.

use std::fmt::Write as _;

/// The workspace's lock file: the versions that were built.
const LOCK: &str = include_str!("../../../Cargo.lock");

/// A finding: the name of the check, and its report.
pub(crate) struct Finding {
    pub(crate) check: String,
    pub(crate) text: String,
}

/// What was found of one allocator.
#[derive(Default)]
pub(crate) struct Row {
    name: &'static str,
    version: String,
    level: String,
    calls: u64,
    programs: u64,
    skipped: String,
    pub(crate) contract: Option<Finding>,
    pub(crate) wasteful: Vec<Finding>,
}

impl Row {
    pub(crate) fn new(name: &'static str, version: String) -> Self {
        Self { name, version, ..Self::default() }
    }

    /// Reads the last line of a child: level, calls, programs, skipped checks.
    pub(crate) fn done(&mut self, line: &str) {
        let mut fields = line.split('\t');
        let mut next = || fields.next().unwrap_or_default().to_owned();
        self.level = next();
        self.calls = next().parse().unwrap_or(0);
        self.programs = next().parse().unwrap_or(0);
        self.skipped = next();
    }

    fn findings(&self) -> String {
        let contract = self.contract.iter().map(|finding| format!("**{}**", finding.check));
        let wasteful = self.wasteful.iter().map(|finding| format!("efficiency: {}", finding.check));
        let all: Vec<String> = contract.chain(wasteful).collect();
        if all.is_empty() { "none".to_owned() } else { all.join("; ") }
    }
}

/// The version of a package in Cargo.lock, or of the platform's C library.
pub(crate) fn version(package: Option<&str>) -> String {
    let Some(package) = package else { return platform() };
    let name = format!("name = \"{package}\"\nversion = \"");
    let behind = LOCK.split_once(&name).map(|(_, behind)| behind);
    behind.and_then(|behind| behind.split('"').next()).unwrap_or("unknown").to_owned()
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn platform() -> String {
    // SAFETY: it returns a static string.
    let version = unsafe { std::ffi::CStr::from_ptr(libc::gnu_get_libc_version()) };
    format!("glibc {}", version.to_string_lossy())
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn platform() -> String {
    std::env::consts::OS.to_owned()
}

/// The table, and the report of each finding below it.
pub(crate) fn table(rows: &[Row], seed: u64, calls: u64) -> String {
    let mut out = format!("`cargo peers --seed {seed} --calls {calls}`\n\n");
    out +=
        "| allocator | version | level | calls | findings | skipped |\n|---|---|---|--:|---|---|\n";
    for row in rows {
        let Row { name, version, level, calls, skipped, .. } = row;
        let findings = row.findings();
        let _ =
            writeln!(out, "| {name} | {version} | {level} | {calls} | {findings} | {skipped} |");
    }
    for row in rows {
        for finding in row.contract.iter().chain(&row.wasteful) {
            let Finding { check, text } = finding;
            let _ =
                write!(out, "\n## {}: {check}\n\n```text\n{}\n```\n", row.name, text.trim_end());
        }
    }
    out
}
