/* A program as in the README. */
#include <stdio.h>
#include "memoman.h"

MM_ALIGNED static unsigned char memory[65536];

int main(void) {
    mm_t mm = mm_create_with_pool(memory, sizeof memory);
    void *block = mm_malloc(mm, 100);
    if (block == NULL) return 1;
    puts("a block");
    mm_free(mm, block);
    return mm_check(mm);
}
