//! Child processes: what they print, and how they end.

use std::io::Read;
use std::process::ExitStatus;
use std::thread;

/// The number of bytes of a child's output that are kept, from the front and from the end.
const KEPT: usize = 1 << 20;

/// Reads a pipe to its end in a thread, because the child blocks on a full pipe. Keeps the first and the
/// last megabyte.
pub(crate) fn drain(mut from: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let (mut front, mut end, mut part) = (Vec::new(), Vec::new(), [0; 4096]);
        while let Ok(count @ 1..) = from.read(&mut part) {
            let space = KEPT.saturating_sub(front.len()).min(count);
            front.extend_from_slice(&part[..space]);
            end.extend_from_slice(&part[space..count]);
            if end.len() > 2 * KEPT {
                end.drain(..end.len() - KEPT);
            }
        }
        front.append(&mut end);
        String::from_utf8_lossy(&front).into_owned()
    })
}

/// How a process ended that did not end well: the signal, where there is one.
#[cfg(unix)]
pub(crate) fn end(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match status.signal() {
        Some(4) => "illegal instruction".to_owned(),
        Some(6) => "abort".to_owned(),
        Some(7) => "bus error".to_owned(),
        Some(8) => "arithmetic error".to_owned(),
        Some(11) => "segmentation fault".to_owned(),
        Some(signal) => format!("signal {signal}"),
        None => status.to_string(),
    }
}

#[cfg(not(unix))]
pub(crate) fn end(status: ExitStatus) -> String {
    status.to_string()
}
