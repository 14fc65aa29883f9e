/*
 * memoman for C++17: a heap of memoman.h as a std::pmr::memory_resource.
 *
 * Example
 *
 *   #include <cstdio>
 *   #include <string>
 *   #include <vector>
 *   #include "memoman.hpp"
 *
 *   static std::byte memory[65536];
 *
 *   int main() {
 *       memoman::memory_resource heap(memory, sizeof memory);
 *       std::pmr::vector<std::pmr::string> names(&heap);
 *       names.emplace_back("both the vector and this string are in the heap");
 *       std::puts(names.front().c_str());
 *   }
 *
 * Exceptions
 *
 *   allocate() throws std::bad_alloc if the heap has no block that is large enough. Where exceptions are off
 *   (-fno-exceptions), it calls std::abort(): the standard's containers use what allocate() returns without a
 *   check for null. try_allocate() returns null in both cases.
 *
 * Threads
 *
 *   As for the functions of memoman.h: allocate() and deallocate() must not overlap in time with other calls
 *   of the same heap. Threads that share a heap need a lock around every use of its containers.
 *
 * This file needs a C++ library with <memory_resource>: that of GCC 9, Clang 16, Visual Studio 2017, or newer.
 */
#ifndef MEMOMAN_HPP
#define MEMOMAN_HPP

#if __cplusplus < 201703L && !(defined(_MSVC_LANG) && _MSVC_LANG >= 201703L)
#error "memoman.hpp needs C++17: compile with -std=c++17 or newer; memoman.h needs C++98"
#endif

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory_resource>
#include <new>

#include "memoman.h"

namespace memoman {

/** A memory resource over a heap. It has no state but the heap's handle; it can be neither copied nor moved. */
class memory_resource final : public std::pmr::memory_resource {
public:
    /**
     * Allocates from a heap that the program owns, and which must outlive the resource and its blocks. Several
     * resources of one heap are equal: blocks of one can be deallocated by another.
     *
     * heap: if it is NULL, every allocation fails.
     */
    explicit memory_resource(mm_t heap) noexcept : heap_(heap) {}

    /**
     * Makes a heap in memory that the program owns, as mm_create_with_pool, and ends it with the resource. The
     * memory needs no alignment: up to mm_align_size() - 1 bytes at its start are skipped. The heap needs
     * mm_size() + mm_pool_overhead() + mm_block_size_min() of the rest.
     *
     * Fails as allocate() does, if `memory` is null or too small or too large: mm_create_error has the reason.
     */
    memory_resource(void *memory, std::size_t bytes) : heap_(make(memory, bytes)), owns_(true) {
        if (heap_ == nullptr) fail();
    }

    /** Ends the heap if the resource made it. Blocks that are still allocated must not be used any more. */
    ~memory_resource() override {
        if (owns_) mm_destroy(heap_);
    }

    memory_resource(const memory_resource &) = delete;
    memory_resource &operator=(const memory_resource &) = delete;

    /** The heap, for the functions of memoman.h. */
    mm_t heap() const noexcept { return heap_; }

    /**
     * As allocate(), but returns null if there is no memory; mm_last_error(heap()) has the reason. Takes constant
     * time. deallocate() frees the block.
     *
     * bytes: for 0, the block has a few bytes, as the standard demands.
     * alignment: a power of two.
     */
    [[nodiscard]] void *try_allocate(std::size_t bytes,
                                     std::size_t alignment = alignof(std::max_align_t)) noexcept {
        const std::size_t size = bytes == 0 ? 1 : bytes;
        return alignment <= align_ ? mm_malloc(heap_, size) : mm_memalign(heap_, alignment, size);
    }

private:
    void *do_allocate(std::size_t bytes, std::size_t alignment) override {
        void *block = try_allocate(bytes, alignment);
        if (block == nullptr) fail();
        return block;
    }

    /* Takes constant time; size and alignment are in the block's header. */
    void do_deallocate(void *block, std::size_t, std::size_t) override { mm_free(heap_, block); }

    /* Without run-time type information, two resources of one heap are different, which costs containers a copy. */
    bool do_is_equal(const std::pmr::memory_resource &other) const noexcept override {
        if (this == &other) return true;
#if defined(__cpp_rtti) || defined(_CPPRTTI)
        const auto *same = dynamic_cast<const memory_resource *>(&other);
        return same != nullptr && same->heap_ == heap_;
#else
        return false;
#endif
    }

    static mm_t make(void *memory, std::size_t bytes) noexcept {
        const std::size_t align = mm_align_size();
        const std::size_t skip = (align - reinterpret_cast<std::uintptr_t>(memory) % align) % align;
        if (memory == nullptr || bytes < skip) return nullptr;
        return mm_create_with_pool(static_cast<unsigned char *>(memory) + skip, bytes - skip);
    }

    [[noreturn]] static void fail() {
#if defined(__cpp_exceptions) || defined(_CPPUNWIND)
        throw std::bad_alloc();
#else
        std::abort();
#endif
    }

    mm_t heap_;
    bool owns_ = false;
    std::size_t align_ = mm_align_size();
};

} // namespace memoman

#endif /* MEMOMAN_HPP */
