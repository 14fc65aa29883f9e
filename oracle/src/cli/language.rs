//! The op language on one screen: a program that uses everything once.

use oracle::geometry::GEOMETRIES;

/// A program, which a test parses and runs.
const SHEET: &str = "\
ops v1                          # first line; # starts a comment
geometry conte-sl32             # one of those below
pool 4096 extra 13 residue 5 spacing 64     # 256, 512 … 262144 bytes
off fill hostile                # disabled op kinds and size modes
seed 7                          # of the payloads; odd: reset at the end
profile 0                       # check profile, 0-3

malloc 3 tiny 24                # into slot 3 or the next empty one: 24 bytes
memalign 32 align 64 log 9 128  # slot by 32s; 2^9 bytes and 128/256 of that
realloc slot 3 gap fit +8       # first live at or after 3; 8 bytes too large
realloc newest 0 relative target x3/2       # k-th newest; of its own size
realloc next granules 4         # neighbour in memory; in ALIGNs
free oldest 2                   # also: slot N, newest K, next, prev
malloc 0 edge 5 2 -1            # lower edge of a size class, 1 byte below
malloc 0 fraction 512           # half of the pool, in 1024ths
rewrite prev                    # write a new pattern
add_pool 1 fresh 0              # regions 0-3
add_pool 1 overlap              # must be refused; also duplicate, …
remove_pool 1                   # drains it first; not with `force`
extend_pool 1 8                 # 8 ALIGNs at its end (a check beside C)
shrink_pool 1 4                 # likewise
repeat 3                        # the last op again
drain alternate all             # lifo, fifo, address, alternate; all or 1-63
check                           # run every check
";

const EXAMPLES: &str = "\
Examples:
  cargo oracle convert crash-12345678                   text to stdout
  cargo oracle convert crash-12345678 -o finding.ops    text to a file
  cargo oracle convert finding.ops -o seed.bin          a seed for a fuzzer
  cargo oracle convert - <crash-12345678                from standard input";

/// Returns the end of `convert --help`.
pub(crate) fn help() -> String {
    let sheet: String = SHEET.lines().map(|line| format!("  {line}\n")).collect();
    let names: Vec<_> = GEOMETRIES.iter().map(|geometry| geometry.name).collect();
    let names: String = names.chunks(4).map(|four| format!("\n  {}", four.join(", "))).collect();
    format!(
        "{EXAMPLES}\n\nThe op language by example (tables: documentation of `oracle::ops`):\n\n\
         {sheet}\nAlso: fill SIZE (malloc until it fails); hostile LIMIT (zero, size_max, max …).\n\
         Without a live allocation, free and realloc allocate. With all slots in use,\n\
         malloc frees. At the end, all live allocations are freed, or the heap is\n\
         reset.\n\n\
         Geometries:{names}\n\n\
         Exit codes: 0 converted; 2 the file cannot be read or is ill-formed."
    )
}

#[cfg(test)]
mod tests {
    use oracle::ops::Program;

    #[test]
    fn the_sheet_is_a_program_on_which_all_checks_agree() {
        let program: Program = super::SHEET.parse().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(program.ops.len(), 17);
        if let Err(failure) = oracle::run_program(&program, &oracle::Config::default()) {
            panic!("{}", oracle::Report::of(&failure));
        }
    }

    #[test]
    fn the_sheet_fits_a_terminal() {
        for line in super::help().lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}
