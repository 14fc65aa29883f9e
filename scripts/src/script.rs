//! What every script is.

use clap::Parser;

/// A tool behind `scripts/NAME`.
pub(crate) trait Script: Parser {
    /// Does the work.
    ///
    /// # Errors
    /// Anything that ends it early; a [`crate::stop::Stop`] chooses the exit code.
    fn run(self) -> anyhow::Result<()>;
}
