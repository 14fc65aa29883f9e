//! Writes the programs that the harness comes with to a folder: a fuzzer's first inputs.
//!
//! `cargo run --example seeds -- fuzz/corpus/harness`

use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = PathBuf::from(env::args_os().nth(1).expect("the folder is the first argument"));
    fs::create_dir_all(&folder)?;
    for (index, program) in oracle::check::programs().enumerate() {
        fs::write(folder.join(format!("{index:04}")), program.encode())?;
    }
    Ok(())
}
