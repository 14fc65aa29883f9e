//! Capacity: bars, grouped by distribution.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::canvas::{INK, Panel, Scale, as_text, line, plot, text};
use super::palette::colour;
use super::scene::Scene;
use crate::fragmentation::summary::{Figure, SummaryRow};

const SIZE: (u32, u32) = (1260, 620);
const TITLE: &str = "Capacity: live bytes at the first request that is refused";

pub(super) fn draw(scene: &Scene<'_>, summaries: &[SummaryRow]) -> Result<String, String> {
    let of = |row: &&SummaryRow| row.figure == Figure::FirstRefusalPercent;
    let rows: Vec<_> = summaries.iter().filter(of).collect();
    let mut distributions: Vec<String> = Vec::new();
    for row in &rows {
        if !distributions.contains(&row.distribution) {
            distributions.push(row.distribution.clone());
        }
    }
    plot(SIZE, TITLE, scene.subtitle, |area| {
        let frame = (70, 120, 1236, 460);
        let panel =
            Panel { frame, columns: distributions.len().max(1), scale: Scale::new(0.0, 100.0) };
        panel.axes(area, &distributions, ["distribution", "% of the heap"])?;
        for row in &rows {
            let index = scene.peers.iter().position(|peer| peer.name == row.allocator);
            let column = distributions.iter().position(|name| *name == row.distribution);
            let (Some(index), Some(column)) = (index, column) else { continue };
            let (Some(p50), Some(worst)) = (row.p50, row.worst) else { continue };
            let width = 0.8 / scene.peers.len() as f64;
            let left = panel.x(column, index as f64 * width - 0.4);
            let right = panel.x(column, (index + 1) as f64 * width - 0.4) - 2;
            let bar = [(left, panel.y(p50)), (right, panel.y(0.0))];
            area.draw(&Rectangle::new(bar, colour(&row.allocator).filled())).map_err(as_text)?;
            let (middle, top, worst) = ((left + right) / 2, panel.y(p50), panel.y(worst));
            // White, to be visible on the bar.
            if worst > top {
                line(area, vec![(middle, top), (middle, worst)], WHITE, 3)?;
                line(area, vec![(middle - 6, worst), (middle + 6, worst)], WHITE, 3)?;
            }
            let behind = [(left, top - 15), (right, top - 2)];
            area.draw(&Rectangle::new(behind, WHITE.filled())).map_err(as_text)?;
            text(area, &format!("{p50:.0}"), (middle, top - 15), 12.0, HPos::Center)?;
        }
        for (index, peer) in scene.peers.iter().enumerate() {
            let (x, y) = (70 + (index % 3) as i32 * 400, 516 + (index / 3) as i32 * 26);
            let bar = [(x, y), (x + 24, y + 15)];
            area.draw(&Rectangle::new(bar, colour(peer.name).filled())).map_err(as_text)?;
            text(area, peer.what, (x + 34, y), 14.0, HPos::Left)?;
        }
        let note = "bar: median of the runs; white line: down to the worst; a recorded program and \
                    Robson's have one run. TLSF 3.1 in C: same as memoman.";
        line(area, vec![(70, 508), (1236, 508)], INK, 1)?;
        text(area, note, (70, 580), 14.0, HPos::Left)
    })
}
