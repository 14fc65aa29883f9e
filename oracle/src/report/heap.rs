//! The heap at one moment, in its columns. It is recorded first, and rendered when the place of the
//! difference is known.

use std::fmt::Write as _;

use memoman::Law;

use crate::finding::{Check, Column};
use crate::lockstep::Lockstep;
use crate::report::headers::{self, Headers};
use crate::report::render;
use crate::subject::reference::Reference;
use crate::subject::{Allocator as _, Listed, Row};

/// A pool's blocks, by each column that has the pool.
struct Columns {
    mem: usize,
    bytes: usize,
    engine: Vec<Row>,
    reference: Option<Vec<Row>>,
    specification: Option<Vec<Row>>,
    /// Flags and links, if the check is about them.
    headers: Headers,
}

impl Columns {
    fn all(&self) -> [Option<&[Row]>; 3] {
        [Some(&self.engine), self.reference.as_deref(), self.specification.as_deref()]
    }
}

/// The heap at one moment.
#[derive(Default)]
pub(crate) struct HeapDump {
    pools: Vec<Columns>,
    /// The free lists, if the check or the law is about them.
    lists: String,
}

impl HeapDump {
    /// The heap of a lockstep in which this check failed.
    pub(crate) fn of(lockstep: &Lockstep, check: Check) -> Self {
        let columns = |&(mem, bytes): &(usize, usize)| {
            let mut engine = Vec::new();
            lockstep.subject().walk(mem, &mut engine);
            let specification = lockstep.specification().map(|specification| {
                let mut rows = Vec::new();
                specification.walk(mem, &mut rows);
                rows
            });
            let has_pool = |reference: &&Reference| reference.has_pool(mem);
            let reference = lockstep.reference().filter(has_pool).map(|reference| {
                let mut rows = Vec::new();
                reference.walk(mem, &mut rows);
                rows
            });
            let headers = match headers::shows(check) {
                true => Headers::of(lockstep, mem, bytes, &engine),
                false => Headers::default(),
            };
            Columns { mem, bytes, engine, reference, specification, headers }
        };
        let pools = lockstep.pools().iter().map(columns).collect();
        let lists = is_about_lists(check).then(|| lists(lockstep));
        Self { pools, lists: lists.unwrap_or_default() }
    }

    /// The offset of the first block in which columns differ.
    pub(crate) fn difference(&self) -> Option<usize> {
        self.pools.iter().find_map(|pool| {
            let columns = pool.all();
            let at = render::difference(&columns)?;
            columns.iter().flatten().find_map(|rows| rows.get(at)).map(|row| row.offset)
        })
    }

    /// The offset of the first block of the engine that differs from what it was before.
    pub(crate) fn change(&self, before: &Self) -> Option<usize> {
        self.pools.iter().find_map(|pool| {
            let then = before.pools.iter().find(|then| then.mem == pool.mem);
            let then = then.map_or(&[][..], |then| &then.engine);
            let rows = [Some(then), Some(&pool.engine[..]), None];
            let at = render::difference(&rows)?;
            // A block that grew or merged is known by where it starts.
            pool.engine.get(at).or(then.get(at)).map(|row| row.offset)
        })
    }

    /// As text, around the block that holds the offset `here`.
    pub(crate) fn render(&self, here: Option<usize>) -> String {
        let mut text = String::new();
        for pool in &self.pools {
            let &Columns { mem, bytes, .. } = pool;
            let here = here.filter(|here| (mem..mem + bytes).contains(here));
            let _ = writeln!(text, "  pool at {mem}, {bytes} bytes");
            text += &render::pool(mem, bytes, "engine", &pool.engine);
            text += &render::beside(&pool.all(), here);
            text += &pool.headers.render(here);
        }
        text + &self.lists
    }
}

fn is_about_lists(check: Check) -> bool {
    match check {
        Check::FreeLists(_) => true,
        Check::Law(law) => {
            matches!(law, Law::Membership | Law::Class | Law::Links | Law::Occupancy)
        }
        _ => false,
    }
}

/// The free lists of each column. If the heap is damaged, the engine's end early, and a faulty TLSF's may go
/// round in a circle.
fn lists(lockstep: &Lockstep) -> String {
    let mut text = "  free lists, as class: offsets from the head on\n".to_owned();
    let mut line = |column: Column, listed: &[Listed]| {
        let lists = if listed.is_empty() { "empty".to_owned() } else { render::lists(listed) };
        let _ = writeln!(text, "  {column:<14}{lists}");
    };
    let mut listed = Vec::new();
    lockstep.subject().lists(&mut listed);
    line(Column::Engine, &listed);
    if let Some(reference) = lockstep.reference() {
        listed.clear();
        reference.lists(&mut listed);
        line(Column::Reference, &listed);
    }
    if let Some(specification) = lockstep.specification() {
        listed.clear();
        specification.lists(&mut listed);
        line(Column::Specification, &listed);
    }
    text
}
