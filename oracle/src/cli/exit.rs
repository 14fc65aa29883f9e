//! The exit codes, and errors as messages.

use std::io;
use std::process::ExitCode;

use super::text::{escaped, message};
use crate::cli::stderr::note;

/// The result of a command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Exit {
    /// Every check agreed, or nothing was to be checked.
    Agrees,
    /// A check failed.
    Finding,
    /// A file, a directory or an argument is wrong.
    Unusable,
    /// The command stopped at a limit that its arguments set.
    Open,
    /// Ctrl-C stopped the command.
    Interrupted,
    /// The reader of stdout is gone: the code that a shell reports for SIGPIPE.
    Unread,
}

impl Exit {
    /// Prints an error on stderr and returns the exit code for it.
    pub(crate) fn of(error: &anyhow::Error) -> Self {
        let io = error.downcast_ref::<io::Error>();
        if io.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
            return Self::Unread;
        }
        note!("error: {}", message(error));
        Self::Unusable
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Agrees => 0,
            Exit::Finding => 1,
            Exit::Unusable => 2,
            Exit::Open => 3,
            Exit::Interrupted => 130,
            Exit::Unread => 141,
        })
    }
}

/// Prints why the arguments are refused, or the help that they request. Returns the exit code.
pub(crate) fn refuse(error: &clap::Error) -> ExitCode {
    let arguments = std::env::args_os().map(|argument| argument.to_string_lossy().into_owned());
    // The message repeats arguments: without colours, so that every control character is foreign.
    if arguments.into_iter().any(|argument| escaped(&argument) != argument) {
        eprint!("{}", escaped(&error.render().to_string()));
    } else {
        let _ = error.print();
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}
