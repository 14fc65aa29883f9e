//! The toolchain for i686: rustc with its library from rustup or from Debian, and a C compiler with a 32-bit C
//! library, from the machine or from Debian.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::debian::Apt;
use crate::stop::not_done;
use crate::tool;

pub(super) const TRIPLE: &str = "i686-unknown-linux-gnu";
/// Linked statically, a program needs nothing of 32 bits but the kernel's support.
const STATIC: &str = "-C target-feature=+crt-static";

/// A toolchain that has built and run a program.
pub(super) struct Toolchain {
    folder: PathBuf,
    /// The rustc of Debian; else the one on `PATH`, with rustup's library.
    debian: bool,
}

impl Toolchain {
    /// Takes the toolchain in a folder, or makes one there.
    pub(super) fn get(folder: &Path) -> anyhow::Result<Self> {
        let complete = folder.join("complete");
        // A folder of an earlier version has less in it, and is made anew.
        if let Some(debian) = fs::read_to_string(&complete).ok().and_then(|mark| kind(&mark)) {
            return Ok(Self { folder: folder.to_owned(), debian });
        }
        let uname = tool::capture(tool::command("uname").arg("-sm"))?.stdout;
        if uname.trim() != "Linux x86_64" {
            return not_done(format!(
                "this is {}; 32-bit programs run on Linux x86_64 only",
                uname.trim()
            ));
        }
        fs::create_dir_all(folder.join("bin"))?;
        let toolchain = Self { folder: folder.to_owned(), debian: !rustup_has_library()? };
        toolchain.fetch()?;
        toolchain.probe()?;
        fs::write(&complete, mark(toolchain.debian))?;
        Ok(toolchain)
    }

    pub(super) fn rustc(&self) -> PathBuf {
        if self.debian { self.folder.join("bin/rustc") } else { "rustc".into() }
    }

    pub(super) fn cc(&self) -> PathBuf {
        self.folder.join("bin/cc")
    }

    /// The command that runs a program which is not linked statically, if this machine has no loader for it.
    pub(super) fn loader(&self) -> Vec<String> {
        let sysroot = self.folder.join("sysroot");
        let loader = sysroot.join("lib/ld-linux.so.2");
        if !loader.exists() {
            return Vec::new();
        }
        let libraries = ["lib/i386-linux-gnu", "usr/lib/i386-linux-gnu"];
        let libraries = libraries.map(|folder| sysroot.join(folder).display().to_string());
        vec![loader.display().to_string(), "--library-path".to_owned(), libraries.join(":")]
    }

    pub(super) fn cxx(&self) -> PathBuf {
        self.folder.join("bin/c++")
    }

    /// Has a command build for i686 with this toolchain, and cargo run what it built.
    pub(super) fn configure<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        // Flags of a fuzzer or a wrapper of the compiler are for the machine's own toolchain.
        for name in
            ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER"]
        {
            command.env_remove(name);
        }
        if self.debian {
            command.env("RUSTC", self.rustc());
        }
        command.env("CC_i686_unknown_linux_gnu", self.cc());
        command.env("CARGO_TARGET_I686_UNKNOWN_LINUX_GNU_LINKER", self.cc());
        command
            .env("CARGO_TARGET_I686_UNKNOWN_LINUX_GNU_RUSTFLAGS", STATIC)
            .env("CARGO_BUILD_TARGET", TRIPLE)
    }

    /// Downloads what the machine lacks, and writes the wrappers.
    fn fetch(&self) -> anyhow::Result<()> {
        let sysroot = self.folder.join("sysroot");
        if !self.debian && self.machine_links_32_bits()? {
            self.write("cc", "#!/bin/sh\nexec gcc -m32 \"$@\"\n")?;
            return self.write("c++", "#!/bin/sh\nexec g++ -m32 \"$@\"\n");
        }
        let version = tool::capture(tool::command("gcc").arg("-dumpversion"))?
            .stdout_of("gcc -dumpversion")?;
        let gcc = version.trim().split('.').next().unwrap_or_default().to_owned();
        let apt = Apt::new(&self.folder)?;
        let mut packages = Vec::new();
        if self.debian {
            let Some((compiler, version)) = apt.rustc()? else {
                return not_done(
                    "rustup has no target i686-unknown-linux-gnu and apt offers no rustc of 1.85 or newer",
                );
            };
            packages = apt.with_dependencies(compiler, &version)?;
            self.write("rustc", DEBIAN_RUSTC)?;
        }
        packages.extend([
            "libc6-dev:i386".into(),
            format!("libgcc-{gcc}-dev:i386"),
            "linux-libc-dev:i386".into(),
            // For programs with a shared library, and for those in C++.
            "libc6:i386".into(),
            "libgcc-s1:i386".into(),
            format!("libstdc++-{gcc}-dev:i386"),
            "libstdc++6:i386".into(),
        ]);
        apt.unpack(&packages, &sysroot)?;
        self.write("cc", &debian_cc("gcc", &gcc))?;
        self.write("c++", &debian_cc("g++", &gcc))
    }

    fn write(&self, name: &str, script: &str) -> anyhow::Result<()> {
        let path = self.folder.join("bin").join(name);
        fs::write(&path, script)?;
        Ok(fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?)
    }

    fn machine_links_32_bits(&self) -> anyhow::Result<bool> {
        let folder = self.folder.join("probe");
        fs::create_dir_all(&folder)?;
        fs::write(
            folder.join("main.c"),
            "#include <stdlib.h>\nint main(void) { return EXIT_SUCCESS; }\n",
        )?;
        let mut link = tool::command("gcc");
        link.args(["-m32", "-static", "main.c", "-o", "main"]).current_dir(&folder);
        Ok(tool::capture(&mut link)?.status.success())
    }

    /// Both languages, up to a running program.
    fn probe(&self) -> anyhow::Result<()> {
        let folder = self.folder.join("probe");
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("word.c"), "int word(void) { return sizeof(void *); }\n")?;
        fs::write(folder.join("probe.rs"), PROBE)?;
        let broken = format!(
            "the toolchain in {} does not work; delete that folder and try again",
            self.folder.display()
        );
        let mut compile = tool::command(self.cc());
        compile.args(["-O2", "-c", "word.c", "-o", "word.o"]);
        let mut archive = tool::command("ar");
        archive.args(["rcs", "libword.a", "word.o"]);
        let mut link = tool::command(self.rustc());
        link.args(["--edition", "2024", "--target", TRIPLE, "-C"])
            .arg(format!("linker={}", self.cc().display()));
        link.args(STATIC.split(' ')).args(["-L", ".", "-l", "static=word", "probe.rs"]);
        for command in [&mut compile, &mut archive, &mut link] {
            tool::capture(command.current_dir(&folder))?.stdout_of(&broken)?;
        }
        match tool::capture(&mut tool::command(folder.join("probe"))) {
            Ok(ran) if ran.status.success() => Ok(()),
            _ => not_done(
                "a 32-bit program builds but does not run; does this kernel have IA32 emulation?",
            ),
        }
    }
}

