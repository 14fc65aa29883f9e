//! The traits of an allocator under test, by level: [`Contract`], [`Heap`], [`Exact`].

use std::alloc::Layout;
use std::ptr::NonNull;

use crate::geometry::{Geometry, WORD};

/// The allocator does not have this function: checks that need it are skipped, and listed as skipped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotSupported;

/// A live block, as its caller knows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Block {
    /// Where it starts.
    pub ptr: NonNull<u8>,
    /// The size that was requested, in bytes: of the last realloc, if there was one. Not 0.
    pub size: usize,
    /// The alignment that it was requested with, in bytes: a power of two. A block of `malloc` has
    /// [`Contract::malloc_align`].
    pub align: usize,
}

impl Block {
    /// Returns size and alignment as a layout.
    ///
    /// # Panics
    /// If the size is more than `isize::MAX`: no allocator grants so much.
    pub fn layout(&self) -> Layout {
        Layout::from_size_align(self.size, self.align).expect("a live block has a layout")
    }
}

/// A request for a block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Request {
    /// Of [`Contract::malloc`] or [`Contract::zeroed`].
    Malloc {
        /// Requested bytes.
        size: usize,
    },
    /// Of [`Contract::memalign`].
    Memalign {
        /// The requested alignment.
        align: usize,
        /// Requested bytes.
        size: usize,
    },
    /// Of [`Contract::realloc`].
    Realloc {
        /// The live block.
        block: Block,
        /// Requested bytes.
        size: usize,
    },
}

/// An allocator under test.
///
/// `malloc` and `free` are required. Every other function has a default that returns
/// `Err(NotSupported)`, and the checks that need it are skipped.
///
/// # Safety
/// A block that the allocator returns from memory of its own can be read and written until it is freed: the
/// harness writes every byte of it. (Blocks in the memory that [`Memory::take`](super::Memory::take)
/// returned need no promise: the harness writes to a block only if it lies in that memory.) An allocator that
/// breaks the promise can end the test process; the commands for C run one in a process of its own.
///
/// # Examples
/// A bump allocator that frees nothing: the harness finds that its memory is lost.
/// ```
/// use oracle::check::{self, Block, Contract, Memory};
/// use oracle::finding::Check;
/// use std::ptr::NonNull;
///
/// struct Bump { next: NonNull<u8>, left: usize }
///
/// impl Bump {
///     fn new(memory: &mut Memory) -> Option<Self> {
///         let memory = memory.take();
///         Some(Self { next: memory.cast(), left: memory.len() })
///     }
/// }
///
/// // SAFETY: all blocks lie in the memory of the harness.
/// unsafe impl Contract for Bump {
///     fn malloc(&mut self, size: usize) -> Option<NonNull<u8>> {
///         let bytes = size.checked_next_multiple_of(8)?;
///         self.left = self.left.checked_sub(bytes)?;
///         let block = self.next;
///         // SAFETY: `left` counts the bytes behind `next`.
///         self.next = unsafe { block.add(bytes) };
///         Some(block)
///     }
///     unsafe fn free(&mut self, _block: Block) {}
/// }
///
/// let report = check::Checker::new(Bump::new).stress(1, 10_000).expect_err("memory is lost");
/// assert_eq!(report.failure.check(), Check::Drained);
/// assert!(report.to_string().contains("malloc"), "the shrunk program");
/// ```
pub unsafe trait Contract {
    /// A block of `size` bytes, which is not 0; null if there is no room.
    ///
    /// `size` can be anything else, for instance `usize::MAX`.
    fn malloc(&mut self, size: usize) -> Option<NonNull<u8>>;

    /// Frees a block.
    ///
    /// # Safety
    /// The block is live.
    unsafe fn free(&mut self, block: Block);

    /// A block of `size` bytes, which is not 0, at a multiple of `align`, a power of two; null if
    /// there is no room.
    ///
    /// # Errors
    /// [`NotSupported`].
    fn memalign(
        &mut self,
        _align: usize,
        _size: usize,
    ) -> Result<Option<NonNull<u8>>, NotSupported> {
        Err(NotSupported)
    }

    /// As [`malloc`](Self::malloc), with all bytes 0.
    ///
    /// # Errors
    /// [`NotSupported`].
    fn zeroed(&mut self, _size: usize) -> Result<Option<NonNull<u8>>, NotSupported> {
        Err(NotSupported)
    }

