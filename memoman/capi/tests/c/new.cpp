// operator new by the heap, objects with members of 16 bytes, cleared by aligned instructions.
#include <cstdio>
#include <new>

#include "memoman.h"

MM_ALIGNED static unsigned char memory[1 << 20];
static mm_t heap = mm_create_with_pool(memory, sizeof memory);

void *operator new(std::size_t size) {
    void *block = mm_malloc(heap, size ? size : 1);
    if (!block) throw std::bad_alloc();
    return block;
}
void operator delete(void *block) noexcept { mm_free(heap, block); }
void operator delete(void *block, std::size_t) noexcept { mm_free(heap, block); }

#ifdef __SIZEOF_INT128__
typedef __int128 Widest;
#else
typedef long double Widest;
#endif
struct Wide { Widest a, b; };
__attribute__((noinline)) void clear(Wide *wide) { wide->a = wide->b = 0; }

int main() {
    for (int i = 0; i < 4; i++) {
        new char[8 * (i | 1)];
        clear(new Wide);
    }
    std::puts("ok");
}
