//! What the harness finds in other allocators: a table.

mod report;
mod run;
mod subjects;

use std::process::ExitCode;

use clap::Parser;

/// Run the harness on other allocators, and print a table of what it finds
///
/// Each runs in a process of its own, so that a crash is a finding, too. Each program is one allocator's
/// life; the same seed gives the same programs. A finding about the contract ends the run of its allocator.
#[derive(Parser)]
#[command(
    name = "cargo peers",
    version,
    after_help = "\
Examples:
  cargo peers                        all, 10 million calls each
  cargo peers --calls 100000 talc    those whose names contain `talc`, with their findings

Exit codes: 0 no finding about a contract, 1 a finding, 2 wrong arguments."
)]
struct Options {
    /// Calls of each allocator
    #[arg(long, default_value_t = 10_000_000)]
    calls: u64,
    /// The seed of the programs
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Parts of the names of the allocators; all without
    names: Vec<String>,
    /// Runs this one in this process
    #[arg(long, hide = true)]
    child: Option<usize>,
}

fn main() -> anyhow::Result<ExitCode> {
    let options = Options::parse();
    if let Some(number) = options.child {
        let peer = subjects::PEERS.get(number).ok_or_else(|| anyhow::anyhow!("no such child"))?;
        run::child(peer, options.seed, options.calls);
        return Ok(ExitCode::SUCCESS);
    }
    let chosen = |name: &str| {
        options.names.is_empty() || options.names.iter().any(|part| name.contains(&**part))
    };
    let mut rows = Vec::new();
    for (number, peer) in subjects::PEERS.iter().enumerate() {
        if chosen(peer.name) {
            eprintln!("{} …", peer.name);
            rows.push(run::parent(number, peer, options.seed, options.calls)?);
        }
    }
    print!("{}", report::table(&rows, options.seed, options.calls));
    let is_sound = rows.iter().all(|row| row.contract.is_none());
    Ok(if is_sound { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
