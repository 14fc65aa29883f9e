//! LVGL's core without a screen, once with its own copy of TLSF 3.1 and once with memoman's C library in its place.
//!
//! The sources are those of the locked package that the reference has its C code from. Both programs have the
//! same pool, at the same address and of the same size, and the same largest pool; they print each call of the
//! allocator, and what they print must be the same.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, ensure};

use super::run::{self, Run, agree};
use super::table::Row;
use crate::stop::failed;
use crate::{cargo, tool};

/// Both allocators are built for pools of at most so many bytes.
const LARGEST_POOL: &str = "458752";

/// The files that are not compiled with the others, below `src`.
const ALLOCATOR: &str = "stdlib/builtin/lv_tlsf.c";
const CALLER: &str = "stdlib/builtin/lv_mem_core_builtin.c";

const SOURCES: [(&str, &str); 4] = [
    ("lv_conf.h", include_str!("lvgl/lv_conf.h")),
    ("pool.h", include_str!("lvgl/pool.h")),
    ("program.c", include_str!("lvgl/program.c")),
    ("memoman.c", include_str!("lvgl/memoman.c")),
];

/// At least so many widgets are created.
const WIDGETS: usize = 5000;

/// Two programs that differ in their allocator.
pub(super) struct Lvgl {
    folder: PathBuf,
    /// With LVGL's own TLSF, and with memoman.
    programs: [PathBuf; 2],
    /// The bytes in front of the pool.
    control: String,
}

impl Lvgl {
    pub(super) const NAME: &str = "lvgl";

    /// Builds both programs in a folder. LVGL's objects are kept there.
    ///
    /// # Errors
    /// The C compiler is missing or fails.
    pub(super) fn new(folder: &Path) -> anyhow::Result<Self> {
        tool::require(&tool::cc(), "a C compiler, or set CC")?;
        let build = Build {
            lvgl: cargo::package_folder("lightvgl-sys")?.join("vendor/lvgl"),
            folder: folder.to_owned(),
        };
        for (name, text) in SOURCES {
            fs::write(folder.join(name), text)?;
        }
        let library = build.core()?;
        let programs = [build.with_its_own(&library)?, build.with_memoman(&library)?];
        let control = tool::capture(tool::command(&programs[0]).arg("--control"))?
            .stdout_of("LVGL with its own allocator")?;
        Ok(Self { folder: folder.to_owned(), programs, control: control.trim().to_owned() })
    }

    /// Runs both programs once.
    ///
    /// # Errors
    /// They print or do something else, or too little.
    pub(super) fn run(&self) -> anyhow::Result<Row> {
        let run = |at: usize, name: &str| {
            let mut command = tool::command(&self.programs[at]);
            command.arg(&self.control).env_clear();
            run::run(&mut command, &self.folder.join(name), Duration::from_secs(900))
        };
        let (own, ours) = (run(0, "lvgl")?, run(1, "memoman")?);
        ensure!(own.status.success(), "it fails with its own allocator: {}", own.status);
        agree(&own, &ours)?;
        let done = Done::read(&ours)?;
        if done.widgets < WIDGETS || done.calls < done.widgets {
            return failed(format!("{done:?} are too few: at least {WIDGETS} widgets are created"));
        }
        Ok(Row {
            name: Self::NAME,
            work: format!("{} widgets, {} calls with their addresses", done.widgets, done.calls),
            checks: done.reports,
            costs: [own.cost, ours.cost],
        })
    }
}

/// What the lines `step …` say.
#[derive(Debug, Default, PartialEq, Eq)]
struct Done {
    widgets: usize,
    calls: usize,
    /// Each with a check of the heap by the allocator itself.
    reports: usize,
}

impl Done {
    fn read(run: &Run) -> anyhow::Result<Self> {
        let mut done = Self::default();
        for line in BufReader::new(fs::File::open(&run.streams[0])?).lines() {
            let line = line?;
            if line.starts_with("step ") {
                done.add(&line)?;
            }
        }
        Ok(done)
    }

    /// Adds a line `step N: C calls, W widgets, …; test 1`.
    fn add(&mut self, line: &str) -> anyhow::Result<()> {
        if !line.ends_with("; test 1") {
            return failed(format!("the check of the heap fails: {line}"));
        }
        let number = |unit: &str| -> Option<usize> {
            line.split([':', ',']).find_map(|part| part.strip_suffix(unit)?.trim().parse().ok())
        };
        let counts = number(" calls").zip(number(" widgets"));
        (self.calls, self.widgets) = counts.with_context(|| format!("cannot read '{line}'"))?;
        self.reports += 1;
        Ok(())
    }
}

struct Build {
    lvgl: PathBuf,
    folder: PathBuf,
}

