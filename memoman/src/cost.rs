//! What the engine touches, counted (feature `cost`): how a call's price is told without a clock.
//!
//! The one chooser of that feature: without it [`touch`] comes to nothing, and so the engine is what it was.
//! Called at the few doors to memory: where a header, a back link, a list link or head, a word of the
//! bitmap or an entry of the pool table is about to be read or written. A loop over any of them cannot
//! go around its door, so what it costs is seen.

#[cfg(feature = "cost")]
extern crate std;

#[cfg(feature = "cost")]
std::thread_local! {
    /// Of a thread, so that heaps of others are not counted with it.
    static TOUCHED: core::cell::Cell<u64> = const { core::cell::Cell::new(0) };
}

/// Words that the engine has touched on this thread so far, in any heap (feature `cost`): the
/// difference around a call is what the call cost.
///
/// Counted is each time that the place of a word is taken to read or write it (or both): headers, back
/// links, links and heads of free lists, words of the bitmap, entries of the pool table. Not counted
/// are payloads, so the copy of a reallocation that moves is free, nor counters, nor the control when
/// it is [validated](crate::Tlsf::validate). The number depends on the heap and the call alone: not on
/// machine, compiler, optimisation, word width or load. (With debug assertions,
/// [`deallocate_sized`](crate::Tlsf::deallocate_sized) reads a header more, to compare.)
///
/// For measuring, on a host: this feature takes a thread-local of `std`, and a few percent of time.
///
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

/// So many words.
#[cfg(feature = "cost")]
#[inline]
pub(crate) fn touch_all(words: usize) {
    TOUCHED.set(TOUCHED.get().wrapping_add(words as u64));
}

/// Nothing.
#[cfg(not(feature = "cost"))]
#[inline]
pub(crate) fn touch_all(_words: usize) {}
