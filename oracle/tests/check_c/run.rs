//! The command as a user runs it.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The result of a command.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// The exit code is this, and the report holds each text.
    #[track_caller]
    pub(crate) fn shows(&self, code: i32, texts: &[&str]) {
        let Self { out, err, .. } = self;
        assert_eq!(self.code, Some(code), "{out}{err}");
        for text in texts {
            assert!(out.contains(text), "no {text:?} in:\n{out}{err}");
        }
    }

    /// The first program of the report.
    pub(crate) fn program(&self) -> &str {
        self.text_behind("The program (")
    }

    /// The last calls of the first program.
    pub(crate) fn calls(&self) -> &str {
        self.text_behind("Its last calls:")
    }

    fn text_behind(&self, heading: &str) -> &str {
        let (_, rest) = self.out.split_once(heading).expect("a heading");
        let (_, rest) = rest.split_once("```text\n").expect("a text");
        rest.split_once("```").expect("its end").0
    }
}

/// A file of this folder.
pub(crate) fn file(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/check_c/c");
    folder.join(name).to_str().expect("UTF-8").to_owned()
}

/// A file with this content in a folder of the build.
pub(crate) fn written(name: &str, content: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("check_c");
    fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join(name);
    fs::write(&path, content).expect("a file");
    path.to_str().expect("UTF-8").to_owned()
}

/// The command with these arguments.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oracle"));
    command.arg("check").args(arguments).stdin(Stdio::null());
    command
}

pub(crate) fn check(arguments: &[&str]) -> Ran {
    let output = command(arguments).output().expect("the binary starts");
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).expect("text"),
        err: String::from_utf8(output.stderr).expect("text"),
    }
}
