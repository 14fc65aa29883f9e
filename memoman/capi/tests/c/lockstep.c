/*
 * TLSF 3.1 and memoman in one program: the same calls to both, on heaps at addresses of the same
 * residue, and every result compared as an offset. The first difference ends the program.
 *
 * usage: lockstep CALLS SEED POOL_BYTES
 *
 * Compiled with CONTE, the prefix of TLSF 3.1's functions, and with SIZED for an mm_sized_t, or ESPRESSIF
 * for a heap of tlsf_espressif.h, in place of a tlsf_t.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(SIZED)
#include "memoman_sized.h"
typedef mm_sized_t heap_t;
#define CREATE(memory, bytes) mm_sized_create(memory, bytes)
#define SIZE(bytes) mm_sized_size(bytes)
#define ADD(heap, memory, bytes) mm_sized_add_pool(heap, memory, bytes)
#define REMOVE(heap, pool) mm_sized_remove_pool(heap, (mm_pool_t)(pool))
#define MALLOC mm_sized_malloc
#define MEMALIGN mm_sized_memalign
#define REALLOC mm_sized_realloc
#define FREE mm_sized_free
#define BLOCK_SIZE mm_block_size
#define SOUND(heap) mm_sized_validate(heap)
#define WALK(heap, pool, walker, user) mm_sized_walk_pool(heap, (mm_pool_t)(pool), walker, user)
typedef int walked;
#define GO_ON 0
#elif defined(ESPRESSIF)
#include "tlsf_espressif.h"
typedef tlsf_t heap_t;
#define CREATE(memory, bytes) tlsf_create(memory, bytes)
#define SIZE(bytes) mm_esp_size_for(bytes)
#define ADD tlsf_add_pool
#define REMOVE tlsf_remove_pool
#define MALLOC tlsf_malloc
#define MEMALIGN tlsf_memalign
#define REALLOC tlsf_realloc
#define FREE tlsf_free
#define BLOCK_SIZE tlsf_block_size
#define SOUND(heap) (tlsf_check(heap) == 0)
#define WALK(heap, pool, walker, user) tlsf_walk_pool(pool, walker, user)
typedef bool walked;
#define GO_ON true
#else
#include "tlsf.h"
typedef tlsf_t heap_t;
#define CREATE(memory, bytes) tlsf_create(memory)
#define SIZE(bytes) tlsf_size()
#define ADD tlsf_add_pool
#define REMOVE tlsf_remove_pool
#define MALLOC tlsf_malloc
#define MEMALIGN tlsf_memalign
#define REALLOC tlsf_realloc
#define FREE tlsf_free
#define BLOCK_SIZE tlsf_block_size
#define SOUND(heap) (tlsf_check(heap) == 0)
#define WALK(heap, pool, walker, user) tlsf_walk_pool(pool, walker, user)
typedef void walked;
#define GO_ON
#endif

/* TLSF 3.1, under a prefix. */
#define GLUE2(prefix, name) prefix##name
#define GLUE(prefix, name) GLUE2(prefix, name)
#define C(name) GLUE(CONTE, name)
void *C(create)(void *memory);
size_t C(size)(void);
void *C(add_pool)(void *heap, void *memory, size_t bytes);
void C(remove_pool)(void *heap, void *pool);
void *C(malloc)(void *heap, size_t size);
void *C(memalign)(void *heap, size_t align, size_t size);
void *C(realloc)(void *heap, void *block, size_t size);
size_t C(free)(void *heap, void *block);
size_t C(block_size)(void *block);
void C(walk_pool)(void *pool, void (*walker)(void *, size_t, int, void *), void *user);
int C(check)(void *heap);

/* TLSF 3.1's assertions. */
void conte_assertion_failed(unsigned line, const char *claim);
void conte_assertion_failed(unsigned line, const char *claim) {
    printf("TLSF 3.1: line %u: %s\n", line, claim);
    exit(1);
}

#define SLOTS 300
#define RESIDUE 65536 /* alignments up to 4096 are requested */

struct side {
    heap_t ours;
    void *theirs;
    unsigned char *base;
    unsigned char *blocks[SLOTS];
};

/* Blocks of a pool, in address order. */
struct rows {
    const unsigned char *base;
    size_t count;
    unsigned long hash;
};

static struct side memoman, conte;
static size_t sizes[SLOTS];
static unsigned char tags[SLOTS];
static unsigned long call, hash = 5381;
static unsigned long state;

static unsigned long random_bits(void) {
    state = (state * 1103515245UL + 12345UL) & 0xFFFFFFFFUL;
    return state >> 8;
}

static void failed(const char *what, size_t ours, size_t theirs) {
    printf("call %lu: %s: memoman %ld, TLSF 3.1 %ld\n", call, what, (long)ours, (long)theirs);
    exit(1);
}

static size_t offset(const struct side *side, const void *place) {
    return place == NULL ? (size_t)-1 : (size_t)((const unsigned char *)place - side->base);
}

/* Compares two results of one call. Returns whether both are blocks. */
static int same(const char *what, const void *ours, const void *theirs) {
    const size_t at = offset(&memoman, ours);
    if (at != offset(&conte, theirs)) failed(what, at, offset(&conte, theirs));
    hash = (hash * 33 + at) & 0xFFFFFFFFUL;
    if (ours == NULL) return 0;
    if (BLOCK_SIZE((void *)ours) != C(block_size)((void *)theirs)) {
        failed("block size", BLOCK_SIZE((void *)ours), C(block_size)((void *)theirs));
    }
    return 1;
}

