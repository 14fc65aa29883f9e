//! A program as many are: it parses, changes and prints JSON, and searches text by regular expressions, in two
//! threads. Everything it prints is a function of its own data; only time and memory depend on the allocator.

use std::fs;
use std::thread;
use std::time::Instant;

use regex::Regex;
use serde_json::{Value, json};

/// Records of a document.
const USERS: u32 = 4000;

/// Runs the program, and prints a hash of all results, the seconds that it took, those of them on a processor
/// (of all threads), and its peak of memory in KiB.
pub(crate) fn main() {
    let rounds = std::env::args().nth(1).map_or(1, |rounds| rounds.parse().expect("rounds"));
    let start = Instant::now();
    let hash = thread::scope(|scope| {
        let threads = [1, 2].map(|seed| scope.spawn(move || (0..rounds).fold(seed, one_round)));
        threads.map(|thread| thread.join().expect("no panic")).iter().fold(0, |a, b| mix(a, *b))
    });
    let (seconds, busy) = (start.elapsed().as_secs_f64(), processor_time().unwrap_or(0.0));
    println!("{hash:016x} {seconds} {busy} {}", peak().unwrap_or(0));
}

/// The seconds that this process has had a processor, in its own code and in the system's: on Linux.
fn processor_time() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program, in parentheses, may have spaces.
    let (_, fields) = stat.rsplit_once(") ")?;
    let ticks: Vec<f64> = fields.split(' ').skip(11).take(2).flat_map(str::parse).collect();
    // The unit is 1/100 s on every Linux.
    Some(ticks.iter().sum::<f64>() / 100.0)
}

/// The most memory that this process has had at a time: on Linux.
fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

fn mix(hash: u64, value: u64) -> u64 {
    (hash.rotate_left(5) ^ value).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

fn mix_text(hash: u64, text: &str) -> u64 {
    text.bytes().fold(hash, |hash, byte| mix(hash, byte.into()))
}

fn one_round(hash: u64, round: u64) -> u64 {
    let text = document(hash ^ round).to_string();
    let mut parsed: Value = serde_json::from_str(&text).expect("what was printed");
    assert_eq!(parsed.to_string(), text, "printed and parsed");
    change(&mut parsed);
    let pretty = serde_json::to_string_pretty(&parsed).expect("a value");
    mix(mix_text(hash, &pretty), search(&pretty))
}

/// Records of users, with texts and nested lists.
fn document(seed: u64) -> Value {
    let mut state = seed | 1;
    let mut next = move |below: u64| {
        state = mix(state, below);
        (state >> 33) % below
    };
    let users = (0..USERS)
        .map(|id| {
            let words: Vec<_> = (0..1 + next(12)).map(|_| format!("word{}", next(1000))).collect();
            let tags: Vec<_> =
                (0..next(6)).map(|_| json!([next(100), format!("t{}", next(9))])).collect();
            json!({
                "id": id,
                "name": format!("User {id} of {}", next(1 << 30)),
                "mail": format!("user.{id}@host{}.example", next(50)),
                "text": words.join(" "),
                "tags": tags,
                "balance": next(1_000_000),
            })
        })
        .collect::<Vec<_>>();
    json!({ "users": users, "count": USERS })
}

/// Removes every third user, and adds fields to the others.
fn change(document: &mut Value) {
    let users = document["users"].as_array_mut().expect("a list");
    let mut index = 0;
    users.retain(|_| {
        index += 1;
        index % 3 != 0
    });
    for user in users {
        let upper = user["text"].as_str().expect("a text").to_uppercase();
        user["upper"] = Value::String(upper);
        user["history"] = (0..20).collect::<Vec<i32>>().into();
    }
}

fn search(text: &str) -> u64 {
    let patterns = [
        r#""mail": "([a-z.0-9]+)@host(\d+)\.example""#,
        r"(?i)word(\d)\d*[05]\b",
        r#""name": "User (?<id>\d+) of (?<of>\d+)""#,
        r"\[\s+(\d+),\s+(\d+)",
    ];
    patterns.iter().fold(0, |hash, pattern| {
        let regex = Regex::new(pattern).expect("a pattern");
        let found = regex.captures_iter(text).fold(hash, |hash, captures| {
            captures.iter().flatten().fold(hash, |hash, group| mix_text(hash, group.as_str()))
        });
        let replaced = regex.replace_all(text, "<$1>");
        mix_text(found, &replaced)
    })
}
