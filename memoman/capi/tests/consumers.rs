//! Programs that find the installed library by pkg-config and by CMake, as a user's projects do: shared and
//! static, below a prefix with a space. And the files of `ports/`. Without the tool, a test prints that it was SKIPPED.
// CI tests this package with other features and on 32 bits, too: what is installed is the same then.
#![cfg(all(unix, feature = "tlsf-names", not(feature = "guard"), target_pointer_width = "64"))]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::{folder, install, install_c_program, root, run, without_cargos_libraries};

/// The folder `tests/consumer`, in an empty folder.
fn project(name: &str) -> PathBuf {
    let copy = folder(name);
    fs::remove_dir_all(&copy).unwrap();
    fs::create_dir_all(&copy).unwrap();
    for entry in fs::read_dir(root().join("memoman/capi/tests/consumer")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), copy.join(entry.file_name())).unwrap();
    }
    copy
}

/// Whether a tool exists; says so if it does not.
fn exists(tool: &str) -> bool {
    let started = Command::new(tool).arg("--version").output();
    if let Err(error) = &started {
        eprintln!("SKIPPED: {tool} does not start: {error}");
    }
    started.is_ok()
}

/// Whether a program runs where the loader finds no library but by what the program remembers.
fn works(program: &Path) -> bool {
    let mut command = Command::new(program);
    let output = without_cargos_libraries(&mut command).output().unwrap();
    output.status.success() && output.stdout == b"a block\n"
}

#[test]
fn pkg_config_finds_the_library_below_a_prefix_with_a_space() {
    if !exists("pkg-config") {
        return;
    }
    let prefix = install("by pkg-config", &[]);
    let project = project("pkg-config project");
    let pkg_config = |arguments: &str| {
        let mut command = Command::new("pkg-config");
        command.env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig"));
        run(command.args(arguments.split(' '))).trim().to_owned()
    };
    let link = prefix.join("lib/libmemoman.so");
    for (name, options, static_only) in [
        ("static", "--cflags --libs memoman-static", true),
        ("private", "--static --cflags --libs memoman", false),
        ("shared", "--cflags --libs memoman", false),
    ] {
        let flags = pkg_config(options);
        // What pkg-config prints is quoted for the shell.
        let script = format!("eval cc first.c '{flags}' -o {name}");
        run(Command::new("sh").args(["-euc", &script]).current_dir(&project));
        let mut program = Command::new(project.join(name));
        let program = without_cargos_libraries(&mut program);
        assert_eq!(program.output().unwrap().status.success(), static_only, "{name}: {flags}");
        for variable in ["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"] {
            program.env(variable, prefix.join("lib"));
        }
        // A program remembers the name with the number. The other name is for linking.
        if name == "shared" && link.exists() {
            fs::remove_file(&link).unwrap();
        }
        assert!(program.output().unwrap().status.success(), "{name}: {flags}");
    }
    if cfg!(target_os = "linux") {
        assert!(pkg_config("--static --libs memoman").contains("-Wl,--gc-sections"));
        assert!(!pkg_config("--libs memoman").contains("--gc-sections"));
    }
    assert_eq!(pkg_config("--modversion memoman"), env!("CARGO_PKG_VERSION"));
    assert!(pkg_config("--variable=features memoman").contains("tlsf-names"));
}

#[test]
fn cmake_finds_the_library_also_after_its_prefix_has_moved() {
    if !exists("cmake") {
        return;
    }
    let place = folder("by cmake");
    let installed = install("by cmake/a prefix", &[]);
    let prefix = place.join("a moved prefix");
    let _ = fs::remove_dir_all(&prefix);
    fs::rename(installed, &prefix).unwrap();
    let project = project("cmake project");
    let found = format!("-DCMAKE_PREFIX_PATH={}", prefix.display());
    run(Command::new("cmake").args(["-S", ".", "-B", "build", &found]).current_dir(&project));
    run(Command::new("cmake").args(["--build", "build"]).current_dir(&project));
    let works = |name: &str| works(&project.join("build").join(name));
    for program in ["c-shared", "c-static", "cpp-shared", "cpp-static"] {
        assert!(works(program), "{program}");
    }

    // The program calls six functions.
    if exists("nm") {
        let symbols = run(Command::new("nm").arg(project.join("build/c-static")));
        let linked: Vec<_> = symbols.lines().filter_map(|line| line.split_once(" T ")).collect();
        assert!(linked.iter().any(|(_, name)| *name == "mm_malloc"), "{symbols}");
        let unused = |name: &str| {
            name.starts_with("tlsf_") || name.contains("_sized_") || name == "mm_realloc"
        };
        let unused: Vec<_> = linked.iter().filter(|(_, name)| unused(name)).collect();
        assert!(unused.is_empty(), "linked, but not called: {unused:?}");
    }

    // Only programs with the shared library need it.
    run(install_c_program().arg("--uninstall").arg(&prefix));
    assert!(works("c-static") && works("cpp-static"));
    assert!(!works("c-shared") && !works("cpp-shared"));
}

