//! Processor time, which depends less on the load of a machine than the time that passes does. It is read from
//! `/proc`; where that does not exist, the time that passes takes its place.

use std::fs;
use std::time::{Duration, Instant};

/// Ticks in a second of the kernel's counts, on every Linux.
const TICKS: u64 = 100;

/// Both times since the start of a search.
pub(super) struct Clock {
    start: Instant,
    /// Processor time of this process at the start, if the search runs in it.
    own: Option<Duration>,
}

impl Clock {
    /// Starts with a search in this process, on one thread.
    pub(super) fn of_this_process() -> Self {
        Self { start: Instant::now(), own: ticks_of("self") }
    }

    /// Starts with a search in processes of their own.
    pub(super) fn of_children() -> Self {
        Self { start: Instant::now(), own: None }
    }

    /// The time that has passed.
    pub(super) fn wall(&self) -> Duration {
        self.start.elapsed()
    }

    /// The processor time of this process.
    pub(super) fn processor(&self) -> Duration {
        let now = self.own.and_then(|own| Some(ticks_of("self")?.saturating_sub(own)));
        now.unwrap_or_else(|| self.wall())
    }

    /// The processor time of a process, of its descendants, and of those of them that have ended.
    pub(super) fn processor_of(&self, process: u32) -> Duration {
        let Some(all) = processes() else { return self.wall() };
        let family = family(process, &all);
        all.iter().filter(|stat| family.contains(&stat.process)).map(|stat| stat.ticks).sum()
    }
}

/// The numbers of a process and of its descendants.
pub(super) fn descendants(process: u32) -> Vec<u32> {
    family(process, &processes().unwrap_or_default())
}

fn family(process: u32, all: &[Stat]) -> Vec<u32> {
    let mut family = vec![process];
    let mut at = 0;
    while let Some(&parent) = family.get(at) {
        family.extend(all.iter().filter(|stat| stat.parent == parent).map(|stat| stat.process));
        at += 1;
    }
    family
}

/// A process: its number, its parent's, and its processor time with that of its children that have ended.
struct Stat {
    process: u32,
    parent: u32,
    ticks: Duration,
}

/// All processes; none if the machine has no `/proc`.
fn processes() -> Option<Vec<Stat>> {
    let entries = fs::read_dir("/proc").ok()?;
    let all = entries.flatten().filter_map(|entry| {
        let name = entry.file_name();
        let name = name.to_str().filter(|name| name.starts_with(|c: char| c.is_ascii_digit()))?;
        stat(name)
    });
    Some(all.collect()).filter(|all: &Vec<_>| !all.is_empty())
}

fn ticks_of(process: &str) -> Option<Duration> {
    stat(process).map(|stat| stat.ticks)
}

fn stat(name: &str) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{name}/stat")).ok()?;
    let process = text.split_whitespace().next()?.parse().ok()?;
    // The second field is a name in brackets, which may have spaces. Field 3 is the state.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let parent = fields.get(1)?.parse().ok()?;
    let ticks: Option<Vec<u64>> =
        fields.get(11..15)?.iter().map(|field| field.parse().ok()).collect();
    let ticks: u64 = ticks?.iter().sum();
    Some(Stat { process, parent, ticks: Duration::from_millis(ticks * 1000 / TICKS) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Other tests run in this process, too, so its processor time may pass faster than the clock.
    #[test]
    fn work_takes_processor_time() {
        let clock = Clock::of_this_process();
        while clock.processor() < Duration::from_millis(50) && clock.wall().as_secs() < 20 {
            std::hint::black_box((0..10_000_u64).sum::<u64>());
        }
        assert!(clock.processor() >= Duration::from_millis(50));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_process_that_sleeps_takes_no_processor_time() {
        let clock = Clock::of_children();
        let mut child = std::process::Command::new("sleep").arg("20").spawn().expect("sleep runs");
        std::thread::sleep(Duration::from_millis(500));
        let slept = clock.processor_of(child.id());
        child.kill().and_then(|()| child.wait()).expect("it ends");
        assert!(slept < Duration::from_millis(250), "{slept:?}");
    }

    #[test]
    fn a_family_is_a_process_its_children_and_theirs() {
        let stat = |(process, parent)| Stat { process, parent, ticks: Duration::ZERO };
        let all = [(1, 0), (2, 1), (3, 2), (4, 1), (5, 3), (6, 9)].map(stat);
        assert_eq!(family(2, &all), [2, 3, 5]);
        assert_eq!(family(6, &all), [6]);
    }
}
