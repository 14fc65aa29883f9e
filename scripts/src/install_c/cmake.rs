//! memomanConfig.cmake and memomanConfigVersion.cmake, for CMake's find_package.

use super::libraries::{Libraries, MAJOR, VERSION};
use super::library::Library;

/// The files by name.
pub(crate) fn files(library: &Library, libraries: &Libraries) -> Vec<(&'static str, String)> {
    let option = library.target.format.leave_out_unused();
    let settings = library
        .settings
        .iter()
        .map(|(name, value)| format!("set(memoman_{} \"{value}\")\n", name.to_uppercase()));
    let mut files = vec![format!("\"{}\"", libraries.archive)];
    if let Some(shared) = &libraries.shared {
        files.extend(
            [&shared.file].into_iter().chain(&shared.import).map(|file| format!("\"{file}\"")),
        );
    }
    let what = match libraries.shared {
        Some(_) => "the shared library",
        None => "the static library: this target has no shared one",
    };
    let config = fill(
        include_str!("memomanConfig.cmake.in"),
        &[
            ("VERSION", VERSION),
            ("WHAT", what),
            ("SETTINGS", &settings.collect::<String>()),
            ("FILES", &files.join(" ")),
            ("ARCHIVE", &libraries.archive),
            ("OPTIONS", &option.map(|option| format!("LINKER:{option}")).unwrap_or_default()),
            ("NEEDS", &library.needs.join(";")),
            ("SHARED", &shared(libraries)),
        ],
    );
    let pointer = library.target.pointer.to_string();
    let version = fill(
        include_str!("memomanConfigVersion.cmake.in"),
        &[
            ("VERSION", VERSION),
            ("MAJOR", MAJOR),
            ("MINOR", env!("CARGO_PKG_VERSION_MINOR")),
            ("POINTER", &pointer),
        ],
    );
    vec![("memomanConfig.cmake", config), ("memomanConfigVersion.cmake", version)]
}

/// The target memoman::memoman.
fn shared(libraries: &Libraries) -> String {
    let Some(shared) = &libraries.shared else {
        return "  add_library(memoman::memoman INTERFACE IMPORTED)\n  \
                set_target_properties(memoman::memoman PROPERTIES INTERFACE_LINK_LIBRARIES memoman::static)\n"
            .to_owned();
    };
    let mut text = format!(
        "  add_library(memoman::memoman SHARED IMPORTED)\n  \
         set_target_properties(memoman::memoman PROPERTIES\n    \
         IMPORTED_LOCATION \"${{_memoman_prefix}}/{}\"\n",
        shared.file
    );
    if let Some(soname) = &shared.soname {
        text += &format!("    IMPORTED_SONAME \"{soname}\"\n");
    }
    if let Some(import) = &shared.import {
        text += &format!("    IMPORTED_IMPLIB \"${{_memoman_prefix}}/{import}\"\n");
    }
    text + "    INTERFACE_INCLUDE_DIRECTORIES \"${_memoman_prefix}/include\")\n"
}

/// A template with its `@NAME@` replaced.
fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let fill =
        |text: String, (name, value): &(&str, &str)| text.replace(&format!("@{name}@"), value);
    values.iter().fold(template.to_owned(), fill)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::install_c::libraries::Shared;
    use crate::install_c::target::Target;

    fn config(shared: Option<Shared>) -> Vec<(&'static str, String)> {
        let library = Library {
            target: Target::parse("linux unknown gnu x86_64 64").unwrap(),
            files: Vec::new(),
            headers: Vec::new(),
            settings: vec![("align".into(), "16".into())],
            needs: vec!["-lm".into()],
        };
        files(&library, &Libraries { archive: "lib/libmemoman.a".into(), shared })
    }

    #[test]
    fn no_place_of_a_template_stays_empty() {
        let shared = Shared {
            file: "lib/a.so.1.2".into(),
            soname: Some("a.so.1".into()),
            import: Some("lib/i".into()),
        };
        for shared in [None, Some(shared)] {
            for (name, text) in config(shared) {
                assert!(!text.contains('@'), "{name}: {text}");
            }
        }
    }

    #[test]
    fn without_a_shared_library_both_targets_are_the_static_one() {
        let (_, text) = &config(None)[0];
        assert!(text.contains("INTERFACE_LINK_LIBRARIES memoman::static"), "{text}");
        assert!(
            text.contains("set(memoman_ALIGN \"16\")\n")
                && text.contains("\"LINKER:--gc-sections\""),
            "{text}"
        );
    }
}
