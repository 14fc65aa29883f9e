//! A shared library that is loaded, and its functions by role.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use anyhow::Context as _;
use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};

use oracle::arena::SMALL_BYTES;

use super::function::{Function, Words};
use crate::cli::check::names::{Argument, Names, Role};
use crate::cli::check::pulse::{Call, ELSEWHERE, NULL, Pulse};
use crate::cli::text::shown;

/// A library calls its own functions first, not those of this process with the same name: malloc, for instance.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const OWN_FIRST: i32 = libc::RTLD_DEEPBIND;
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
const OWN_FIRST: i32 = 0;

/// The functions of an allocator, and where its calls are recorded.
pub(crate) struct Functions {
    functions: BTreeMap<Role, Function>,
    pub(crate) names: Names,
    pub(crate) pulse: Rc<Pulse>,
    /// The address of offset 0, while blocks lie in memory of this process's own.
    base: Cell<usize>,
    /// Keeps the functions in memory.
    _library: Library,
}

impl Functions {
    /// Loads a library, which runs its code.
    ///
    /// # Errors
    /// The system cannot load it, or it lacks a symbol.
    pub(crate) fn load(path: &Path, names: Names, pulse: Rc<Pulse>) -> anyhow::Result<Self> {
        // SAFETY: a library runs its constructors: this process is there for that.
        let library = unsafe { Library::open(Some(path), RTLD_NOW | RTLD_LOCAL | OWN_FIRST) };
        let library = library.with_context(|| format!("{} cannot be loaded", shown(path)))?;
        let mut functions = BTreeMap::new();
        for (role, signature) in &names.functions {
            // SAFETY: the address is only kept here.
            let found =
                unsafe { library.get::<*mut std::ffi::c_void>(signature.symbol.as_bytes()) };
            let symbol = found.with_context(|| format!("the symbol {}", signature.symbol))?;
            let address = symbol.into_raw();
            anyhow::ensure!(!address.is_null(), "the symbol {} is at address 0", signature.symbol);
            functions.insert(*role, Function { address, signature: signature.clone() });
        }
        Ok(Self { functions, names, pulse, base: Cell::new(0), _library: library })
    }

    pub(crate) fn has(&self, role: Role) -> bool {
        self.functions.contains_key(&role)
    }

    pub(crate) fn takes(&self, role: Role, argument: Argument) -> bool {
        self.functions.get(&role).is_some_and(|function| function.signature.takes(argument))
    }

    /// Calls a function, if it is there. `call` is what the parent sees of it.
    ///
    /// # Safety
    /// The allocator may be called with these words, or this process may be ended by it.
    pub(crate) unsafe fn call(&self, role: Role, words: &Words, call: Call) -> Option<usize> {
        let function = self.functions.get(&role)?;
        self.pulse.enter(call);
        // SAFETY: the names say that it has these arguments; the words are the caller's.
        let result = unsafe { function.call(words) };
        self.pulse.leave(self.recorded(role, result));
        Some(result)
    }

    /// The result as it is recorded: of a pointer, its offset.
    fn recorded(&self, role: Role, result: usize) -> u64 {
        match (role.returns_pointer(), result) {
            (true, 0) => NULL,
            (true, _) => self.offset(result),
            (false, _) => result as u64,
        }
    }

    /// The offset of an address, as calls are recorded.
    pub(crate) fn offset(&self, address: usize) -> u64 {
        let base = self.base.get();
        let offset = address.wrapping_sub(base);
        if base != 0 && offset < SMALL_BYTES { offset as u64 } else { ELSEWHERE }
    }

    /// Records offsets from this address on.
    pub(crate) fn start_at(&self, address: usize) {
        self.base.set(address);
    }

    /// Calls a function that returns a constant, if it is there.
    pub(crate) fn constant(&self, role: Role) -> Option<usize> {
        // SAFETY: such a function takes nothing.
        unsafe { self.call(role, &Words::default(), Call::of(role)) }
    }
}
