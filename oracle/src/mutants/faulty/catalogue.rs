//! A mutant for each fault.

use super::fault::{Fault, for_each_fault};
use super::tlsf::FaultyTlsf;
use crate::lockstep::Lockstep;
use crate::mutants::expected;
use crate::mutants::mutant::Listing;

macro_rules! listings {
    ($($fault:ident: $($expected:ident)|+, $mistake:literal,)*) => {
        /// The faulty TLSF with each fault.
        pub(in crate::mutants) const FAULTY: &[Listing] = &[
            $((stringify!($fault), &[$(expected::$expected),+], $mistake, |geometry| {
                Lockstep::with_subject(geometry, Box::new(FaultyTlsf::new(geometry, Fault::$fault)))
            }),)*
        ];
    };
}

for_each_fault!(listings);
