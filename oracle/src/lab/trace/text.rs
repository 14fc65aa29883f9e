//! Reads calls as text: with geometry and pools, or as the CSV of the fragmentation study.

use super::events::{Event, Trace};
use crate::geometry::by_name;

/// The first line of calls as text.
pub(super) const FIRST_LINE: &str = "calls v1";

/// The first line of a CSV.
pub(super) const FIRST_LINE_OF_CSV: &str = "op,id,size";

/// The largest number of a block.
const MOST_SLOTS: usize = 1 << 24;

/// The first line that is not empty and no comment.
pub(super) fn first_line(text: &str) -> Option<&str> {
    text.lines().map(without_comment).find(|line| !line.is_empty())
}

fn without_comment(line: &str) -> &str {
    line.split('#').next().unwrap_or_default().trim()
}

pub(super) fn read(text: &str) -> Result<Trace, String> {
    let mut trace = Trace::default();
    for (line, number) in text.lines().map(without_comment).zip(1..) {
        if !line.is_empty() && line != FIRST_LINE {
            let words: Vec<&str> = line.split_whitespace().collect();
            self::line(&mut trace, &words).map_err(|wrong| format!("line {number}: {wrong}"))?;
        }
    }
    Ok(trace)
}

pub(super) fn read_csv(text: &str) -> Result<Trace, String> {
    let mut trace = Trace::default();
    for (line, number) in text.lines().zip(1..).skip(1) {
        let words: Vec<&str> = line.trim().split(',').filter(|word| !word.is_empty()).collect();
        if !words.is_empty() {
            self::line(&mut trace, &words).map_err(|wrong| format!("line {number}: {wrong}"))?;
        }
    }
    Ok(trace)
}

fn line(trace: &mut Trace, words: &[&str]) -> Result<(), String> {
    let event = match *words {
        ["geometry", name] => {
            let number = by_name(name);
            trace.geometry =
                Some(number.ok_or_else(|| format!("no geometry has the name {name:?}"))?);
            return Ok(());
        }
        ["pool", bytes] => {
            trace.pools.push(number(bytes)?);
            return Ok(());
        }
        ["m", slot, size] => Event::Malloc { slot: self::slot(slot)?, size: number(size)? },
        ["a", slot, align, size] => {
            Event::Memalign { slot: self::slot(slot)?, align: number(align)?, size: number(size)? }
        }
        ["r", slot, size] => Event::Realloc { slot: self::slot(slot)?, size: number(size)? },
        ["f", slot] => Event::Free { slot: self::slot(slot)? },
        _ => {
            return Err(format!(
                "{:?}; expected geometry NAME, pool BYTES, m BLOCK SIZE, a BLOCK ALIGN SIZE, r BLOCK SIZE or f BLOCK",
                words.join(" ")
            ));
        }
    };
    trace.events.push(event);
    Ok(())
}

fn number(word: &str) -> Result<usize, String> {
    word.parse().map_err(|_| format!("{word:?} is no number of bytes"))
}

fn slot(word: &str) -> Result<usize, String> {
    let slot = word.parse().ok().filter(|slot| *slot < MOST_SLOTS);
    slot.ok_or_else(|| format!("{word:?} is no number of a block, from 0 to {}", MOST_SLOTS - 1))
}

#[cfg(test)]
mod tests {
    use super::{Event, read};

    #[test]
    fn text_carries_geometry_and_pools() {
        let text = "# a program\ncalls v1\ngeometry a16-sl4\npool 4096\npool 512\na 3 64 100 # aligned\nr 3 5\n";
        let trace = read(text).expect("a trace");
        assert_eq!((trace.geometry, trace.pools), (Some(7), vec![4096, 512]));
        let events = [
            Event::Memalign { slot: 3, align: 64, size: 100 },
            Event::Realloc { slot: 3, size: 5 },
        ];
        assert_eq!(trace.events, events);
    }

    #[test]
    fn a_wrong_line_is_named() {
        for (text, why) in [
            ("calls v1\nm 0\n", "line 2: \"m 0\"; expected"),
            ("calls v1\n\nm 0 -1\n", "line 3: \"-1\" is no number of bytes"),
            ("calls v1\ngeometry none\n", "line 2: no geometry has the name \"none\""),
            ("calls v1\nf 99999999\n", "is no number of a block"),
        ] {
            let wrong = read(text).expect_err(why);
            assert!(wrong.contains(why), "{wrong}");
        }
    }
}
