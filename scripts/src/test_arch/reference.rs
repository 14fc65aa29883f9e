//! Results that a machine of the same width has printed: this one for 64 bits, i686 for 32 bits.

use std::collections::HashMap;

use crate::stop::failed;

use super::arch::Arch;
use super::machine::Machine;
use super::results::{Outcome, Program, programs};
use super::toolchain::Toolchain;

pub(super) struct References<'t> {
    toolchain: &'t dyn Fn() -> anyhow::Result<Toolchain>,
    /// By bits of a word and program: the result, and what was printed.
    known: HashMap<(u32, Program), (Outcome, String)>,
}

impl<'t> References<'t> {
    pub(super) fn new(toolchain: &'t dyn Fn() -> anyhow::Result<Toolchain>) -> Self {
        Self { toolchain, known: HashMap::new() }
    }

    /// What the program prints at this width.
    ///
    /// # Errors
    /// It fails, or there is no toolchain for i686.
    pub(super) fn get(
        &mut self,
        bits: u32,
        program: Program,
    ) -> anyhow::Result<&(Outcome, String)> {
        if !self.known.contains_key(&(bits, program)) {
            let machine =
                if bits == 64 { Machine::Host } else { Machine::I686((self.toolchain)()?) };
            self.known.insert((bits, program), machine.run(program)?);
        }
        Ok(&self.known[&(bits, program)])
    }

    /// Runs a program on a machine and compares its result with that of this width. The corpus must be the
    /// same programs at both widths.
    ///
    /// # Errors
    /// It fails, or its result is another one.
    pub(super) fn agree(
        &mut self,
        arch: Arch,
        machine: &Machine,
        program: Program,
    ) -> anyhow::Result<Outcome> {
        let (outcome, printed) = match machine {
            // The result of its width.
            Machine::I686(_) => self.get(arch.bits(), program)?.clone(),
            _ => machine.run(program)?,
        };
        same(arch, program, &outcome, &self.get(arch.bits(), program)?.0)?;
        if program == Program::Corpus {
            let here = programs(&self.get(64, program)?.1);
            if here.is_empty() || programs(&printed) != here {
                return failed(format!(
                    "the corpus decodes to other programs on {} than here, which are:\n{}",
                    arch.name(),
                    here.join("\n")
                ));
            }
        }
        Ok(outcome)
    }
}

/// Whether a result is that of its width.
///
/// # Errors
/// It is another one.
pub(super) fn same(
    arch: Arch,
    program: Program,
    ours: &Outcome,
    expected: &Outcome,
) -> anyhow::Result<()> {
    if ours == expected {
        return Ok(());
    }
    let (bits, name) = (arch.bits(), arch.name());
    failed(format!(
        "{program:?} on {name}: {} calls, {}; on {bits} bits otherwise: {} calls, {}",
        ours.calls, ours.digest, expected.calls, expected.digest
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_digest_or_number_of_calls_is_a_failure() {
        let outcome = |calls, digest: &str| Outcome { calls, digest: digest.into() };
        let expected = outcome(5, "0a");
        assert!(same(Arch::S390x, Program::Corpus, &expected, &expected).is_ok());
        for other in [outcome(6, "0a"), outcome(5, "0b")] {
            let error = same(Arch::Armhf, Program::Calls, &other, &expected).unwrap_err();
            assert!(error.to_string().starts_with("Calls on armhf: "), "{error}");
        }
    }

    #[test]
    fn what_is_known_is_not_run_again() {
        let toolchain = || -> anyhow::Result<Toolchain> { panic!("not needed") };
        let mut references = References::new(&toolchain);
        let outcome = Outcome { calls: 1, digest: "0a".into() };
        references.known.insert((32, Program::Calls), (outcome.clone(), String::new()));
        assert_eq!(references.get(32, Program::Calls).unwrap().0, outcome);
    }
}
