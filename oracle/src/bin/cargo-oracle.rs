//! `cargo oracle` for those who have installed the package: Cargo runs this program, which runs the `oracle`
//! beside it. In memoman's repository, an alias of Cargo takes its place.

use std::env;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let mut oracle = match env::current_exe() {
        Ok(this) => Command::new(this.with_file_name(format!("oracle{}", env::consts::EXE_SUFFIX))),
        Err(_) => Command::new("oracle"),
    };
    // Cargo passes the name of the subcommand first.
    let named = usize::from(env::args_os().nth(1).is_some_and(|argument| argument == "oracle"));
    oracle.args(env::args_os().skip(1 + named));
    run(&mut oracle)
}

/// Becomes that program, so that signals and the exit code are its own.
#[cfg(unix)]
fn run(oracle: &mut Command) -> ExitCode {
    use std::os::unix::process::CommandExt as _;
    let error = oracle.exec();
    missing(oracle, &error)
}

#[cfg(not(unix))]
fn run(oracle: &mut Command) -> ExitCode {
    match oracle.status().map(|status| status.code()) {
        Ok(code) => ExitCode::from(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(2)),
        Err(error) => missing(oracle, &error),
    }
}

fn missing(oracle: &Command, error: &std::io::Error) -> ExitCode {
    let program = oracle.get_program();
    eprintln!("error: {program:?}: {error}; install memoman-oracle again");
    ExitCode::from(2)
}
