/* Replays traces on one allocator, which is chosen when this file is compiled, and prints a line for each trace: the
 * nanoseconds of the timed pass, and a hash of where the blocks are.
 *
 * program TRACE…
 *
 * A trace is two numbers of 32 bits, the calls and the slots, and for each call four: its kind, the slot, the
 * alignment and the size. Each trace runs three times in a new heap: to hash the offsets of the blocks, to warm up,
 * and to be timed. Of a new block, the first byte is written.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { HEAP = 128 << 20, ALIGN = 2 << 20, CONTROL = 32 << 10 };

static char *arena;
static _Alignas(4096) char control[CONTROL];

static void require(int holds, const char *what)
{
    if(!holds) {
        fprintf(stderr, "%s\n", what);
        exit(1);
    }
}

/* Each allocator: a heap with the arena as its pool, and four operations. */
#if defined(CONTE)

typedef void *heap_t;
extern size_t conte_bare_size(void);
extern void *conte_bare_create(void *memory);
extern void *conte_bare_add_pool(void *tlsf, void *memory, size_t bytes);
extern void *conte_bare_malloc(void *tlsf, size_t size);
extern void *conte_bare_memalign(void *tlsf, size_t align, size_t size);
extern void *conte_bare_realloc(void *tlsf, void *block, size_t size);
extern size_t conte_bare_free(void *tlsf, const void *block);
#define MALLOC conte_bare_malloc
#define MEMALIGN conte_bare_memalign
#define REALLOC conte_bare_realloc
#define FREE conte_bare_free

static heap_t fresh(void)
{
    require(conte_bare_size() <= CONTROL, "the control structure is too large");
    heap_t heap = conte_bare_create(control);
    require(conte_bare_add_pool(heap, arena, HEAP) != NULL, "no pool");
    return heap;
}

#elif defined(TLSF)

#include <tlsf.h>
typedef tlsf_t heap_t;
#define MALLOC tlsf_malloc
#define MEMALIGN tlsf_memalign
#define REALLOC tlsf_realloc
#define FREE tlsf_free

static heap_t fresh(void)
{
    require(tlsf_size() <= CONTROL, "the control structure is too large");
    heap_t heap = tlsf_create(control);
    require(tlsf_add_pool(heap, arena, HEAP) != NULL, "no pool");
    return heap;
}

#elif defined(MM)

#include <memoman.h>
typedef mm_t heap_t;
#define MALLOC mm_malloc
#define MEMALIGN mm_memalign
#define REALLOC mm_realloc
#define FREE mm_free

static heap_t fresh(void)
{
    require(mm_size() <= CONTROL, "the control structure is too large");
    heap_t heap = mm_create(control);
    require(mm_add_pool(heap, arena, HEAP) != NULL, "no pool");
    return heap;
}

#else /* No allocator: the loop alone. */

typedef void *heap_t;
/* The compiler cannot leave out what computes the value. */
static inline void keep(uintptr_t value)
{
    __asm__ volatile("" : : "r"(value));
}
#define MALLOC(heap, size) (keep(size), arena)
#define MEMALIGN(heap, align, size) (keep(align), keep(size), arena)
#define REALLOC(heap, block, size) (keep(size), (block))
#define FREE(heap, block) keep((uintptr_t)(block))

static heap_t fresh(void)
{
    return control;
}

#endif

enum { KIND_MALLOC, KIND_MEMALIGN, KIND_REALLOC, KIND_FREE };

struct call {
    uint32_t kind, slot, align, size;
};

/* With `hash`, adds the offset of each block to it. */
static inline __attribute__((always_inline)) void replay(heap_t heap, const struct call *call, const struct call *end,
                                                         char **slots, uint64_t *hash)
{
    (void)heap;
    for(; call != end; call++) {
        char *block;
        switch(call->kind) {
            case KIND_MALLOC: block = MALLOC(heap, call->size); break;
            case KIND_MEMALIGN: block = MEMALIGN(heap, call->align, call->size); break;
            case KIND_REALLOC: block = REALLOC(heap, slots[call->slot], call->size); break;
            default: FREE(heap, slots[call->slot]); continue;
        }
        if(!block) {
            fprintf(stderr, "a request is refused\n");
            exit(1);
        }
        slots[call->slot] = block;
        *(volatile char *)block = 1;
        if(hash) *hash = (*hash ^ (uint64_t)(block - arena)) * UINT64_C(0x100000001B3);
    }
}

static __attribute__((noinline)) void pass(heap_t heap, const struct call *calls, size_t count, char **slots)
{
    replay(heap, calls, calls + count, slots, NULL);
}

static uint64_t now(void)
{
    struct timespec time;
    require(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0, "no clock");
    return (uint64_t)time.tv_sec * UINT64_C(1000000000) + (uint64_t)time.tv_nsec;
}

static void run(const char *path)
{
    uint32_t head[2];
    FILE *file = fopen(path, "rb");
    require(file && fread(head, sizeof(head), 1, file) == 1, "a trace cannot be read");
    struct call *calls = malloc(head[0] * sizeof(*calls));
    char **slots = calloc(head[1], sizeof(*slots));
    require(calls && slots && fread(calls, sizeof(*calls), head[0], file) == head[0], "a trace is too short");
    fclose(file);

    heap_t heap = fresh();
    uint64_t hash = 0;
    replay(heap, calls, calls + head[0], slots, &hash);
    pass(heap, calls, head[0], slots);
    uint64_t start = now();
    pass(heap, calls, head[0], slots);
    printf("%" PRIu64 " %016" PRIx64 "\n", now() - start, hash);
    free(slots);
    free(calls);
}

int main(int count, char **paths)
{
    arena = aligned_alloc(ALIGN, HEAP);
    require(arena != NULL, "no memory");
    memset(arena, 0xA5, HEAP);
    for(int at = 1; at < count; at++) run(paths[at]);
    return 0;
}
