//! The files of a user's own targets: those of the crate oracle/examples/first-fit, as a copy of it has them.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, ensure};

use super::build::{Build, Places, programs};
use crate::stop::failed;
use crate::tool;

/// The crate's name, and its folder in SRC.
const NAME: &str = "first-fit";

/// The names of its targets.
const TARGETS: [&str; 1] = ["harness"];

/// What a finding's report has.
const REPORT: [&str; 3] =
    ["Unsound (the contract of an allocator is broken)", "ops matter):", "oracle::check::replay"];

/// Builds and runs the targets without and with the planted mistake. The packages are those of the checkout.
pub(super) fn run(build: &Build, places: &Places) -> anyhow::Result<()> {
    let Build { image, base, .. } = build;
    let src = image.outside(&places.src);
    let project = src.join(NAME);
    let example = src.join("memoman/oracle/examples").join(NAME);
    tool::capture(tool::command("cp").arg("-r").arg(&example).arg(&project))?.stdout_of("cp")?;
    fs::write(project.join(".cargo/config.toml"), patch(&places.src))?;
    fs::copy(project.join(".clusterfuzzlite/build.sh"), src.join("build.sh"))?;

    build.build(places, NAME)?;
    let planted = places.planted(image)?;
    plant(&project.join("fuzz/Cargo.toml"))?;
    build.build(&planted, NAME)?;
    // Where they run there is nothing else.
    fs::remove_dir_all(&src)?;

    for target in TARGETS {
        for (places, is_planted) in [(places, false), (&planted, true)] {
            let built = programs(&image.outside(&places.out))?;
            ensure!(built == TARGETS, "OUT has {}; expected {}", built.join(", "), TARGETS[0]);
            let run = build.run_target(target, &places.out, &places.work)?;
            let with = if is_planted { "with" } else { "without" };
            let log = base.join(format!("{NAME}-{target}-{with}.log"));
            fs::write(&log, &run.printed)?;
            let is_reported = REPORT.iter().all(|text| run.printed.contains(text));
            if run.seeds == 0 || run.has_passed == is_planted || is_reported != is_planted {
                let (log, end) = (log.display(), tool::last_lines(&run.printed, 5));
                let seeds = run.seeds;
                return failed(format!(
                    "{target}, {with} the planted mistake, {seeds} seeds; its log: {log}\n{end}"
                ));
            }
            if is_planted {
                println!("{target}, with the planted mistake: found and shrunk");
            } else {
                println!("{target}: {}, no finding", run.summary());
            }
        }
    }
    Ok(())
}

/// Takes the packages from the checkout: those of crates.io are older, or not there.
fn patch(src: &Path) -> String {
    let memoman = src.join("memoman");
    let (oracle, engine) = (memoman.join("oracle"), memoman.join("memoman"));
    format!("[patch.crates-io]\nmemoman-oracle.path = {oracle:?}\nmemoman.path = {engine:?}\n")
}

/// Builds the targets with the mistake from now on.
fn plant(manifest: &Path) -> anyhow::Result<()> {
    const FEATURES: &str = "[features]\n";
    let text = fs::read_to_string(manifest).context("cannot read the manifest of the targets")?;
    ensure!(text.contains(FEATURES), "{} has no features", manifest.display());
    Ok(fs::write(manifest, text.replace(FEATURES, "[features]\ndefault = [\"planted\"]\n"))?)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::PathBuf;

    use super::*;

    /// Stands for cargo, rustc and zip: writes what they would.
    const STUB: &str = r#"#!/bin/sh
echo "${0##*/} $*" >>"$LOG"
case "${0##*/} $*" in
"cargo fuzz build -O --sanitizer address")
  mkdir -p target/some-host/release && for t in fuzz/fuzz_targets/*.rs; do
    t=${t##*/} && echo program >"target/some-host/release/${t%.rs}"; done ;;
"cargo run --quiet --example seeds -- "*) [ -z "$RUSTFLAGS" ] && touch "$6/0000" "$6/0001" ;;
"cargo metadata --manifest-path fuzz/Cargo.toml --no-deps --format-version 1")
  echo "{\"packages\":[],\"target_directory\":\"$PWD/target\",\"version\":1}" ;;
"rustc -vV") echo "host: some-host" ;;
"zip -q -@ "*) cat >"$3" ;;
*) exit 1 ;;
esac
"#;

    fn example() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../oracle/examples").join(NAME)
    }

    /// Runs a copy of the build script, changed by `edit`, on a copy of the example.
    fn build(edit: impl Fn(String) -> String) -> (bool, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["bin", "out", "src"] {
            fs::create_dir(path(name)).unwrap();
        }
        for name in ["cargo", "rustc", "zip"] {
            let file = path("bin").join(name);
            fs::write(&file, STUB).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let mut copy = tool::command("cp");
        copy.arg("-r").arg(example()).arg(path("src").join(NAME));
        tool::capture(&mut copy).unwrap().stdout_of("cp").unwrap();
        // What an earlier build has left is no result.
        let _ = fs::remove_dir_all(path("src").join(NAME).join("target"));
        let script = fs::read_to_string(example().join(".clusterfuzzlite/build.sh")).unwrap();
        fs::write(path("build.sh"), edit(script)).unwrap();
        let mut bash = tool::command("bash");
        bash.arg(path("build.sh"))
            .env("PATH", format!("{}:/usr/bin:/bin", path("bin").display()))
            .env("SRC", path("src"))
            .env("OUT", path("out"))
            .env("LOG", path("log"))
            .env("RUSTFLAGS", "-Zsanitizer=address");
        let ran = tool::capture(&mut bash).unwrap();
        let mut made = Vec::new();
        for entry in fs::read_dir(path("out")).unwrap() {
            made.push(entry.unwrap().file_name().into_string().unwrap());
        }
        made.sort();
        let zip = path("out").join("harness_seed_corpus.zip");
        made.push(fs::read_to_string(zip).unwrap_or_default());
        (ran.status.success(), made)
    }

    #[test]
    fn the_build_script_makes_each_target_with_seeds_and_options() {
        let (is_built, made) = build(|script| script);
        assert!(is_built, "{made:?}");
        let zip = "harness_seed_corpus.zip";
        assert_eq!(made, ["harness", "harness.options", zip, "./0000\n./0001\n"]);
    }

    #[test]
    fn a_build_that_fails_ends_the_script() {
        let (is_built, made) = build(|script| script.replace("fuzz build", "fuzz built"));
        assert!(!is_built && made == [""], "{made:?}");
    }

    #[test]
    fn the_image_has_the_checkout_where_the_build_script_looks() {
        let read =
            |name: &str| fs::read_to_string(example().join(".clusterfuzzlite").join(name)).unwrap();
        assert!(read("build.sh").contains(&format!("\ncd \"$SRC/{NAME}\"\n")));
        let docker = read("Dockerfile");
        assert!(docker.contains(&format!("COPY . $SRC/{NAME}\nWORKDIR $SRC/{NAME}\n")), "{docker}");
        assert!(docker.contains("COPY .clusterfuzzlite/build.sh $SRC/\n"), "{docker}");
    }

    #[test]
    fn the_example_has_the_targets_that_are_tried() {
        let mut names = Vec::new();
        for entry in fs::read_dir(example().join("fuzz/fuzz_targets")).unwrap() {
            names.push(entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned());
        }
        assert_eq!(names, TARGETS);
    }
}
