//! A heap of the library: its functions with their arguments.

use std::ffi::{c_int, c_void};
use std::ptr::NonNull;
use std::rc::Rc;

use memmap2::{MmapOptions, MmapRaw};

use super::function::Words;
use super::library::Functions;
use crate::cli::check::names::{Argument, Role};
use crate::cli::check::pulse::Call;

/// The most blocks that a walk shows: one that follows a circle would fill the memory before it is stopped.
const MOST_ROWS: usize = 1 << 20;

/// Memory of this process's own, zeroed, at the start of a page.
pub(crate) struct Zone(MmapRaw);

impl Zone {
    /// So many bytes, which the system may provide as they are used.
    pub(crate) fn new(bytes: usize) -> Option<Self> {
        let map = MmapOptions::new().len(bytes.max(1)).no_reserve_swap().map_anon().ok()?;
        Some(Self(MmapRaw::from(map)))
    }

    pub(crate) fn start(&self) -> NonNull<u8> {
        NonNull::new(self.0.as_mut_ptr()).expect("a map is not at address 0")
    }

    /// The address for the library, which makes a pointer of it.
    pub(crate) fn addr(&self) -> usize {
        self.start().as_ptr().expose_provenance()
    }
}

/// A heap, or the only one of an allocator without handles.
pub(crate) struct Handle {
    pub(crate) functions: Rc<Functions>,
    pub(crate) heap: usize,
    /// Its control structure, if that is apart from its pools.
    pub(crate) control: Option<Zone>,
    /// The pools: where each starts, and what the library calls it.
    pools: Vec<(usize, usize)>,
}

impl Handle {
    /// The allocator serves from memory that it is given.
    pub(crate) fn is_placed(functions: &Functions) -> bool {
        functions.has(Role::Create) || functions.has(Role::CreateWithPool)
    }

    /// A heap in this memory; none if the allocator refuses it.
    ///
    /// # Safety
    /// The memory is used by nothing else while the heap exists.
    pub(crate) unsafe fn new(functions: &Rc<Functions>, memory: NonNull<[u8]>) -> Option<Self> {
        if !functions.has(Role::Create) {
            let (mem, bytes) = Self::aligned(functions, memory)?;
            let call = Call {
                size: bytes as u64,
                at: functions.offset(mem),
                ..Call::of(Role::CreateWithPool)
            };
            // SAFETY: memory of the caller's.
            let heap = unsafe {
                functions.call(
                    Role::CreateWithPool,
                    &Words { mem, bytes, ..Words::default() },
                    call,
                )?
            };
            let mut made =
                Self { functions: functions.clone(), heap, control: None, pools: Vec::new() };
            if heap == 0 {
                return None;
            }
            let words = made.words();
            // SAFETY: the heap has just been made.
            let pool = unsafe { functions.call(Role::GetPool, &words, Call::of(Role::GetPool)) };
            made.pools.extend(pool.map(|pool| (memory.addr().get(), pool)));
            return Some(made);
        }
        let mut made = Self::empty(functions)?;
        // SAFETY: the caller's.
        let added = unsafe { made.add_pool(memory)? };
        added.then_some(made)
    }

    /// A heap without a pool, where there is such a function.
    pub(crate) fn empty(functions: &Rc<Functions>) -> Option<Self> {
        let bytes = functions.constant(Role::Size)?;
        let control = Zone::new(bytes)?;
        let mem = control.addr();
        // SAFETY: memory of the heap's own, as long as the library says.
        let heap = unsafe {
            functions.call(
                Role::Create,
                &Words { mem, bytes, ..Words::default() },
                Call::of(Role::Create),
            )?
        };
        let made =
            Self { functions: functions.clone(), heap, control: Some(control), pools: Vec::new() };
        (heap != 0).then_some(made)
    }

    /// The allocator without handles.
    pub(crate) fn only(functions: &Rc<Functions>) -> Self {
        Self { functions: functions.clone(), heap: 0, control: None, pools: Vec::new() }
    }

