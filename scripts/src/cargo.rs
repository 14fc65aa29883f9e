//! The workspace: where it is, what cargo builds in it, and where.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use serde::Deserialize;

use crate::{interrupt, tool};

/// The oracle's features for what is measured or fuzzed: all of the engine, without the studies.
pub(crate) const FEATURES: &str = "reference,stats,guard";

/// The same, and the program `oracle`.
pub(crate) const FEATURES_OF_CLI: &str = "cli,reference,stats,guard";

/// The root of the workspace, which becomes the working directory.
///
/// # Errors
/// The folder has moved since this program was built and cargo did not start it.
pub(crate) fn enter_root() -> anyhow::Result<PathBuf> {
    // cargo run sets it; the folder may have moved since the build.
    let scripts = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    let root = scripts.parent().context("the package's folder has no parent")?.to_path_buf();
    std::env::set_current_dir(&root).with_context(|| format!("cannot enter {}", root.display()))?;
    Ok(root)
}

/// A cargo command in the workspace, quiet about what is built already.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = tool::command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments);
    command
}

/// The target folder: `CARGO_TARGET_DIR`, or the one that cargo is configured to use.
///
/// # Errors
/// cargo metadata fails.
pub(crate) fn target_folder() -> anyhow::Result<PathBuf> {
    #[derive(Deserialize)]
    struct Metadata {
        target_directory: PathBuf,
    }
    let text =
        tool::capture(&mut cargo(&["metadata", "--locked", "--no-deps", "--format-version", "1"]))?
            .stdout_of("cargo metadata")?;
    Ok(serde_json::from_str::<Metadata>(&text)
        .context("cannot read what cargo metadata prints")?
        .target_directory)
}

/// The folder of a package that Cargo.lock names. Cargo downloads it if it must.
///
/// # Errors
/// cargo metadata fails, or the package is not one of them.
pub(crate) fn package_folder(name: &str) -> anyhow::Result<PathBuf> {
    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<Package>,
    }
    #[derive(Deserialize)]
    struct Package {
        name: String,
        manifest_path: PathBuf,
    }
    let text = tool::capture(&mut cargo(&["metadata", "--locked", "--format-version", "1"]))?
        .stdout_of("cargo metadata")?;
    let metadata: Metadata =
        serde_json::from_str(&text).context("cannot read what cargo metadata prints")?;
    let package = metadata.packages.into_iter().find(|package| package.name == name);
    let manifest = package.with_context(|| format!("Cargo.lock names no {name}"))?.manifest_path;
    Ok(manifest.parent().context("a manifest is in a folder")?.to_owned())
}

/// What one line of `--message-format=json` reports.
#[derive(Deserialize, Default, Debug)]
#[serde(default)]
pub(crate) struct Message {
    pub(crate) reason: String,
    pub(crate) package_id: String,
    pub(crate) executable: Option<PathBuf>,
    pub(crate) out_dir: Option<PathBuf>,
    pub(crate) filenames: Vec<PathBuf>,
    pub(crate) features: Vec<String>,
    target: Target,
    env: Vec<(String, String)>,
    message: Option<Diagnostic>,
}

#[derive(Deserialize, Default, Debug)]
#[serde(default)]
struct Target {
    crate_types: Vec<String>,
}

/// What the compiler reports.
#[derive(Deserialize, Debug)]
pub(crate) struct Diagnostic {
    #[serde(rename = "message")]
    pub(crate) text: String,
    /// As the compiler would print it.
    pub(crate) rendered: Option<String>,
}

impl Message {
    /// Whether it is about a package, whose folder may have another name.
    pub(crate) fn is_of(&self, package: &str) -> bool {
        let end = self.package_id.rsplit(['/', '#']).next().unwrap_or_default();
        end.split('@').next() == Some(package)
    }

    /// Whether a library of this type was built.
    pub(crate) fn builds(&self, crate_type: &str) -> bool {
        self.target.crate_types.iter().any(|built| built == crate_type)
    }

    /// A variable that a build script sets for the compiler.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.env.iter().find_map(|(key, value)| (key == name).then_some(value.as_str()))
    }

    pub(crate) fn diagnostic(&self) -> Option<&Diagnostic> {
        self.message.as_ref()
    }
}

/// The messages in what cargo printed; other lines are left out.
pub(crate) fn messages(printed: &str) -> Vec<Message> {
    printed.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// Runs a cargo command that builds, with `--message-format=json`, and returns its messages.
///
/// # Errors
/// The build fails: the compiler's errors are in the message.
pub(crate) fn build(command: &mut Command) -> anyhow::Result<Vec<Message>> {
    let ran = tool::capture_stdout(command)?;
    let messages = messages(&ran.stdout);
    if !ran.status.success() {
        let errors: String =
            messages.iter().filter_map(|message| message.diagnostic()?.rendered.clone()).collect();
        bail!("the build failed: cargo {:?}\n{errors}", command.get_args().collect::<Vec<_>>());
    }
    Ok(messages)
}

/// The executables of a build, each once, in the order in which cargo names them.
pub(crate) fn executables(messages: Vec<Message>) -> Vec<PathBuf> {
    let mut paths: Vec<_> = messages.into_iter().filter_map(|message| message.executable).collect();
    let mut seen = std::collections::HashSet::new();
    paths.retain(|path| seen.insert(path.clone()));
    paths
}

/// The folder in which reference-conte's build, in a profile of cargo, has put the C source: `conte.c` and what
/// it includes. The build has no flags from outside.
///
/// # Errors
/// The build fails.
pub(crate) fn conte_source(profile: &str) -> anyhow::Result<PathBuf> {
    let mut command = cargo(&["build", "--quiet", "--locked", "-p", "reference-conte"]);
    command.args(["--profile", profile, "--message-format=json"]);
    for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET"] {
        command.env_remove(name);
    }
    let out = build(&mut command)?.into_iter().find_map(|message| {
        message.package_id.contains("reference-conte").then_some(message.out_dir?)
    });
    let folder = out.context("cargo names no output folder of reference-conte")?.join("conte_bare");
    let source = folder.join(CONTE_SOURCE);
    anyhow::ensure!(source.is_file(), "reference-conte has not written {}", source.display());
    Ok(folder)
}

