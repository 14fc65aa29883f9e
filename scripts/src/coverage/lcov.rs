//! What llvm-cov exports as LCOV: for each file, how often lines and branches were taken.

use std::collections::BTreeMap;

/// A file's counts. A line or branch of a generic function appears once for each place in the source.
#[derive(Default, Debug)]
pub(super) struct Taken {
    pub(super) lines: BTreeMap<usize, u64>,
    /// By line, then by the branch's name there.
    pub(super) branches: BTreeMap<usize, BTreeMap<String, u64>>,
}

/// Reads LCOV. Files are named relative to the folder `below`; others are left out.
pub(super) fn parse(text: &str, below: &str) -> BTreeMap<String, Taken> {
    let mut files = BTreeMap::<String, Taken>::new();
    let mut file: Option<&mut Taken> = None;
    for line in text.lines() {
        if let Some(path) = line.strip_prefix("SF:") {
            let name = path.rfind(below).map(|at| &path[at + below.len()..]);
            file = name.map(|name| files.entry(name.to_owned()).or_default());
        } else if let (Some(file), Some((kind, record))) = (&mut file, line.split_once(':')) {
            // Other records are names and sums.
            match kind {
                "DA" => add_line(file, record),
                "BRDA" => add_branch(file, record),
                _ => None,
            };
        }
    }
    files
}

/// `LINE,COUNT`
fn add_line(file: &mut Taken, record: &str) -> Option<()> {
    let mut fields = record.split(',');
    let line = fields.next()?.parse().ok()?;
    let count: u64 = fields.next()?.parse().ok()?;
    let most = file.lines.entry(line).or_insert(0);
    *most = count.max(*most);
    Some(())
}

/// `LINE,BLOCK,BRANCH,COUNT`, a hyphen for a branch that was never evaluated.
fn add_branch(file: &mut Taken, record: &str) -> Option<()> {
    let (rest, count) = record.rsplit_once(',')?;
    let (line, branch) = rest.split_once(',')?;
    let branches = file.branches.entry(line.parse().ok()?).or_default();
    *branches.entry(branch.to_owned()).or_insert(0) += count.parse().unwrap_or(0);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_counts_if_any_instantiation_took_it() {
        let text = "SF:/w/memoman/src/heap/mod.rs\nFN:1,a\nDA:1,0\nDA:1,7\nBRDA:2,0,0,-\nBRDA:2,0,1,3\nBRDA:2,0,1,1\nend_of_record\nSF:/w/oracle/src/a.rs\nDA:1,1\n";
        let files = parse(text, "memoman/src/");
        assert_eq!(files.keys().collect::<Vec<_>>(), ["heap/mod.rs"]);
        let file = &files["heap/mod.rs"];
        assert_eq!(file.lines[&1], 7);
        assert_eq!(file.branches[&2].values().copied().collect::<Vec<_>>(), [0, 4]);
    }
}
