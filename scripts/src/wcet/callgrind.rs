//! One part of callgrind's output: the cost of one call.

/// What the program's own functions cost, without the watched ones and what they call in other object files.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Cost {
    pub(super) instructions: u64,
    pub(super) l1_misses: u64,
    pub(super) last_level_misses: u64,
}

impl Cost {
    /// Cycles as cachegrind estimates them.
    pub(super) fn cycles(self) -> u64 {
        self.instructions + 10 * self.l1_misses + 100 * self.last_level_misses
    }
}

/// Adds up a part written with `--compress-strings=no --compress-pos=no --cache-sim=yes`. A cost line is
/// `LINE Ir Dr Dw I1mr D1mr D1mw ILmr DLmr DLmw`, zeros at the end left out.
pub(super) fn cost(part: &str, program: &str) -> Cost {
    let (mut ours, mut watched) = (false, false);
    let mut cost = Cost::default();
    let mut lines = part.lines();
    while let Some(line) = lines.next() {
        if let Some(object) = line.strip_prefix("ob=") {
            ours = object == program;
        } else if let Some(function) = line.strip_prefix("fn=") {
            watched = function.starts_with("measured_");
        } else if line.starts_with("calls=") {
            // The next line is the callee's cost, which is counted with the callee.
            lines.next();
        } else if ours && !watched && line.starts_with(|first: char| first.is_ascii_digit()) {
            let fields: Vec<u64> =
                line.split_whitespace().skip(1).map(|field| field.parse().unwrap_or(0)).collect();
            let sum = |from: usize, to: usize| fields.iter().take(to).skip(from).sum::<u64>();
            cost.instructions += sum(0, 1);
            cost.l1_misses += sum(3, 6);
            cost.last_level_misses += sum(6, 9);
        }
    }
    cost
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_programs_own_functions_count_and_not_the_watched_ones() {
        let part = "\
events: Ir Dr Dw I1mr D1mr D1mw ILmr DLmr DLmw
ob=/t/wcet
fn=measured_malloc
10 5 1 1
cfn=malloc
calls=1 20
10 100 9 9 9 9 9 9 9 9
fn=malloc
20 30 4 4 1 2 3 1 0 1
21 7
ob=/lib/libc.so
fn=memcpy
5 1000
";
        let cost = cost(part, "/t/wcet");
        assert_eq!(cost, Cost { instructions: 37, l1_misses: 6, last_level_misses: 2 });
        assert_eq!(cost.cycles(), 37 + 60 + 200);
    }
}
