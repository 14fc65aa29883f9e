//! The table of `oracle/PEERS.md`, from fewer calls: the allocators with their versions, and which of them have a
//! finding. It was made on 64-bit Linux.
#![cfg(all(target_pointer_width = "64", target_os = "linux"))]

use std::process::Command;

/// The rows of a table: each allocator's name, version, level, and whether there is no finding.
fn rows(text: &str) -> Vec<[String; 4]> {
    let lines = text.lines().skip_while(|line| !line.starts_with("| allocator |")).skip(2);
    let rows = lines.take_while(|line| line.starts_with('|'));
    rows.map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        // (Of the platform, the version is that of the machine.)
        let version = if cells[1].starts_with("the platform") { "" } else { cells[2] };
        let is_sound = cells[5] == "none";
        // (One that ends its process is at no level; with overflow checks, it panics instead.)
        let level = if is_sound { cells[3] } else { "" };
        [cells[1], version, level, if is_sound { "none" } else { "finding" }].map(str::to_owned)
    })
    .collect()
}

#[test]
fn the_table_of_the_peers_is_as_documented() {
    let output = Command::new(env!("CARGO_BIN_EXE_memoman-peers"))
        .args(["--seed", "1", "--calls", "20000"])
        .output()
        .expect("the binary starts");
    let text = String::from_utf8(output.stdout).expect("text");
    let document = concat!(env!("CARGO_MANIFEST_DIR"), "/../PEERS.md");
    let documented = rows(&std::fs::read_to_string(document).expect("the document"));
    assert!(documented.len() >= 16, "{documented:?}");
    assert_eq!(rows(&text), documented, "{text}");
    assert_eq!(output.status.code(), Some(1), "two have a finding");
    assert!(text.contains("memalign 64 align top/2 tiny 1") && text.contains("malloc 7 tiny 1"));
}
