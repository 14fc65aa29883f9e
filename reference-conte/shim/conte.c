/*
 * Conte's TLSF 3.1 with a prefix, and functions that read what it keeps `static`.
 *
 * build.rs defines PREFIX, for example conte_sl32_. Every symbol with external linkage gets it, so that
 * builds of different geometries can be linked into one program. The functions below the #include only
 * read the heap.
 */
#define CONTE_GLUE2(prefix, name) prefix ## name
#define CONTE_GLUE(prefix, name) CONTE_GLUE2(prefix, name)
#define CONTE(name) CONTE_GLUE(PREFIX, name)

#define lv_tlsf_create           CONTE(create)
#define lv_tlsf_create_with_pool CONTE(create_with_pool)
#define lv_tlsf_destroy          CONTE(destroy)
#define lv_tlsf_get_pool         CONTE(get_pool)
#define lv_tlsf_add_pool         CONTE(add_pool)
#define lv_tlsf_remove_pool      CONTE(remove_pool)
#define lv_tlsf_malloc           CONTE(malloc)
#define lv_tlsf_memalign         CONTE(memalign)
#define lv_tlsf_realloc          CONTE(realloc)
#define lv_tlsf_free             CONTE(free)
#define lv_tlsf_block_size       CONTE(block_size)
#define lv_tlsf_size             CONTE(size)
#define lv_tlsf_align_size       CONTE(align_size)
#define lv_tlsf_block_size_min   CONTE(block_size_min)
#define lv_tlsf_block_size_max   CONTE(block_size_max)
#define lv_tlsf_pool_overhead    CONTE(pool_overhead)
#define lv_tlsf_alloc_overhead   CONTE(alloc_overhead)
#define lv_tlsf_walk_pool        CONTE(walk_pool)
#define lv_tlsf_check            CONTE(check)
#define lv_tlsf_check_pool       CONTE(check_pool)

#include "src/stdlib/builtin/lv_tlsf.c"

/* The same structure as `Row` in src/rows.rs. */
typedef struct {
    size_t offset;
    size_t size;
    _Bool free;
} conte_row_t;

/* The same structure as `Listed` in src/rows.rs. */
typedef struct {
    size_t class;
    size_t offset;
} conte_listed_t;

static size_t offset_in(const char * arena, const block_header_t * block)
{
    return (size_t)block_to_ptr(block) - (size_t)arena;
}

/* The blocks of a pool in address order. Writes at most `room` rows, returns how many there are. */
size_t CONTE(rows)(const void * pool, const char * arena, conte_row_t * rows, size_t room)
{
    size_t count = 0;
    const block_header_t * block = offset_to_block(pool, -(tlsfptr_t)block_header_overhead);

    for(; !block_is_last(block); block = block_next(block), ++count) {
        if(count < room) {
            rows[count].offset = offset_in(arena, block);
            rows[count].size = block_size(block);
            rows[count].free = block_is_free(block) != 0;
        }
    }
    return count;
}

/* Whether the blocks of a pool in address order are exactly these. */
int CONTE(rows_are)(const void * pool, const char * arena, const conte_row_t * rows, size_t count)
{
    const conte_row_t * const end = rows + count;
    const block_header_t * block = offset_to_block(pool, -(tlsfptr_t)block_header_overhead);

    for(; !block_is_last(block); block = block_next(block), ++rows) {
        if(rows == end || rows->offset != offset_in(arena, block) || rows->size != block_size(block)
           || rows->free != (block_is_free(block) != 0)) {
            return 0;
        }
    }
    return rows == end;
}

/* The free blocks in the lists whose bits are set: classes ascending, each list from its head. */
size_t CONTE(listed)(const void * tlsf, const char * arena, conte_listed_t * rows, size_t room)
{
    size_t count = 0;
    const control_t * control = tlsf_cast(const control_t *, tlsf);
    unsigned int fl_map = control->fl_bitmap;

    for(; fl_map; fl_map &= fl_map - 1) {
        const int fl = tlsf_ffs(fl_map);
        unsigned int sl_map = control->sl_bitmap[fl];

        for(; sl_map; sl_map &= sl_map - 1) {
            const int sl = tlsf_ffs(sl_map);
            const block_header_t * block = control->blocks[fl][sl];

            for(; block != &control->block_null; block = block->next_free, ++count) {
                if(count < room) {
                    rows[count].class = (size_t)fl * SL_INDEX_COUNT + (size_t)sl;
                    rows[count].offset = offset_in(arena, block);
                }
            }
        }
    }
    return count;
}

/* Whether both levels of the bitmap agree with every list head. */
int CONTE(occupancy_agrees)(const void * tlsf)
{
    const control_t * control = tlsf_cast(const control_t *, tlsf);
    unsigned int fl_map = 0;
    int fl, sl;

    for(fl = 0; fl < FL_INDEX_COUNT; ++fl) {
        unsigned int sl_map = 0;

        for(sl = 0; sl < SL_INDEX_COUNT; ++sl) {
            if(control->blocks[fl][sl] != &control->block_null) {
                sl_map |= 1U << sl;
            }
        }
        if(sl_map != control->sl_bitmap[fl]) {
            return 0;
        }
        if(sl_map) {
            fl_map |= 1U << fl;
        }
    }
    return fl_map == control->fl_bitmap;
}

/* Whether the pool is one free block and its sentinel. */
int CONTE(pool_is_empty)(const void * pool)
{
    const block_header_t * block = offset_to_block(pool, -(tlsfptr_t)block_header_overhead);
    return block_is_free(block) && block_is_last(block_next(block));
}

/* The mapping: the list of a block of `size`, and the list at which a search for `size` begins. */
void CONTE(floor)(size_t size, int * fl, int * sl)
{
    mapping_insert(size, fl, sl);
}

void CONTE(ceil)(size_t size, int * fl, int * sl)
{
    mapping_search(size, fl, sl);
}

/* The block size for a request, 0 if there is none. */
size_t CONTE(fit)(size_t size)
{
    return adjust_request_size(size, ALIGN_SIZE);
}

size_t CONTE(first_level_count)(void)
{
    return FL_INDEX_COUNT;
}
