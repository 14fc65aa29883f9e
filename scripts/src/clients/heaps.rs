//! What processes write about their heaps when they exit (`MEMOMAN_CHECK`).

/// The lines of one run.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Heaps {
    /// Processes that checked their heaps and found them sound.
    pub(super) sound: usize,
    /// Those with the name of the program.
    pub(super) named: usize,
}

impl Heaps {
    /// Reads the lines `memoman-malloc: NAME PID: sound: …`.
    ///
    /// # Errors
    /// The lines that say something else.
    pub(super) fn read(text: &str, name: &str) -> Result<Self, String> {
        let mut heaps = Self { sound: 0, named: 0 };
        let mut bad = Vec::new();
        for line in text.lines() {
            let is_sound = line.contains(": sound: ") && line.ends_with(" 0 arenas not checked");
            if !is_sound {
                bad.push(line);
                continue;
            }
            heaps.sound += 1;
            let process =
                line.strip_prefix("memoman-malloc: ").and_then(|rest| rest.split(' ').next());
            heaps.named += usize::from(process.is_some_and(|process| process.starts_with(name)));
        }
        if bad.is_empty() { Ok(heaps) } else { Err(bad.join("\n")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str =
        "sound: 1 arenas, 5 blocks in use (90 bytes), 1 free (8 bytes), 0 arenas not checked";

    #[test]
    fn processes_are_counted_and_those_of_the_program_among_them() {
        let text = format!(
            "memoman-malloc: sh 12: {SOUND}\nmemoman-malloc: git 13: {SOUND}\nmemoman-malloc: git 14: {SOUND}\n"
        );
        assert_eq!(Heaps::read(&text, "git"), Ok(Heaps { sound: 3, named: 2 }));
        assert_eq!(Heaps::read("", "git"), Ok(Heaps { sound: 0, named: 0 }));
    }

    #[test]
    fn a_damaged_heap_and_one_that_was_not_checked_are_errors() {
        let damaged = "memoman-malloc: git 13: DAMAGED: arena 0: Mirror at 0x1000";
        let skipped = SOUND.replace("0 arenas not", "1 arenas not");
        let text = format!(
            "memoman-malloc: git 12: {SOUND}\n{damaged}\nmemoman-malloc: git 14: {skipped}"
        );
        let error = Heaps::read(&text, "git").unwrap_err();
        assert_eq!(error, format!("{damaged}\nmemoman-malloc: git 14: {skipped}"));
    }
}
