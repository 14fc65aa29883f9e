//! A figure over the fill levels: a panel for each distribution, then the legend.

use plotters::style::text_anchor::HPos;

use super::canvas::{Area, Drawn, INK, Panel, Scale, line, mark, plot, text};
use super::palette::colour;
use super::scene::Scene;
use crate::fragmentation::summary::{Figure, SummaryRow};

const SIZE: (u32, u32) = (1260, 840);
const PER_ROW: usize = 3;
/// Left and top of the first frame; distance from frame to frame; size of a frame.
const ORIGIN: (i32, i32) = (70, 140);
const PITCH: (i32, i32) = (410, 370);
const FRAME: (i32, i32) = (340, 260);

pub(super) struct Curves<'a> {
    pub(super) scene: &'a Scene<'a>,
    pub(super) title: &'a str,
    pub(super) axis: &'a str,
    pub(super) figure: Figure,
    /// The figure is divided by this.
    pub(super) unit: f64,
}

impl Curves<'_> {
    pub(super) fn draw(&self, summaries: &[SummaryRow]) -> Result<String, String> {
        let rows: Vec<_> = summaries.iter().filter(|row| row.figure == self.figure).collect();
        let worst = rows.iter().filter_map(|row| row.worst).fold(0.0, f64::max);
        let best = rows.iter().filter_map(|row| row.p50).fold(0.0, f64::max);
        let least = if self.figure == Figure::FootprintPerPeakLive { 1.0 } else { 0.0 };
        let scale = Scale::new(least, worst.max(best) / self.unit);
        let mut distributions: Vec<&str> = Vec::new();
        for row in &rows {
            if !distributions.contains(&row.distribution.as_str()) {
                distributions.push(&row.distribution);
            }
        }
        plot(SIZE, self.title, self.scene.subtitle, |area| {
            for (index, name) in distributions.iter().enumerate() {
                let rows: Vec<_> = rows.iter().filter(|row| row.distribution == *name).collect();
                self.panel(area, place(index), scale, name, &rows)?;
            }
            self.legend(area, place(distributions.len()))
        })
    }

    fn panel(
        &self,
        area: &Area<'_>,
        (left, top): (i32, i32),
        scale: Scale,
        name: &str,
        rows: &[&&SummaryRow],
    ) -> Drawn {
        let fills = self.scene.fills;
        let frame = (left, top, left + FRAME.0, top + FRAME.1);
        let panel = Panel { frame, columns: fills.len(), scale };
        let labels: Vec<_> = fills.iter().map(ToString::to_string).collect();
        text(area, name, (left - 44, top - 46), 16.0, HPos::Left)?;
        panel.axes(area, &labels, ["fill: live bytes, % of the heap", self.axis])?;
        let peers = self.scene.peers;
        for (index, peer) in peers.iter().enumerate() {
            let part = (index as f64 + 0.5) / peers.len() as f64 - 0.5;
            let mut points = Vec::new();
            for (column, fill) in fills.iter().enumerate() {
                let row = rows
                    .iter()
                    .find(|row| row.allocator == peer.name && row.fill_percent == Some(*fill));
                let Some(row) = row else { continue };
                let (Some(p50), Some(worst)) = (row.p50, row.worst) else { continue };
                let x = panel.x(column, 0.8 * part);
                let [p50, worst] = [p50, worst].map(|value| panel.y(value / self.unit));
                points.push((x, p50, worst, row.served == row.samples));
            }
            let colour = colour(peer.name);
            line(area, points.iter().map(|&(x, p50, ..)| (x, p50)).collect(), colour, 1)?;
            for (x, p50, worst, all) in points {
                line(area, vec![(x, p50), (x, worst)], colour, 2)?;
                line(area, vec![(x - 3, worst), (x + 3, worst)], colour, 2)?;
                mark(area, (x, p50), colour, all)?;
            }
        }
        Ok(())
    }

    fn legend(&self, area: &Area<'_>, (left, top): (i32, i32)) -> Drawn {
        let (left, mut y) = (left - 30, top - 30);
        for peer in self.scene.peers {
            line(area, vec![(left, y + 8), (left + 36, y + 8)], colour(peer.name), 2)?;
            mark(area, (left + 18, y + 8), colour(peer.name), true)?;
            text(area, peer.what, (left + 48, y), 15.0, HPos::Left)?;
            y += 27;
        }
        y += 12;
        for (full, what) in
            [(true, "median of all samples"), (false, "median of the samples still served")]
        {
            mark(area, (left + 18, y + 8), INK, full)?;
            text(area, what, (left + 48, y), 14.0, HPos::Left)?;
            y += 25;
        }
        line(area, vec![(left + 18, y - 1), (left + 18, y + 16)], INK, 2)?;
        line(area, vec![(left + 15, y - 1), (left + 21, y - 1)], INK, 2)?;
        text(area, "to the worst of them", (left + 48, y), 14.0, HPos::Left)?;
        y += 25;
        text(
            area,
            "no mark: a request was refused in every run",
            (left + 48, y),
            14.0,
            HPos::Left,
        )?;
        y += 34;
        text(area, "TLSF 3.1 in C: same as memoman, in every figure", (left, y), 14.0, HPos::Left)
    }
}

fn place(index: usize) -> (i32, i32) {
    let (column, row) = ((index % PER_ROW) as i32, (index / PER_ROW) as i32);
    (ORIGIN.0 + column * PITCH.0, ORIGIN.1 + row * PITCH.1)
}
