//! `memoman-compact`: makes a trace of a recording.
//!
//! Addresses are replaced by slots. Calls on blocks allocated before the recording are skipped.

mod compact;
mod format;
mod listing;
mod raw;

use std::fmt::Display;
use std::fs;
use std::io::BufReader;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

/// Make a trace of a recording
#[derive(Parser)]
#[command(after_help = "\
Examples:
  memoman-compact program.raw program.trace --calls 100000
  memoman-compact --listing target/clients/lvgl/lvgl.out lvgl.trace --calls 100000

`scripts/record` records a program and calls this. Exit codes: 0 written; 1 a file cannot be read, decoded
or written; 2 wrong arguments.")]
struct CompactArgs {
    /// The file that the recorder wrote
    raw: PathBuf,
    /// The trace to write
    trace: PathBuf,
    /// RAW is a listing of calls instead: lines `m SIZE BLOCK`, `r OLD SIZE BLOCK`, `f OLD`; others are skipped
    #[arg(long)]
    listing: bool,
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
    let unreadable =
        |error: &dyn Display| format!("{} cannot be read: {error}", args.raw.display());
    let records = if args.listing {
        let text = fs::read_to_string(&args.raw).map_err(|error| unreadable(&error))?;
        listing::read(&text).map_err(|error| unreadable(&error))?
    } else {
        fs::File::open(&args.raw)
            .and_then(|file| compact::read(BufReader::new(file)))
            .map_err(|error| unreadable(&error))?
    };
    let (trace, summary) = compact::compact(&records, args.calls)?;
    let calls = format::decode(&trace)?.len();
    assert_eq!(calls, summary.calls, "the trace decodes to the calls that were encoded");
    fs::write(&args.trace, &trace)
        .map_err(|error| format!("{} cannot be written: {error}", args.trace.display()))?;
    Ok(format!("{}: {} bytes, {summary}", args.trace.display(), trace.len()))
}
