//! What the library was built for, as far as files and linkers differ.

/// A target, as the library's build script reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) format: Format,
    /// The bytes of a pointer.
    pub(crate) pointer: u32,
}

/// The format of object files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Elf,
    MachO,
    /// For linkers with GNU's options.
    Pe,
    /// For Microsoft's linker.
    Msvc,
    Wasm,
}

impl Target {
    /// Reads the value of `MEMOMAN_TARGET`: `OS VENDOR ENVIRONMENT ARCHITECTURE POINTER-WIDTH`, with `-` for none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut fields = text.split_whitespace();
        let (os, vendor, environment, architecture, width) =
            (fields.next()?, fields.next()?, fields.next()?, fields.next()?, fields.next()?);
        let format = match (os, vendor, environment, architecture) {
            ("windows", _, "msvc", _) => Format::Msvc,
            ("windows" | "cygwin" | "uefi", ..) => Format::Pe,
            (_, "apple", ..) => Format::MachO,
            (.., "wasm32" | "wasm64") => Format::Wasm,
            _ => Format::Elf,
        };
        Some(Self { format, pointer: width.parse::<u32>().ok()? / 8 })
    }
}

impl Format {
    /// The option that makes the linker leave out functions that the program does not call, without the
    /// compiler's prefix for it. Some linkers do so by default.
    pub(crate) fn leave_out_unused(self) -> Option<&'static str> {
        match self {
            Self::Elf | Self::Pe => Some("--gc-sections"),
            Self::MachO => Some("-dead_strip"),
            Self::Msvc | Self::Wasm => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_follows_from_the_target() {
        let target = |text| Target::parse(text).unwrap();
        let elf = |pointer| Target { format: Format::Elf, pointer };
        assert_eq!(target("linux unknown gnu x86_64 64"), elf(8));
        assert_eq!(target("none unknown - arm 32"), elf(4));
        assert_eq!(target("macos apple - aarch64 64").format, Format::MachO);
        assert_eq!(target("windows pc gnu x86_64 64").format, Format::Pe);
        assert_eq!(target("windows pc msvc x86_64 64").format, Format::Msvc);
        assert_eq!(target("unknown unknown - wasm32 32").format, Format::Wasm);
        assert_eq!(Target::parse("linux unknown gnu x86_64"), None);
    }
}
