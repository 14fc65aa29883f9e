//! One colour for each allocator, in every plot of this repository: the benchmarks include this file, too.

use plotters::style::RGBColor;

/// Distinct also for colour-blind readers (Okabe and Ito, and shades of theirs).
const COLOURS: [(&str, RGBColor); 12] = [
    ("memoman", RGBColor(213, 94, 0)),
    ("memoman-sl16", RGBColor(236, 154, 90)),
    ("memoman-sl8", RGBColor(150, 60, 0)),
    ("memoman-sl4", RGBColor(245, 205, 170)),
    ("C", RGBColor(0, 0, 0)),
    ("rlsf", RGBColor(0, 114, 178)),
    ("talc", RGBColor(0, 158, 115)),
    ("picoalloc", RGBColor(204, 121, 167)),
    ("o1heap", RGBColor(86, 180, 233)),
    ("dlmalloc", RGBColor(230, 159, 0)),
    ("mimalloc", RGBColor(130, 130, 130)),
    ("system", RGBColor(110, 70, 140)),
];

/// The colour of an allocator, by its name in files and plots; grey for one that has none.
pub(crate) fn colour(allocator: &str) -> RGBColor {
    let found = COLOURS.iter().find(|(name, _)| *name == allocator);
    found.map_or(RGBColor(190, 190, 190), |(_, colour)| *colour)
}
