//! A call of the library, as text.

use super::names::{Argument, Names};
use super::pulse::{Call, ELSEWHERE, NONE, NULL};

/// The call with its arguments, by the names of the library.
pub(super) fn text(names: &Names, call: &Call) -> String {
    let Some(signature) = names.functions.get(&call.role) else {
        return call.role.key().to_owned();
    };
    let arguments: Vec<String> =
        signature.arguments.iter().map(|&one| argument(one, call)).collect();
    format!("{}({})", signature.symbol, arguments.join(", "))
}

/// The same, and what it returned.
pub(super) fn with_result(names: &Names, call: &Call) -> String {
    let result = match call.result {
        NONE => "does not return".to_owned(),
        NULL => "null".to_owned(),
        ELSEWHERE => "a block".to_owned(),
        _ if returns_nothing(call) => return text(names, call),
        offset if call.role.returns_pointer() => format!("at {offset}"),
        number => number.to_string(),
    };
    format!("{} -> {result}", text(names, call))
}

fn returns_nothing(call: &Call) -> bool {
    use super::names::Role::{Destroy, Free, RemovePool, Walk, WalkPool};
    matches!(call.role, Destroy | Free | RemovePool | Walk | WalkPool)
}

fn argument(argument: Argument, call: &Call) -> String {
    let place = match call.at {
        NONE | ELSEWHERE => String::new(),
        offset => format!(" at {offset}"),
    };
    match argument {
        Argument::Size | Argument::Bytes => call.size.to_string(),
        Argument::Align => call.align.to_string(),
        Argument::Block => format!("block of {} bytes{place}", call.block),
        Argument::Mem | Argument::Pool => format!("{argument}{place}"),
        other => other.to_string(),
    }
}
