//! The arguments of `check`.

use std::path::PathBuf;

use clap::Args;

use super::faults::PROBES;
use super::task::MostLevel;
use crate::cli::args::{count, seconds};

/// Check an allocator written in C
///
/// Compiles the source with the C compiler (cc, or the one that CC names) to a shared library, or takes a
/// library as it is. A child process loads it and runs random programs on it, with every check that its
/// functions allow. A crash or a call that does not return is a finding, too. The command shrinks the program of
/// a finding.
///
/// The functions are found by their names, see --names. They determine the level of the checks, see --level.
///
/// For a TLSF, the command first looks for the numbered faults of TLSF 3.1. If one of B1 to B4 or B6 is present,
/// the programs leave out the calls that show it. The result is a report in Markdown.
#[derive(Args)]
#[command(
    after_help = HELP,
    override_usage = "cargo oracle check --source <FILE.c> [OPTIONS]\n       cargo oracle check --library <LIB.so> [OPTIONS]"
)]
pub(crate) struct Check {
    /// A source file in C; several files make one library
    #[arg(long, value_name = "FILE.c", required_unless_present_any = ["library", "child"])]
    pub(super) source: Vec<PathBuf>,
    /// A shared library instead of a source
    #[arg(long, value_name = "LIB.so", conflicts_with = "source")]
    pub(super) library: Option<PathBuf>,
    /// A folder with headers that the source includes
    #[arg(long, value_name = "DIR", requires = "source")]
    pub(super) include: Vec<PathBuf>,
    /// A macro for the source
    #[arg(long, value_name = "NAME[=VALUE]", requires = "source")]
    pub(super) define: Vec<String>,
    /// A further option of the C compiler
    #[arg(long, value_name = "OPTION", requires = "source", allow_hyphen_values = true)]
    pub(super) cc_option: Vec<String>,
    /// What the functions are called: tlsf, lv_tlsf, multi_heap, malloc, or a table FILE.toml [default: by the
    /// symbols]
    #[arg(long, value_name = "TABLE")]
    pub(super) names: Option<String>,
    /// The highest level that is checked
    #[arg(long, value_enum, default_value = "exact", value_name = "LEVEL")]
    pub(super) level: MostLevel,
    /// Lists for each power of two of a TLSF: 4, 8, 16 or 32 [default: by the size of its control structure]
    #[arg(long, value_name = "N", value_parser = lists)]
    pub(super) lists: Option<usize>,
    /// Numbered faults that are known: the report lists them, but does not count them as findings
    #[arg(long, value_name = "B1,B2…", value_delimiter = ',', value_parser = number_of_a_fault)]
    pub(super) known: Vec<String>,
    /// Number of calls after which the run ends
    #[arg(long, value_parser = calls, default_value = "1M", value_name = "N")]
    pub(super) calls: u64,
    /// Seconds after which the run ends
    #[arg(long, value_parser = seconds, default_value = "60", value_name = "N")]
    pub(super) seconds: u64,
    /// Seed of the programs
    #[arg(long, default_value = "1", value_name = "N")]
    pub(super) seed: u64,
    /// Seconds after which a call that has not returned counts as a hang
    #[arg(long, value_parser = seconds, default_value = "2", value_name = "N")]
    pub(super) hang: u64,
    /// Run this program only, in place of random ones and of the numbered faults
    #[arg(long, value_name = "FILE.ops")]
    pub(super) replay: Option<PathBuf>,
    /// File for the report [default: stdout]
    #[arg(short, long, value_name = "FILE.md")]
    pub(super) output: Option<PathBuf>,
    /// This process is the child: the folder with its task
    #[arg(long, hide = true)]
    pub(super) child: Option<PathBuf>,
}

const HELP: &str = r#"Examples:
  cargo oracle check --source tlsf.c
  cargo oracle check --source lv_tlsf.c --include shims --define LV_MEM_SIZE=65536
  cargo oracle check --source multi_heap.c --source tlsf.c --include include
  cargo oracle check --library ./liballoc.so --names malloc --calls 10M -o report.md
  cargo oracle check --source static.c --include include --names mimalloc.toml
  cargo oracle check --source tlsf.c --known B1,B2,B3 --replay finding.ops

A table of names lists the function of each role, with its arguments in their order:

  # mimalloc.toml
  malloc = "mi_malloc(size)"
  memalign = "mi_malloc_aligned(size, align)"
  zeroed = "mi_calloc(1, size)"
  realloc = "mi_realloc(block, size)"
  free = "mi_free(block)"
  usable_size = "mi_usable_size(block)"

  Required: malloc, free. An allocator that serves from memory of its caller has one of
    create_with_pool = "init(mem, bytes)"
    create = "create(mem)"  with  size = "control_bytes()"  add_pool = "add(heap, mem, bytes)"
  and its functions may take heap: malloc = "alloc(heap, size)".
  Further roles: destroy, remove_pool, get_pool; check (an int, 0: sound), is_sound (a bool), check_pool;
    walk, walk_pool: "walk(pool, walker, user)" calls walker(block, bytes, is_used, user);
    align_size, block_size_min, block_size_max, pool_overhead, alloc_overhead: constants.
  Arguments: heap, size, align, block, mem, bytes, pool, walker, user, out (where the function
    writes the block's address, as posix_memalign does), numbers.
  Settings: malloc_align = 16 (of every block of malloc), memory_align = 32 (of the memory it serves from),
    tlsf = true (look for the numbered faults).

Exit codes: 0 no finding; 1 a finding, also one of efficiency ("Wasteful"), or a numbered fault that is not
--known; 2 the source cannot be compiled, the library cannot be used, or an argument is wrong; 130 interrupted."#;

fn number_of_a_fault(text: &str) -> Result<String, String> {
    let is_one = PROBES.iter().any(|probe| probe.number == text);
    is_one.then(|| text.to_owned()).ok_or_else(|| {
        let mut numbers: Vec<&str> = PROBES.iter().map(|probe| probe.number).collect();
        numbers.dedup();
        format!("expected one of {}", numbers.join(", "))
    })
}

fn calls(text: &str) -> Result<u64, String> {
    count(text).and_then(|calls| match calls {
        0 => Err("expected at least 1".to_owned()),
        _ => Ok(calls),
    })
}

fn lists(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| [4, 8, 16, 32].contains(number));
    number.ok_or_else(|| "expected 4, 8, 16 or 32".to_owned())
}
