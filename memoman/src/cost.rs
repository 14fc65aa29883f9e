//! The number of words that the engine touches (feature `cost`): the cost of a call without a clock.
//!
//! The only module with a `cfg` for that feature. Without it [`touch`] does nothing, and the engine's
//! code is the same as if there were no calls. The functions that access memory call it: those that read
//! or write a header, a back link, a list link or head, a word of the bitmap, or an entry of the pool
//! table. Nothing reaches these words in another way, so the cost of every loop over them is counted.

#[cfg(feature = "cost")]
extern crate std;

#[cfg(feature = "cost")]
std::thread_local! {
    /// One count per thread, so that heaps of other threads do not add to it.
    static TOUCHED: core::cell::Cell<u64> = const { core::cell::Cell::new(0) };
}

/// Returns the number of words that the engine has touched on this thread, in any heap (feature
/// `cost`). The difference around a call is the cost of that call.
///
/// It counts each access to a header, a back link, a link or head of a free list, a word of the bitmap
/// or an entry of the pool table; a word that is read and written in one step counts once. It does not
/// count payloads (so the copy of a reallocation adds nothing), counters, or the control while it is
/// [validated](crate::Tlsf::validate). The number depends on the heap and the call only, not on the
/// machine, the compiler, the optimisation, the word width or the load. (With debug assertions,
/// [`deallocate_sized`](crate::Tlsf::deallocate_sized) reads one header more, for a comparison.)
///
/// For measurements on a host: the feature needs a thread-local of `std`, and costs a few percent of time.
///
/// # Examples
/// ```
/// # let buffer = Box::leak(Box::new_uninit_slice(4096 + 64));
/// let mut heap: memoman::Tlsf = memoman::Tlsf::new();
/// heap.add_static_pool(buffer)?;
/// let before = memoman::cost();
/// heap.malloc(100);
/// assert!((1..30).contains(&(memoman::cost() - before)));
/// # Ok::<(), memoman::PoolError>(())
/// ```
#[cfg(feature = "cost")]
#[must_use]
pub fn cost() -> u64 {
    TOUCHED.get()
}

/// One word.
#[inline]
pub(crate) fn touch() {
    touch_all(1);
}

/// That many words.
#[cfg(feature = "cost")]
#[inline]
pub(crate) fn touch_all(words: usize) {
    TOUCHED.set(TOUCHED.get().wrapping_add(words as u64));
}

/// Without feature `cost`: nothing.
#[cfg(not(feature = "cost"))]
#[inline]
pub(crate) fn touch_all(_words: usize) {}
