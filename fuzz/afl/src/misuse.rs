//! AFL++ drives [`oracle::guard::run`], in persistent mode. Without it, the input is what comes on
//! stdin.

fn main() {
    afl::fuzz!(|bytes: &[u8]| {
        if let Err(finding) = oracle::guard::run(bytes) {
            panic!("{finding}");
        }
    });
}
