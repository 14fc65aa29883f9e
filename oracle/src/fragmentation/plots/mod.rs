//! The pictures: SVG, the same bytes each time. Text is set in the viewer's sans-serif font, and
//! placed where there is room for it in any.

mod bars;
mod canvas;
mod curves;
mod robson;

use super::peers::Peer;
use super::rows::Adversary;
use super::summary::{Figure, Summary};

/// What a picture shows, beside the numbers.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// Whose figures are drawn, in this order; twins are not, since they are the same.
    pub peers: &'a [Peer],
    /// The fill levels, in percent.
    pub fills: &'a [usize],
    /// One line below each title: the heap, the runs.
    pub subtitle: &'a str,
}

/// All pictures: file name and content.
///
/// # Errors
/// The drawing library's.
pub fn draw(
    scene: &Scene<'_>,
    summaries: &[Summary],
    adversary: &[Adversary],
) -> Result<Vec<(&'static str, String)>, String> {
    let mut pictures = Vec::new();
    for (file, title, axis, figure, unit) in [
        (
            "internal.svg",
            "Internal fragmentation: bytes taken by live blocks that nobody asked for",
            "% of the bytes taken",
            Figure::InternalFragmentationPercent,
            1.0,
        ),
        (
            "external.svg",
            "External fragmentation: free bytes that no single request can have",
            "% of the free bytes",
            Figure::ExternalFragmentationPercent,
            1.0,
        ),
        (
            "largest.svg",
            "The largest request that would be granted",
            "KiB",
            Figure::MaxAllocatableBytes,
            1024.0,
        ),
        (
            "footprint.svg",
            "Footprint: highest address in use, in a heap with room for anything",
            "times the peak of live bytes",
            Figure::FootprintPerPeakLive,
            1.0,
        ),
    ] {
        let curves = curves::Curves { scene, title, axis, figure, unit };
        pictures.push((file, curves.draw(summaries)?));
    }
    pictures.push(("capacity.svg", bars::draw(scene, summaries)?));
    pictures.push(("robson.svg", robson::draw(scene, adversary)?));
    Ok(pictures)
}
