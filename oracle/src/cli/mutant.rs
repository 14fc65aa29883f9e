//! The option `--mutant`: a faulty allocator in the engine's place.

use clap::Args;
use oracle::Context;
use oracle::lockstep::Lockstep;

/// The allocator that runs in the engine's place: the engine itself, or a mutant.
#[derive(Args)]
pub(super) struct InPlace {
    /// Mutant (faulty allocator) of the catalogue in the engine's place
    #[cfg(feature = "bughunt")]
    #[arg(long, value_name = "NAME")]
    mutant: Option<String>,
}

impl InPlace {
    /// Returns the name of the mutant; `None` is the engine.
    pub(super) fn name(&self) -> Option<&str> {
        #[cfg(feature = "bughunt")]
        return self.mutant.as_deref();
        #[cfg(not(feature = "bughunt"))]
        None
    }

    /// Returns what makes the locksteps.
    ///
    /// # Errors
    /// The catalogue has no such mutant.
    pub(super) fn maker(&self) -> anyhow::Result<fn(usize) -> Lockstep> {
        #[cfg(feature = "bughunt")]
        if let Some(name) = &self.mutant {
            let Some(mutant) = oracle::mutants::by_name(name) else {
                anyhow::bail!(
                    "--mutant {name:?}: no mutant has this name; `cargo oracle bughunt --list` prints them"
                );
            };
            return Ok(mutant.maker);
        }
        Ok(Lockstep::new)
    }

    /// Returns a fresh context.
    ///
    /// # Errors
    /// As [`maker`](Self::maker).
    pub(super) fn context(&self) -> anyhow::Result<Context> {
        Ok(Context::with(self.maker()?))
    }
}
