//! What an architecture needs: installed where this machine allows it.

use crate::stop::not_done;
use crate::tool;

use super::arch::Needed;

/// Makes sure that programs and files exist, and installs their packages if this is root on Debian.
///
/// # Errors
/// Something is missing: not done.
pub(super) fn programs(needs: &[Needed]) -> anyhow::Result<()> {
    let packages = packages(needs, |name| tool::find(name).is_some());
    if packages.is_empty() {
        return Ok(());
    }
    let list = packages.join(" ");
    if !tool::is_root()? || tool::find("apt-get").is_none() {
        return not_done(format!("install the packages {list} (apt-get install, as root)"));
    }
    eprintln!("scripts/test-arch: installing {list}");
    // Lists that are not up to date may be good enough.
    let _ = tool::capture(tool::command("apt-get").args(["-q", "update"]))?;
    let mut install = tool::command("apt-get");
    install.args(["-q", "-y", "--no-install-recommends", "install"]).args(&packages);
    let ran = tool::capture(install.env("DEBIAN_FRONTEND", "noninteractive"))?;
    if ran.status.success() {
        return Ok(());
    }
    not_done(format!("apt-get cannot install {list}:\n{}", tool::last_lines(&ran.stderr, 5)))
}

/// The packages of what is missing, each once.
fn packages(needs: &[Needed], is_there: impl Fn(&str) -> bool) -> Vec<&'static str> {
    let mut packages: Vec<_> =
        needs.iter().filter(|(name, _)| !is_there(name)).map(|(_, package)| *package).collect();
    packages.sort_unstable();
    packages.dedup();
    packages
}

/// Makes sure that rustc has the library of a target, and has rustup download it if not.
///
/// # Errors
/// It is missing: not done.
pub(super) fn target(triple: &str) -> anyhow::Result<()> {
    let mut print = tool::command("rustc");
    let ran = tool::capture(print.args(["--print", "target-libdir", "--target", triple]))?;
    if ran.status.success() && std::path::Path::new(ran.stdout.trim()).is_dir() {
        return Ok(());
    }
    if tool::find("rustup").is_none() {
        return not_done(format!("rustc has no library for {triple}, and rustup is missing"));
    }
    eprintln!("scripts/test-arch: rustup target add {triple}");
    let ran = tool::capture(tool::command("rustup").args(["target", "add", triple]))?;
    if ran.status.success() {
        return Ok(());
    }
    not_done(format!("rustup target add {triple} failed:\n{}", tool::last_lines(&ran.stderr, 3)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_of_what_is_missing_are_named_once() {
        let needs = [("a", "qemu"), ("b", "gcc"), ("c", "qemu"), ("d", "node")];
        assert_eq!(packages(&needs, |name| name == "d"), ["gcc", "qemu"]);
        assert!(packages(&needs, |_| true).is_empty());
    }
}
