//! The pointer policy: a heap that asks before it believes (feature `guard`).
//!
//! The register of live blocks is the chain itself, walked from the pool's start: who wants to be
//! freed must be found there. Damage to the chain could hide a block or forge one, so beside each
//! pool two words are kept, its [`LiveFingerprint`]: what the chain holds must be what was handed out.
//!
//! A pointer from a caller is compared, never followed; what is freed is the block that was found.

mod blocks;
pub(crate) mod error;
mod fingerprint;
mod pools;

use core::ptr::NonNull;

use crate::geometry::{Geometry, WORD};
use crate::heap::Tlsf;
use crate::law::{Census, Law, Place, Violation};
use crate::pool::Pool;
use crate::pool::walk::BlockInfo;
use error::{Misuse, Reaction};
use fingerprint::LiveFingerprint;

/// A [`Tlsf`] whose every call is checked first, and *refused* if it is a [`Misuse`]: no byte of the
/// heap is changed then, and the [`Reaction`] decides what the caller sees.
///
/// A verb returns `Err` for a misuse; inside `Ok` is what the verb of [`Tlsf`] of the same name
/// returns. The placement is the same, too.
///
/// | what is checked | when | cost |
/// |---|---|---|
/// | the pointer of every free, reallocation and query: exactly, see [`Guarded::check`] | always | O(blocks of its pool) |
/// | the pool that is removed, or whose end moves: the laws of address order, and its live blocks | always | O(its blocks) |
/// | all laws of the whole heap, and the live blocks of every pool: [`Guarded::validate`] | before every 2^N-th call, every one by default | O(blocks + FL * SL) |
///
/// With N = 0 a damaged heap is not written to at all. With a larger N ([`Guarded::every`]) pointers
/// are still told exactly, and damaged headers in the pool in question are found, but a damaged
/// link, head or bit is trusted until the next validation, as [`Tlsf`] trusts it: undefined
/// behaviour.
///
/// It is used through `&mut`, as [`Tlsf`] is. [`Shared`](crate::Shared) heaps have no policy.
///
/// The memory is bounded: nothing per block, two words per pool and four more in the control.
///
/// # What it cannot know
///
/// - **A pointer that is live again.** Freed, and its place handed out anew: the old pointer is the
///   new block's. Nor can a live pointer of somebody else's be told from one's own. This is why the
///   verbs that end a block's life are `unsafe`.
/// - **Its own control.** Damage to the table of pools and to the words of the policy is taken for
///   truth. Damage to the counters is found (*Census*), but for those that only report.
/// - **One chance in 2^BITS** that damage keeps a fingerprint.
/// - **Use after free, and overruns that stay inside a payload**: it sees headers and links, not what
///   callers write. An overrun into the next header is found by the next call.
///
/// ```
/// use memoman::{Reaction, Guarded, Misuse};
/// # let buffer = Box::leak(Box::new_uninit_slice(4096));
/// let mut heap: Guarded = Guarded::new(Reaction::Error);
/// heap.add_static_pool(buffer)??;
/// let block = heap.malloc(100)?.expect("there is room for 100 bytes");
/// // SAFETY: nobody uses the block, neither time.
/// unsafe {
///     heap.deallocate(block)?;
///     assert!(matches!(heap.deallocate(block), Err(Misuse::Double { .. })));
/// }
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub struct Guarded<
    const ALIGN: usize = WORD,
    const FL: usize = { crate::geometry::CONTE_FL },
    const SL: usize = 32,
    const POOLS: usize = 4,
> {
    heap: Tlsf<ALIGN, FL, SL, POOLS>,
    /// By number of the pool.
    live: [LiveFingerprint; POOLS],
    reaction: Reaction,
    /// log2 of the calls from one validation to the next, or [`NEVER`]: a word, where an `Option` is
    /// two on 32-bit.
    every: u32,
    calls: usize,
}

const NEVER: u32 = u32::MAX;

/// Making, setting and looking.
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>
    Guarded<ALIGN, FL, SL, POOLS>
{
    /// A heap with no memory, that validates itself before every call.
    #[must_use]
    pub const fn new(reaction: Reaction) -> Self {
        let live = [LiveFingerprint::EMPTY; POOLS];
        Self { heap: Tlsf::new(), live, reaction, every: 0, calls: 0 }
    }

    /// The same heap, validating itself before one call in `2^log2` only, or never.
    #[must_use]
    pub const fn every(mut self, log2: Option<u32>) -> Self {
        self.set_every(log2);
        self
    }

    /// Validates before one call in `2^log2` from now on, or never.
    pub const fn set_every(&mut self, log2: Option<u32>) {
        self.every = match log2 {
            // u32::MAX too: so many calls are never made.
            Some(log2) => log2,
            None => NEVER,
        };
    }

    /// Answers so from now on.
    pub const fn set_reaction(&mut self, reaction: Reaction) {
        self.reaction = reaction;
    }

    /// The heap itself, to look at.
    #[must_use]
    pub const fn heap(&self) -> &Tlsf<ALIGN, FL, SL, POOLS> {
        &self.heap
    }

    /// Whether a live block of this heap starts at `ptr`: its usable bytes, or what `ptr` is instead.
    /// Exact for every address there is. Read-only, on any damage, and `ptr` is not followed; no
    /// policy answers. O(blocks of its pool).
    ///
    /// # Errors
    /// The [`Misuse`] that freeing it would be. [`Misuse::Damaged`] if the chain of its pool breaks a
    /// law of address order, or holds other live blocks than were handed out (*Census*).
    pub fn check(&self, ptr: NonNull<u8>) -> Result<usize, Misuse> {
        self.find(ptr, false).map(|block| block.size)
    }

    /// [`Tlsf::validate`], and of every pool that its live blocks are those that were handed out: it
    /// also finds a damaged size that swallows used blocks, or leads to a header forged in a payload.
    /// O(blocks + FL * SL).
    ///
    /// # Errors
    /// The [`Violation`]: *Census* for a wrong set of live blocks.
    pub fn validate(&self) -> Result<Census, Violation> {
        let census = self.heap.validate()?;
        self.heap
            .pools()
            .enumerate()
            .try_for_each(|(index, pool)| self.verify_live(index, pool))?;
        Ok(census)
    }
}

