/* A program written for TLSF 3.1 that adds a pool whenever a request fails. */
#include <stdio.h>
#include <stdlib.h>

#include "tlsf.h"

#ifndef BLOCKS
#define BLOCKS 100000
#endif
#define PAGE 4096

static char memory[6000L * PAGE];

int main(void) {
    char *page = memory + (PAGE - (size_t)memory % PAGE);
    tlsf_t heap = tlsf_create(malloc(tlsf_size()));
    unsigned long places = 0; /* where all blocks were */
    int pools = 0, blocks = 0;
    for (; blocks < BLOCKS; blocks++) {
        size_t size = 64 + blocks % 300;
        void *block = tlsf_malloc(heap, size);
        if (!block) {
            if (!tlsf_add_pool(heap, page, PAGE)) break;
            pools++;
            page += PAGE;
            block = tlsf_malloc(heap, size);
        }
        if (!block) break;
        places = (places * 31 + (unsigned long)((size_t)block % PAGE)) & 0xFFFFFFFFUL;
    }
    printf("%d blocks in %d pools, %lx\n", blocks, pools, places);
    return blocks != BLOCKS;
}
