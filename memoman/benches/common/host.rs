//! The machine that the figures are measured on.

use std::fs;
use std::thread::available_parallelism;

use serde::Serialize;

#[derive(Clone, Serialize)]
pub(crate) struct Host {
    pub(crate) cpu: String,
    pub(crate) cores: usize,
    pub(crate) target: String,
    /// The number of running processes at the start, averaged over a minute.
    pub(crate) load: Option<f64>,
}

impl Host {
    pub(crate) fn this() -> Self {
        let cpu = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("model name"))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        });
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

    /// Prints to stderr what makes the figures unreliable.
    pub(crate) fn warn(&self) {
        if cfg!(debug_assertions) {
            eprintln!("warning: built with debug assertions: the figures are meaningless");
        }
        if cfg!(any(feature = "stats", feature = "guard")) {
            eprintln!("warning: memoman is built with counters or checks, unlike a release");
        }
        if self.load.is_some_and(|load| load > self.cores as f64 - 0.5) {
            eprintln!(
                "warning: load {:.1} on {} cores: other programs disturb the measurement",
                self.load.unwrap_or_default(),
                self.cores
            );
        }
    }
}
