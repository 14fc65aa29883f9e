//! AFL++ drives [`oracle::misuse::run`], in persistent mode. Without it, the input is what comes on
//! stdin.

fn main() {
    afl::fuzz!(|bytes: &[u8]| {
        if let Err(finding) = oracle::misuse::run(bytes) {
            panic!("{finding}");
        }
    });
}
