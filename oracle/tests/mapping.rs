//! Size to class, three ways: the engine's one shift, the specification's two cases, Conte's C.
//!
//! Deterministic: every granule to 1 MiB, and around every edge of a class up to the limit.

use memoman::Tlsf;
use oracle::geometry::{GEOMETRIES, Geometry};
use oracle::model::sizes;
use reference_conte::{Conte, SecondLevel};

/// The mapping of one column: the class of a block size; where the search for a request starts, and the block size
/// that it needs.
#[derive(Clone, Copy)]
struct Engine {
    class_of: fn(usize) -> Option<usize>,
    search_class: fn(usize) -> Option<usize>,
    fit: fn(usize) -> Option<usize>,
}

/// The engine's, in each geometry.
fn engines() -> [Engine; GEOMETRIES.len()] {
    macro_rules! by_number {
        ($($number:literal)*) => {
            [$({
                type Heap = Tlsf<
                    { GEOMETRIES[$number].align },
                    { GEOMETRIES[$number].fl() },
                    { GEOMETRIES[$number].sl },
                    1,
                >;
                Engine {
                    class_of: Heap::class_of,
                    search_class: Heap::search_class,
                    fit: |request| {
                        // What a block has beyond its request, less what every block may have.
                        let least = Heap::waste_of(GEOMETRIES[$number].min_size())?;
                        Some(request + Heap::waste_of(request)? - least)
                    },
                }
            }),*]
        };
    }
    by_number!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)
}

/// The keys to try: every granule to 1 MiB, and two granules to both sides of each edge.
fn keys(g: &Geometry) -> impl Iterator<Item = usize> + '_ {
    let low = (1..=(1 << 20) / g.align).map(|granule| granule * g.align);
    let edges = (1..sizes::classes(g)).map(|class| sizes::least_key(g, class)).chain([g.max()]);
    let around = edges.flat_map(move |edge| {
        (-2..=2).filter_map(move |i: isize| edge.checked_add_signed(i * g.align as isize))
    });
    low.chain(around).filter(|key| (1..g.max()).contains(key))
}

/// The four geometries that C has, and its build for each.
fn with_reference() -> impl Iterator<Item = (&'static Geometry, SecondLevel)> {
    GEOMETRIES[..4].iter().map(|g| (g, SecondLevel::of_count(g.sl).expect("C has that many lists")))
}

#[test]
fn the_specification_maps_as_c_does() {
    for (g, sl) in with_reference() {
        assert_eq!(Conte::block_size_max(sl), g.max());
        assert_eq!(Conte::block_size_min(sl), g.min_size());
        assert_eq!(Conte::first_level_count(sl), g.fl());
        for key in keys(g) {
            let (row, list) = Conte::floor(sl, key);
            assert_eq!(sizes::floor(g, key), row * g.sl + list, "floor of {key} in {}", g.name);
            let (row, list) = Conte::ceil(sl, key);
            // C's search may start a row above the last, which is a refusal.
            let ceil = (row < g.fl()).then_some(row * g.sl + list);
            assert_eq!(sizes::ceil(g, key), ceil, "ceil of {key} in {}", g.name);
        }
    }
}

#[test]
fn the_engine_maps_as_c_does() {
    for ((g, sl), engine) in with_reference().zip(engines()) {
        for size in keys(g).filter(|&size| size >= g.min_size()) {
            let (row, list) = Conte::floor(sl, size);
            assert_eq!((engine.class_of)(size), Some(row * g.sl + list), "{size} in {}", g.name);
            let (row, list) = Conte::ceil(sl, size);
            let ceil = (row < g.fl()).then_some(row * g.sl + list);
            assert_eq!((engine.search_class)(size), ceil, "{size} in {}", g.name);
        }
    }
}

#[test]
fn the_engine_maps_as_the_specification_does_in_every_geometry() {
    for (g, engine) in GEOMETRIES.iter().zip(engines()) {
        for key in keys(g).filter(|&key| key >= g.key(g.min_size())) {
            let size = key - g.key(0);
            let floor = Some(sizes::floor(g, key));
            assert_eq!((engine.class_of)(size), floor, "floor of {size} in {}", g.name);
            let ceil = sizes::ceil(g, key);
            assert_eq!((engine.search_class)(size), ceil, "ceil of {size} in {}", g.name);
        }
    }
}

/// Whether engine and specification agree with C on a block size of the default geometry, and on the largest and
/// the least request that need it.
#[inline]
fn maps_as_in_c(g: &Geometry, sl: SecondLevel, engine: Engine, size: usize) -> bool {
    let class = |(row, list): (usize, usize)| row * g.sl + list;
    let floor = class(Conte::floor(sl, size));
    let (row, list) = Conte::ceil(sl, size);
    let ceil = (row < g.fl()).then_some(class((row, list)));
    let fits = |request: usize| {
        Conte::fit(sl, request) == size
            && sizes::fit(g, request, g.min_size()) == Some(size)
            && (engine.fit)(request) == Some(size)
            && (engine.search_class)(request) == ceil
    };
    (engine.class_of)(size) == Some(floor)
        && sizes::floor(g, size) == floor
        && sizes::ceil(g, size) == ceil
        && fits(size)
        && fits(if size == g.min_size() { 1 } else { size - g.align + 1 })
}

/// With optimisation all 536,870,909 sizes, in 7 seconds, after minutes of compiling: the weekly workflow runs it so,
/// and `cargo test --release -p memoman-oracle --test mapping` at any time. Otherwise each 61st: all take 21 s.
#[test]
fn sizes_of_the_default_geometry_map_and_fit_as_in_c() {
    let (g, sl) = with_reference().next().expect("the default geometry");
    let engine = engines()[0];
    let step = if cfg!(debug_assertions) { 61 } else { 1 };
    let mut count = 0_u64;
    for size in (g.min_size()..g.max()).step_by(g.align * step) {
        assert!(maps_as_in_c(g, sl, engine, size), "{size}");
        count += 1;
    }
    let all = if g.word == 8 { 536_870_909_u64 } else { 268_435_453 };
    assert_eq!(count, all.div_ceil(step as u64));
    assert_eq!((engine.fit)(g.max()), None);
    assert_eq!(Conte::fit(sl, g.max()), 0);
}

#[test]
fn a_request_is_searched_where_its_block_size_is() {
    for (g, engine) in GEOMETRIES.iter().zip(engines()) {
        for request in (0..5000).chain(g.max() - 200..g.max() + 200) {
            let fit = sizes::fit(g, request, g.min_size());
            let ceil = fit.and_then(|size| sizes::ceil(g, g.key(size)));
            assert_eq!((engine.search_class)(request), ceil, "{request} in {}", g.name);
        }
    }
}

#[test]
fn what_is_no_block_size_has_no_class_and_what_is_too_large_no_search() {
    for (g, engine) in GEOMETRIES.iter().zip(engines()) {
        let legal = |size: usize| {
            let granule = size.checked_add(g.word).is_some_and(|whole| whole % g.align == 0);
            granule && size >= g.min_size() && g.key(size) < g.max()
        };
        let hostile = |k: usize| [usize::MAX - k, isize::MAX as usize - k, g.max() - k];
        for size in (0..1000).chain((0..200).flat_map(hostile)) {
            assert_eq!((engine.class_of)(size).is_some(), legal(size), "{size} in {}", g.name);
        }
        for k in 0..200 {
            for request in [0, usize::MAX - k, isize::MAX as usize + k, g.max() + k] {
                assert_eq!((engine.search_class)(request), None, "{request} in {}", g.name);
            }
        }
    }
}
