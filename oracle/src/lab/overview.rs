//! The index page of a night or of a triage: a row with a lab for each finding, and plots of the fuzzing.

use std::fmt::Write as _;

use serde::Deserialize;

use super::page::escaped;

const STYLE: &str = include_str!("../../lab/style.css");

/// A finding in the table.
#[derive(Clone, Default, Debug)]
pub struct Entry {
    /// The fuzz target.
    pub target: String,
    /// The check or the law.
    pub check: String,
    /// The call or the line of code.
    pub place: String,
    /// What was seen.
    pub what: String,
    /// How many files have this finding.
    pub files: usize,
    /// The size of the shrunk input and of the file.
    pub size: String,
    /// The page of its lab, from the folder of the index; none if the run has none.
    pub page: Option<String>,
    /// The command that runs it again.
    pub command: String,
}

/// What `scripts/overnight` writes about its fuzzing.
#[derive(Clone, Deserialize, Default, Debug)]
pub struct Night {
    /// Date and time.
    pub began: String,
    /// The fuzz targets.
    pub targets: Vec<Target>,
}

/// The fuzzing of a target.
#[derive(Clone, Deserialize, Default, Debug)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// In order of time.
    pub points: Vec<Point>,
}

/// What a target has reached after some seconds of its own.
#[derive(Clone, Copy, Deserialize, Default, Debug)]
pub struct Point {
    /// Seconds in which this target ran.
    pub seconds: u64,
    /// Executions.
    pub runs: u64,
    /// Edges of the code, as libFuzzer counts them.
    pub edges: u64,
    /// Inputs in the corpus.
    pub inputs: u64,
}

/// The index page.
pub fn overview(findings: &[Entry], night: Option<&Night>) -> String {
    let count = match findings.len() {
        1 => "1 finding".to_owned(),
        count => format!("{count} findings"),
    };
    let of = night.map_or(String::new(), |night| format!(" of the night from {}", night.began));
    let title = escaped(&format!("{count}{of}"));
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"generator\" content=\"memoman-lab\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n\
         <link rel=\"icon\" href=\"data:,\">\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <header><h1><span class=\"brand\">heap lab</span> {title}</h1></header>\n<main>\n"
    );
    table(&mut page, findings);
    if let Some(night) = night {
        plots(&mut page, night);
    }
    page + "</main>\n</body>\n</html>\n"
}

fn table(page: &mut String, findings: &[Entry]) {
    *page += "<section class=\"panel wide\" aria-labelledby=\"findings\">\n<h2 id=\"findings\">Findings</h2>\n";
    if findings.is_empty() {
        *page += "<p>No finding.</p>\n</section>\n";
        return;
    }
    *page += "<ol class=\"findings\">\n";
    for entry in findings {
        let [target, check, place, what, size, command] =
            [&entry.target, &entry.check, &entry.place, &entry.what, &entry.size, &entry.command]
                .map(|text| escaped(text));
        let files = if entry.files == 1 { "file" } else { "files" };
        let head = format!("{check}, at {place}");
        let head = match &entry.page {
            Some(link) => format!("<a href=\"{}\">{head}</a>", escaped(link)),
            None => format!(
                "{head} <span class=\"quiet\">has no page: the run ends its process, or is no program</span>"
            ),
        };
        let _ = writeln!(
            page,
            "<li><h3>{head}</h3><p>{what}</p><p class=\"quiet\">{target}: {} {files}, {size}</p><code>{command}</code></li>",
            entry.files
        );
    }
    *page += "</ol>\n</section>\n";
}

/// What a plot shows of a point.
type Value = fn(&Point) -> u64;

/// Colours of the style, one for each target: none is an allocator's.
const COLOURS: [&str; 5] = ["used", "selected", "bit", "text", "quiet"];

fn plots(page: &mut String, night: &Night) {
    *page += "<section class=\"panel wide\" aria-labelledby=\"night\">\n<h2 id=\"night\">The night \
              <span class=\"quiet\">over the seconds of each target</span></h2>\n<ul class=\"key\">\n";
    for (target, colour) in night.targets.iter().zip(COLOURS.iter().cycle()) {
        let name = escaped(&target.name);
        let _ = writeln!(page, "<li><i style=\"background: var(--{colour})\"></i>{name}</li>");
    }
    *page += "</ul>\n<div class=\"plots\">\n";
    let values: [(&str, Value); 3] = [
        ("executions", |point| point.runs),
        ("edges of the code reached", |point| point.edges),
        ("inputs in the corpus", |point| point.inputs),
    ];
    for (name, value) in values {
        plot(page, night, name, value);
    }
    *page += "</div>\n</section>\n";
}