impl Build {
    /// All of LVGL but the allocator and its caller, as a library. Compiled once.
    fn core(&self) -> anyhow::Result<PathBuf> {
        let (library, stamp) = (self.folder.join("liblvgl.a"), self.folder.join("liblvgl.stamp"));
        let made_of = format!(
            "{}\n{:?}\n{}",
            cargo::version_line(&tool::cc())?,
            self.compile(),
            SOURCES[0].1
        );
        if library.is_file() && fs::read_to_string(&stamp).is_ok_and(|text| text == made_of) {
            return Ok(library);
        }
        let src = self.lvgl.join("src");
        let mut sources = Vec::new();
        c_files(&src, &mut sources)?;
        sources
            .retain(|path| [ALLOCATOR, CALLER].iter().all(|left_out| *path != src.join(left_out)));
        eprintln!("scripts/clients: compiling LVGL, {} files (once)", sources.len());
        let objects = self.folder.join("objects");
        if objects.exists() {
            fs::remove_dir_all(&objects)?;
        }
        fs::create_dir_all(&objects)?;
        let next = AtomicUsize::new(0);
        let compile = || -> anyhow::Result<()> {
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(source) = sources.get(at) else { return Ok(()) };
                // LVGL's warnings are its own.
                let mut command = self.compile();
                command
                    .arg("-w")
                    .arg("-c")
                    .arg(source)
                    .arg("-o")
                    .arg(objects.join(format!("{at}.o")));
                tool::capture(&mut command)?
                    .stdout_of(&format!("compiling {}", source.display()))?;
            }
        };
        thread::scope(|scope| {
            let threads: Vec<_> = (0..tool::processors()).map(|_| scope.spawn(compile)).collect();
            threads.into_iter().try_for_each(|thread| thread.join().expect("it does not panic"))
        })?;
        let mut archive = tool::command("ar");
        archive.arg("rcs").arg(&library);
        archive.args((0..sources.len()).map(|at| objects.join(format!("{at}.o"))));
        // ar would keep objects of before.
        if library.exists() {
            fs::remove_file(&library)?;
        }
        tool::capture(&mut archive)?.stdout_of("ar")?;
        fs::write(stamp, made_of)?;
        Ok(library)
    }

    fn with_its_own(&self, library: &Path) -> anyhow::Result<PathBuf> {
        let allocator = self.object(&self.lvgl.join("src").join(ALLOCATOR), "lv_tlsf", &["-w"])?;
        self.link("lvgl", &[allocator], &[library])
    }

    fn with_memoman(&self, library: &Path) -> anyhow::Result<PathBuf> {
        let prefix = self.folder.join("prefix");
        let mut install = tool::command(std::env::current_exe()?);
        install.arg("install-c").arg(&prefix).args(["--quiet", "--largest-pool", LARGEST_POOL]);
        tool::capture(&mut install)?.stdout_of("scripts/install-c")?;
        let include = format!("-I{}", prefix.join("include").display());
        let names = self.object(
            &self.folder.join("memoman.c"),
            "memoman",
            &["-Wall", "-Wextra", &include],
        )?;
        self.link("memoman", &[names], &[library, &prefix.join("lib/libmemoman.a")])
    }

    /// A program of the driver, LVGL's caller of the allocator, and an allocator.
    fn link(
        &self,
        name: &str,
        objects: &[PathBuf],
        libraries: &[&Path],
    ) -> anyhow::Result<PathBuf> {
        let driver =
            self.object(&self.folder.join("program.c"), "program", &["-Wall", "-Wextra"])?;
        let caller = self.object(
            &self.lvgl.join("src").join(CALLER),
            "caller",
            &[
                "-w",
                "-Dlv_tlsf_malloc=traced_malloc",
                "-Dlv_tlsf_realloc=traced_realloc",
                "-Dlv_tlsf_free=traced_free",
            ],
        )?;
        let program = self.folder.join(format!("{name}.program"));
        let mut link = tool::command(tool::cc());
        link.arg(driver)
            .arg(caller)
            .args(objects)
            .args(libraries)
            .args(["-lm", "-o"])
            .arg(&program);
        tool::capture(&mut link)?.stdout_of("linking LVGL")?;
        Ok(program)
    }

    fn object(&self, source: &Path, name: &str, options: &[&str]) -> anyhow::Result<PathBuf> {
        let object = self.folder.join(format!("{name}.o"));
        let mut command = self.compile();
        command.args(options).arg("-c").arg(source).arg("-o").arg(&object);
        tool::capture(&mut command)?.stdout_of(&format!("compiling {}", source.display()))?;
        Ok(object)
    }

    fn compile(&self) -> Command {
        let mut command = tool::command(tool::cc());
        command.args(["-std=gnu11", "-O1", "-DLV_CONF_INCLUDE_SIMPLE"]);
        command.arg(format!("-DLARGEST_POOL={LARGEST_POOL}"));
        for folder in [&self.folder, &self.lvgl, &self.lvgl.join("src")] {
            command.arg("-I").arg(folder);
        }
        command
    }
}

/// The C files below a folder, in the order of their names.
fn c_files(folder: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            c_files(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "c") {
            found.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "step 100: 5201 calls, 37 widgets, screen 9e0a4306; monitor: total 10 free 5 in 1, largest 5, \
                        used 153, most 8, 2 % used, 1 % fragmented; test ";

    #[test]
    fn the_last_line_has_the_counts_and_each_line_is_a_check() {
        let mut done = Done::default();
        done.add(&format!("{LINE}1").replace("5201", "7")).unwrap();
        done.add(&format!("{LINE}1")).unwrap();
        assert_eq!(done, Done { widgets: 37, calls: 5201, reports: 2 });
    }

    #[test]
    fn a_check_that_fails_and_a_line_without_counts_are_errors() {
        let error = |line: String| Done::default().add(&line).unwrap_err().to_string();
        assert!(error(format!("{LINE}0")).contains("the check of the heap fails"));
        assert!(error("step 1; test 1".into()).contains("cannot read"));
    }

    #[test]
    fn c_files_are_found_in_folders_and_in_order() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("a")).unwrap();
        for name in ["b.c", "a/z.c", "a/y.h"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let mut found = Vec::new();
        c_files(folder.path(), &mut found).unwrap();
        assert_eq!(found, [folder.path().join("a/z.c"), folder.path().join("b.c")]);
    }
}