    /// The part of memory that is aligned as the allocator requires: address and bytes.
    fn aligned(functions: &Functions, memory: NonNull<[u8]>) -> Option<(usize, usize)> {
        let own = functions.names.settings.memory_align.unwrap_or(1);
        let asked = functions.constant(Role::AlignSize).filter(|align| align.is_power_of_two());
        let align = own.max(asked.unwrap_or(1).min(4096));
        // The library, and what is done with its blocks, make pointers of addresses.
        let start = memory.cast::<u8>().as_ptr().expose_provenance();
        let mem = start.next_multiple_of(align);
        Some((mem, memory.len().checked_sub(mem - start)? / align * align))
    }

    fn words(&self) -> Words {
        Words { heap: self.heap, ..Words::default() }
    }

    /// Calls a function that returns a block: its address, or 0.
    fn block(&self, role: Role, mut words: Words, call: Call) -> Option<usize> {
        let mut block = 0_usize;
        let writes = self.functions.takes(role, Argument::Out);
        if writes {
            words.out = (&raw mut block).expose_provenance();
        }
        // SAFETY: a request may have any size and alignment; the caller of the role's function has the rest.
        let result = unsafe { self.functions.call(role, &words, call)? };
        match writes {
            // An int: 0 if the block was written.
            true => Some(if result as c_int == 0 { block } else { 0 }),
            false => Some(result),
        }
    }

    pub(crate) fn malloc(&self, size: usize) -> Option<usize> {
        let call = Call { size: size as u64, ..Call::of(Role::Malloc) };
        self.block(Role::Malloc, Words { size, ..self.words() }, call)
    }

    pub(crate) fn zeroed(&self, size: usize) -> Option<usize> {
        let call = Call { size: size as u64, ..Call::of(Role::Zeroed) };
        self.block(Role::Zeroed, Words { size, ..self.words() }, call)
    }

    pub(crate) fn memalign(&self, align: usize, size: usize) -> Option<usize> {
        // (posix_memalign is defined for multiples of a word.)
        let least = if self.functions.takes(Role::Memalign, Argument::Out) {
            size_of::<usize>()
        } else {
            0
        };
        let align = align.max(least);
        let call = Call { size: size as u64, align: align as u64, ..Call::of(Role::Memalign) };
        self.block(Role::Memalign, Words { align, size, ..self.words() }, call)
    }

    /// # Safety
    /// The block is live, or this process may be ended by it.
    pub(crate) unsafe fn realloc(&self, block: usize, old: usize, size: usize) -> Option<usize> {
        let at = self.functions.offset(block);
        let call = Call { size: size as u64, at, block: old as u64, ..Call::of(Role::Realloc) };
        self.block(Role::Realloc, Words { block, size, ..self.words() }, call)
    }

    /// # Safety
    /// The block is live, or this process may be ended by it.
    pub(crate) unsafe fn free(&self, block: usize, old: usize) {
        let at = self.functions.offset(block);
        let call = Call { at, block: old as u64, ..Call::of(Role::Free) };
        // SAFETY: the caller's.
        unsafe { self.functions.call(Role::Free, &Words { block, ..self.words() }, call) };
    }

    /// # Safety
    /// The block is live, or this process may be ended by it.
    pub(crate) unsafe fn usable_size(&self, block: usize, old: usize) -> Option<usize> {
        let call = Call {
            at: self.functions.offset(block),
            block: old as u64,
            ..Call::of(Role::UsableSize)
        };
        // SAFETY: the caller's.
        unsafe { self.functions.call(Role::UsableSize, &Words { block, ..self.words() }, call) }
    }

    /// Adds a pool; whether it was accepted.
    ///
    /// # Safety
    /// The memory is used by nothing else, or this process may be ended by it.
    pub(crate) unsafe fn add_pool(&mut self, pool: NonNull<[u8]>) -> Option<bool> {
        if !self.functions.has(Role::AddPool) {
            return None;
        }
        let Some((mem, bytes)) = Self::aligned(&self.functions, pool) else { return Some(false) };
        // SAFETY: the caller's.
        let added = unsafe { self.add_memory(mem, bytes)? };
        if added != 0 {
            self.pools.push((pool.addr().get(), added));
        }
        Some(added != 0)
    }

    /// What the library's function returns for memory of any kind.
    ///
    /// # Safety
    /// This process may be ended by it.
    pub(crate) unsafe fn add_memory(&self, mem: usize, bytes: usize) -> Option<usize> {
        let call =
            Call { size: bytes as u64, at: self.functions.offset(mem), ..Call::of(Role::AddPool) };
        // SAFETY: the caller's.
        unsafe { self.functions.call(Role::AddPool, &Words { mem, bytes, ..self.words() }, call) }
    }

