//! The engine's source, line by line: unit tests and what other features compile left out, with the function
//! that each line is in. By layout, as rustfmt leaves it: an item ends where its indentation comes again.

/// A file of the engine.
#[derive(Debug)]
pub(super) struct Source {
    /// By line, from 1 on.
    lines: Vec<Option<Line>>,
    /// First and last line of each function that has a body.
    bodies: Vec<(usize, usize)>,
}

#[derive(Debug)]
struct Line {
    code: String,
    function: Option<String>,
}

impl Source {
    pub(super) fn scan(text: &str) -> Self {
        let mut source = Self { lines: vec![None], bodies: Vec::new() };
        let mut skipped: Option<usize> = None;
        let mut function: Option<(String, usize, usize)> = None;
        for (number, line) in (1..).zip(text.lines()) {
            // Unit tests come last in a file.
            if line.starts_with("#[cfg(test") || line.starts_with("#[cfg(all(test") {
                break;
            }
            let code = line.trim_matches(' ');
            let indent = line.len() - line.trim_start_matches(' ').len();
            let ends = code.ends_with('}') || code.ends_with(';');
            // What is compiled where a feature is off is not in this build.
            if code.starts_with("#[cfg(not(feature") {
                skipped = Some(indent);
            }
            if let Some(outer) = skipped {
                if indent == outer && ends && !code.starts_with('#') {
                    skipped = None;
                }
                source.lines.push(None);
                continue;
            }
            if function.is_none() {
                function = function_name(code).map(|name| (name.to_owned(), indent, number));
            }
            let name = function.as_ref().map(|(name, ..)| name.clone());
            source.lines.push(Some(Line { code: code.to_owned(), function: name }));
            if let Some((.., first)) = function.take_if(|(_, outer, _)| indent == *outer && ends) {
                if !code.ends_with(';') {
                    source.bodies.push((first, number));
                }
            }
        }
        source
    }

    /// The numbers of the lines that are measured.
    pub(super) fn numbers(&self) -> std::ops::Range<usize> {
        1..self.lines.len()
    }

    pub(super) fn code(&self, line: usize) -> Option<&str> {
        Some(&self.lines.get(line)?.as_ref()?.code)
    }

    /// The function that a line is in.
    pub(super) fn function(&self, line: usize) -> Option<&str> {
        self.lines.get(line)?.as_ref()?.function.as_deref()
    }

    /// The lines of code of functions none of whose lines is `known`: generic ones that nothing calls are
    /// not compiled.
    pub(super) fn never_compiled(&self, known: impl Fn(usize) -> bool) -> Vec<usize> {
        let unknown = self.bodies.iter().filter(|(first, last)| !(*first..=*last).any(&known));
        unknown
            .flat_map(|(first, last)| *first..=*last)
            .filter(|line| {
                self.code(*line).is_some_and(|code| !code.is_empty() && !code.starts_with("//"))
            })
            .collect()
    }
}

/// The name of the function whose signature a line begins.
fn function_name(code: &str) -> Option<&str> {
    let mut rest = code;
    if let Some(after) = rest.strip_prefix("pub") {
        let after = after
            .strip_prefix('(')
            .map_or(after, |inner| inner.split_once(')').map_or(inner, |(_, after)| after));
        rest = after.strip_prefix(' ')?;
    }
    for word in ["const ", "unsafe "] {
        rest = rest.strip_prefix(word).unwrap_or(rest);
    }
    let name = rest.strip_prefix("fn ")?;
    let end = name
        .find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'))
        .unwrap_or(name.len());
    (end > 0).then(|| &name[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
impl Heap {
    pub(crate) const unsafe fn first(
        self,
    ) -> usize {
        // a comment
        1
    }

    fn required(&self);
    #[cfg(not(feature = \"stats\"))]
    fn skipped() {
        2;
    }
}
const A: usize = 1;

#[cfg(test)]
mod tests {
    fn hidden() {}
}
";

    #[test]
    fn lines_know_their_function_and_tests_are_left_out() {
        let source = Source::scan(TEXT);
        assert_eq!(source.function(2), Some("first"));
        assert_eq!((source.function(6), source.code(6)), (Some("first"), Some("1")));
        assert_eq!(source.function(9), Some("required"));
        assert_eq!((source.code(12), source.code(13)), (None, None));
        assert_eq!((source.function(15), source.code(15)), (None, Some("const A: usize = 1;")));
        assert_eq!(source.numbers(), 1..17);
    }

    #[test]
    fn a_function_without_any_known_line_was_never_compiled() {
        let source = Source::scan(TEXT);
        assert_eq!(source.never_compiled(|_| false), [2, 3, 4, 6, 7]);
        assert!(source.never_compiled(|line| line == 6).is_empty());
    }

    #[test]
    fn signatures_are_recognised() {
        assert_eq!(function_name("pub fn a_1<T>() {"), Some("a_1"));
        assert_eq!(function_name("pub(super) fn b() {"), Some("b"));
        assert_eq!(function_name("published: fn(u8),"), None);
        assert_eq!(function_name("let f: fn() = g;"), None);
    }
}
