//! The state of the heap: `validate`, walks, free lists and counters, beside those of the
//! specification and the reference.

use memoman::{Law, Place, Violation};

use crate::counters::{Census, Counters, miscounts};
use crate::finding::{Check, Checked, Column, Finding};
use crate::geometry::WORD;
use crate::lockstep::bookkeeping::Bookkeeping;
use crate::lockstep::columns::Columns;
use crate::lockstep::layers::Layers;
use crate::subject::reference::Reference;
use crate::subject::{Allocator as _, Listed, Row};

/// Buffers that live as long as a lockstep does.
#[derive(Default)]
pub(crate) struct Buffers {
    rows: Vec<Row>,
    listed: Vec<Listed>,
    /// One bit for each class that a free block has been listed in, if they are counted.
    classes: Option<Vec<u64>>,
}

impl Buffers {
    /// Forgets the classes, and counts them from now on, or does not.
    pub(crate) fn count_classes(&mut self, counts: bool) {
        self.classes = counts.then(Vec::new);
    }

    pub(crate) fn classes(&self) -> &[u64] {
        self.classes.as_deref().unwrap_or_default()
    }

    fn count(&mut self) {
        let Some(classes) = &mut self.classes else { return };
        for Listed { class, .. } in &self.listed {
            classes.resize(classes.len().max(class / 64 + 1), 0);
            classes[class / 64] |= 1 << (class % 64);
        }
    }
}

/// Checks the state after a step, and returns what the blocks sum up to.
pub(crate) fn check(
    columns: &Columns,
    bookkeeping: &Bookkeeping,
    buffers: &mut Buffers,
) -> Checked<Census> {
    let Layers { model, validate, lockstep, .. } = columns.layers;
    // First `validate`: the walks below follow sizes and links in the heap.
    let counted = match validate.then(|| columns.subject.validate()) {
        Some(Err(violation)) => return Err(broken(columns, bookkeeping, violation)),
        Some(Ok(counted)) => Some(counted),
        None => None,
    };
    if !(model || validate || lockstep) {
        return Ok(Census::default());
    }
    let walked = walks(columns, bookkeeping, &mut buffers.rows)?;
    lists(columns, &mut buffers.listed)?;
    buffers.count();
    if let Some(counted) = counted {
        if counted != walked {
            return Err(Finding::new(Check::Census, miscounts(&counted, &walked)));
        }
        counters(columns, bookkeeping, &walked)?;
    }
    let Some(specification) = columns.specification() else { return Ok(walked) };
    let (engine, most) = (columns.subject.max_allocatable(), specification.largest_fit());
    if engine != most {
        let what = format!("engine {engine}, specification {most}");
        return Err(Finding::new(Check::MaxAllocatable, what));
    }
    Ok(walked)
}

/// Whether these walks, one pool's behind the other's, and lists of the subject are those of the
/// specification and of the reference.
pub(crate) fn beside(
    columns: &Columns,
    bookkeeping: &Bookkeeping,
    walked: &[Row],
    listed: &[Listed],
    buffers: &mut Buffers,
) -> bool {
    let Some(specification) = columns.specification() else { return false };
    let (reference, mut rest) = (columns.reference(), walked);
    for &(mem, _) in &bookkeeping.pools {
        let blocks = specification.blocks(mem);
        let Some((own, behind)) = rest.split_at_checked(blocks.len()) else { return false };
        rest = behind;
        let is_theirs = |reference: &Reference| reference.walk_is(mem, own, &mut buffers.rows);
        if !Row::all_equal(own, blocks) || !reference.is_none_or(is_theirs) {
            return false;
        }
    }
    let of_reference = reference.is_none_or(|reference| {
        buffers.listed.clear();
        reference.lists(&mut buffers.listed);
        buffers.listed == listed
    });
    rest.is_empty()
        && of_reference
        && specification.lists_are(listed)
        && columns.subject.max_allocatable() == specification.largest_fit()
}

/// The blocks of each pool, in address order; counted.
fn walks(columns: &Columns, bookkeeping: &Bookkeeping, rows: &mut Vec<Row>) -> Checked<Census> {
    let mut census = Census::default();
    for &(mem, _) in &bookkeeping.pools {
        let Some(specification) = columns.specification() else {
            rows.clear();
            columns.subject.walk(mem, rows);
            add(&mut census, rows);
            let walked = std::mem::take(rows);
            beside_reference(columns, mem, &walked, rows)?;
            *rows = walked;
            continue;
        };
        let expected = specification.blocks(mem);
        if !columns.subject.walk_is(mem, expected, rows) {
            let mut walked = Vec::new();
            columns.subject.walk(mem, &mut walked);
            let column = Column::Specification;
            return Err(Finding::first_difference(Check::Walk(column), &walked, column, expected));
        }
        add(&mut census, expected);
        beside_reference(columns, mem, expected, rows)?;
    }
    Ok(census)
}

