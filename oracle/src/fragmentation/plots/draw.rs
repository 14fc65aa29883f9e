//! All plots of a study.

use super::curves::Curves;
use super::scene::Scene;
use super::{bars, robson};
use crate::fragmentation::rows::AdversaryRow;
use crate::fragmentation::summary::{Figure, SummaryRow};

/// The plots of a study: file names and contents.
///
/// # Errors
/// The errors of the drawing library.
pub fn draw(
    scene: &Scene<'_>,
    summaries: &[SummaryRow],
    adversary: &[AdversaryRow],
) -> Result<Vec<(&'static str, String)>, String> {
    let mut plots = Vec::new();
    for (file, title, axis, figure, unit) in [
        (
            "internal.svg",
            "Internal fragmentation: bytes taken by live blocks beyond the requests",
            "% of the bytes taken",
            Figure::InternalFragmentationPercent,
            1.0,
        ),
        (
            "external.svg",
            "External fragmentation: free bytes that no single request can get",
            "% of the free bytes",
            Figure::ExternalFragmentationPercent,
            1.0,
        ),
        (
            "largest.svg",
            "The largest request that the heap grants",
            "KiB",
            Figure::MaxAllocatableBytes,
            1024.0,
        ),
        (
            "footprint.svg",
            "Footprint: highest address in use, in a heap that refuses nothing",
            "times the peak of live bytes",
            Figure::FootprintPerPeakLive,
            1.0,
        ),
    ] {
        let curves = Curves { scene, title, axis, figure, unit };
        plots.push((file, curves.draw(summaries)?));
    }
    plots.push(("capacity.svg", bars::draw(scene, summaries)?));
    plots.push(("robson.svg", robson::draw(scene, adversary)?));
    Ok(plots)
}
