//! In a build that does not count: builds one that does, and runs the same command in it.

use std::env;
use std::process::Command;

use super::options::Latency;
use crate::cli::exit::Exit;

impl Latency {
    pub(crate) fn run(&self, _out: &mut dyn std::io::Write) -> anyhow::Result<Exit> {
        // The arguments are parsed here only to check them.
        let Self { files: _, distil: _, up_to: _, steps: _, seed: _, search: _, csv: _ } = self;
        const BUILD: [&str; 7] =
            ["run", "--quiet", "--release", "--package", "memoman-oracle", "--features", "cost"];
        let Some(cargo) = env::var_os("CARGO") else {
            anyhow::bail!(
                "this build does not count words; in memoman's repository, run: cargo {} -- latency …; \
                 elsewhere, install memoman-oracle with --features cost",
                BUILD.join(" ")
            );
        };
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        let mut command = Command::new(cargo);
        command.args(BUILD).args(["--manifest-path", manifest, "--"]).args(env::args_os().skip(1));
        Ok(match command.status()?.code() {
            Some(0) => Exit::Agrees,
            Some(1) => Exit::Finding,
            Some(130) => Exit::Interrupted,
            _ => Exit::Unusable,
        })
    }
}
