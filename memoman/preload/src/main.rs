//! `memoman-compact`: from what the recorder wrote to a trace.
//!
//! Addresses become slots; what the recorder did not see begin is passed over.

mod compact;
mod format;
mod raw;

use std::fs;
use std::io::BufReader;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

/// Make a trace of what the recorder wrote
#[derive(Parser)]
#[command(after_help = "`scripts/record --help` shows how a program is recorded.")]
struct Args {
    /// What the recorder wrote
    raw: PathBuf,
    /// The trace to write
    trace: PathBuf,
    /// Keep the first calls only
    #[arg(long, value_name = "N", default_value_t = usize::MAX, hide_default_value = true)]
    calls: usize,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(says) => {
            println!("{says}");
            ExitCode::SUCCESS
        }
        Err(story) => {
            eprintln!("error: {story}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<String, String> {
    let records = fs::File::open(&args.raw)
        .and_then(|file| compact::read(BufReader::new(file)))
        .map_err(|error| format!("{} cannot be read: {error}", args.raw.display()))?;
    let (trace, summary) = compact::compact(&records, args.calls)?;
    let calls = format::decode(&trace)?.len();
    assert_eq!(calls, summary.calls, "the trace holds what was put in");
    fs::write(&args.trace, &trace)
        .map_err(|error| format!("{} cannot be written: {error}", args.trace.display()))?;
    Ok(format!("{}: {} bytes, {summary}", args.trace.display(), trace.len()))
}
