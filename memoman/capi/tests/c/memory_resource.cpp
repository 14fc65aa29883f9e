// memoman.hpp: containers, alignments, exhaustion and equality. Compiled as C++17 and C++20, with exceptions and
// without. With an argument, it allocates more than there is, outside of any handler.
#include <array>
#include <list>
#include <string>
#include <unordered_map>
#include <vector>

#include "check.h"
#include "memoman.hpp"

static std::byte memory[1 << 18];
static std::byte other_memory[1 << 16];

static bool is_aligned(const void *block, std::size_t align) {
    return reinterpret_cast<std::uintptr_t>(block) % align == 0;
}

static int count(void *, std::size_t, int used, void *user) {
    *static_cast<int *>(user) += used;
    return 0;
}

static int blocks(mm_t heap) {
    CHECK(mm_check(heap) == 0);
    int used = 0;
    CHECK(mm_walk_all_pools(heap, count, &used) == 0);
    return used;
}

static bool lies_in_memory(const void *block) {
    return block >= memory && block < memory + sizeof memory;
}

/* The number at the end of a name. */
static int number(const std::pmr::string &name) { return std::atoi(name.c_str() + name.rfind(' ') + 1); }

static void containers_take_their_memory_from_the_heap_and_give_it_back() {
    memoman::memory_resource heap(memory, sizeof memory);
    CHECK(blocks(heap.heap()) == 0);
    {
        std::pmr::unordered_map<int, std::pmr::string> names(&heap);
        std::pmr::vector<std::pmr::string> list(&heap);
        for (int i = 0; i < 200; i++) {
            names.emplace(i, "a name that is too long for the string object itself, number " + std::to_string(i));
            list.emplace_back(names.at(i));
        }
        CHECK(blocks(heap.heap()) > 400);
        CHECK(lies_in_memory(list.data()) && lies_in_memory(list.back().data()));
        for (int i = 0; i < 200; i += 2) names.erase(i);
        list.erase(list.begin() + 10, list.begin() + 100);
        list.shrink_to_fit();
        for (auto &[i, name] : names) CHECK(number(name) == i);
        CHECK(list.size() == 110 && number(list[10]) == 100);
    }
    CHECK(blocks(heap.heap()) == 0);
    {
        std::pmr::unsynchronized_pool_resource pools(&heap);
        std::pmr::list<int> numbers(&pools);
        for (int i = 0; i < 1000; i++) numbers.push_back(i);
        CHECK(numbers.back() == 999 && lies_in_memory(&numbers.back()));
    }
    CHECK(blocks(heap.heap()) == 0);
}

template <std::size_t Align> static void vector_is_aligned(memoman::memory_resource &heap) {
    struct alignas(Align) Wide {
        std::array<unsigned char, Align> bytes;
    };
    // In the way of alignment by chance.
    std::pmr::string before(40 + Align / 8, 'a', &heap);
    std::pmr::vector<Wide> wide(&heap);
    for (unsigned i = 0; i < 9; i++) {
        wide.emplace_back();
        wide.back().bytes.fill(static_cast<unsigned char>(i));
        CHECK(is_aligned(wide.data(), Align));
    }
    for (unsigned i = 0; i < 9; i++) CHECK(wide[i].bytes.back() == i);
}

static void every_alignment_holds() {
    memoman::memory_resource heap(memory, sizeof memory);
    vector_is_aligned<1>(heap);
    vector_is_aligned<16>(heap);
    vector_is_aligned<32>(heap);
    vector_is_aligned<64>(heap);
    vector_is_aligned<256>(heap);
    vector_is_aligned<4096>(heap);
    std::pmr::memory_resource &resource = heap;
    for (std::size_t align = 1; align <= 4096; align *= 2) {
        for (std::size_t size : {1, 24, 40, 100}) {
            void *small = resource.allocate(8, 8), *block = resource.allocate(size, align);
            CHECK(is_aligned(block, align) && mm_block_size(block) >= size);
            resource.deallocate(small, 8, 8);
            resource.deallocate(block, size, align);
        }
    }
    CHECK(blocks(heap.heap()) == 0);
}

static void an_allocation_of_0_bytes_is_a_block() {
    memoman::memory_resource heap(memory, sizeof memory);
    void *a = heap.allocate(0, 1), *b = heap.allocate(0, 128);
    CHECK(a != nullptr && b != nullptr && a != b && is_aligned(b, 128));
    heap.deallocate(a, 0, 1);
    heap.deallocate(b, 0, 128);
    CHECK(blocks(heap.heap()) == 0);
}

#if defined(__cpp_exceptions)
template <typename Call> static bool throws(Call call) {
    try {
        call();
    } catch (const std::bad_alloc &) {
        return true;
    }
    return false;
}
#endif