/// Counts the blocks, as [`Census::add`] does one. Without a branch: which are free cannot be predicted.
fn add(census: &mut Census, rows: &[Row]) {
    let (mut bytes, mut free_blocks, mut free_bytes) = (0, 0, 0);
    for row in rows {
        let free = usize::from(row.free);
        bytes += row.size;
        free_blocks += free;
        free_bytes += row.size & free.wrapping_neg();
    }
    census.free_blocks += free_blocks;
    census.free_bytes += free_bytes;
    census.used_blocks += rows.len() - free_blocks;
    census.used_bytes += bytes - free_bytes;
}

/// The subject's blocks of a pool are the reference's, too, if that takes part.
fn beside_reference(columns: &Columns, mem: usize, walked: &[Row], rows: &mut Vec<Row>) -> Checked {
    let Some(reference) = columns.reference() else { return Ok(()) };
    if reference.walk_is(mem, walked, rows) {
        return Ok(());
    }
    rows.clear();
    reference.walk(mem, rows);
    let column = Column::Reference;
    Err(Finding::first_difference(Check::Walk(column), walked, column, rows))
}

/// The free lists, in their order.
fn lists(columns: &Columns, listed: &mut Vec<Listed>) -> Checked {
    if !(columns.layers.model || columns.layers.lockstep) {
        return Ok(());
    }
    listed.clear();
    columns.subject.lists(listed);
    if let Some(specification) = columns.specification() {
        if !specification.lists_are(listed) {
            let mut expected = Vec::new();
            specification.lists(&mut expected);
            let column = Column::Specification;
            return Err(Finding::first_difference(
                Check::FreeLists(column),
                listed,
                column,
                &expected,
            ));
        }
    }
    if let Some(reference) = columns.reference() {
        let engine = listed.len();
        reference.lists(listed);
        let (ours, theirs) = listed.split_at(engine);
        if ours != theirs {
            let column = Column::Reference;
            return Err(Finding::first_difference(Check::FreeLists(column), ours, column, theirs));
        }
    }
    Ok(())
}

/// The subject's counters, beside those that a walk has counted.
pub(crate) fn counters(columns: &Columns, bookkeeping: &Bookkeeping, walked: &Census) -> Checked {
    let right = Counters { census: *walked, ..bookkeeping.counters };
    match columns.subject.counters() {
        Some(reported) if reported != right => {
            Err(Finding::new(Check::Counters, reported.miscounts(&right)))
        }
        _ => Ok(()),
    }
}

/// A violation, with the place of its block, or with the counters that are wrong.
#[cold]
fn broken(columns: &Columns, bookkeeping: &Bookkeeping, violation: Violation) -> Box<Finding> {
    let mut what = violation.to_string();
    // `validate` checks the counters last: chains and lists are sound, and a walk ends.
    if let (Law::Census, Some(reported)) = (violation.law, columns.subject.counters()) {
        let mut rows = Vec::new();
        bookkeeping.pools.iter().for_each(|&(mem, _)| columns.subject.walk(mem, &mut rows));
        let mut walked = Census::default();
        rows.iter().for_each(|row| walked.add(row.size, row.free));
        what = format!("{what}: {}", miscounts(&reported.census, &walked));
    }
    let finding = Finding::new(Check::Law(violation.law), what);
    match violation.place {
        Place::Block { pool, offset } => match bookkeeping.pools.get(pool) {
            Some((mem, _)) => finding.at(mem + offset + WORD),
            None => finding,
        },
        _ => finding,
    }
}

/// After the last block is freed, each pool is one free block, and the C code's own checks pass.
pub(crate) fn drained(columns: &Columns, bookkeeping: &Bookkeeping) -> Checked {
    let mut rows = Vec::new();
    for &(mem, _) in &bookkeeping.pools {
        rows.clear();
        columns.subject.walk(mem, &mut rows);
        if !matches!(rows[..], [Row { free: true, .. }]) {
            let what = format!("{} blocks in the pool at {mem}", rows.len());
            return Err(Finding::new(Check::Drained, what));
        }
    }
    match columns.reference() {
        Some(reference) if !reference.is_sound(&bookkeeping.pools) => {
            Err(Finding::new(Check::ReferenceCheck, "after everything was freed"))
        }
        _ => Ok(()),
    }
}
