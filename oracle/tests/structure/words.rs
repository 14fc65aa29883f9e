//! Words that this project replaced by the terms of its field (CONTRIBUTING.md, "Language").

/// A word, and what to write instead. Matched as a whole word, whatever its case.
const REPLACED: &[(&str, &str)] = &[
    ("told", "returned, reported, printed, configured"),
    ("tells", "returns, reports, prints"),
    ("nobody", "the passive, or name the actor"),
    ("somebody", "name the actor"),
    ("everybody", "name the actor"),
    ("whom", "name the actor"),
    ("lest", "so that … not"),
    ("hence", "so, therefore"),
    ("dearest", "most expensive, worst case"),
    ("dearer", "more expensive"),
    ("is to be had", "exists, is available"),
    ("are to be had", "exist, are available"),
    ("for it is", "because it is"),
    ("came of", "resulted in, resulted from"),
    ("comes of", "results from"),
    ("dear", "expensive"),
    ("price", "cost"),
    ("objected", "failed, reported a mismatch"),
    ("honest", "correct, as documented"),
    ("verb", "operation"),
    ("verbs", "operations"),
    ("rooms", "modules"),
    ("door", "adapter, function"),
    ("doors", "adapters, functions"),
    ("books", "bookkeeping"),
    ("story", "report"),
    ("hunt", "campaign"),
    ("toy", "faulty allocator"),
    ("twin", "equivalent"),
    ("twins", "equivalents"),
    ("tenants", "live blocks"),
    ("anatomy", "layout"),
    ("liar", "wrapper, faulty allocator"),
    ("liars", "wrappers, faulty allocators"),
    ("Dice", "SeededRng"),
    ("LiveSet", "ShadowHeap"),
    ("Patience", "Budget"),
    ("Tenants", "ShadowHeap"),
    ("Party", "Column"),
    ("Sighted", "Detected"),
    ("Traced", "Step"),
    ("Told", "Reply"),
    ("AllocError", "RequestError, unless core's or allocator-api2's is meant"),
];

/// Text that may hold such a word: path (a folder ends in `/`), word, why.
const ALLOWED: &[(&str, &str, &str)] = &[
    ("oracle/tests/structure/", "", "this list"),
    ("Cargo.lock", "", "made by Cargo"),
    ("LICENSE-APACHE", "", "the licence's own words"),
    ("LICENSE-MIT", "", "the licence's own words"),
    ("corpus/", "", "inputs of fuzzers"),
    ("memoman/src/shared/", "AllocError", "core's and allocator-api2's"),
    ("oracle/src/check/", "AllocError", "allocator-api2's"),
    ("memoman/tests/allocator.rs", "AllocError", "allocator-api2's"),
    ("memoman/tests/std_allocator.rs", "AllocError", "core's"),
    ("CHANGELOG.md", "AllocError", "an old name, beside the new one"),
    ("CHANGELOG.md", "toy", "an old name, beside the new one"),
    ("CONTRIBUTING.md", "verb", "of grammar"),
    ("memoman/benches/traces/sqlite.sql", "price", "a column of a table"),
];

/// Where `text`, the file at `path`, has a replaced word.
pub(crate) fn replaced_words(path: &str, text: &str) -> Vec<String> {
    let is_allowed = |word: &str| {
        ALLOWED.iter().any(|(place, what, _)| {
            let here = *place == path || (place.ends_with('/') && path.starts_with(place));
            here && (what.is_empty() || *what == word)
        })
    };
    let mut found = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let lower = line.to_lowercase();
        for (word, instead) in REPLACED {
            // A word with a capital is the name of a type: its case counts.
            let is_name = word.starts_with(char::is_uppercase);
            let text = if is_name { line } else { &lower };
            if holds(text, word) && !is_allowed(word) {
                found.push(format!("{path}:{number}: `{word}`; write: {instead}"));
            }
        }
    }
    found
}

/// Whether `text` holds `word` with no letter, digit or underscore beside it.
fn holds(text: &str, word: &str) -> bool {
    let is_letter = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        !text[..at].ends_with(is_letter) && !text[at + word.len()..].starts_with(is_letter)
    })
}

#[test]
fn a_replaced_word_is_found_whole_and_outside_of_allowed_files_only() {
    let line = "What it told: toldness, Dice, dice.";
    assert_eq!(replaced_words("a.rs", line).len(), 2);
    assert_eq!(replaced_words("corpus/a", line), [""; 0]);
    assert_eq!(replaced_words("a.rs", "untold, tolds, LiveSets, DiceBox"), [""; 0]);
}
