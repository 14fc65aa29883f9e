//! memoman.pc and memoman-static.pc, for pkg-config.

use std::path::Path;

use anyhow::{Context as _, bail};

use super::libraries::{Libraries, VERSION};
use super::library::Library;
use super::target::Format;

/// A prefix as text that pkg-config, CMake and the list of files can hold.
///
/// # Errors
/// It has a character that one of them reads as something else.
pub(crate) fn prefix(prefix: &Path) -> anyhow::Result<String> {
    let text = prefix.to_str().with_context(|| format!("{} is not UTF-8", prefix.display()))?;
    if let Some(bad) = text.chars().find(|&c| c.is_control() || r#""'\$#`;"#.contains(c)) {
        bail!("the prefix {} has the character {bad:?}; choose another", prefix.display());
    }
    Ok(text.to_owned())
}

/// The files by name.
pub(crate) fn files(
    prefix: &str,
    library: &Library,
    libraries: &Libraries,
) -> Vec<(&'static str, String)> {
    let archive = archive(library, libraries);
    let unused = library.target.format.leave_out_unused();
    let mut needs: Vec<_> = unused.map(|option| format!("-Wl,{option}")).into_iter().collect();
    needs.extend_from_slice(&library.needs);
    let needs = needs.join(" ");
    // Without a shared library, -lmemoman is the static one.
    let (shared, private) = match libraries.shared {
        Some(_) => ("-L\"${libdir}\" -lmemoman".to_owned(), needs.as_str()),
        None => (format!("-L\"${{libdir}}\" -lmemoman {needs}"), ""),
    };
    let file = |description: &str, libs: &str, private: &str| {
        let mut text =
            format!("prefix={prefix}\nincludedir=${{prefix}}/include\nlibdir=${{prefix}}/lib\n");
        for (name, value) in &library.settings {
            text += &format!("{name}={value}\n");
        }
        text += &format!(
            "\nName: memoman\nDescription: {DESCRIPTION}{description}\nVersion: {VERSION}\n"
        );
        text += &format!("Cflags: -I\"${{includedir}}\"\nLibs: {}\n", libs.trim_end());
        if !private.is_empty() {
            text += &format!("Libs.private: {private}\n");
        }
        text
    };
    vec![
        ("memoman.pc", file("", &shared, private)),
        ("memoman-static.pc", file(", linked statically", &format!("{archive} {needs}"), "")),
    ]
}

const DESCRIPTION: &str = "A TLSF allocator: constant time, in memory that the program provides";

/// The static library, also where a shared one of the same name lies beside it. (pkg-config puts a system
/// root in front of folders only, not of a file.)
fn archive(library: &Library, libraries: &Libraries) -> String {
    let name = libraries.archive.trim_start_matches("lib/");
    match library.target.format {
        Format::Elf | Format::Pe => format!("-L\"${{libdir}}\" -l:{name}"),
        Format::MachO | Format::Msvc | Format::Wasm => format!("\"${{libdir}}/{name}\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::install_c::libraries::Shared;
    use crate::install_c::target::Target;

    fn library(needs: &[&str]) -> Library {
        Library {
            target: Target::parse("linux unknown gnu x86_64 64").unwrap(),
            files: Vec::new(),
            headers: Vec::new(),
            settings: vec![("align".into(), "16".into())],
            needs: needs.iter().map(|need| (*need).to_owned()).collect(),
        }
    }

    fn libraries(shared: bool) -> Libraries {
        let file = || Shared { file: "lib/libmemoman.so.0.1.0".into(), soname: None, import: None };
        Libraries { archive: "lib/libmemoman.a".into(), shared: shared.then(file) }
    }

    fn text(needs: &[&str], shared: bool) -> [String; 2] {
        let files = files("/opt/a b", &library(needs), &libraries(shared));
        [0, 1].map(|file: usize| files[file].1.clone())
    }

    #[test]
    fn a_static_link_leaves_out_what_the_program_does_not_call() {
        let [both, fixed] = text(&["-lm"], true);
        assert!(both.starts_with("prefix=/opt/a b\n") && both.contains("\nalign=16\n"), "{both}");
        assert!(both.contains("\nLibs: -L\"${libdir}\" -lmemoman\n"), "{both}");
        assert!(both.ends_with("\nLibs.private: -Wl,--gc-sections -lm\n"), "{both}");
        assert!(
            fixed.ends_with("\nLibs: -L\"${libdir}\" -l:libmemoman.a -Wl,--gc-sections -lm\n"),
            "{fixed}"
        );
    }

    #[test]
    fn without_a_shared_library_every_link_is_static() {
        let [only, _] = text(&[], false);
        assert!(only.ends_with("\nLibs: -L\"${libdir}\" -lmemoman -Wl,--gc-sections\n"), "{only}");
    }

    #[test]
    fn a_prefix_may_have_spaces_and_no_characters_of_shells() {
        assert_eq!(prefix(Path::new("/opt/a b")).unwrap(), "/opt/a b");
        for bad in ["/a;b", "/$HOME", "/a\nb", "/it's", "/a#b"] {
            assert!(prefix(Path::new(bad)).is_err(), "{bad}");
        }
    }
}
