//! Panics of an allocator under test are findings: they are not printed while programs run.

use std::cell::Cell;
use std::panic;
use std::sync::Once;

thread_local! {
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs `body`. Panics in it that are caught there are not printed, and reach no hook of a fuzzer, which
/// would end the process before the program is shrunk.
pub(super) fn quietly<T>(body: impl FnOnce() -> T) -> T {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !IS_QUIET.get() {
                usual(info);
            }
        }));
    });
    let before = IS_QUIET.replace(true);
    let result = body();
    IS_QUIET.set(before);
    result
}
