/* A heap of cells: a bit for each cell that is taken, a count of cells in front of each block. */
#include "cells.h"

#include <stdint.h>
#include <string.h>

#ifndef CELL
    #error "CELL is the bytes of a cell"
#endif
enum { NONE, LOST };
#ifndef FAULT
    #define FAULT NONE
#endif

struct heap {
    size_t cells;
    unsigned char *first;
    unsigned char is_taken[4096];
};

heap *heap_init(void *memory, size_t bytes)
{
    heap *made = memory;
    if (bytes < sizeof *made + CELL) return NULL;
    uintptr_t first = ((uintptr_t)(made + 1) + 15) / 16 * 16;
    made->first = (unsigned char *)first;
    made->cells = ((uintptr_t)memory + bytes - first) / CELL;
    if (made->cells > sizeof made->is_taken) made->cells = sizeof made->is_taken;
    memset(made->is_taken, 0, made->cells);
    return made;
}

void *heap_take(heap *heap, size_t bytes)
{
    if (bytes > heap->cells * CELL) return NULL;
    size_t needed = (bytes + 16 + CELL - 1) / CELL, run = 0;
    for (size_t at = 0; at < heap->cells; at++) {
        run = heap->is_taken[at] ? 0 : run + 1;
        if (run == needed) {
            size_t start = at + 1 - needed;
            memset(heap->is_taken + start, 1, needed);
            unsigned char *block = heap->first + start * CELL;
            memcpy(block, &needed, sizeof needed);
            return block + 16;
        }
    }
    return NULL;
}

void heap_give(heap *heap, void *block)
{
    unsigned char *start = (unsigned char *)block - 16;
    size_t cells;
    memcpy(&cells, start, sizeof cells);
    /* The mistake: the last cell of a long block stays taken. */
    if (FAULT == LOST && cells > 5) cells--;
    memset(heap->is_taken + (start - heap->first) / CELL, 0, cells);
}

bool heap_is_sound(heap *heap)
{
    for (size_t at = 0; at < heap->cells; at++)
        if (heap->is_taken[at] > 1) return false;
    return true;
}
