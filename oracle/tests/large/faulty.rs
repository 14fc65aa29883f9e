//! Mistakes that only large pools show: each is found, and by which check.

use oracle::geometry::Geometry;
use oracle::lockstep::Lockstep;
use oracle::model::{Rules, sizes};
use oracle::ops::{Program, Version, generate, generate_as};
use oracle::subject::spec::Spec;
use oracle::{Config, Context};

/// Searches one class too low above row 24.
#[derive(Clone, Default, Debug)]
struct SearchAboveRow24;

impl Rules for SearchAboveRow24 {
    fn ceil(&mut self, g: &Geometry, key: usize) -> Option<usize> {
        let class = sizes::ceil(g, key)?;
        Some(if class / g.sl > 24 { class - 1 } else { class })
    }
}

/// Copies 512 KiB at most.
#[derive(Clone, Default, Debug)]
struct CopiesHalfAMebibyte;

impl Rules for CopiesHalfAMebibyte {
    fn copied(&mut self, size: usize, n: usize) -> usize {
        size.min(n).min(512 << 10)
    }
}

/// Aligns to 64 KiB at most.
#[derive(Clone, Default, Debug)]
struct AlignsTo64KiB;

impl Rules for AlignsTo64KiB {
    fn aligned(&mut self, g: &Geometry, payload: usize, align: usize) -> usize {
        oracle::model::Conte31.aligned(g, payload, align.min(64 << 10))
    }
}

/// The check that fails, and the number of the program, of the first thousand.
fn found<R: Rules + 'static>(version: Version) -> Option<(String, u64)> {
    let maker = |number| Lockstep::with_subject(number, Box::new(Spec::<R>::new(number)));
    let mut context = Context::with(maker);
    (0..1000).find_map(|index| {
        let bytes = match version {
            Version::One => generate(1, index),
            Version::Two => generate_as(version, 1, index),
        };
        let program = Program::decode_as(version, &bytes);
        let failure = context.observe(&program, &Config::default(), &mut |_| {}).err()?;
        Some((failure.check().to_string(), index))
    })
}

#[test]
fn mistakes_above_256_kib_are_found_by_large_programs_only() {
    if !super::has_large_pools() {
        return;
    }
    let found_in = [Version::Two, Version::One].map(|version| {
        [
            ("a search", found::<SearchAboveRow24>(version)),
            ("a copy", found::<CopiesHalfAMebibyte>(version)),
            ("an alignment", found::<AlignsTo64KiB>(version)),
        ]
    });
    let [large, small] = found_in;
    for (what, found) in large {
        let (check, index) = found.unwrap_or_else(|| panic!("{what} above the limit is not found"));
        println!("{what}: {check} in program {index}");
    }
    for (what, found) in small {
        // An alignment of 2^17 and more is refused, or granted by chance, in pools of 256 KiB.
        assert!(found.is_none() || what == "an alignment", "{what} is found without large pools");
    }
}
