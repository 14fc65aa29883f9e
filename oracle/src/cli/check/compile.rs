//! From C sources to a shared library, by the C compiler of this machine.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail, ensure};

use crate::cli::text::{escaped, shown};

/// What is compiled, and how.
pub(crate) struct Sources<'a> {
    pub(crate) files: &'a [PathBuf],
    pub(crate) includes: &'a [PathBuf],
    pub(crate) defines: &'a [String],
    /// Further options of the compiler.
    pub(crate) options: &'a [String],
}

/// The lines of the compiler's messages that are shown.
const MOST_LINES: usize = 40;

/// Compiles the sources to `library`. Returns the compiler's name and version.
///
/// # Errors
/// A source or a folder of headers does not exist; the compiler is missing, or fails: its messages, and what to do.
pub(crate) fn compile(sources: &Sources<'_>, library: &Path) -> anyhow::Result<String> {
    let cc =
        std::env::var_os("CC").filter(|cc| !cc.is_empty()).unwrap_or_else(|| OsString::from("cc"));
    let shown_cc = escaped(&cc.to_string_lossy());
    for file in sources.files {
        ensure!(!file.is_dir(), "--source {}: a folder; name its files", shown(file));
        ensure!(file.is_file(), "--source {}: no such file", shown(file));
    }
    for folder in sources.includes {
        ensure!(folder.is_dir(), "--include {}: no such folder", shown(folder));
    }
    let mut command = Command::new(&cc);
    command.args(["-shared", "-fPIC", "-O2", "-g", "-w", "-fno-builtin"]);
    if cfg!(target_arch = "x86") {
        command.arg("-m32");
    }
    // A missing function is an error now, not when it is called; own functions are called first.
    if cfg!(target_os = "linux") {
        command.args(["-Wl,-z,defs", "-Wl,-Bsymbolic"]);
    }
    for folder in sources.includes {
        command.arg("-I").arg(folder);
    }
    command.args(sources.defines.iter().map(|define| format!("-D{define}")));
    command.args(sources.options).args(sources.files).arg("-o").arg(library);
    let no_compiler = || {
        format!("the C compiler {shown_cc} cannot be started; install one, or set CC to its name")
    };
    let output = command.output().with_context(no_compiler)?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let lines: Vec<&str> = text.lines().take(MOST_LINES).collect();
        bail!(
            "{shown_cc} cannot compile the source:\n{}\n{}",
            escaped(&lines.join("\n")),
            hint(&text)
        );
    }
    let version = Command::new(&cc).arg("--version").output().ok();
    let first = version
        .and_then(|output| String::from_utf8_lossy(&output.stdout).lines().next().map(escaped));
    Ok(first.unwrap_or(shown_cc))
}

/// What to do about the compiler's messages.
fn hint(messages: &str) -> String {
    // gcc: `a.c:1:10: fatal error: b.h: No such file or directory`; clang: `'b.h' file not found`.
    let missing = messages.lines().find_map(|line| {
        let (_, rest) = line.split_once("fatal error: ")?;
        let header = rest.strip_suffix(": No such file or directory");
        header.or_else(|| rest.strip_suffix("' file not found")?.strip_prefix('\''))
    });
    if let Some(header) = missing {
        return format!(
            "The header {header} is missing: name the folder that holds it with --include DIR. \
             Where the source includes more of its project than it needs, a folder with headers of your own \
             that define the few names in use is enough."
        );
    }
    // ld: `undefined reference to `f'`; macOS: `"_f", referenced from:`.
    let undefined: BTreeSet<&str> = messages
        .lines()
        .filter_map(|line| {
            let linux = line.split_once("undefined reference to `");
            let macos = || line.trim_start().strip_prefix("\"_")?.split_once("\", referenced from");
            linux.and_then(|(_, rest)| rest.split_once('\'')).or_else(macos).map(|(name, _)| name)
        })
        .collect();
    if let Some(first) = undefined.first() {
        let all: Vec<&str> = undefined.iter().copied().collect();
        return format!(
            "Functions are missing: {}. Add the files that define them with further --source FILE.c, a library \
             with --cc-option -lNAME, or another function in their place, as --define {first}=NAME.",
            all.join(", ")
        );
    }
    "Macros that the source needs are set with --define NAME=VALUE, other options of the compiler with \
     --cc-option OPTION."
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::hint;

    #[test]
    fn a_missing_header_is_named_with_the_option() {
        for text in [
            "a.c:1:10: fatal error: x/b.h: No such file or directory\n",
            "a.c:1:10: fatal error: 'x/b.h' file not found\n",
        ] {
            let hint = hint(text);
            assert!(hint.contains("x/b.h") && hint.contains("--include"), "{hint}");
        }
        for text in ["a.o: undefined reference to `lv_log'", "  \"_lv_log\", referenced from:"] {
            let hint = hint(text);
            assert!(hint.contains("missing: lv_log.") && hint.contains("--source"), "{hint}");
        }
        assert!(hint("error: 'POOL' undeclared").contains("--define"));
    }
}
