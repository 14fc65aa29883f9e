//! What all plots share: background, titles, colours, axes, markers. Coordinates are pixels. Each panel has
//! one scale.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
pub(super) type Drawn = Result<(), String>;

/// The most labels below a panel. With more columns, only some have a label.
const LABELS_MAX: usize = 11;

/// Colour of text and axes.
pub(super) const INK: RGBColor = RGBColor(40, 40, 40);
const GRID: RGBColor = RGBColor(222, 222, 222);

/// An error as text.
pub(super) fn as_text<E: std::fmt::Display>(error: E) -> String {
    error.to_string()
}

/// A plot of that size, with its title.
pub(super) fn plot(
    size: (u32, u32),
    title: &str,
    subtitle: &str,
    draw: impl FnOnce(&Area<'_>) -> Drawn,
) -> Result<String, String> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        area.fill(&WHITE).map_err(as_text)?;
        text(&area, title, (24, 18), 20.0, HPos::Left)?;
        text(&area, subtitle, (24, 46), 13.0, HPos::Left)?;
        draw(&area)?;
        area.present().map_err(as_text)?;
    }
    Ok(svg)
}

/// Draws a line of text with its top at `at`.
pub(super) fn text(area: &Area<'_>, what: &str, at: (i32, i32), size: f64, side: HPos) -> Drawn {
    let style = ("sans-serif", size).into_font().color(&INK);
    area.draw(&Text::new(what, at, style.pos(Pos::new(side, VPos::Top)))).map_err(as_text)
}

/// Draws a line from point to point.
pub(super) fn line(area: &Area<'_>, points: Vec<(i32, i32)>, colour: RGBColor, w: u32) -> Drawn {
    area.draw(&PathElement::new(points, colour.stroke_width(w))).map_err(as_text)
}

/// Draws the mark of a value: a disc, or a ring if it does not stand for all runs.
pub(super) fn mark(area: &Area<'_>, at: (i32, i32), colour: RGBColor, full: bool) -> Drawn {
    let fill = if full { colour } else { WHITE };
    area.draw(&Circle::new(at, 4, fill.filled())).map_err(as_text)?;
    area.draw(&Circle::new(at, 4, colour.stroke_width(2))).map_err(as_text)
}

/// A rectangle with axes: columns along x, a scale along y.
pub(super) struct Panel {
    /// Left, top, right and bottom of the area inside the axes.
    pub(super) frame: (i32, i32, i32, i32),
    pub(super) columns: usize,
    pub(super) scale: Scale,
}

/// A y axis: round values from `least` to at least the largest value.
#[derive(Clone, Copy)]
pub(super) struct Scale {
    least: f64,
    step: f64,
    steps: u32,
}

impl Scale {
    pub(super) fn new(least: f64, most: f64) -> Self {
        let rough = ((most - least) / 5.0).max(1e-6);
        let decade = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 2.5, 5.0, 10.0].map(|digit| digit * decade);
        let step = step.into_iter().find(|&step| step >= rough * 0.999).unwrap_or(decade * 10.0);
        Self { least, step, steps: ((most - least) / step - 1e-9).ceil().max(1.0) as u32 }
    }

    fn label(&self, number: u32) -> String {
        let value = self.least + f64::from(number) * self.step;
        let digits = if self.step >= 1.0 && self.step.fract() == 0.0 {
            0
        } else if self.step >= 0.1 {
            1
        } else {
            2
        };
        format!("{value:.digits$}")
    }
}

impl Panel {
    /// The x of the middle of a column, moved by a part of the column's width.
    pub(super) fn x(&self, column: usize, part: f64) -> i32 {
        let (left, _, right, _) = self.frame;
        let width = f64::from(right - left) / self.columns as f64;
        left + ((column as f64 + 0.5 + part) * width).round() as i32
    }

    pub(super) fn y(&self, value: f64) -> i32 {
        let (_, top, _, bottom) = self.frame;
        let part = (value - self.scale.least) / (self.scale.step * f64::from(self.scale.steps));
        bottom - (part * f64::from(bottom - top)).round() as i32
    }

    /// Draws grid, ticks, labels, and the names of the axes.
    pub(super) fn axes(&self, area: &Area<'_>, columns: &[String], names: [&str; 2]) -> Drawn {
        let (left, top, right, bottom) = self.frame;
        for number in 0..=self.scale.steps {
            let y = self.y(self.scale.least + f64::from(number) * self.scale.step);
            line(area, vec![(left, y), (right, y)], GRID, 1)?;
            text(area, &self.scale.label(number), (left - 8, y - 7), 13.0, HPos::Right)?;
        }
        for (column, label) in columns.iter().enumerate() {
            let (x, end) = (self.x(column, 0.0), self.x(column, 0.5));
            line(area, vec![(end, top), (end, bottom)], GRID, 1)?;
            line(area, vec![(x, bottom), (x, bottom + 4)], INK, 1)?;
            if column % columns.len().div_ceil(LABELS_MAX) == 0 {
                text(area, label, (x, bottom + 8), 13.0, HPos::Center)?;
            }
        }
        line(area, vec![(left, top), (left, bottom), (right, bottom)], INK, 1)?;
        let [along, up] = names;
        text(area, along, ((left + right) / 2, bottom + 28), 13.0, HPos::Center)?;
        text(area, up, (left - 44, top - 22), 13.0, HPos::Left)
    }
}

#[cfg(test)]
mod tests {
    use super::Scale;

    #[test]
    fn scales_are_round_and_reach_the_largest_value() {
        for (least, most, labels) in [
            (0.0, 100.0, vec!["0", "20", "40", "60", "80", "100"]),
            (0.0, 93.0, vec!["0", "20", "40", "60", "80", "100"]),
            (1.0, 1.31, vec!["1.0", "1.1", "1.2", "1.3", "1.4"]),
            (0.0, 3.7, vec!["0", "1", "2", "3", "4"]),
        ] {
            let scale = Scale::new(least, most);
            let as_text: Vec<_> = (0..=scale.steps).map(|number| scale.label(number)).collect();
            assert_eq!(as_text, labels, "{least} to {most}");
        }
    }
}