static void count(const void *ptr, size_t size, int used, struct rows *rows) {
    rows->count += 1;
    rows->hash = ((rows->hash * 33 + (size_t)((const unsigned char *)ptr - rows->base)) * 33 + size * 2 + (size_t)used)
                 & 0xFFFFFFFFUL;
}

static walked count_ours(void *ptr, size_t size, int used, void *user) {
    count(ptr, size, used, (struct rows *)user);
    return GO_ON;
}

static void count_theirs(void *ptr, size_t size, int used, void *user) {
    count(ptr, size, used, (struct rows *)user);
}

static void same_pool(size_t at) {
    struct rows ours = {0, 0, 0}, theirs = {0, 0, 0};
    ours.base = memoman.base;
    theirs.base = conte.base;
    WALK(memoman.ours, memoman.base + at, count_ours, &ours);
    C(walk_pool)(conte.base + at, count_theirs, &theirs);
    if (ours.count != theirs.count) failed("blocks of a pool", ours.count, theirs.count);
    if (ours.hash != theirs.hash) failed("sizes of a pool", ours.hash, theirs.hash);
}

/* Both blocks hold what was written to them. */
static void intact(size_t slot, size_t bytes) {
    size_t i;
    for (i = 0; i < bytes; i += 1 + bytes / 16) {
        if (memoman.blocks[slot][i] != tags[slot]) failed("content", memoman.blocks[slot][i], tags[slot]);
    }
}

static void keep(size_t slot, void *ours, void *theirs, size_t size) {
    memoman.blocks[slot] = (unsigned char *)ours;
    conte.blocks[slot] = (unsigned char *)theirs;
    if (ours == NULL) return;
    sizes[slot] = size;
    tags[slot] = (unsigned char)random_bits();
    memset(ours, tags[slot], size);
}

static size_t random_size(size_t pool) {
    switch (random_bits() % 16) {
    case 0: return random_bits() % 3;
    case 1: case 2: return random_bits() % pool;
    case 3: case 4: case 5: return random_bits() % (pool / 8);
    default: return random_bits() % 400;
    }
}

static void one_call(size_t pool) {
    const size_t slot = random_bits() % SLOTS;
    const size_t size = random_size(pool);

    if (memoman.blocks[slot] == NULL) {
        if (random_bits() % 4 == 0) {
            const size_t align = (size_t)1 << (random_bits() % 13);
            void *ours = MEMALIGN(memoman.ours, align, size);
            void *theirs = C(memalign)(conte.theirs, align, size);
            same("memalign", ours, theirs);
            keep(slot, ours, theirs, size);
        } else {
            void *ours = MALLOC(memoman.ours, size);
            void *theirs = C(malloc)(conte.theirs, size);
            same("malloc", ours, theirs);
            keep(slot, ours, theirs, size);
        }
        return;
    }
    intact(slot, sizes[slot]);
    if (random_bits() % 2 == 0) {
        FREE(memoman.ours, memoman.blocks[slot]);
        C(free)(conte.theirs, conte.blocks[slot]);
        memoman.blocks[slot] = conte.blocks[slot] = NULL;
    } else {
        void *ours = REALLOC(memoman.ours, memoman.blocks[slot], size);
        void *theirs = C(realloc)(conte.theirs, conte.blocks[slot], size);
        if (same("realloc", ours, theirs)) {
            memoman.blocks[slot] = (unsigned char *)ours;
            intact(slot, size < sizes[slot] ? size : sizes[slot]);
        }
        if (ours != NULL || size == 0) keep(slot, ours, theirs, size);
    }
}

static void drain(void) {
    size_t slot;
    for (slot = 0; slot < SLOTS; ++slot) {
        FREE(memoman.ours, memoman.blocks[slot]);
        C(free)(conte.theirs, conte.blocks[slot]);
        memoman.blocks[slot] = conte.blocks[slot] = NULL;
    }
}

static unsigned char *arena(size_t bytes) {
    unsigned char *memory = (unsigned char *)malloc(bytes + RESIDUE);
    if (memory == NULL) exit(1);
    return memory + (RESIDUE - (size_t)memory % RESIDUE);
}

int main(int count_of_arguments, char **arguments) {
    unsigned long calls;
    size_t pool, half;
    int second = 0;

    if (count_of_arguments != 4) {
        puts("usage: lockstep CALLS SEED POOL_BYTES");
        return 2;
    }
    calls = strtoul(arguments[1], NULL, 10);
    state = strtoul(arguments[2], NULL, 10);
    pool = (size_t)strtoul(arguments[3], NULL, 10);
    half = pool / 2 / 64 * 64;

    memoman.base = arena(2 * pool);
    conte.base = arena(2 * pool);
    memoman.ours = CREATE(arena(SIZE(pool)), pool);
    conte.theirs = C(create)(arena(C(size)()));
    same("add_pool", ADD(memoman.ours, memoman.base, pool - 3), C(add_pool)(conte.theirs, conte.base, pool - 3));

    for (call = 0; call < calls; ++call) {
        one_call(pool);
        if (call % 1024 == 0) {
            same_pool(0);
            if (second) same_pool(pool);
            if (!SOUND(memoman.ours) || C(check)(conte.theirs) != 0) failed("check", 0, 0);
        }
        if (call % 20000 == 19999) {
            if (second) {
                drain();
                REMOVE(memoman.ours, memoman.base + pool);
                C(remove_pool)(conte.theirs, conte.base + pool);
            } else {
                ADD(memoman.ours, memoman.base + pool, half);
                C(add_pool)(conte.theirs, conte.base + pool, half);
            }
            second = !second;
        }
    }
    drain();
    same_pool(0);
    printf("%lu calls agree, hash %08lx\n", calls, hash);
    return 0;
}
