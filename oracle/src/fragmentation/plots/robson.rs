//! Robson's program: footprint over the largest block, beside the bound.

use plotters::style::text_anchor::HPos;

use super::canvas::{INK, Panel, Scale, line, mark, plot, text};
use super::palette::colour;
use super::scene::Scene;
use crate::fragmentation::rows::AdversaryRow;

const SIZE: (u32, u32) = (1260, 720);
const TITLE: &str = "Robson's program: the footprint that an adversary can force";

pub(super) fn draw(scene: &Scene<'_>, rows: &[AdversaryRow]) -> Result<String, String> {
    let mut sizes: Vec<_> = rows.iter().map(|row| row.largest_block_bytes).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let labels: Vec<_> = sizes.iter().map(|&size| bytes(size)).collect();
    let most = rows.iter().map(|row| row.footprint_per_most_live.max(row.robson_bound));
    let scale = Scale::new(0.0, most.fold(1.0, f64::max));
    let live = rows.first().map_or(0, |row| row.most_live_bytes / 1024);
    let subtitle = format!(
        "Never more than {live} KiB live with headers, in blocks of powers of two; what is freed \
         depends on where the allocator placed it"
    );
    plot(SIZE, TITLE, &subtitle, |area| {
        let frame = (70, 120, 880, 640);
        let panel = Panel { frame, columns: sizes.len().max(1), scale };
        let names = ["largest block with its header, bytes", "times the most live bytes"];
        panel.axes(area, &labels, names)?;
        let column = |size| sizes.iter().position(|&other| other == size).unwrap_or(0);
        // The bound is drawn first, so that marks on it are visible.
        let mut bound: Vec<_> = rows
            .iter()
            .map(|row| (panel.x(column(row.largest_block_bytes), 0.0), panel.y(row.robson_bound)))
            .collect();
        bound.sort_unstable();
        bound.dedup();
        line(area, bound, INK, 4)?;
        let (left, mut y) = (916, 150);
        for (index, peer) in scene.peers.iter().enumerate() {
            let of = rows.iter().filter(|row| row.allocator == peer.name);
            let part = (index as f64 + 0.5) / scene.peers.len() as f64 - 0.5;
            let points: Vec<_> = of
                .map(|row| {
                    let x = panel.x(column(row.largest_block_bytes), 0.5 * part);
                    (x, panel.y(row.footprint_per_most_live))
                })
                .collect();
            for point in points {
                mark(area, point, colour(peer.name), true)?;
            }
            mark(area, (left + 18, y + 8), colour(peer.name), true)?;
            text(area, peer.what, (left + 48, y), 14.0, HPos::Left)?;
            y += 28;
        }
        line(area, vec![(left, y + 8), (left + 36, y + 8)], INK, 4)?;
        text(area, "Robson's bound:", (left + 48, y), 14.0, HPos::Left)?;
        text(area, "no allocator can be below", (left + 48, y + 20), 14.0, HPos::Left)?;
        text(area, "TLSF 3.1 in C: same as memoman", (left, y + 56), 14.0, HPos::Left)
    })
}

fn bytes(size: usize) -> String {
    if size < 1024 { size.to_string() } else { format!("{} Ki", size / 1024) }
}
