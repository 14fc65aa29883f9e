//! `memoman-compact`: makes a trace of a recording.
//!
//! Addresses are replaced by slots. Calls on blocks allocated before the recording are skipped.

mod compact;
mod format;
mod raw;

use std::fs;
use std::io::BufReader;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

/// Make a trace of a recording
#[derive(Parser)]
#[command(after_help = "\
Example:
  memoman-compact program.raw program.trace --calls 100000

`scripts/record` records a program and calls this. Exit codes: 0 written; 1 a file cannot be read, decoded
or written; 2 wrong arguments.")]
struct CompactArgs {
    /// The file that the recorder wrote
    raw: PathBuf,
    /// The trace to write
    trace: PathBuf,
    /// Keep only the first N calls
    #[arg(long, value_name = "N", default_value_t = usize::MAX, hide_default_value = true)]
    calls: usize,
}

fn main() -> ExitCode {
    match run(&CompactArgs::parse()) {
        Ok(summary) => {
            println!("{summary}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &CompactArgs) -> Result<String, String> {
    let records = fs::File::open(&args.raw)
        .and_then(|file| compact::read(BufReader::new(file)))
        .map_err(|error| format!("{} cannot be read: {error}", args.raw.display()))?;
    let (trace, summary) = compact::compact(&records, args.calls)?;
    let calls = format::decode(&trace)?.len();
    assert_eq!(calls, summary.calls, "the trace decodes to the calls that were encoded");
    fs::write(&args.trace, &trace)
        .map_err(|error| format!("{} cannot be written: {error}", args.trace.display()))?;
    Ok(format!("{}: {} bytes, {summary}", args.trace.display(), trace.len()))
}
