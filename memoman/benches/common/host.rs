//! The machine that the figures are measured on.

use std::fs;
use std::thread::available_parallelism;

use serde::Serialize;

#[derive(Clone, Serialize)]
pub(crate) struct Host {
    /// The processor's name; with family and model, which tell processors of one name apart.
    pub(crate) cpu: String,
    pub(crate) cores: usize,
    pub(crate) target: String,
    /// The number of running processes at the start, averaged over a minute.
    pub(crate) load: Option<f64>,
}

impl Host {
    pub(crate) fn this() -> Self {
        let cpu = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| processor(&text));
        let load = fs::read_to_string("/proc/loadavg")
            .ok()
            .and_then(|text| text.split(' ').next()?.parse().ok());
        Self {
            cpu: cpu.unwrap_or_else(|| "unknown".to_owned()),
            cores: available_parallelism().map_or(1, usize::from),
            target: format!("{} {}", std::env::consts::ARCH, std::env::consts::OS),
            load,
        }
    }

    /// A line for the head of a table.
    pub(crate) fn line(&self) -> String {
        let Self { cpu, cores, target, load } = self;
        let load = load.map_or_else(String::new, |load| format!(", load {load:.2}"));
        format!("{target}, {cpu}, {cores} cores{load}")
    }

    /// Prints to stderr if other programs make the figures unreliable.
    pub(crate) fn warn(&self) {
        if self.load.is_some_and(|load| load > self.cores as f64 - 0.5) {
            eprintln!(
                "warning: load {:.1} on {} cores: other programs disturb the measurement",
                self.load.unwrap_or_default(),
                self.cores
            );
        }
    }
}

/// The first processor of `/proc/cpuinfo`.
fn processor(text: &str) -> Option<String> {
    let field = |name: &str| {
        let mut lines = text.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(key, _)| key.trim_end() == name).map(|(_, value)| value.trim().to_owned())
    };
    let name = field("model name")?;
    Some(match (field("cpu family"), field("model")) {
        (Some(family), Some(model)) => format!("{name}, family {family} model {model}"),
        _ => name,
    })
}
