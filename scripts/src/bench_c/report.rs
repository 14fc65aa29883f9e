//! The ratios of times, as a table and as JSON.

use std::fmt::{self, Display, Formatter};

use serde::Serialize;

use super::build::NAMES;
use super::host::Host;
use super::pass::Pass;
use super::quartiles::{Quartiles, geomean};

/// The times of a workload: by program, then by round.
pub(super) struct Workload {
    pub(super) name: String,
    calls: usize,
    ns: [Vec<f64>; NAMES.len()],
}

impl Workload {
    pub(super) fn new(name: &str, calls: usize) -> Self {
        Self { name: name.to_owned(), calls, ns: Default::default() }
    }

    /// A round: the pass of each program.
    pub(super) fn add(&mut self, passes: &[Pass]) {
        for (ns, pass) in self.ns.iter_mut().zip(passes) {
            ns.push(pass.ns / self.calls as f64);
        }
    }

    /// Nanoseconds a call in each round, without the loop's.
    fn net(&self, program: usize) -> impl Iterator<Item = f64> {
        self.ns[program].iter().zip(&self.ns[0]).map(|(all, own)| (all - own).max(0.01))
    }

    fn ratio(&self, program: usize, c: usize) -> Quartiles {
        Quartiles::of(self.net(program).zip(self.net(c)).map(|(own, c)| own / c).collect())
    }
}

/// The programs of memoman, each with the program of C that it is compared with.
const COMPARED: [(usize, usize); 3] = [(3, 1), (4, 2), (5, 1)];

#[derive(Serialize)]
pub(super) struct Report {
    host: Host,
    cc: String,
    rounds: u32,
    workloads: Vec<Row>,
    /// Geometric means of the median ratios.
    geomean: Vec<(&'static str, f64)>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    calls: usize,
    /// In nanoseconds per call: C as an object, and as a shared library.
    c_net_ns: [Quartiles; 2],
    ratios: Vec<(&'static str, Quartiles)>,
}

impl Report {
    pub(super) fn new(host: Host, cc: &str, rounds: u32, workloads: &[Workload]) -> Self {
        let row = |workload: &Workload| Row {
            name: workload.name.clone(),
            calls: workload.calls,
            c_net_ns: [1, 2].map(|c| Quartiles::of(workload.net(c).collect())),
            ratios: COMPARED.map(|(own, c)| (NAMES[own], workload.ratio(own, c))).into(),
        };
        let rows: Vec<_> = workloads.iter().map(row).collect();
        let mean = |(place, (own, _)): (usize, (usize, usize))| {
            (NAMES[own], geomean(rows.iter().map(|row| row.ratios[place].1.median)))
        };
        let geomean = COMPARED.into_iter().enumerate().map(mean).collect();
        Self { host, cc: cc.to_owned(), rounds, workloads: rows, geomean }
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}; {}, -O3 -DNDEBUG; {} rounds\n", self.host.line(), self.cc, self.rounds)?;
        writeln!(f, "libmemoman from a C program, ratio to C, median [quartiles]")?;
        write!(f, "{:<13} {:>7} {:>6} {:>10}", "workload", "calls", "C, ns", "shared, ns")?;
        for (own, _) in COMPARED {
            write!(f, "  {:<18}", NAMES[own])?;
        }
        writeln!(f)?;
        for Row { name, calls, c_net_ns: [object, shared], ratios } in &self.workloads {
            write!(f, "{name:<13} {calls:>7} {:>6.1} {:>10.1}", object.median, shared.median)?;
            for (_, Quartiles { q1, median, q3, .. }) in ratios {
                write!(f, "  {:<18}", format!("{median:.2} [{q1:.2} {q3:.2}]"))?;
            }
            writeln!(f)?;
        }
        write!(f, "\ngeomean, from C:")?;
        for (name, mean) in &self.geomean {
            write!(f, " {name} {mean:.2};")?;
        }
        writeln!(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_without_the_loop_and_to_c_of_the_same_kind() {
        let mut workload = Workload::new("w", 10);
        let passes = [10.0, 30.0, 50.0, 20.0, 30.0, 25.0];
        let passes = passes.map(|ns| Pass { ns, places: String::new() });
        workload.add(&passes);
        workload.add(&passes);
        let ratios = COMPARED.map(|(own, c)| workload.ratio(own, c).median);
        assert_eq!(ratios, [0.5, 0.5, 0.75]);
        let report = Report::new(Host::this(), "cc 1", 2, &[workload]).to_string();
        assert!(report.contains("0.50 [0.50 0.50]"), "{report}");
        assert!(report.ends_with("tlsf_* 0.50; tlsf_*, shared 0.50; mm_* 0.75;\n"), "{report}");
    }
}
