//! The plot: latency against percentile, one panel for each kind of call.

use std::error::Error;

use plotters::coord::Shift;
use plotters::prelude::*;

use crate::common::palette::colour;

use super::measure::{KINDS, KindLatencies, Latencies};

/// The x axis shows the number of nines: 2 is 99 %.
const NINES: f64 = 5.0;

pub(crate) fn svg(measured: &Latencies) -> Result<String, String> {
    let mut text = String::new();
    let area = SVGBackend::with_string(&mut text, (1100, 860)).into_drawing_area();
    draw(&area, measured).map_err(|error| format!("the plot cannot be drawn: {error}"))?;
    drop(area);
    Ok(text)
}

fn draw(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    measured: &Latencies,
) -> Result<(), Box<dyn Error>> {
    area.fill(&WHITE)?;
    let area =
        area.titled("Latency of single calls, all workloads together", ("sans-serif", 22))?;
    let present: Vec<_> =
        (0..KINDS.len()).filter(|&kind| !measured.rows[0].kinds[kind].typical.is_empty()).collect();
    let columns = present.len().min(2);
    let panels = area.split_evenly((present.len().div_ceil(columns), columns));
    for (panel, &kind) in panels.iter().zip(&present) {
        draw_panel(panel, measured, kind)?;
    }
    area.present()?;
    Ok(())
}

fn draw_panel(
    panel: &DrawingArea<SVGBackend<'_>, Shift>,
    measured: &Latencies,
    kind: usize,
) -> Result<(), Box<dyn Error>> {
    let ns = |ticks: u64| (ticks as f64 * measured.ns_per_tick).max(1.0);
    let most =
        measured.rows.iter().map(|row| ns(row.kinds[kind].typical.max())).fold(10.0, f64::max);
    let mut chart = ChartBuilder::on(panel)
        .caption(KINDS[kind], ("sans-serif", 18))
        .margin(12)
        .margin_right(40)
        .x_label_area_size(44)
        .y_label_area_size(64)
        .build_cartesian_2d(0.0..NINES, (1.0..most * 3.0).log_scale())?;
    chart
        .configure_mesh()
        .x_desc("share of calls that take at most this time")
        .y_desc("latency, log scale")
        .x_labels(6)
        .x_label_formatter(&percent)
        .y_label_formatter(&time)
        .label_style(("sans-serif", 13))
        .axis_desc_style(("sans-serif", 14))
        .bold_line_style(RGBColor(215, 215, 215))
        .light_line_style(RGBColor(242, 242, 242))
        .draw()?;
    let line = |place: usize| {
        let points = curve(&measured.rows[place].kinds[kind]);
        LineSeries::new(
            points.into_iter().map(|(nines, ticks)| (nines, ns(ticks))),
            style(measured.rows[place].name),
        )
    };
    for (place, row) in measured.rows.iter().enumerate() {
        chart
            .draw_series(line(place))?
            // Spaces, because plotters only estimates the width of a text.
            .label(format!("{}   ", row.name))
            .legend(|(x, y)| PathElement::new([(x, y), (x + 22, y)], style(row.name)));
    }
    // First in the legend, and on top.
    chart.draw_series(line(0))?;
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

/// Points up to the quantile of the last call.
fn curve(kind: &KindLatencies) -> Vec<(f64, u64)> {
    let last = (kind.typical.len() as f64).log10().min(NINES);
    let steps = (last * 50.0) as usize;
    let at = |step: usize| {
        let nines = step as f64 / 50.0;
        (nines, kind.typical.value_at_quantile(1.0 - 10_f64.powf(-nines)))
    };
    (0..=steps).map(at).collect()
}

fn percent(nines: &f64) -> String {
    match nines.round() as usize {
        0 => "0 %".to_owned(),
        1 => "90 %".to_owned(),
        2 => "99 %".to_owned(),
        more => format!("99.{} %", "9".repeat(more - 2)),
    }
}

fn time(ns: &f64) -> String {
    match *ns {
        ns if ns >= 1e6 => format!("{:.0} ms", ns / 1e6),
        ns if ns >= 1e3 => format!("{:.0} µs", ns / 1e3),
        ns => format!("{ns:.0} ns"),
    }
}
