//! Why a script ended early, and its exit code.

use std::fmt;

/// A reason to end, with an exit code. Any other error ends a script with exit code 2.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The tool did its work and the result is bad: exit code 1.
    Failed(String),
    /// This machine lacks something; CI goes on: exit code 2, after a line `NOT DONE: …`.
    NotDone(String),
    /// Ctrl-C, or a request to terminate: exit code 130. Says what was kept.
    Interrupted(String),
}

impl Stop {
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Failed(_) => 1,
            Self::NotDone(_) => 2,
            Self::Interrupted(_) => 130,
        }
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(text) | Self::NotDone(text) => f.write_str(text),
            Self::Interrupted(kept) if kept.is_empty() => {
                f.write_str("interrupted; nothing was written")
            }
            Self::Interrupted(kept) => write!(f, "interrupted; {kept}"),
        }
    }
}

impl std::error::Error for Stop {}

/// The result is bad: exit code 1.
pub(crate) fn failed<T>(text: impl Into<String>) -> anyhow::Result<T> {
    Err(Stop::Failed(text.into()).into())
}

/// It cannot be done on this machine: `NOT DONE: …` and exit code 2.
pub(crate) fn not_done<T>(text: impl Into<String>) -> anyhow::Result<T> {
    Err(Stop::NotDone(text.into()).into())
}

/// Prints why the script `name` ended, and returns its exit code.
pub(crate) fn report(name: &str, error: &anyhow::Error) -> u8 {
    match error.downcast_ref::<Stop>() {
        Some(stop @ Stop::NotDone(_)) => {
            eprintln!("NOT DONE: scripts/{name}: {stop}");
            stop.code()
        }
        Some(stop) => {
            eprintln!("scripts/{name}: {error:#}");
            stop.code()
        }
        None => {
            eprintln!("scripts/{name}: {error:#}");
            2
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_code_says_why_a_script_ended() {
        let code = |error: anyhow::Result<()>| report("test", &error.unwrap_err());
        assert_eq!(code(failed("a finding")), 1);
        assert_eq!(code(not_done("valgrind is missing")), 2);
        assert_eq!(code(Err(Stop::Interrupted(String::new()).into())), 130);
        assert_eq!(code(Err(anyhow::anyhow!("no such folder"))), 2);
    }
}
