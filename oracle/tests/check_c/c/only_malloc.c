/* An allocator with malloc and free only, in memory of its own: a list of freed blocks, the first that fits, never
 * split. FAULT plants a mistake. */
#include <stddef.h>

enum { NONE, OVERLAP, CRASH, HANG, MISALIGNED };
#ifndef FAULT
    #define FAULT NONE
#endif

/* In front of a payload. */
typedef struct block {
    size_t size;
    struct block *next;
} block;

static size_t memory[1 << 21];
static size_t used;
static block *freed;

void *malloc(size_t size)
{
    if (size > sizeof memory / 4) return NULL;
    size = (size + 15) / 16 * 16;
    if (FAULT == HANG && size == 48)
        for (volatile int forever = 1; forever;) {}
    for (block **at = &freed; *at; at = &(*at)->next) {
        block *found = *at;
        /* The mistake: a block of half of the size is taken. */
        if (found->size >= (FAULT == OVERLAP ? size / 2 : size)) {
            *at = found->next;
            return (char *)found + 2 * sizeof(size_t);
        }
    }
    size_t words = size / sizeof(size_t) + 2;
    if (words > sizeof memory / sizeof *memory - used) return NULL;
    block *made = (block *)(memory + used);
    used += words;
    made->size = size;
    return (char *)made + 2 * sizeof(size_t) + (FAULT == MISALIGNED && size == 48 ? 4 : 0);
}

void free(void *pointer)
{
    if (!pointer) return;
    block *given = (block *)((size_t *)pointer - 2);
    if (FAULT == CRASH && given->size == 48) *(volatile char *)1 = 0;
    given->next = freed;
    freed = given;
}
