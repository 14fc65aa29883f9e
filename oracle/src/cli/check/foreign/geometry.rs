//! Derives the geometry of a library that descends from TLSF 3.1 from the constants that its functions return.

use oracle::geometry::{Geometry, WORD};

use super::library::Functions;
use crate::cli::check::names::Role;

/// The geometry that follows from the library's functions.
pub(crate) struct Asked {
    /// The geometry, if it is one that the specification has.
    pub(crate) geometry: Option<Geometry>,
    /// How that was decided, in a sentence.
    pub(crate) why: String,
}

/// Derives the geometry. `lists` is the number of lists for each power of two, if the user sets it.
pub(crate) fn ask(functions: &Functions, lists: Option<usize>) -> Asked {
    let not = |why: String| Asked { geometry: None, why };
    if let Some(missing) = [Role::Create, Role::WalkPool, Role::AlignSize, Role::BlockSizeMax]
        .into_iter()
        .find(|role| !functions.has(*role))
    {
        return not(format!("it has no `{}`, which level exact needs", missing.key()));
    }
    let constant = |role| functions.constant(role).unwrap_or(0);
    let (align, max) = (constant(Role::AlignSize), constant(Role::BlockSizeMax));
    let expected = [
        (Role::BlockSizeMin, 3 * WORD),
        (Role::PoolOverhead, 2 * WORD),
        (Role::AllocOverhead, WORD),
        (Role::AlignSize, WORD),
    ];
    for (role, value) in expected {
        if functions.has(role) && constant(role) != value {
            return not(format!(
                "`{}` is {}; that of TLSF 3.1 is {value}",
                role.key(),
                constant(role)
            ));
        }
    }
    if !max.is_power_of_two() || max < 4096 {
        return not(format!("`block_size_max` is {max}, not a power of two from 4096"));
    }
    let max_log2 = max.ilog2();
    let with = |sl| Geometry { name: "as asked", word: WORD, align, sl, max_log2, search: 0 };
    let size = constant(Role::Size);
    let (sl, because) = match lists {
        Some(sl) => (sl, "as --lists says".to_owned()),
        None => {
            let fits = |&sl: &usize| control_bytes(&with(sl)) == size;
            let Some(sl) = [4, 8, 16, 32].into_iter().find(fits) else {
                let like = "is that of no number of lists; --lists N sets it";
                return not(format!("a control structure of {size} bytes {like}"));
            };
            (sl, format!("as the control structure has {size} bytes"))
        }
    };
    let why = format!(
        "alignment {align}, {sl} lists for each power of two ({because}), blocks below 2^{max_log2}"
    );
    Asked { geometry: Some(with(sl)), why }
}

/// The bytes of TLSF 3.1's control structure: an empty block, two levels of bits, the lists.
fn control_bytes(geometry: &Geometry) -> usize {
    let (rows, lists) = (geometry.fl(), geometry.fl() * geometry.sl);
    (4 * WORD + 4 + 4 * rows).next_multiple_of(WORD) + lists * WORD
}

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use oracle::geometry::GEOMETRIES;

    #[test]
    fn the_control_structure_of_tlsf_has_its_size() {
        assert_eq!(super::control_bytes(&GEOMETRIES[0]), 6536);
    }
}
