//! AFL++ runs [`oracle::guard::run`], in persistent mode. Without AFL++, the input is read from stdin.

fn main() {
    afl::fuzz!(|bytes: &[u8]| {
        if let Err(finding) = oracle::guard::run(bytes) {
            panic!("{finding}");
        }
    });
}