/// The policy.
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>
    Guarded<ALIGN, FL, SL, POOLS>
{
    /// A call without a pointer may go ahead.
    #[track_caller]
    fn admit_call(&mut self) -> Result<(), Misuse> {
        let verdict = if self.is_due() { self.validate().map(|_| ()) } else { Ok(()) };
        self.react(verdict.map_err(Misuse::Damaged))
    }

    /// A call on the live block at `ptr` may go ahead.
    #[track_caller]
    fn admit(&mut self, ptr: NonNull<u8>) -> Result<BlockInfo, Misuse> {
        let verdict = match self.is_due() {
            true => match self.validate() {
                Ok(_) => self.find(ptr, true),
                Err(violation) => Err(Misuse::Damaged(violation)),
            },
            false => self.find(ptr, false),
        };
        self.react(verdict)
    }

    /// A call on a pool may go ahead.
    #[track_caller]
    fn admit_pool(&mut self, pool: Pool) -> Result<(), Misuse> {
        let index = self.heap.pools().position(|own| own == pool);
        let verdict = match (self.is_due(), index) {
            (true, _) => self.validate().map(|_| ()),
            (false, Some(index)) => self.audit_pool(index, pool),
            (false, None) => Ok(()),
        };
        self.react(verdict.map_err(Misuse::Damaged))
    }

    /// Counts a call: whether it is one of those that validate.
    fn is_due(&mut self) -> bool {
        if self.every == NEVER {
            return false;
        }
        let mask = 1_usize.checked_shl(self.every).map_or(usize::MAX, |calls| calls - 1);
        let due = self.calls & mask == 0;
        self.calls = self.calls.wrapping_add(1);
        due
    }

    #[track_caller]
    fn react<R>(&self, verdict: Result<R, Misuse>) -> Result<R, Misuse> {
        if let Err(misuse) = &verdict {
            match self.reaction {
                Reaction::Error => {}
                Reaction::Panic => panic!("{misuse}"),
                Reaction::Handler(told) => told(misuse),
            }
        }
        verdict
    }

    /// The live block at `ptr`, with the pool's own pointer to it; `sound` says that the heap was
    /// just validated.
    fn find(&self, ptr: NonNull<u8>, sound: bool) -> Result<BlockInfo, Misuse> {
        let foreign = Misuse::Foreign { ptr };
        let (index, pool) = self.pool_of(ptr).ok_or(foreign)?;
        let offset = ptr.addr().get() - pool.addr();
        let payloads = Geometry::<ALIGN, FL, SL>::FIRST_HEADER + WORD;
        if offset < payloads || offset >= Geometry::<ALIGN, FL, SL>::sentinel(pool) {
            return Err(foreign);
        }
        if ptr.addr().get() & (ALIGN - 1) != 0 {
            return Err(Misuse::Misaligned { ptr, pool: index, offset });
        }
        if !sound {
            self.audit_pool(index, pool)?;
        }
        // Tiling: the last block that starts before the byte behind `ptr`'s header has it.
        let before = |block: &BlockInfo| block.payload.addr() <= ptr.addr().saturating_add(WORD);
        let found = self.heap.blocks(pool).take_while(before).last();
        let BlockInfo { payload: block, is_free, .. } = *found.as_ref().ok_or(foreign)?;
        match found {
            Some(live) if !is_free && block == ptr => Ok(live),
            _ if is_free => Err(Misuse::Double { ptr, pool: index, offset, block }),
            _ => Err(Misuse::Interior { ptr, pool: index, offset, block }),
        }
    }

    /// Checks the laws of address order, and the live blocks, of one pool.
    fn audit_pool(&self, index: usize, pool: Pool) -> Result<(), Violation> {
        self.heap.validate_pool(pool).transpose()?;
        self.verify_live(index, pool)
    }

    /// The live blocks of a pool are those that were handed out.
    fn verify_live(&self, index: usize, pool: Pool) -> Result<(), Violation> {
        let mut live = LiveFingerprint::EMPTY;
        self.heap.blocks(pool).filter(|block| !block.is_free).for_each(|block| live.add(block));
        match live == self.live[index] {
            true => Ok(()),
            false => Err(Violation::new(Law::Census, Place::Heap)),
        }
    }

    /// A block was handed out.
    fn add(&mut self, payload: NonNull<u8>) -> NonNull<u8> {
        // SAFETY: this call's own.
        let size = unsafe { self.heap.usable_size(payload) };
        if let Some((index, _)) = self.pool_of(payload) {
            self.live[index].add(BlockInfo { payload, size, is_free: false });
        }
        payload
    }

    /// A block is handed out no more.
    fn remove(&mut self, block: BlockInfo) {
        if let Some((index, _)) = self.pool_of(block.payload) {
            self.live[index].remove(block);
        }
    }

    fn pool_of(&self, ptr: NonNull<u8>) -> Option<(usize, Pool)> {
        self.heap.pools().enumerate().find(|(_, pool)| pool.contains(ptr))
    }
}
