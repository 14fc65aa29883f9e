//! The files that the command writes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use oracle::fragmentation::rows::{AdversaryRow, CapacityRow, SampleRow};
use oracle::fragmentation::summary::SummaryRow;
use serde::de::DeserializeOwned;

fn study(out: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oracle"));
    command.args(["fragmentation", "--quick", "--out"]).arg(out).args(more);
    command.stdin(Stdio::null()).output().expect("the binary starts")
}

fn fresh(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fragmentation-{name}"));
    let _ = fs::remove_dir_all(&dir);
    dir
}

fn files(dir: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(dir).expect("a directory").map(|entry| entry.expect("an entry"));
    entries
        .map(|entry| {
            let name = entry.file_name().into_string().expect("UTF-8");
            (name, fs::read_to_string(entry.path()).expect("text"))
        })
        .collect()
}

fn rows<R: DeserializeOwned>(text: &str) -> Vec<R> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().collect::<Result<_, _>>().expect("rows")
}

#[test]
fn the_files_are_the_same_for_any_number_of_jobs() {
    let args = ["--seeds", "1", "--fills", "50,90"];
    let runs = ["1", "2"].map(|jobs| {
        let dir = fresh(&format!("jobs{jobs}"));
        let ran = study(&dir, &[&args[..], &["--jobs", jobs]].concat());
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        (files(&dir), String::from_utf8(ran.stdout).expect("text"), dir)
    });
    let [(one, printed, dir), (two, ..)] = &runs;
    assert_eq!(one, two);
    let names: Vec<_> = one.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "capacity.csv",
            "capacity.svg",
            "external.svg",
            "footprint.svg",
            "fragmentation.csv",
            "internal.svg",
            "largest.svg",
            "robson.csv",
            "robson.svg",
            "summary.csv"
        ]
    );

    let samples: Vec<SampleRow> = rows(&one["fragmentation.csv"]);
    // Five loads, ten allocators, two fill levels, two samples.
    assert_eq!(samples.len(), 5 * 10 * 2 * 2);
    for row in samples.iter().filter(|row| row.served) {
        let [live, taken, free] = [row.live_bytes, row.taken_bytes, row.free_bytes];
        let [live, taken, free] = [live, taken, free].map(|bytes| bytes.expect("served") as f64);
        let internal = row.internal_fragmentation_percent.expect("served");
        assert!((internal - 100.0 * (taken - live) / taken).abs() < 1e-4, "{row:?}");
        let most = row.max_allocatable_bytes.expect("served") as f64;
        let external = row.external_fragmentation_percent.expect("served");
        assert!((external - 100.0 * (1.0 - most / free)).abs() < 1e-4, "{row:?}");
        assert!(row.footprint_per_peak_live > 1.0 && row.footprint_bytes > row.peak_live_bytes);
    }
    let of = |name: &str| -> Vec<_> {
        let rows = samples.iter().filter(|row| row.allocator == name).cloned();
        rows.map(|row| SampleRow { allocator: String::new(), ..row }).collect()
    };
    for lists in ["", "-sl16", "-sl8", "-sl4"] {
        assert_eq!(of(&format!("memoman{lists}")), of(&format!("conte{lists}")));
    }
    assert_eq!(rows::<CapacityRow>(&one["capacity.csv"]).len(), 6 * 10);
    assert_eq!(rows::<AdversaryRow>(&one["robson.csv"]).len() % 10, 0);
    let summary: Vec<SummaryRow> = rows(&one["summary.csv"]);
    assert_eq!(summary.len(), 5 * 10 * 2 * 4 + 6 * 10);
    for (name, text) in one.iter().filter(|(name, _)| name.ends_with(".svg")) {
        assert!(text.starts_with("<svg") && text.trim_end().ends_with("</svg>"), "{name}");
    }
    assert!(
        printed.contains("each figure as memoman's") && printed.contains("uniform"),
        "{printed}"
    );
    fs::remove_dir_all(dir).expect("removed");
}

#[test]
fn nothing_is_written_where_it_cannot_be_or_when_an_argument_is_wrong() {
    let file = fresh("in-the-way");
    fs::write(&file, "a file").expect("written");
    let ran = study(&file, &[]);
    let printed = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(2));
    assert!(printed.contains("in-the-way: cannot be written"), "{printed}");
    fs::remove_file(&file).expect("removed");

    let dir = fresh("nothing");
    for (args, why) in [
        (["--heap", "100KiB"], "a multiple of 4 KiB"),
        (["--fills", "50,101"], "101"),
        (["--trace", "/nowhere/calls.csv"], "calls.csv: cannot be read"),
    ] {
        let ran = study(&dir, &args);
        let printed = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(ran.status.code(), Some(2), "{printed}");
        assert!(printed.contains(why), "{printed}");
        assert!(!dir.exists() || files(&dir).is_empty(), "{args:?}");
    }
    let _ = fs::remove_dir_all(&dir);
}