/// What a complete folder is marked with: the version of its contents, and whose rustc it has.
fn mark(debian: bool) -> &'static str {
    if debian { "3 debian\n" } else { "3 rustup\n" }
}

/// Whether a complete folder has Debian's rustc, by its mark.
fn kind(found: &str) -> Option<bool> {
    [true, false].into_iter().find(|&debian| found == mark(debian))
}

/// Whether rustup has the library for i686, which it downloads.
fn rustup_has_library() -> anyhow::Result<bool> {
    if tool::find("rustup").is_none() {
        return Ok(false);
    }
    eprintln!("scripts/test-arch: rustup target add {TRIPLE}");
    let ran = tool::capture(tool::command("rustup").args(["target", "add", TRIPLE]))?;
    if !ran.status.success() {
        eprintln!(
            "scripts/test-arch: rustup cannot; trying Debian's packages:\n{}",
            tool::last_lines(&ran.stderr, 3)
        );
    }
    Ok(ran.status.success())
}

const PROBE: &str = "\
unsafe extern \"C\" { fn word() -> i32; }
fn main() { assert!(unsafe { word() } == 4 && size_of::<usize>() == 4) }
";

const DEBIAN_RUSTC: &str = r#"#!/bin/sh
usr=$(dirname "$0")/../sysroot/usr
LD_LIBRARY_PATH=$usr/lib/x86_64-linux-gnu exec "$usr/bin/rustc" --sysroot "$usr" "$@"
"#;

/// gcc or g++ of the machine, with the C library, and the C++ library, of the sysroot.
fn debian_cc(program: &str, gcc: &str) -> String {
    format!(
        "#!/bin/sh\nroot=$(dirname \"$0\")/../sysroot\n\
         exec {program} -m32 --sysroot=\"$root\" -B\"$root/usr/lib/gcc/i686-linux-gnu/{gcc}\" \\\n\
         -idirafter \"$root/usr/include/i386-linux-gnu/c++/{gcc}\" \"$@\"\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(debian: bool) -> Vec<(String, Option<String>)> {
        let toolchain = Toolchain { folder: "/t".into(), debian };
        let mut command = Command::new("cargo");
        let text = |text: &std::ffi::OsStr| text.to_string_lossy().into_owned();
        toolchain
            .configure(&mut command)
            .get_envs()
            .map(|(name, value)| (text(name), value.map(text)))
            .collect()
    }

    #[test]
    fn cargo_builds_for_i686_and_takes_debians_rustc_only_if_it_was_unpacked() {
        let has = |debian, name: &str, value: Option<&str>| {
            environment(debian).contains(&(name.into(), value.map(Into::into)))
        };
        for debian in [true, false] {
            assert!(has(debian, "CARGO_BUILD_TARGET", Some(TRIPLE)));
            assert!(has(debian, "RUSTFLAGS", None));
            assert_eq!(has(debian, "RUSTC", Some("/t/bin/rustc")), debian);
        }
    }

    #[test]
    fn a_complete_folder_is_taken_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        for debian in [true, false] {
            fs::write(folder.path().join("complete"), mark(debian)).unwrap();
            assert_eq!(Toolchain::get(folder.path()).unwrap().debian, debian);
        }
        for earlier in ["", "debian\n", "rustup\n"] {
            assert_eq!(kind(earlier), None);
        }
    }
}
