/* The files of ports/esp-idf as ESP-IDF's multi_heap.c uses them: a heap behind a head of its own, its blocks one by
 * one, and the block that contains an address. */
#include "tlsf.h"
#include "tlsf_block_functions.h"

#include "check.h"

static size_t memory[8192];

struct walk {
    const block_header_t *next;
    int blocks;
};

/* Both ways to go through a pool meet the same blocks. */
static bool agrees(void *ptr, size_t size, int used, void *user) {
    struct walk *walk = (struct walk *)user;
    CHECK(block_to_ptr(walk->next) == ptr && block_from_ptr(ptr) == walk->next);
    CHECK(block_size(walk->next) == size && block_is_free(walk->next) == !used);
    CHECK(!block_is_last(walk->next));
    walk->next = block_next(walk->next);
    walk->blocks++;
    return true;
}

int main(void) {
    void *blocks[20];
    struct walk walk;
    int i;
    const size_t head = 5 * sizeof(size_t);
    tlsf_t heap = tlsf_create_with_pool((char *)memory + head, sizeof memory - head, 0);
    pool_t pool = tlsf_get_pool(heap);
    CHECK(heap != NULL && pool != NULL);
    for (i = 0; i < 20; i++) {
        blocks[i] = tlsf_malloc(heap, 20 + 30 * (size_t)i);
        CHECK(blocks[i] != NULL && !block_is_free(block_from_ptr(blocks[i])));
        CHECK(block_size(block_from_ptr(blocks[i])) == tlsf_block_size(blocks[i]));
    }
    for (i = 1; i < 20; i += 3) tlsf_free(heap, blocks[i]);

    walk.next = offset_to_block(pool, (size_t)-(int)block_header_overhead);
    walk.blocks = 0;
    tlsf_walk_pool(pool, agrees, &walk);
    CHECK(walk.blocks == 20 && block_is_last(walk.next) && block_size(walk.next) == 0);

    CHECK(tlsf_find_containing_block(pool, blocks[3]) == blocks[3]);
    CHECK(tlsf_find_containing_block(pool, (char *)blocks[3] + tlsf_block_size(blocks[3]) - 1) == blocks[3]);
    CHECK(tlsf_find_containing_block(pool, (char *)blocks[3] - 1) == NULL); /* a header */
    CHECK(tlsf_find_containing_block(pool, blocks[4]) == NULL);             /* free */
    CHECK(tlsf_find_containing_block(pool, memory) == NULL);
    return tlsf_check(heap);
}
