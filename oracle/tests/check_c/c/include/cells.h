/* A heap in memory that it is given: cells of 64 bytes, taken in runs. */
#include <stdbool.h>
#include <stddef.h>

typedef struct heap heap;

heap *heap_init(void *memory, size_t bytes);
void *heap_take(heap *heap, size_t bytes);
void heap_give(heap *heap, void *cell);
bool heap_is_sound(heap *heap);
