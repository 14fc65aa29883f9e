//! Circles among imports.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::imports::Import;

/// A shortest circle of each group of files that import each other, as its imports in order.
pub(crate) fn circles(imports: &[Import]) -> Vec<Vec<Import>> {
    let mut next: BTreeMap<&str, Vec<&Import>> = BTreeMap::new();
    for import in imports {
        next.entry(&import.from).or_default().push(import);
    }
    let mut seen = BTreeSet::new();
    let mut found: Vec<Vec<Import>> = Vec::new();
    for start in next.keys() {
        if seen.contains(start) {
            continue;
        }
        let Some(circle) = way(&next, start, start) else { continue };
        // Report each group once: all files that lie on a circle with `start`.
        let forth = reach(&next, start);
        seen.extend(forth.into_iter().filter(|file| reach(&next, file).contains(start)));
        found.push(circle.into_iter().cloned().collect());
    }
    found
}

/// All imports between files of the group that `file` is in.
pub(crate) fn group<'i>(imports: &'i [Import], file: &str) -> Vec<&'i Import> {
    let mut next: BTreeMap<&str, Vec<&Import>> = BTreeMap::new();
    for import in imports {
        next.entry(&import.from).or_default().push(import);
    }
    let members: BTreeSet<&str> =
        reach(&next, file).into_iter().filter(|other| reach(&next, other).contains(file)).collect();
    let inside = |import: &&Import| {
        members.contains(import.from.as_str()) && members.contains(import.to.as_str())
    };
    imports.iter().filter(inside).collect()
}

fn reach<'i>(next: &BTreeMap<&'i str, Vec<&'i Import>>, start: &str) -> BTreeSet<&'i str> {
    let mut seen = BTreeSet::new();
    let mut waiting: Vec<&str> = vec![start];
    while let Some(file) = waiting.pop() {
        for import in next.get(file).into_iter().flatten() {
            if seen.insert(import.to.as_str()) {
                waiting.push(&import.to);
            }
        }
    }
    seen
}

/// The shortest way from `start` to `end`.
fn way<'i>(
    next: &BTreeMap<&'i str, Vec<&'i Import>>,
    start: &str,
    end: &str,
) -> Option<Vec<&'i Import>> {
    let mut came: BTreeMap<&str, &Import> = BTreeMap::new();
    let mut waiting = VecDeque::from([start]);
    while let Some(file) = waiting.pop_front() {
        for import in next.get(file).into_iter().flatten() {
            if came.contains_key(import.to.as_str()) {
                continue;
            }
            came.insert(&import.to, import);
            if import.to == end {
                let mut back = vec![*import];
                while back.last().is_some_and(|import| import.from != start) {
                    back.push(came[back.last().expect("not empty").from.as_str()]);
                }
                back.reverse();
                return Some(back);
            }
            waiting.push_back(&import.to);
        }
    }
    None
}
