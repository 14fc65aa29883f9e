//! The pointer policy: a heap that checks every call (feature `guard`).
//!
//! The register of live blocks is the chain itself, walked from the pool's start: a pointer is live
//! if the walk finds a used block there. Damage to the chain could hide a block or forge one, so each
//! pool has a [`LiveFingerprint`] of two words: the used blocks of the chain must be those allocated.
//!
//! A pointer from a caller is compared, never followed; what is freed is the block that was found.

mod blocks;
pub(crate) mod error;
mod fingerprint;
#[cfg(feature = "internals")]
mod placed;
mod policy;
mod pools;
mod unlisted;

use core::fmt;
use core::ptr::NonNull;

use crate::geometry::WORD;
use crate::heap::Tlsf;
use crate::law::{Census, Violation};
use crate::pool::unlisted::UnlistedPools;
#[cfg(doc)]
use error::GuardError;
use error::{Misuse, Reaction};
use fingerprint::LiveFingerprint;

/// A [`Tlsf`] that checks every call and *refuses* a [`Misuse`]: no byte of the heap is changed then,
/// and the [`Reaction`] decides what the caller sees.
///
/// The operations have the names and the placement of those of [`Tlsf`]. Each returns a
/// [`GuardError`] for a misuse and for a refused request or pool.
///
/// | what is checked | when | cost |
/// |---|---|---|
/// | the pointer of every free, reallocation and query: exactly, see [`Guarded::check`] | always | O(blocks of its pool) |
/// | the pool that is removed, or whose end moves: the laws of address order, and its live blocks | always | O(its blocks) |
/// | all laws of the whole heap, and the live blocks of every pool: [`Guarded::validate`] | before every call while the heap has less than 256 blocks, then before some: [`Guarded::check_every`] | O(blocks + FL * SL) |
///
/// Before every call ([`Guarded::check_every`] of 1) means that a damaged heap is never written to. With a
/// longer interval pointers are still checked exactly, and damaged headers in the pool in question are
/// found, but a damaged link, head or bit is used until the next validation, as [`Tlsf`] uses it:
/// undefined behaviour. A heap that was found damaged is validated again by every call, until it is
/// sound.
///
/// By default the interval grows with the heap, so that a call's share of the validations is at most about
/// 256 blocks: a heap of *b* blocks is validated before one call in `b / 256 + 1`.
///
/// It is used through `&mut`, as [`Tlsf`] is; behind `&` it is a `GuardedBlockingHeap`, a
/// [`GuardedLocalHeap`](crate::GuardedLocalHeap) and so on: see [`Shared`](crate::Shared). Its memory is
/// bounded: nothing per block, two words per pool and four more in the control (three more with feature
/// `internals`).
///
/// # What it cannot detect
///
/// - **A pointer that is live again.** If a block was freed and its place allocated anew, the old
///   pointer is the new block's. A live pointer of another owner looks like the caller's own. So the
///   operations that end a block's life are `unsafe`.
/// - **Damage to its own control.** The table of pools and the words of the policy are taken as
///   correct. Damage to the counters is found (*Census*), except to the peak, the largest request and
///   the number of failures, which a walk cannot count.
/// - **Damage that keeps a fingerprint**: it has a probability of `1 / 2^usize::BITS`.
/// - **Use after free, and overruns that stay inside a payload**: it reads headers and links, not
///   payloads. An overrun into the next header is found by the next call.
///
/// # Examples
/// ```
/// use memoman::{GuardError, Guarded, Misuse, Reaction};
/// # let buffer = Box::leak(Box::new_uninit_slice(4096));
/// let mut heap: Guarded = Guarded::new(Reaction::Error);
/// heap.add_static_pool(buffer)?;
/// let block = heap.malloc(100)?;
/// // SAFETY: the block is not used, before or after.
/// unsafe {
///     heap.deallocate(block)?;
///     let again = heap.deallocate(block);
///     assert!(matches!(again, Err(GuardError::Misuse(Misuse::Double { .. }))));
/// }
/// # Ok::<(), GuardError>(())
/// ```
pub struct Guarded<
    const ALIGN: usize = WORD,
    const FL: usize = { crate::geometry::CONTE_FL },
    const SL: usize = 32,
    const POOLS: usize = 4,
    const SEARCH: usize = 0,
> {
    heap: Tlsf<ALIGN, FL, SL, POOLS, SEARCH>,
    /// By number of the pool.
    live: [LiveFingerprint; POOLS],
    /// None without feature `internals`.
    unlisted: UnlistedPools,
    reaction: Reaction,
    /// Calls from one validation to the next: see `check_every`.
    interval: usize,
    /// Calls that are made until the next validation.
    left: usize,
}

/// By default, the blocks that a validation visits for each call until the next one.
const SHARE: usize = 256;

