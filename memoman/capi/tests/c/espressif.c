/* Each function of tlsf_espressif.h, and the hooks: free memory is filled, and found filled by each check. */
#include "memoman_sized.h"
#include "tlsf_espressif.h"

#include <string.h>

#include "check.h"

#define POOL 65536
#define SLOTS 100
#define FILL 0xFE

MM_ALIGNED static unsigned char memory[POOL];
MM_ALIGNED static unsigned char more[16384];
static unsigned char *slots[SLOTS];
static unsigned long state = 1;
static unsigned long absorbed, checked, spoiled;

static size_t random_bits(void) {
    state = (state * 1103515245UL + 12345UL) & 0xFFFFFFFFUL;
    return (size_t)(state >> 8);
}

bool tlsf_check_hook(void *start, size_t size, bool is_free) {
    const unsigned char *bytes = (const unsigned char *)start;
    size_t i;
    checked += 1;
    for (i = 0; is_free && i < size; ++i) {
        if (bytes[i] != FILL) {
            spoiled += 1;
            return false;
        }
    }
    return true;
}

void block_absorb_post_hook(void *start, size_t size, bool is_free) {
    CHECK(is_free && size > 0 && size <= 4 * sizeof(size_t));
    absorbed += 1;
    memset(start, FILL, size);
}

static bool count(void *ptr, size_t size, int used, void *user) {
    size_t *left = (size_t *)user;
    CHECK(ptr != NULL && size >= tlsf_block_size_min() && (used == 0 || used == 1));
    *left -= 1;
    return *left > 0;
}

static void constants(void) {
    const size_t word = sizeof(size_t);
    CHECK(tlsf_align_size() == word && tlsf_alloc_overhead() == word);
    CHECK(tlsf_pool_overhead() == 2 * word && tlsf_block_size_min() == 3 * word);
    CHECK(tlsf_size(NULL) == 0 && tlsf_block_size_max(NULL) == 0 && tlsf_fit_size(NULL, 100) == 0);
}

/* The largest pool decides which control a heap has. */
static void creating(void) {
    tlsf_t small, large;
    size_t offset;
    CHECK(mm_esp_size_for(4096) < mm_esp_size_for(POOL) && mm_esp_size_for((size_t)-1) == 0);
    CHECK(tlsf_create(NULL, POOL) == NULL && tlsf_create(more, (size_t)-1) == NULL && tlsf_create(more, 8) == NULL);
    CHECK(tlsf_create_with_pool(NULL, POOL, 0) == NULL && tlsf_create_with_pool(more, 100, 0) == NULL);
    for (offset = 1; offset < sizeof(size_t); ++offset) {
        CHECK(tlsf_create(more + offset, 4096) == NULL);
        CHECK(tlsf_create_with_pool(more + offset, 4096, 0) == NULL);
    }
    small = tlsf_create(more, 4096);
    CHECK(small == (tlsf_t)more && tlsf_size(small) == mm_esp_size_for(4096));
    CHECK(tlsf_block_size_max(small) > 4096 - tlsf_pool_overhead() && tlsf_block_size_max(small) < POOL);
    CHECK(tlsf_add_pool(small, memory, POOL) == NULL && tlsf_malloc(small, 1) == NULL);
    CHECK(tlsf_add_pool(small, memory, 4096) == (pool_t)memory && tlsf_malloc(small, 1) != NULL);
    large = tlsf_create_with_pool(more, sizeof more, POOL);
    CHECK(tlsf_size(large) == mm_esp_size_for(POOL) && tlsf_get_pool(large) == (pool_t)(more + tlsf_size(large)));
    CHECK(tlsf_add_pool(large, memory, POOL) == (pool_t)memory && tlsf_malloc(large, POOL / 2) != NULL);
    CHECK(tlsf_block_size_max(large) > POOL - tlsf_pool_overhead());
    tlsf_destroy(large);
}

