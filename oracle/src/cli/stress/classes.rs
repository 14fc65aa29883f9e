//! Which size classes large programs have reached.

use std::fmt::Write as _;

use oracle::Stats;
use oracle::arena::LARGEST_POOL;
use oracle::geometry::GEOMETRIES;
use oracle::model::sizes;

/// Missed classes that a line names.
const NAMED: usize = 6;

/// One line for each geometry: how many of the classes that pools of this size can have, in groups of eight
/// rows, and which were missed.
pub(crate) fn table(stats: &Stats) -> String {
    let mut text = String::from("classes in which blocks were listed, by rows 0-7, 8-15 …:\n");
    let mut missed_in_all = 0;
    for (g, hit) in GEOMETRIES.iter().zip(&stats.classes) {
        let possible = |&class: &usize| sizes::can_be_listed(g, class, LARGEST_POOL);
        let classes: Vec<usize> = (0..sizes::classes(g)).filter(possible).collect();
        let missed: Vec<usize> = classes.iter().copied().filter(|&class| !hit.has(class)).collect();
        missed_in_all += missed.len();
        let groups: Vec<String> = (0..g.fl().div_ceil(8))
            .map(|group| classes.iter().filter(move |&&class| class / g.sl / 8 == group))
            .filter(|classes| classes.clone().next().is_some())
            .map(|classes| {
                let hits = classes.clone().filter(|&&class| hit.has(class)).count();
                format!("{hits}/{}", classes.count())
            })
            .collect();
        let named: Vec<String> = missed.iter().take(NAMED).map(usize::to_string).collect();
        let rest = if missed.len() > NAMED { " …" } else { "" };
        let missed = match named[..] {
            [] => String::new(),
            _ => format!("; missed: {}{rest}", named.join(" ")),
        };
        let _ = writeln!(text, "  {:<15}{}{missed}", g.name, groups.join(" "));
    }
    let _ = match missed_in_all {
        0 => writeln!(text, "every class that a pool of {LARGEST_POOL} bytes can have was hit"),
        some => writeln!(text, "{some} classes were missed"),
    };
    text
}