static void a_heap_without_memory_reports_it_and_stays_sound() {
    memoman::memory_resource heap(memory, sizeof memory);
    CHECK(heap.try_allocate(sizeof memory) == nullptr);
    CHECK(mm_last_error(heap.heap()) == MM_OUT_OF_MEMORY);
    CHECK(heap.try_allocate(static_cast<std::size_t>(-1)) == nullptr);
    CHECK(heap.try_allocate(8, sizeof memory) == nullptr);
    memoman::memory_resource none{mm_t()};
    CHECK(none.heap() == nullptr && none.try_allocate(1) == nullptr);
#if defined(__cpp_exceptions)
    CHECK(throws([&] { return heap.allocate(sizeof memory); }));
    CHECK(throws([&] { return heap.allocate(8, sizeof memory); }));
    CHECK(throws([&] { return none.allocate(1); }));
    std::pmr::vector<std::pmr::string> list(&heap);
    CHECK(throws([&] { for (;;) list.emplace_back(1000, 'x'); }));
    CHECK(list.size() > 100 && list.back().size() == 1000);
    list.clear();
    list.shrink_to_fit();
    // Too small for a heap; and no memory at all.
    for (std::size_t bytes : {std::size_t(0), std::size_t(3), mm_size()}) {
        CHECK(throws([&] { memoman::memory_resource small(other_memory + 1, bytes); }));
    }
    CHECK(throws([] { memoman::memory_resource null(nullptr, 65536); }));
    CHECK(!throws([&] { heap.deallocate(heap.allocate(1), 1); }));
#endif
    CHECK(blocks(heap.heap()) == 0);
}

static void resources_are_equal_if_they_have_the_same_heap() {
    memoman::memory_resource heap(memory, sizeof memory), other(other_memory, sizeof other_memory);
    memoman::memory_resource again(heap.heap());
    CHECK(heap == heap && heap != other && heap != *std::pmr::new_delete_resource());
    CHECK(*std::pmr::new_delete_resource() != heap);
#if defined(__cpp_rtti)
    CHECK(heap == again && again == heap);
#else
    CHECK(heap != again);
#endif
    // A vector moves between equal resources, and is copied between others.
    std::pmr::vector<int> from({1, 2, 3}, &heap), same(&heap), different(&other);
    const int *data = from.data();
    same = std::move(from);
    CHECK(same.data() == data);
    different = std::move(same);
    CHECK(different.data() != data && different[2] == 3);
}

static void a_heap_that_the_program_owns_stays_when_the_resource_ends() {
    unsigned char *aligned = reinterpret_cast<unsigned char *>(other_memory);
    aligned += (64 - reinterpret_cast<std::uintptr_t>(aligned) % 64) % 64;
    mm_t mm = mm_create_with_pool(aligned, sizeof other_memory - 64);
    void *block;
    {
        memoman::memory_resource heap(mm);
        block = heap.allocate(100);
    }
    CHECK(blocks(mm) == 1);
    mm_free(mm, block);
    mm_destroy(mm);
}

static void a_buffer_needs_no_alignment_and_is_the_programs_again_afterwards() {
    mm_t mm = nullptr;
    for (std::size_t skip = 0; skip < 130; skip++) {
        memoman::memory_resource heap(memory + skip, sizeof memory - skip);
        mm = heap.heap();
        CHECK(is_aligned(mm, mm_align_size()) && is_aligned(heap.allocate(100, 32), 32));
        CHECK(blocks(mm) == 1);
        const auto *pool = reinterpret_cast<const std::byte *>(mm_get_pool(mm));
        CHECK(lies_in_memory(pool) && pool + mm_pool_bytes(mm, mm_get_pool(mm)) <= memory + sizeof memory);
    }
    // The last heap has ended: it is empty.
    CHECK(mm_get_pool(mm) == nullptr);
}

int main(int argc, char **) {
    if (argc > 1) {
        memoman::memory_resource heap(memory, sizeof memory);
        std::pmr::vector<int> numbers(&heap);
        for (;;) numbers.push_back(1);
    }
    containers_take_their_memory_from_the_heap_and_give_it_back();
    every_alignment_holds();
    an_allocation_of_0_bytes_is_a_block();
    a_heap_without_memory_reports_it_and_stays_sound();
    resources_are_equal_if_they_have_the_same_heap();
    a_heap_that_the_program_owns_stays_when_the_resource_ends();
    a_buffer_needs_no_alignment_and_is_the_programs_again_afterwards();
#if __cplusplus >= 202002L
    memoman::memory_resource heap(memory, sizeof memory);
    std::pmr::polymorphic_allocator<> allocator(&heap);
    auto *name = allocator.new_object<std::pmr::string>("a string that has the allocator of its object");
    CHECK(name->get_allocator().resource() == &heap && lies_in_memory(name->data()));
    allocator.delete_object(name);
    CHECK(blocks(heap.heap()) == 0);
#endif
}
