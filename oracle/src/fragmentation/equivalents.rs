//! Equivalents: allocators that place blocks identically must agree in every figure.

use serde::Serialize;

use super::peers::Peer;
use super::results::{Broken, Results};

/// Compares each peer that has an equivalent with it, row by row.
///
/// # Errors
/// The first row that differs.
pub fn agree(peers: &[Peer], results: &Results) -> Result<(), Broken> {
    for peer in peers {
        let Some(equivalent) = peer.equivalent else { continue };
        if !peers.iter().any(|peer| peer.name == equivalent) {
            continue;
        }
        let Results { samples, capacities, adversary } = results;
        let pair = [equivalent, peer.name];
        compare(pair, samples, |row| &row.allocator)?;
        compare(pair, capacities, |row| &row.allocator)?;
        compare(pair, adversary, |row| &row.allocator)?;
    }
    Ok(())
}

/// Compares all rows of a pair, except for the name.
fn compare<R: Clone + Serialize>(
    pair: [&str; 2],
    rows: &[R],
    name: fn(&R) -> &String,
) -> Result<(), Broken> {
    let [these, those] = pair.map(|one| rows.iter().filter(move |row| name(row) == one));
    let lines = |rows: Vec<&R>, name: &str| -> Vec<String> {
        rows.iter().map(|row| line(row).replacen(name, "*", 1)).collect()
    };
    let (these, those) = (lines(these.collect(), pair[0]), lines(those.collect(), pair[1]));
    let differing = these.iter().zip(&those).find(|(a, b)| a != b);
    let what = match differing {
        Some((a, b)) => format!("differs from {}: {b} instead of {a}", pair[0]),
        None if these.len() != those.len() => {
            format!("has another number of rows than {}", pair[0])
        }
        None => return Ok(()),
    };
    Err(Broken { run: pair[1].to_owned(), what })
}

/// The row as a line of the file.
fn line<R: Serialize>(row: &R) -> String {
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    writer.serialize(row).expect("a row");
    let bytes = writer.into_inner().expect("memory does not fail");
    String::from_utf8(bytes).expect("text").trim_end().to_owned()
}