static void allocating(void) {
    tlsf_t tlsf = tlsf_create_with_pool(memory, POOL, 0);
    unsigned char *base, *block, *other;
    size_t left, before, i;

    CHECK(tlsf != NULL && tlsf_check(tlsf) == 0);
    base = (unsigned char *)tlsf_get_pool(tlsf);
    block = (unsigned char *)tlsf_malloc(tlsf, 100);
    CHECK(block == base + sizeof(size_t) && tlsf_block_size(block) >= 100);
    other = (unsigned char *)tlsf_memalign(tlsf, 256, 100);
    CHECK(other != NULL && (size_t)other % 256 == 0);
    CHECK(tlsf_memalign(tlsf, 3, 100) == NULL && tlsf_malloc(tlsf, 0) == NULL && tlsf_malloc(tlsf, (size_t)-1) == NULL);
    other = (unsigned char *)tlsf_memalign_offs(tlsf, 512, 100, 20);
    before = 20 + (sizeof(size_t) - 20 % sizeof(size_t)) % sizeof(size_t);
    CHECK(other != NULL && ((size_t)other + before) % 512 == 0 && tlsf_block_size(other) >= 100);
    CHECK(tlsf_memalign_offs(tlsf, 3, 100, 0) == NULL && tlsf_memalign_offs(tlsf, 64, 0, 8) == NULL);

    /* At an address: there and nowhere else, once. */
    other = (unsigned char *)tlsf_malloc_addr(tlsf, 1000, base + 32768);
    CHECK(other == base + 32768 && tlsf_block_size(other) >= 1000);
    CHECK(tlsf_malloc_addr(tlsf, 1000, base + 32768) == NULL && tlsf_malloc_addr(tlsf, 8, base + 33000) == NULL);
    CHECK(tlsf_malloc_addr(tlsf, POOL, base + 40000) == NULL && tlsf_malloc_addr(tlsf, 8, NULL) == NULL);
    CHECK(tlsf_malloc_addr(tlsf, 8, more) == NULL && tlsf_malloc_addr(tlsf, 0, base + 50000) == NULL);
    CHECK(tlsf_malloc_addr(tlsf, (size_t)-1, base + 50000) == NULL && tlsf_malloc_addr(NULL, 8, base) == NULL);
    CHECK(tlsf_check(tlsf) == 0);

    /* A free block of fit_size bytes and more serves fit_size. */
    CHECK(tlsf_fit_size(tlsf, 0) == 0 && tlsf_fit_size(tlsf, 1024) == 1024 && tlsf_fit_size(tlsf, 1040) == 1024);
    for (i = 1; i < 20000; i += 13) {
        const size_t fit = tlsf_fit_size(tlsf, i);
        CHECK(fit > 0 && (fit <= i || fit < 400) && tlsf_fit_size(tlsf, fit) == fit);
    }

    left = 3;
    tlsf_walk_pool(base, count, &left);
    CHECK(left == 0);
    left = 1000;
    tlsf_walk_pool(base, count, &left);
    CHECK(left > 900 && left < 1000);
    tlsf_walk_pool(NULL, count, &left);
    tlsf_walk_pool(base, NULL, NULL);

    block[0] = 7;
    CHECK((block = (unsigned char *)tlsf_realloc(tlsf, block, 5000)) != NULL && block[0] == 7);
    CHECK(tlsf_realloc(tlsf, block, (size_t)-1) == NULL && block[0] == 7);
    CHECK(tlsf_realloc(tlsf, block, 0) == NULL);
    CHECK((block = (unsigned char *)tlsf_realloc(tlsf, NULL, 10)) != NULL);
    tlsf_free(tlsf, block);
    tlsf_free(tlsf, NULL);
    tlsf_remove_pool(tlsf, base); /* in use: nothing happens */
    CHECK(tlsf_check(tlsf) == 0 && tlsf_malloc(tlsf, 10) != NULL);
    CHECK(tlsf_check(NULL) == -1 && tlsf_check_pool(NULL) == -1 && tlsf_block_size(NULL) == 0);
    CHECK(tlsf_malloc(NULL, 1) == NULL && tlsf_realloc(NULL, NULL, 1) == NULL && tlsf_get_pool(NULL) == NULL);
}

/* Any number of pools, each of 64 words. */
static void many_pools(void) {
    const size_t bytes = 64 * sizeof(size_t);
    tlsf_t tlsf = tlsf_create(more, 4096);
    size_t i;
    for (i = 0; i < 100; ++i) CHECK(tlsf_add_pool(tlsf, memory + i * bytes, bytes) != NULL);
    for (i = 0; i < 100; ++i) CHECK(tlsf_malloc(tlsf, 32 * sizeof(size_t)) != NULL);
    CHECK(tlsf_malloc(tlsf, 32 * sizeof(size_t)) == NULL && tlsf_check(tlsf) == 0);
}

/* Every byte of free memory that is no header and no link holds FILL, after each call. */
static void hooks(void) {
    tlsf_t tlsf;
    unsigned char *base;
    size_t i;

    memset(memory, FILL, sizeof memory);
    tlsf = tlsf_create_with_pool(memory, POOL, 0);
    base = (unsigned char *)tlsf_get_pool(tlsf);
    absorbed = checked = 0;
    for (i = 0; i < 30000; ++i) {
        const size_t slot = random_bits() % SLOTS;
        const size_t size = random_bits() % 8 == 0 ? 1 + random_bits() % 8000 : 1 + random_bits() % 300;
        unsigned char *block = slots[slot];
        if (block == NULL) {
            switch (random_bits() % 4) {
            case 0: block = (unsigned char *)tlsf_memalign(tlsf, (size_t)16 << (random_bits() % 6), size); break;
            case 1: block = (unsigned char *)tlsf_memalign_offs(tlsf, 64, size, random_bits() % 100); break;
            case 2: block = (unsigned char *)tlsf_malloc_addr(tlsf, size, base + random_bits() % POOL); break;
            default: block = (unsigned char *)tlsf_malloc(tlsf, size);
            }
            if (block != NULL) memset(block, 0x55, tlsf_block_size(block));
            slots[slot] = block;
        } else {
            memset(block, FILL, tlsf_block_size(block));
            if (random_bits() % 2 == 0) {
                tlsf_free(tlsf, block);
                slots[slot] = NULL;
            } else if ((block = (unsigned char *)tlsf_realloc(tlsf, block, size)) != NULL) {
                memset(block, 0x55, tlsf_block_size(block));
                slots[slot] = block;
            }
        }
        CHECK(tlsf_check(tlsf) == 0);
        CHECK(tlsf_check_pool(base) == 0);
    }
    CHECK(absorbed > 5000 && checked > 100000 && spoiled == 0);

    /* And the check sees a spoiled byte. */
    for (i = 0; i < SLOTS; ++i) {
        if (slots[i] != NULL) memset(slots[i], FILL, tlsf_block_size(slots[i]));
        tlsf_free(tlsf, slots[i]);
    }
    CHECK(tlsf_check_pool(base) == 0);
    base[POOL / 2] = 0;
    CHECK(tlsf_check_pool(base) == -1 && tlsf_check(tlsf) == 0);
}

int main(void) {
    constants();
    creating();
    allocating();
    many_pools();
    hooks();
    return 0;
}