    /// Removes the pool that starts there, if it is known.
    ///
    /// # Safety
    /// No block of it is live, or this process may be ended by it.
    pub(crate) unsafe fn remove_pool(&mut self, mem: usize) -> Option<bool> {
        let Some(at) = self.pools.iter().position(|pool| pool.0 == mem) else { return Some(false) };
        let pool = self.pools[at].1;
        // SAFETY: the caller's.
        unsafe { self.forget(pool, mem)? };
        self.pools.remove(at);
        Some(true)
    }

    /// The same for a pool that need not be one of this heap.
    ///
    /// # Safety
    /// This process may be ended by it.
    pub(crate) unsafe fn forget(&self, pool: usize, mem: usize) -> Option<usize> {
        let call = Call { at: self.functions.offset(mem), ..Call::of(Role::RemovePool) };
        // SAFETY: the caller's.
        unsafe { self.functions.call(Role::RemovePool, &Words { pool, ..self.words() }, call) }
    }

    /// What the library calls the pool that starts there.
    pub(crate) fn pool(&self, mem: usize) -> Option<usize> {
        self.pools.iter().find(|pool| pool.0 == mem).map(|pool| pool.1)
    }

    /// Ends the heap, if there is such a function.
    ///
    /// # Safety
    /// It is not used any more.
    pub(crate) unsafe fn destroy(&mut self) {
        // SAFETY: the caller's.
        unsafe { self.functions.call(Role::Destroy, &self.words(), Call::of(Role::Destroy)) };
    }

    /// The allocator's own checks: which one fails.
    pub(crate) fn validate(&self) -> Option<Result<(), String>> {
        let words = self.words();
        let mut checked = false;
        let mut fails = |role: Role, words: &Words, passes: fn(usize) -> bool| {
            // SAFETY: the heap is live.
            let result = unsafe { self.functions.call(role, words, Call::of(role)) }?;
            checked = true;
            let symbol = &self.functions.names.functions[&role].symbol;
            (!passes(result)).then(|| format!("{symbol} fails: it returns {}", result as c_int))
        };
        let int = |result| result as c_int == 0;
        let mut failed = fails(Role::Check, &words, int);
        // A bool is the lowest byte.
        failed = failed.or_else(|| fails(Role::IsSound, &words, |result| result & 0xFF != 0));
        for &(_, pool) in &self.pools {
            failed = failed.or_else(|| fails(Role::CheckPool, &Words { pool, ..words }, int));
        }
        checked.then(|| failed.map_or(Ok(()), Err))
    }

    /// Shows address, bytes and use of each block of the pool that starts at `mem`.
    pub(crate) fn walk(&self, mem: usize, visit: &mut dyn FnMut(usize, usize, bool)) -> Option<()> {
        let mut left = MOST_ROWS;
        let mut bounded = |address, size, used| {
            if left > 0 {
                left -= 1;
                visit(address, size, used);
            }
        };
        let mut visitor: Visitor<'_> = &mut bounded;
        let words = Words {
            walker: (show as Walker as *const ()).expose_provenance(),
            user: (&raw mut visitor).expose_provenance(),
            ..self.words()
        };
        let known = self.pool(mem).filter(|_| self.functions.has(Role::WalkPool));
        let (role, pool) = known.map_or((Role::Walk, 0), |pool| (Role::WalkPool, pool));
        // SAFETY: the heap is live; the function calls `show` with `visitor` while it runs.
        unsafe { self.functions.call(role, &Words { pool, ..words }, Call::of(role)) }.map(drop)
    }
}

type Visitor<'a> = &'a mut dyn FnMut(usize, usize, bool);
type Walker = unsafe extern "C" fn(*mut c_void, usize, c_int, *mut c_void) -> c_int;

/// What the library calls for each block: `user` is a [`Visitor`]. Returns that the walk goes on.
unsafe extern "C" fn show(
    block: *mut c_void,
    size: usize,
    used: c_int,
    user: *mut c_void,
) -> c_int {
    // SAFETY: `walk` passes a visitor, which outlives the call.
    let visitor = unsafe { &mut *user.cast::<Visitor<'_>>() };
    visitor(block.addr(), size, used != 0);
    1
}