const WIDTH: u64 = 400;
const HEIGHT: u64 = 180;
/// Room for the numbers of the axes.
const LEFT: u64 = 56;
const BOTTOM: u64 = 20;

fn plot(page: &mut String, night: &Night, name: &str, value: Value) {
    let points = || night.targets.iter().flat_map(|target| &target.points);
    let seconds = points().map(|point| point.seconds).max().unwrap_or(0).max(1);
    let most = points().map(value).max().unwrap_or(0).max(1);
    let part = |value: u64, most: u64, length: u64| length as f64 * value as f64 / most as f64;
    let x = |point: &Point| LEFT as f64 + part(point.seconds, seconds, WIDTH - LEFT - 8);
    let y = |value: u64| (HEIGHT - BOTTOM) as f64 - part(value, most, HEIGHT - BOTTOM - 10);
    let floor = HEIGHT - BOTTOM;
    let _ = write!(
        page,
        "<figure><figcaption>{name}</figcaption><svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         aria-label=\"{name}: at most {most} in {seconds} seconds\">\
         <line class=\"axis\" x1=\"{LEFT}\" y1=\"{floor}\" x2=\"{}\" y2=\"{floor}\"/>\
         <text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\
         <text x=\"{}\" y=\"{}\" text-anchor=\"end\">0</text>\
         <text x=\"{}\" y=\"{}\" text-anchor=\"end\">{seconds} s</text>",
        WIDTH - 8,
        LEFT - 6,
        y(most) + 4.0,
        short(most),
        LEFT - 6,
        floor + 4,
        WIDTH - 8,
        HEIGHT - 4,
    );
    for (target, colour) in night.targets.iter().zip(COLOURS.iter().cycle()) {
        let line: Vec<String> = target
            .points
            .iter()
            .map(|point| format!("{:.1},{:.1}", x(point), y(value(point))))
            .collect();
        let _ = write!(
            page,
            "<polyline style=\"stroke: var(--{colour})\" points=\"{}\"><title>{}</title></polyline>",
            line.join(" "),
            escaped(&target.name)
        );
    }
    *page += "</svg></figure>\n";
}

/// A number in a short form.
fn short(number: u64) -> String {
    match number {
        0..10_000 => number.to_string(),
        10_000..1_000_000 => format!("{} k", number / 1000),
        _ => format!("{}.{} M", number / 1_000_000, number / 100_000 % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::{Entry, Night, overview};

    #[test]
    fn a_finding_has_a_row_with_its_page_and_text_is_no_markup() {
        let entry = Entry {
            check: "a <law>".into(),
            page: Some("a.html".into()),
            files: 2,
            ..Entry::default()
        };
        let page = overview(&[entry.clone(), Entry { page: None, ..entry }], None);
        assert!(page.contains("2 findings") && page.contains("<a href=\"a.html\">a &lt;law>, at "));
        assert_eq!(page.matches("has no page").count(), 1);
        assert_eq!(page.matches("<svg").count(), 0);
        assert!(overview(&[], None).contains("No finding."));
    }

    #[test]
    fn a_night_has_three_plots_with_a_line_for_each_target() {
        let json = r#"{"began": "2026-11-28", "targets": [
            {"name": "ops", "points": [{"seconds": 0, "runs": 0, "edges": 5, "inputs": 1},
                                       {"seconds": 10, "runs": 1000, "edges": 10, "inputs": 4}]},
            {"name": "misuse", "points": []}]}"#;
        let night: Night = serde_json::from_str(json).expect("a night");
        let page = overview(&[], Some(&night));
        assert_eq!((page.matches("<svg").count(), page.matches("<polyline").count()), (3, 6));
        // The last point of the executions is at the top right.
        assert!(page.contains("points=\"56.0,160.0 392.0,10.0\""), "{page}");
    }
}
