/*
 * A fixed sequence of calls of tlsf.h. Each result is printed as an offset in its pool. Linked with
 * libmemoman and linked with TLSF 3.1, the program must print the same.
 */
#include "tlsf.h"

#include <stdio.h>
#include <string.h>

#define SLOTS 200
#define CALLS 30000
#define PAGE 4096
#define FIRST (64 * PAGE)
#define SECOND (16 * PAGE)

/* One page more than the pools need: they start at a page, as tlsf_memalign depends on addresses. */
static size_t control[PAGE * 2 / sizeof(size_t)];
static unsigned char memory[FIRST + SECOND + PAGE];
static unsigned char *base;
static unsigned char *blocks[SLOTS];
static size_t sizes[SLOTS];

static unsigned long state = 1;

/* 16 bits of a linear congruential generator, the same for any width of long. */
static size_t random_bits(void) {
    state = (state * 1103515245UL + 12345UL) & 0xFFFFFFFFUL;
    return (size_t)(state >> 16);
}

static size_t random_size(void) {
    switch (random_bits() % 8) {
    case 0: return random_bits() % 4;
    case 1: return random_bits() % 16384;
    case 2: return random_bits();
    default: return random_bits() % 600;
    }
}

static void print_place(const char *call, const void *place) {
    if (place == NULL) {
        printf("%s -\n", call);
    } else {
        printf("%s %lu %lu\n", call, (unsigned long)((const unsigned char *)place - base),
               (unsigned long)tlsf_block_size((void *)place));
    }
}

static void fill(size_t slot) {
    if (blocks[slot] != NULL) memset(blocks[slot], (int)(slot & 255), sizes[slot]);
}

static void intact(size_t slot, size_t bytes) {
    size_t i;
    for (i = 0; i < bytes; ++i) {
        if (blocks[slot][i] != (slot & 255)) printf("slot %lu: byte %lu has changed\n", (unsigned long)slot, (unsigned long)i);
    }
}

static void print_block(void *ptr, size_t size, int used, void *user) {
    (void)user;
    printf("  %lu %lu %s\n", (unsigned long)((unsigned char *)ptr - base), (unsigned long)size,
           used ? "used" : "free");
}

static void call(tlsf_t tlsf) {
    const size_t slot = random_bits() % SLOTS;
    const size_t size = random_size();
    const size_t old = sizes[slot];
    unsigned char *moved;

    if (blocks[slot] == NULL) {
        sizes[slot] = size;
        if (random_bits() % 4 == 0) {
            const size_t align = (size_t)1 << (random_bits() % 13);
            blocks[slot] = (unsigned char *)tlsf_memalign(tlsf, align, size);
            print_place("memalign", blocks[slot]);
        } else {
            blocks[slot] = (unsigned char *)tlsf_malloc(tlsf, size);
            print_place("malloc", blocks[slot]);
        }
        fill(slot);
    } else if (random_bits() % 2 == 0) {
        intact(slot, old);
        tlsf_free(tlsf, blocks[slot]);
        blocks[slot] = NULL;
    } else {
        moved = (unsigned char *)tlsf_realloc(tlsf, blocks[slot], size);
        print_place("realloc", moved);
        if (moved != NULL || size == 0) {
            blocks[slot] = moved;
            sizes[slot] = size;
            if (moved != NULL) intact(slot, size < old ? size : old);
            fill(slot);
        }
    }
}

int main(void) {
    tlsf_t tlsf;
    pool_t first, second;
    const size_t least = tlsf_pool_overhead() + tlsf_block_size_min();
    size_t i, slot;

    base = memory + (PAGE - (size_t)memory % PAGE) % PAGE;
    if (tlsf_size() > sizeof control) return 1;
    tlsf = tlsf_create(control);
    first = tlsf_add_pool(tlsf, base, FIRST - 3);
    second = tlsf_add_pool(tlsf, base + FIRST, SECOND);
    printf("constants %lu %lu %lu %lu %lu\n", (unsigned long)tlsf_align_size(),
           (unsigned long)tlsf_block_size_min(), (unsigned long)tlsf_block_size_max(),
           (unsigned long)tlsf_pool_overhead(), (unsigned long)tlsf_alloc_overhead());
    printf("pools %d %d %d %d\n", first == (pool_t)base, second == (pool_t)(base + FIRST),
           tlsf_add_pool(tlsf, base + 1, PAGE) == NULL, tlsf_add_pool(tlsf, base, least - 1) == NULL);

    for (i = 0; i < CALLS; ++i) {
        call(tlsf);
        if (i % 500 == 0) {
            printf("after %lu: %d %d %d\n", (unsigned long)i, tlsf_check(tlsf),
                   tlsf_check_pool(first), tlsf_check_pool(second));
            tlsf_walk_pool(first, print_block, NULL);
            tlsf_walk_pool(second, print_block, NULL);
        }
    }
    for (slot = 0; slot < SLOTS; ++slot) tlsf_free(tlsf, blocks[slot]);
    tlsf_walk_pool(first, print_block, NULL);
    tlsf_remove_pool(tlsf, second);
    print_place("malloc", tlsf_malloc(tlsf, SECOND));
    print_place("malloc", tlsf_malloc(tlsf, FIRST));
    printf("at the end: %d\n", tlsf_check(tlsf));
    tlsf_destroy(tlsf);
    return 0;
}