/// The C code in the folder of its build.
pub(crate) const CONTE_SOURCE: &str = "src/stdlib/builtin/lv_tlsf.c";

/// What rustc says of itself.
pub(crate) struct Rustc {
    /// `rustc 1.95.0 (… 2026-04-14)`.
    pub(crate) version: String,
    pub(crate) host: String,
    /// The major version of its LLVM.
    pub(crate) llvm: u32,
}

impl Rustc {
    /// Asks the rustc on `PATH`.
    ///
    /// # Errors
    /// It is missing or prints something else.
    pub(crate) fn ask() -> anyhow::Result<Self> {
        Self::parse(&tool::capture(tool::command("rustc").arg("-vV"))?.stdout_of("rustc -vV")?)
    }

    fn parse(printed: &str) -> anyhow::Result<Self> {
        let field = |name: &str| {
            printed
                .lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
                .with_context(|| format!("rustc -vV names no {name}"))
        };
        let llvm = field("LLVM version")?.split('.').next().unwrap_or_default();
        Ok(Self {
            version: printed.lines().next().unwrap_or_default().to_owned(),
            host: field("host")?.to_owned(),
            llvm: llvm.parse().with_context(|| format!("'{llvm}' is no LLVM version"))?,
        })
    }
}

/// Makes sure that a cargo subcommand is installed in at least one version, and installs `version` if not.
///
/// # Errors
/// It cannot be installed.
pub(crate) fn install(
    script: &str,
    subcommand: &str,
    version: &str,
    exactly: bool,
) -> anyhow::Result<()> {
    let printed = tool::capture(&mut cargo(&[subcommand, "--version"]))?;
    if printed.status.success()
        && (!exactly || printed.stdout.split_whitespace().any(|word| word == version))
    {
        return Ok(());
    }
    eprintln!("scripts/{script}: installing cargo-{subcommand} {version} (some minutes)");
    let package = format!("cargo-{subcommand}");
    let mut install = cargo(&["install", &package, "--version", version, "--locked"]);
    // Not with the flags and folders of this workspace.
    for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET", "CARGO_TARGET_DIR"] {
        install.env_remove(name);
    }
    if tool::status(&mut install)?.success() {
        return Ok(());
    }
    if interrupt::requests() > 0 {
        bail!(crate::stop::Stop::Interrupted(String::new()));
    }
    crate::stop::not_done(format!("cargo install {package} --version {version} --locked failed"))
}

/// The first line that a program prints about its version.
///
/// # Errors
/// It cannot be run.
pub(crate) fn version_line(program: &str) -> anyhow::Result<String> {
    let printed = tool::capture(tool::command(program).arg("--version"))?.stdout_of(program)?;
    Ok(printed.lines().next().unwrap_or_default().to_owned())
}

/// The files below a folder, sorted.
///
/// # Errors
/// A folder cannot be read.
pub(crate) fn files_below(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder)
            .with_context(|| format!("cannot read the folder {}", folder.display()))?;
        for entry in entries {
            let entry = entry?;
            // Links are not followed.
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = r#"
{"reason":"compiler-artifact","package_id":"path+file:///w/a#0.1.0","target":{"name":"a"},"executable":null,"fresh":true}
{"reason":"build-script-executed","package_id":"path+file:///w/reference-conte#0.1.0","out_dir":"/w/out","env":[]}
warning: not JSON
{"reason":"compiler-artifact","package_id":"path+file:///w/b#0.1.0","executable":"/w/target/b","fresh":false}
{"reason":"compiler-artifact","package_id":"path+file:///w/b#0.1.0","executable":"/w/target/b","fresh":false}
{"reason":"build-finished","success":true}"#;

    #[test]
    fn executables_and_out_dirs_come_from_cargos_json() {
        let found = messages(PRINTED);
        assert_eq!(found.len(), 5);
        assert_eq!(
            found.iter().find_map(|message| message.out_dir.as_deref()),
            Some(Path::new("/w/out"))
        );
        assert_eq!(executables(found), [Path::new("/w/target/b")]);
    }

    #[test]
    fn rustc_reports_host_and_llvm() {
        let printed = "rustc 1.95.0 (59807616e 2026-04-14)\nbinary: rustc\nhost: x86_64-unknown-linux-gnu\nrelease: 1.95.0\nLLVM version: 22.1.2\n";
        let rustc = Rustc::parse(printed).unwrap();
        assert_eq!((rustc.host.as_str(), rustc.llvm), ("x86_64-unknown-linux-gnu", 22));
        assert!(Rustc::parse("rustc 1\n").is_err());
    }
}
