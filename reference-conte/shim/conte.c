/*
 * Conte's TLSF 3.1 under a prefix, with functions that read what it keeps `static`.
 *
 * PREFIX (say conte_sl32_) comes from build.rs. Everything with external linkage gets it, so that
 * builds of different geometries link into one program. Nothing below the #include writes.
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

/* As `Row` in lib.rs. */
typedef struct {
    size_t offset;
    size_t size;
    _Bool free;
} conte_row_t;

/* As `Listed` in lib.rs. */
typedef struct {
    size_t class;
    size_t offset;
} conte_listed_t;

static size_t offset_in(const char * arena, const block_header_t * block)
{
    return (size_t)block_to_ptr(block) - (size_t)arena;
}

/* Blocks of a pool in address order. Fills at most `room` rows, returns how many there are. */
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

/* Free blocks, classes ascending, each list from its head; of the lists that the bitmaps mark. */
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

/* Compares both levels of the bitmap with every list head. */
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

/* Is the pool one free block and its sentinel? */
int CONTE(pool_is_empty)(const void * pool)
{
    const block_header_t * block = offset_to_block(pool, -(tlsfptr_t)block_header_overhead);
    return block_is_free(block) && block_is_last(block_next(block));
}

/* The mapping as it is: where a block of `size` is listed, and where a search for it begins. */
void CONTE(floor)(size_t size, int * fl, int * sl)
{
    mapping_insert(size, fl, sl);
}

void CONTE(ceil)(size_t size, int * fl, int * sl)
{
    mapping_search(size, fl, sl);
}

size_t CONTE(first_level_count)(void)
{
    return FL_INDEX_COUNT;
}
