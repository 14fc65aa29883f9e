/* Blocks suit every type of the platform, as malloc's do. */
#include <stddef.h>
#include <stdio.h>

#include "memoman.h"

MM_ALIGNED static unsigned char memory[1 << 16];

#if defined(__cplusplus)
#define ALIGNMENT alignof(std::max_align_t)
#include <cstddef>
#elif __STDC_VERSION__ >= 201112L
#define ALIGNMENT _Alignof(max_align_t)
#else
union most_aligned {
    long long number;
    long double real;
    void *pointer;
};
struct offset {
    char first;
    union most_aligned second;
};
#define ALIGNMENT offsetof(struct offset, second)
#endif

int main(void) {
    mm_t heap = mm_create_with_pool(memory, sizeof memory);
    int misaligned = 0;
    size_t size;
    for (size = 1; size < 200; size++) {
        misaligned += (size_t)mm_malloc(heap, size) % ALIGNMENT != 0;
    }
    printf("%d of 199 blocks are not aligned to %d\n", misaligned, (int)ALIGNMENT);
    return misaligned != 0;
}