#[test]
fn cmake_accepts_the_versions_that_rusts_packages_accept() {
    if !exists("cmake") {
        return;
    }
    let prefix = install("by version", &[]);
    let config = prefix.join("lib/cmake/memoman/memomanConfigVersion.cmake");
    let accepts = |definitions: &str| {
        let script = format!(
            "{definitions}\ninclude(\"{}\")\nif(PACKAGE_VERSION_COMPATIBLE AND NOT PACKAGE_VERSION_UNSUITABLE)\n\
             message(STATUS accepted)\nendif()\n",
            config.display()
        );
        let file = folder("versions").join("accepts.cmake");
        fs::write(&file, script).unwrap();
        run(Command::new("cmake").arg("-P").arg(file)).contains("accepted")
    };
    let version = |wanted: &str| {
        let parts: Vec<_> = wanted.split('.').collect();
        let part = |at: usize| parts.get(at).copied().unwrap_or("0");
        format!(
            "set(PACKAGE_FIND_VERSION {wanted})\nset(PACKAGE_FIND_VERSION_COUNT {})\n\
             set(PACKAGE_FIND_VERSION_MAJOR {})\nset(PACKAGE_FIND_VERSION_MINOR {})\n",
            parts.len(),
            part(0),
            part(1)
        )
    };
    let ours: Vec<u32> =
        env!("CARGO_PKG_VERSION").split('.').map(|part| part.parse().unwrap()).collect();
    let (major, minor, patch) = (ours[0], ours[1], ours[2]);
    for (wanted, accepted) in [
        (format!("{major}"), true),
        (format!("{major}.{minor}"), true),
        (format!("{major}.{minor}.{patch}"), true),
        (format!("{major}.{minor}.{}", patch + 1), false),
        (format!("{major}.{}", minor + 1), false),
        (format!("{}.0", major + 1), false),
        (format!("{major}.{}", minor.wrapping_sub(1)), major > 0),
    ] {
        assert_eq!(accepts(&version(&wanted)), accepted, "find_package(memoman {wanted})");
    }
    let bits = |bytes: usize| format!("set(CMAKE_SIZEOF_VOID_P {bytes})\n");
    assert!(accepts(&bits(size_of::<usize>())) && !accepts(&bits(size_of::<usize>() / 2)));
}

/// The source of LVGL: a dependency of reference-conte.
fn lvgl() -> PathBuf {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--locked", "--offline", "--format-version", "1"]);
    let packages = run(cargo.current_dir(root()));
    let mut manifests = packages.split("\"manifest_path\":\"").skip(1);
    let manifest = manifests.find(|path| {
        let path = path.split('"').next().unwrap();
        path.contains("lightvgl-sys-") && path.ends_with("Cargo.toml")
    });
    let manifest = Path::new(manifest.expect("lightvgl-sys").split('"').next().unwrap());
    manifest.with_file_name("vendor").join("lvgl")
}

#[test]
fn lvgl_allocates_from_memoman_with_the_port() {
    let (lvgl, prefix) = (lvgl(), install("by ports", &[]));
    let package = root().join("memoman/capi");
    for (name, options, sources) in [
        ("alone", &[][..], &[][..]),
        ("threads", &["-DLV_USE_OS=LV_OS_PTHREAD"], &["osal/lv_pthread.c"]),
    ] {
        let program = folder("lvgl").join(name);
        let mut cc = Command::new("cc");
        cc.args(["-std=gnu99", "-Wall", "-Wextra", "-Werror", "-O1", "-DLV_CONF_SKIP"]);
        cc.args(["-DLV_USE_STDLIB_MALLOC=LV_STDLIB_CUSTOM", "-DLV_MEM_SIZE=65536U"]).args(options);
        cc.arg("-I").arg(prefix.join("include")).arg("-isystem").arg(&lvgl);
        cc.arg(package.join("ports/lvgl/lv_mem_memoman.c")).arg(package.join("tests/c/lvgl.c"));
        for source in
            ["stdlib/lv_mem.c", "stdlib/builtin/lv_string_builtin.c"].iter().chain(sources)
        {
            cc.arg(lvgl.join("src").join(source));
        }
        cc.arg(prefix.join("lib/libmemoman.a")).arg("-lpthread").arg("-o").arg(&program);
        run(&mut cc);
        run(&mut Command::new(program));
    }
}

#[test]
fn esp_idfs_heap_finds_blocks_with_the_port() {
    let (package, prefix) = (root().join("memoman/capi"), install("by ports", &[]));
    let program = prefix.join("esp_idf");
    let mut cc = Command::new("cc");
    cc.args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-O1"]);
    cc.arg("-I").arg(package.join("ports/esp-idf")).arg("-I").arg(prefix.join("include"));
    cc.arg(package.join("tests/c/esp_idf.c")).arg(prefix.join("lib/libmemoman.a"));
    run(cc.arg("-o").arg(&program));
    run(&mut Command::new(program));
}
