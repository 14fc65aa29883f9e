//! The columns at a finding: blocks and free lists of each, and the first place where they differ.

use serde::Serialize;

use crate::finding::{Check, Finding};
use crate::subject::{Allocator, Listed, Row};

/// A check that fails, and the heap at that moment.
#[derive(Clone, Serialize, Debug)]
pub(crate) struct Found {
    /// Unsound or Diverged.
    pub(super) kind: String,
    /// The check.
    pub(super) check: String,
    /// What it saw.
    pub(super) what: String,
    /// The law, if it is one.
    pub(super) law: Option<&'static str>,
    /// The offset that it is about.
    pub(super) at: Option<usize>,
    /// How to see it again on a terminal.
    pub(super) command: Option<String>,
    /// Each column's pools.
    pub(super) columns: [Option<Dump>; 3],
}

/// A column's blocks and free lists.
#[derive(Clone, Serialize, Default, PartialEq, Eq, Debug)]
pub(crate) struct Dump {
    /// In order of addition.
    pub(super) pools: Vec<PoolDump>,
    /// Class and offset.
    pub(super) lists: Vec<(usize, usize)>,
}

/// A pool's start, its length, and its blocks as offset, size and whether it is free.
type PoolDump = (usize, usize, Vec<(usize, usize, u8)>);

/// The most entries of a list that a dump holds: a damaged list may have a cycle.
const MOST_LISTED: usize = 10_000;

impl Dump {
    /// The blocks of a column that has these pools.
    pub(super) fn of<A: Allocator + ?Sized>(column: &A, pools: &[(usize, usize)]) -> Self {
        let blocks = |mem| {
            let mut rows: Vec<Row> = Vec::new();
            column.walk(mem, &mut rows);
            rows.iter().map(|row| (row.offset, row.size, u8::from(row.free))).collect()
        };
        let mut listed: Vec<Listed> = Vec::new();
        column.lists(&mut listed);
        let lists = listed.iter().take(MOST_LISTED).map(|entry| (entry.class, entry.offset));
        Self {
            pools: pools.iter().map(|&(mem, bytes)| (mem, bytes, blocks(mem))).collect(),
            lists: lists.collect(),
        }
    }
}

impl Found {
    pub(super) fn new(finding: &Finding, columns: [Option<Dump>; 3]) -> Self {
        let law = match finding.check {
            Check::Law(law) => Some(law.name()),
            _ => None,
        };
        Self {
            kind: format!("{:?}", finding.check.kind()),
            check: finding.check.to_string(),
            what: finding.what.clone(),
            law,
            at: finding.at,
            command: None,
            columns,
        }
    }
}
