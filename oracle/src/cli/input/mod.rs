//! Input from outside: files, standard input, and directories of files. Nothing is read without a limit.

mod load;
mod read;
mod tree;

#[cfg(feature = "guard")]
pub(crate) use load::load_bytes;
pub(crate) use load::{Form, Loaded, load};
#[cfg(feature = "lab")]
pub(crate) use load::{decode, is_text_by_name, version_by_name};
pub(crate) use read::{MOST_BINARY, MOST_TEXT, is_stdin, read};
#[cfg(feature = "cost")]
pub(crate) use tree::corpus;
pub(crate) use tree::{files, or_corpus, programs};
