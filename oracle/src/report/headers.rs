//! Flags and links of a pool's blocks, as the bytes of the pool have them, beside what the specification
//! implies.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use memoman::Law;

use crate::finding::Check;
use crate::geometry::WORD;
use crate::lockstep::Lockstep;
use crate::subject::{Listed, Row};

/// Blocks of a table, around the place that a finding is about.
const ROWS: usize = 9;

/// The most blocks that are read: sizes may be damaged.
const MOST: usize = 1 << 16;

const FREE: usize = 1;
const PREV_FREE: usize = 2;

/// The header of a block and, where they are valid, the words that lead to other blocks.
#[derive(PartialEq, Eq)]
struct Header {
    size: usize,
    free: bool,
    prev_free: bool,
    /// Where the free block before it begins.
    back: Option<Target>,
    /// The next and the prev link of a free block.
    links: Option<[Target; 2]>,
}

/// Where a link leads: to the payload at that offset.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    None,
    At(usize),
    Outside,
}

/// The headers of a pool, by the offsets of their payloads: the bytes' and the specification's.
#[derive(Default)]
pub(crate) struct Headers {
    found: BTreeMap<usize, Header>,
    implied: BTreeMap<usize, Header>,
}

/// Whether a check is about flags or links, which the walk over the blocks does not show.
pub(crate) fn shows(check: Check) -> bool {
    matches!(check, Check::Law(law) if !matches!(law, Law::Occupancy | Law::Census))
}

impl Headers {
    /// Reads the headers of the pool at `mem`. `engine` is the subject's walk over it.
    pub(crate) fn of(lockstep: &Lockstep, mem: usize, bytes: usize, engine: &[Row]) -> Self {
        let mut rows = Vec::new();
        let mut listed = Vec::new();
        if let Some(specification) = lockstep.specification() {
            specification.walk(mem, &mut rows);
            specification.lists(&mut listed);
        }
        let first = rows.first().or(engine.first()).map_or(mem + WORD, |row| row.offset);
        Self { found: found(lockstep, mem, bytes, first), implied: implied(&rows, &listed) }
    }

    /// As text, around the block at `here` and the first that differs.
    pub(crate) fn render(&self, here: Option<usize>) -> String {
        if self.found.is_empty() {
            return String::new();
        }
        let differs = |offset: &usize, header: &Header| {
            !self.implied.is_empty() && self.implied.get(offset) != Some(header)
        };
        let at = |offset| self.found.range(..=offset).count().saturating_sub(1);
        let difference = self.found.iter().position(|(offset, header)| differs(offset, header));
        let around = here.map(at).or(difference).unwrap_or(0);
        let from = around.saturating_sub(ROWS / 2).min(self.found.len().saturating_sub(ROWS));
        let mut text = "  engine: headers, and the links in the blocks\n".to_owned();
        let _ = writeln!(text, "  {:>8}  {}", "block", Header::TITLE);
        for (offset, header) in self.found.iter().skip(from).take(ROWS) {
            let mark = if differs(offset, header) { "<- differs" } else { "" };
            let _ = writeln!(text, "{}", format!("  {offset:>8}  {header}{mark}").trim_end());
            if !mark.is_empty() {
                let right = match self.implied.get(offset) {
                    Some(right) => right.to_string(),
                    None => "no block begins there".to_owned(),
                };
                let _ = writeln!(text, "{}", format!("  {:>8}  {right}", "right:").trim_end());
            }
        }
        text
    }
}

/// The headers that the bytes of a pool have, from the first on, each size leading to the next.
fn found(lockstep: &Lockstep, mem: usize, bytes: usize, first: usize) -> BTreeMap<usize, Header> {
    let pool = lockstep.pool_bytes(mem, bytes);
    let word = |offset: usize| -> Option<usize> {
        let at = offset.checked_sub(mem)?;
        let word = pool.get(at..at.checked_add(WORD)?)?;
        Some(usize::from_ne_bytes(word.try_into().expect("a word")))
    };
    let target = |link: usize| {
        let header = lockstep.subject().linked(link);
        let inside = |&(mem, bytes): &(usize, usize)| (mem..mem + bytes).contains(&header);
        match link {
            0 => Target::None,
            _ if lockstep.pools().iter().any(inside) => Target::At(header + WORD),
            _ => Target::Outside,
        }
    };
    let mut found = BTreeMap::new();
    let mut payload = first;
    while let Some(header) = word(payload - WORD).filter(|_| found.len() < MOST) {
        let (size, free) = (header & !(FREE | PREV_FREE), header & FREE != 0);
        let prev_free = header & PREV_FREE != 0;
        let back = if prev_free { word(payload.wrapping_sub(2 * WORD)).map(target) } else { None };
        let links = word(payload).zip(word(payload + WORD)).filter(|_| free);
        let links = links.map(|(next, prev)| [target(next), target(prev)]);
        found.insert(payload, Header { size, free, prev_free, back, links });
        match payload.checked_add(size).and_then(|end| end.checked_add(WORD)) {
            Some(next) if size > 0 => payload = next,
            _ => break,
        }
    }
    found
}

/// The headers of a sound pool with these blocks, in a heap with these free lists.
fn implied(rows: &[Row], listed: &[Listed]) -> BTreeMap<usize, Header> {
    let neighbour = |at: Option<usize>, class| match at.and_then(|at| listed.get(at)) {
        Some(entry) if entry.class == class => Target::At(entry.offset),
        _ => Target::None,
    };
    let links = |offset| {
        let at = listed.iter().position(|entry| entry.offset == offset)?;
        let class = listed[at].class;
        Some([neighbour(Some(at + 1), class), neighbour(at.checked_sub(1), class)])
    };
    let mut implied = BTreeMap::new();
    let mut before = None;
    // Behind the last block: the sentinel.
    let end = rows.last().map(|last| Row {
        offset: last.offset + last.size + WORD,
        size: 0,
        free: false,
    });
    for row in rows.iter().copied().chain(end) {
        let Row { offset, size, free } = row;
        let header =
            Header { size, free, prev_free: before.is_some(), back: before, links: links(offset) };
        implied.insert(offset, header);
        before = free.then_some(Target::At(offset));
    }
    implied
}

impl Header {
    const TITLE: &str = "    size  flags            block before  next link  prev link";
}

impl std::fmt::Display for Header {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let flags = match (self.free, self.prev_free) {
            (false, false) => "",
            (true, false) => "FREE",
            (false, true) => "PREV_FREE",
            (true, true) => "FREE PREV_FREE",
        };
        let [next, prev] = self.links.map_or([None; 2], |links| links.map(Some));
        let text = |target: Option<Target>| match target {
            None => "-".to_owned(),
            Some(Target::None) => "none".to_owned(),
            Some(Target::At(offset)) => offset.to_string(),
            Some(Target::Outside) => "outside".to_owned(),
        };
        let (back, next, prev) = (text(self.back), text(next), text(prev));
        write!(f, "{:>8}  {flags:<15}  {back:>12}  {next:>9}  {prev:>9}  ", self.size)
    }
}
