//! `convert`: binary to text, text to binary.

use std::fs;
use std::io::{IsTerminal as _, Write};
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;

use super::load::{Form, load};
use super::{Exit, language};

/// Turn a binary program into text, or text into a binary program
///
/// Which way is told by the file's content. The program stays the same; comments are lost, and
/// of several binary forms of one program the smallest is written.
#[derive(Args)]
#[command(after_help = language::help())]
pub(crate) struct Convert {
    /// A program, binary or text
    file: PathBuf,
    /// Write here instead of to stdout
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Convert {
    pub(crate) fn run(&self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        let loaded = load(&self.file)?;
        let converted = match loaded.form {
            Form::Binary => loaded.program.to_string().into_bytes(),
            Form::Text => loaded.program.encode(),
        };
        match &self.out {
            Some(path) => fs::write(path, converted)
                .with_context(|| format!("{}: cannot be written", path.display()))?,
            None if loaded.form == Form::Text && std::io::stdout().is_terminal() => {
                bail!("a binary program is not for a terminal: give -o FILE, or redirect stdout")
            }
            None => {
                out.write_all(&converted)?;
                out.flush()?;
            }
        }
        Ok(Exit::Agrees)
    }
}