/// Making, configuring and inspecting.
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize, const SEARCH: usize>
    Guarded<ALIGN, FL, SL, POOLS, SEARCH>
{
    /// The argument of [`Guarded::check_every`] for an interval that grows with the heap, the default. It
    /// is larger than any number of calls.
    pub const CHECK_AMORTISED: usize = usize::MAX;

    /// Creates a heap with no memory. It validates itself before every call while it has less than 256
    /// blocks, and then at an interval that grows with it.
    ///
    /// # Examples
    /// ```
    /// use memoman::{Guarded, Reaction};
    /// static HEAP: std::sync::Mutex<Guarded> = std::sync::Mutex::new(Guarded::new(Reaction::Error));
    /// assert!(HEAP.lock().unwrap().malloc(1).is_err(), "it has no memory");
    /// ```
    #[must_use]
    pub const fn new(reaction: Reaction) -> Self {
        let live = [LiveFingerprint::EMPTY; POOLS];
        let (unlisted, interval) = (UnlistedPools::NONE, Self::CHECK_AMORTISED);
        Self { heap: Tlsf::new(), live, unlisted, reaction, interval, left: 0 }
    }

    /// Returns the same heap, which validates itself before the next call, and then before every
    /// `calls`-th: 1 for every call, 0 for none, [`Guarded::CHECK_AMORTISED`] for the default. Pointers are
    /// checked by every call, whatever the interval.
    ///
    /// # Examples
    /// ```
    /// use memoman::{Guarded, Reaction};
    /// let heap: Guarded = Guarded::new(Reaction::Panic).check_every(1000);
    /// ```
    #[must_use]
    pub const fn check_every(mut self, calls: usize) -> Self {
        self.set_check_every(calls);
        self
    }

    /// Sets the interval of [`Guarded::check_every`].
    ///
    /// # Examples
    /// ```
    /// use memoman::{Guarded, Reaction};
    /// let mut heap: Guarded = Guarded::new(Reaction::Panic);
    /// heap.set_check_every(0); // from now on, only pointers and their pools are checked
    /// ```
    pub const fn set_check_every(&mut self, calls: usize) {
        self.interval = calls;
        self.left = 0;
    }

    /// Sets the reaction to a misuse.
    ///
    /// # Examples
    /// ```
    /// # use core::ptr::NonNull;
    /// use memoman::{Guarded, Reaction};
    /// let mut heap: Guarded = Guarded::new(Reaction::Panic);
    /// heap.set_reaction(Reaction::Error);
    /// // SAFETY: not a block of this heap: refused, with an error in place of a panic.
    /// assert!(unsafe { heap.deallocate(NonNull::dangling()) }.is_err());
    /// ```
    pub const fn set_reaction(&mut self, reaction: Reaction) {
        self.reaction = reaction;
    }

    /// Returns the heap inside, for inspection.
    ///
    /// # Examples
    /// ```
    /// use memoman::{Guarded, Reaction};
    /// let heap: Guarded = Guarded::new(Reaction::Error);
    /// assert_eq!(heap.heap().pools().count(), 0);
    /// ```
    #[must_use]
    pub const fn heap(&self) -> &Tlsf<ALIGN, FL, SL, POOLS, SEARCH> {
        &self.heap
    }

    /// Returns the usable bytes of the live block of this heap that starts at `ptr`, or what `ptr` is
    /// instead.
    ///
    /// The result is exact for every address. The function does not follow `ptr`, and reads inside the
    /// heap only, even if the heap is damaged. It does not trigger the [`Reaction`], and does not count
    /// as a call for [`Guarded::check_every`].
    ///
    /// # Errors
    /// The [`Misuse`] that freeing `ptr` would be. [`Misuse::Damaged`] if the chain of its pool
    /// breaks a law of address order, or has other live blocks than were allocated (*Census*).
    ///
    /// # Complexity
    /// O(blocks of the pool).
    ///
    /// # Examples
    /// ```
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096));
    /// use memoman::{Guarded, Misuse, Reaction};
    /// let mut heap: Guarded = Guarded::new(Reaction::Panic);
    /// heap.add_static_pool(buffer)?;
    /// let block = heap.malloc(96)?;
    /// assert_eq!(heap.check(block), Ok(96));
    /// let inside = block.map_addr(|addr| addr.saturating_add(32));
    /// assert!(matches!(heap.check(inside), Err(Misuse::Interior { .. })));
    /// # Ok::<(), memoman::GuardError>(())
    /// ```
    pub fn check(&self, ptr: NonNull<u8>) -> Result<usize, Misuse> {
        self.find(ptr, false).map(|block| block.size)
    }

    /// [`Tlsf::validate`], and a check that the live blocks of every pool are those allocated: it
    /// also finds a damaged size that covers used blocks, or leads to a header forged in a payload.
    ///
    /// # Errors
    /// The [`Violation`]: *Census* for a wrong set of live blocks.
    ///
    /// # Complexity
    /// O(blocks + FL * SL).
    ///
    /// # Examples
    /// ```
    /// # let buffer = Box::leak(Box::new_uninit_slice(4096));
    /// # let mut heap: memoman::Guarded = memoman::Guarded::new(memoman::Reaction::Error);
    /// heap.add_static_pool(buffer)?;
    /// assert_eq!(heap.validate().expect("no damage").free_blocks, 1);
    /// # Ok::<(), memoman::GuardError>(())
    /// ```
    pub fn validate(&self) -> Result<Census, Violation> {
        let census = self.validate_heap()?;
        let mut pools = self.heap.pools().enumerate();
        pools.try_for_each(|(index, pool)| self.verify_live(index, pool))?;
        Ok(census)
    }
}

/// Prints the pools and the configuration.
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize, const SEARCH: usize>
    fmt::Debug for Guarded<ALIGN, FL, SL, POOLS, SEARCH>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = f.debug_struct("Guarded");
        text.field("heap", &self.heap).field("reaction", &self.reaction);
        text.finish_non_exhaustive()
    }
}