    /// Gives a block another size, which is not 0. Null if there is no room: then the block is live
    /// and unchanged.
    ///
    /// # Errors
    /// [`NotSupported`].
    ///
    /// # Safety
    /// The block is live.
    unsafe fn realloc(
        &mut self,
        _block: Block,
        _size: usize,
    ) -> Result<Option<NonNull<u8>>, NotSupported> {
        Err(NotSupported)
    }

    /// The bytes of a live block that its caller may use: at least its size.
    ///
    /// # Errors
    /// [`NotSupported`].
    ///
    /// # Safety
    /// The block is live.
    unsafe fn usable_size(&self, _block: Block) -> Result<usize, NotSupported> {
        Err(NotSupported)
    }

    /// The alignment of every block of `malloc`, in bytes: a power of two. The default is that of a word.
    fn malloc_align(&self) -> usize {
        WORD
    }

    /// Whether a block keeps its alignment when realloc moves it, as in Rust. In C it does not.
    fn realloc_keeps_align(&self) -> bool {
        true
    }

    /// Whether the allocator is defined for a request. The harness makes no other: return `false` for what is
    /// known to be wrong, to look for what is not.
    fn accepts(&self, _request: Request) -> bool {
        true
    }

    /// The allocator at level [`Heap`], if it has that: `Some(self)`.
    fn heap(&mut self) -> Option<&mut dyn Heap> {
        None
    }
}

/// What a walk shows of one block: where its payload starts, its bytes, and whether it is free.
pub type Visit<'a> = &'a mut dyn FnMut(NonNull<u8>, usize, bool);

/// An allocator that can be asked about itself. Every function has a default that returns
/// `Err(NotSupported)`, and the checks that need it are skipped.
///
/// # Safety
/// The walk shows addresses only; the harness does not follow them.
pub unsafe trait Heap {
    /// The allocator's own check: what is broken, in a sentence.
    ///
    /// # Errors
    /// [`NotSupported`].
    fn validate(&self) -> Result<Result<(), String>, NotSupported> {
        Err(NotSupported)
    }

    /// Shows the blocks of a pool in address order, or all blocks if it is not known by pool: used
    /// blocks by the payload that was returned, and at least the free blocks that can be allocated.
    ///
    /// # Errors
    /// [`NotSupported`].
    fn walk(&self, _pool: NonNull<[u8]>, _visit: Visit<'_>) -> Result<(), NotSupported> {
        Err(NotSupported)
    }

    /// Adds memory; whether it was taken. It has a multiple of eight bytes, at least 256, and starts at a
    /// multiple of eight.
    ///
    /// # Errors
    /// [`NotSupported`].
    ///
    /// # Safety
    /// The memory is not used for anything else until it is removed.
    unsafe fn add_pool(&mut self, _pool: NonNull<[u8]>) -> Result<bool, NotSupported> {
        Err(NotSupported)
    }

    /// Gives back memory that [`add_pool`](Self::add_pool) or the constructor has taken; whether it
    /// was given back.
    ///
    /// # Errors
    /// [`NotSupported`].
    ///
    /// # Safety
    /// The memory is the allocator's, and no block in it is live.
    unsafe fn remove_pool(&mut self, _pool: NonNull<[u8]>) -> Result<bool, NotSupported> {
        Err(NotSupported)
    }

    /// The allocator at level [`Exact`], if it has that: `Some(self)`.
    fn exact(&mut self) -> Option<&mut dyn Exact> {
        None
    }
}

/// An allocator whose addresses are those of TLSF 3.1: the specification predicts every call, and the
/// walk shows every block. All the memory that it takes is one pool: its control structure is elsewhere.
///
/// # Safety
/// As [`Heap`].
pub unsafe trait Exact {
    /// Its geometry: one of [`GEOMETRIES`](crate::geometry::GEOMETRIES), or another.
    fn geometry(&self) -> Geometry;

    /// Shows the free blocks by class, in the order of each list: the class is first level × number of
    /// second-level lists + second level; the block is known by its payload.
    ///
    /// # Errors
    /// [`NotSupported`].
    fn lists(&self, _show: &mut dyn FnMut(usize, NonNull<u8>)) -> Result<(), NotSupported> {
        Err(NotSupported)
    }
}
