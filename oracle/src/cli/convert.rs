//! `convert`: a program from binary to text form, or from text to binary.

use std::io::{IsTerminal as _, Write};
use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use super::exit::Exit;
use super::input::{Form, load};
use super::{language, output};

/// Convert a binary program to text, or a text to a binary program
///
/// The content of the file decides the direction. The program stays the same. Comments are lost. Of the
/// several binary forms of a program, the smallest is written.
#[derive(Args)]
#[command(after_help = language::help())]
pub(crate) struct Convert {
    /// Program in binary or text form; - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Write to this file instead of stdout
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
            Some(path) => output::write(path, converted)?,
            None if loaded.form == Form::Text && std::io::stdout().is_terminal() => {
                bail!(
                    "stdout is a terminal, and the binary form is not text; give -o FILE or redirect stdout"
                )
            }
            None => {
                out.write_all(&converted)?;
                out.flush()?;
            }
        }
        Ok(Exit::Agrees)
    }
}
