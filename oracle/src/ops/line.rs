//! One line of text, read word by word. Errors name the line and the column of the word.

use std::fmt;
use std::ops::RangeInclusive;

use super::keywords::{Either, Keyword};

/// The reason why a text is not a program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParseError {
    /// The line, counted from 1.
    pub line: usize,
    /// The column of the word's first character, counted from 1.
    pub column: usize,
    /// The word that was found; empty if the line ended too early.
    pub found: String,
    /// The words that would be accepted here.
    pub expected: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, found, expected } = self;
        write!(f, "line {line}, column {column}: ")?;
        match found.as_str() {
            "" => write!(f, "the line ends here; expected {expected}"),
            word => write!(f, "`{}`; expected {expected}", shown(word)),
        }
    }
}

impl std::error::Error for ParseError {}

/// Characters of a word that an error message shows.
const SHOWN: usize = 40;

/// The word as a message shows it: control and invisible characters escaped, a long word cut off.
fn shown(word: &str) -> String {
    let visible = |c: char| match c.escape_debug().next() {
        Some('\\') if !matches!(c, '\\' | '\'' | '"') => c.escape_debug().collect(),
        _ => String::from(c),
    };
    let mut text: String = word.chars().take(SHOWN).map(visible).collect();
    if word.chars().nth(SHOWN).is_some() {
        text.push('…');
    }
    text
}

pub(super) type Parsed<T> = Result<T, ParseError>;

/// The words of a line, without its comment.
#[derive(Clone)]
pub(super) struct Line<'a> {
    number: usize,
    text: &'a str,
    /// Byte offsets into `text`: where the last word taken starts, and where the rest starts.
    last: usize,
    rest: usize,
}

impl<'a> Line<'a> {
    pub(super) fn new(number: usize, text: &'a str) -> Self {
        let text = text.split('#').next().unwrap_or_default().trim_end();
        Self { number, text, last: 0, rest: 0 }
    }

    /// Returns the lines of a text that have words.
    pub(super) fn all(text: &'a str) -> impl Iterator<Item = Self> {
        let lines = text.lines().enumerate().map(|(index, line)| Self::new(index + 1, line));
        lines.filter(|line| line.more())
    }

    /// Whether there are words left.
    pub(super) fn more(&self) -> bool {
        self.peek().is_some()
    }

    pub(super) fn peek(&self) -> Option<&'a str> {
        self.text[self.rest..].split_whitespace().next()
    }

    /// Takes the next word; the empty string at the end of the line.
    pub(super) fn word(&mut self) -> &'a str {
        let rest = &self.text[self.rest..];
        let word = rest.split_whitespace().next().unwrap_or_default();
        self.last = self.text.len() - rest.trim_start().len();
        self.rest = self.last + word.len();
        word
    }

    /// Returns the error that the last word taken is wrong.
    pub(super) fn wrong(&self, expected: impl fmt::Display) -> ParseError {
        ParseError {
            line: self.number,
            column: self.text[..self.last].chars().count() + 1,
            found: self.text[self.last..self.rest].to_owned(),
            expected: expected.to_string(),
        }
    }

    /// Takes the next word and returns its index in `words`.
    pub(super) fn pick<I>(&mut self, words: I) -> Parsed<usize>
    where
        I: Iterator<Item = &'static str> + Clone,
    {
        let word = self.word();
        let found = words.clone().position(|w| w == word);
        found.ok_or_else(|| self.wrong(Either(words)))
    }

    pub(super) fn choose<T: Keyword>(&mut self) -> Parsed<T> {
        let number = self.pick(T::ALL.iter().map(|choice| choice.word()))?;
        Ok(T::ALL[number])
    }

    /// Takes the next word as a number; `what` names the number in the error.
    pub(super) fn number<T>(&mut self, what: &str, range: RangeInclusive<T>) -> Parsed<T>
    where
        T: std::str::FromStr + PartialOrd + fmt::Display,
    {
        let number = self.word().parse().ok().filter(|n| range.contains(n));
        number.ok_or_else(|| {
            self.wrong(format_args!("{what} ({} to {})", range.start(), range.end()))
        })
    }

    pub(super) fn end(&mut self) -> Parsed<()> {
        if self.word().is_empty() { Ok(()) } else { Err(self.wrong("the end of the line")) }
    }
}
