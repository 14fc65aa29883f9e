/* A heap with the names of ESP-IDF's multi_heap.h: blocks one behind the other, the first that fits, merged when
 * they are freed. FAULT plants a mistake. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { NONE, WALK, ALIGN, GROW, CHECK };
#ifndef FAULT
    #define FAULT NONE
#endif

#define WORD sizeof(size_t)
#define UP(n, to) (((n) + (to) - 1) / (to) * (to))

/* In front of a payload. A used block of size 0 ends the heap. */
typedef struct {
    size_t size, used;
} block;

typedef struct {
    block *first;
} *multi_heap_handle_t;

typedef bool (*walker)(void *payload, size_t size, int used, void *user);

static block *behind(block *at) { return (block *)((char *)(at + 1) + at->size); }

multi_heap_handle_t multi_heap_register(void *start, size_t bytes)
{
    char *first = (char *)UP((uintptr_t)start + sizeof(block *), WORD);
    char *last = (char *)(((uintptr_t)start + bytes - sizeof(block)) / WORD * WORD);
    if (bytes < 8 * sizeof(block)) return NULL;
    multi_heap_handle_t heap = start;
    heap->first = (block *)first;
    *heap->first = (block){last - (char *)(heap->first + 1), 0};
    *(block *)last = (block){0, 1};
    return heap;
}

/* Cuts what is behind the first bytes of a block off, if it has room for a block. */
static void cut(block *at, size_t size)
{
    if (at->size < size + 2 * sizeof(block)) return;
    block rest = {at->size - size - sizeof(block), 0};
    at->size = size;
    *behind(at) = rest;
}

void *multi_heap_aligned_alloc(multi_heap_handle_t heap, size_t size, size_t align)
{
    if (size == 0 || size > PTRDIFF_MAX - WORD || align == 0 || (align & (align - 1))) return NULL;
    size = UP(size, WORD);
    if (align < WORD) align = WORD;
    /* The mistake: a large alignment is halved. */
    if (FAULT == ALIGN && align >= 64) align /= 2;
    for (block *at = heap->first; at->size; at = behind(at)) {
        if (at->used) continue;
        uintptr_t payload = (uintptr_t)(at + 1), place = payload;
        if (place % align) place = UP(payload + 2 * sizeof(block), align);
        if (place < payload || place - payload > at->size || at->size - (place - payload) < size) continue;
        if (place != payload) {
            cut(at, place - payload - sizeof(block));
            at = behind(at);
        }
        cut(at, size);
        at->used = 1;
        return at + 1;
    }
    return NULL;
}

void *multi_heap_malloc(multi_heap_handle_t heap, size_t size) { return multi_heap_aligned_alloc(heap, size, WORD); }

void multi_heap_free(multi_heap_handle_t heap, void *p)
{
    if (!p) return;
    ((block *)p - 1)->used = 0;
    for (block *at = heap->first; at->size; at = behind(at))
        while (!at->used && !behind(at)->used) at->size += sizeof(block) + behind(at)->size;
}

size_t multi_heap_get_allocated_size(multi_heap_handle_t heap, void *p)
{
    (void)heap;
    return ((block *)p - 1)->size;
}

void *multi_heap_realloc(multi_heap_handle_t heap, void *p, size_t size)
{
    if (!p) return multi_heap_malloc(heap, size);
    size_t old = multi_heap_get_allocated_size(heap, p);
    if (size <= old) return p;
    void *moved = multi_heap_malloc(heap, size);
    if (!moved) return NULL;
    /* The mistake: the last word is not copied. */
    memcpy(moved, p, FAULT == GROW ? old - WORD : old);
    multi_heap_free(heap, p);
    return moved;
}

bool multi_heap_check(multi_heap_handle_t heap, bool print_errors)
{
    for (block *at = heap->first; at->size; at = behind(at)) {
        /* The mistake: a size that is allowed is reported. */
        if (at->used <= 1 && !(FAULT == CHECK && at->used && at->size == 5 * WORD)) continue;
        if (print_errors) printf("a block of %zu bytes is broken\n", at->size);
        return false;
    }
    return true;
}

void multi_heap_walk(multi_heap_handle_t heap, walker show, void *user)
{
    for (block *at = heap->first; at->size; at = behind(at)) {
        /* The mistake: a used block of a line is left out. */
        if (FAULT == WALK && at->used && at->size == 64) continue;
        if (!show(at + 1, at->size, at->used, user)) return;
    }
}
