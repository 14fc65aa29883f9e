//! The plot: instructions of the worst call against live blocks, a panel for each kind of call.

use std::error::Error;

use plotters::coord::Shift;
use plotters::prelude::*;

use crate::common::palette::colour;

use super::measure::{KINDS, WorstCalls};
use super::table::{Growth, WorstReport};

pub(crate) fn svg(report: &WorstReport) -> Result<String, String> {
    let mut text = String::new();
    let area = SVGBackend::with_string(&mut text, (1400, 560)).into_drawing_area();
    draw(&area, report).map_err(|error| format!("the plot cannot be drawn: {error}"))?;
    drop(area);
    Ok(text)
}

fn draw(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    report: &WorstReport,
) -> Result<(), Box<dyn Error>> {
    area.fill(&WHITE)?;
    let area =
        area.titled("The worst call found, in heaps that are bad for it", ("sans-serif", 22))?;
    let panels = area.split_evenly((1, KINDS.len()));
    for (kind, panel) in panels.iter().enumerate() {
        draw_panel(panel, report, kind)?;
    }
    area.present()?;
    Ok(())
}

fn draw_panel(
    panel: &DrawingArea<SVGBackend<'_>, Shift>,
    report: &WorstReport,
    kind: usize,
) -> Result<(), Box<dyn Error>> {
    let points = |growth: &Growth| -> Vec<(f64, f64)> {
        let point = |calls: &WorstCalls| {
            (f64::from(calls.live.ilog2()), calls.calls[kind].instructions as f64)
        };
        growth.by_live.iter().map(point).filter(|point| point.1 > 0.0).collect()
    };
    let all: Vec<_> = report.allocators.iter().flat_map(points).collect();
    let most = all.iter().map(|point| point.1).fold(1000.0, f64::max);
    // The legend is above the lines.
    let right = all.iter().map(|point| point.0).fold(4.0, f64::max);
    let mut chart = ChartBuilder::on(panel)
        .caption(KINDS[kind], ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(64)
        .build_cartesian_2d(4.0..right, (10.0..most * 500.0).log_scale())?;
    chart
        .configure_mesh()
        .x_desc("live blocks")
        .y_desc("instructions, log scale")
        .x_labels(8)
        .x_label_formatter(&|log2| format!("2^{log2:.0}"))
        .y_label_formatter(&|count| grouped(*count as u64))
        .label_style(("sans-serif", 13))
        .axis_desc_style(("sans-serif", 14))
        .bold_line_style(RGBColor(215, 215, 215))
        .light_line_style(RGBColor(242, 242, 242))
        .draw()?;
    for growth in &report.allocators {
        let style = style(growth.allocator);
        chart
            .draw_series(LineSeries::new(points(growth), style))?
            // Spaces, because plotters only estimates the width of a text.
            .label(format!("{}   ", growth.allocator))
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 22, y)], style));
    }
    // On top.
    if let Some(own) = report.allocators.iter().find(|growth| growth.allocator == "memoman") {
        chart.draw_series(LineSeries::new(points(own), style("memoman")))?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .margin(10)
        .legend_area_size(30)
        .label_font(("sans-serif", 14))
        .background_style(WHITE)
        .border_style(RGBColor(190, 190, 190))
        .draw()?;
    Ok(())
}

/// memoman's line is thicker.
fn style(allocator: &str) -> ShapeStyle {
    colour(allocator).stroke_width(if allocator == "memoman" { 3 } else { 2 })
}

/// `12,345`
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
