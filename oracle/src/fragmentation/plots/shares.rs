//! Shares over orders of magnitude: how many of a number of searches have ended at a value.

use plotters::style::RGBColor;
use plotters::style::text_anchor::HPos;

use super::canvas::{Area, Drawn, Panel, Scale, line, mark, plot, text};

/// Colours that are distinct for colour-blind readers, too (Okabe and Ito): one for each series, in their order.
const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 0, 0),
    RGBColor(0, 114, 178),
    RGBColor(86, 180, 233),
    RGBColor(0, 158, 115),
    RGBColor(213, 94, 0),
    RGBColor(204, 121, 167),
];

const SIZE: (u32, u32) = (900, 560);
const FRAME: (i32, i32, i32, i32) = (80, 110, 680, 480);

/// One line of the plot.
#[derive(Clone, Debug)]
pub struct Series {
    /// What the legend calls it.
    pub name: String,
    /// The values at which searches have ended.
    pub at: Vec<f64>,
    /// The number of searches, those included that have not ended.
    pub of: usize,
}

/// Draws the share of each series in percent, over the decimal order of magnitude of the value.
///
/// # Errors
/// The errors of the drawing library.
pub fn shares(title: &str, subtitle: &str, axis: &str, all: &[Series]) -> Result<String, String> {
    let values = || all.iter().flat_map(|series| &series.at).map(|value| value.max(1.0).log10());
    let least = values().fold(f64::INFINITY, f64::min).min(6.0).floor();
    let most = values().fold(least + 1.0, f64::max).ceil();
    let columns = (most - least) as usize;
    let panel = Panel { frame: FRAME, columns, scale: Scale::new(0.0, 100.0) };
    // A column is an order of magnitude, from its left edge on.
    let x = |log: f64| panel.x(0, log - least - 0.5);
    plot(SIZE, title, subtitle, |area| {
        let label =
            |column| format!("10^{} to 10^{}", least as i32 + column, least as i32 + column + 1);
        let labels: Vec<_> = (0..columns as i32).map(label).collect();
        panel.axes(area, &labels, [axis, "% of the searches"])?;
        for (index, series) in all.iter().enumerate() {
            let mut logs: Vec<f64> = series.at.iter().map(|value| value.max(1.0).log10()).collect();
            logs.sort_by(f64::total_cmp);
            let mut points = vec![(x(least), panel.y(0.0))];
            for (found, log) in logs.iter().enumerate() {
                let share = |found: usize| panel.y(100.0 * found as f64 / series.of.max(1) as f64);
                points.extend([(x(*log), share(found)), (x(*log), share(found + 1))]);
            }
            points.extend(points.last().map(|last| (x(most), last.1)));
            line(area, points, COLOURS[index % COLOURS.len()], 2)?;
            legend(area, index, series)?;
        }
        Ok(())
    })
}

fn legend(area: &Area<'_>, index: usize, series: &Series) -> Drawn {
    let (left, top) = (FRAME.2 + 24, FRAME.1 + 34 * index as i32);
    line(area, vec![(left, top + 8), (left + 30, top + 8)], COLOURS[index % COLOURS.len()], 2)?;
    mark(area, (left + 15, top + 8), COLOURS[index % COLOURS.len()], true)?;
    let what = format!("{}: {} of {}", series.name, series.at.len(), series.of);
    text(area, &what, (left + 40, top), 14.0, HPos::Left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_drawn_for_each_series_and_none_needs_a_value() {
        let series = |name: &str, at: &[f64]| Series { name: name.into(), at: at.to_vec(), of: 3 };
        let svg = shares("T", "S", "calls", &[series("one", &[10.0, 2e5]), series("none", &[])]);
        let svg = svg.expect("drawn");
        assert!(svg.contains("one: 2 of 3") && svg.contains("none: 0 of 3"), "{svg}");
        assert!(shares("T", "S", "calls", &[]).is_ok());
    }
}
