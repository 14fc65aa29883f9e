/*
 * With feature `guard`: what free and realloc refuse, and who is told. With an argument, nobody has
 * asked to be told, and the program ends on the spot.
 */
#include "memoman.h"

#include <string.h>

#include "check.h"

static size_t region[65536 / sizeof(size_t)];
static size_t elsewhere[64];
static char last[300];
static int times;
static mm_t mm;
static int sound; /* what mm_check tells while the handler runs */

static void see(void *ptr, size_t size, int used, void *user) {
    int *blocks = (int *)user;
    CHECK(ptr != NULL && (used || size > 0));
    *blocks += 1;
}

static void told(const char *what) {
    int blocks = 0;
    CHECK(strlen(what) < sizeof last);
    strcpy(last, what);
    times += 1;
    /* The heap is there to be looked at, and even to be used. */
    sound = mm_check(mm) == 0;
    CHECK(mm_walk_all_pools(mm, see, &blocks) == 0 && blocks > 0);
    if (sound) {
        void *block = mm_malloc(mm, 8);
        CHECK(block != NULL && mm_get_pool_for_ptr(mm, block) != NULL);
        mm_free(mm, block);
    }
}

/* Told once, of this call, in this word. */
static void expect(const char *call, const char *word) {
    CHECK(times == 1 && strncmp(last, "memoman: ", 9) == 0);
    CHECK(strncmp(last + 9, call, strlen(call)) == 0 && strstr(last, word) != NULL);
    CHECK(sound == (strcmp(word, "damaged") != 0));
    times = 0;
}

int main(int count, char **arguments) {
    char *a, *b;
    size_t *header, whole;

    (void)arguments;
    mm = mm_create_with_pool(region, sizeof region);
    a = (char *)mm_malloc(mm, 100);
    b = (char *)mm_malloc(mm, 100);
    header = (size_t *)(void *)b - 1;
    CHECK(a != NULL && b != NULL);
    mm_free(mm, a);
    if (count > 1) {
        mm_free(mm, a);
        return 0; /* not reached */
    }
    CHECK(mm_on_misuse(told) == 1);

    mm_free(mm, a);
    expect("mm_free", "double");
    CHECK(mm_realloc(mm, a, 10) == NULL);
    expect("mm_realloc", "double");
    mm_free(mm, b + mm_align_size());
    expect("mm_free", "interior");
    mm_free(mm, b + 1);
    expect("mm_free", "misaligned");
    mm_free(mm, elsewhere + 8);
    expect("mm_free", "foreign");
    CHECK(mm_realloc(mm, elsewhere + 8, 0) == NULL);
    expect("mm_realloc", "foreign");
    CHECK(mm_check(mm) == 0 && mm_block_size(b) >= 100);

    whole = *header;
    *header = whole + 64; /* as an overrun of the block in front would */
    mm_free(mm, b);
    expect("mm_free", "damaged");
    CHECK(mm_malloc(mm, 10) == NULL);
    expect("mm_malloc", "damaged");
    CHECK(mm_memalign(mm, 64, 10) == NULL);
    expect("mm_memalign", "damaged");
    CHECK(mm_add_pool(mm, elsewhere, sizeof elsewhere) == NULL);
    expect("mm_add_pool", "damaged");
    CHECK(mm_remove_pool(mm, mm_get_pool(mm)) != 0);
    expect("mm_remove_pool", "damaged");
    *header = whole;

    b = (char *)mm_realloc(mm, b, 1000);
    CHECK(b != NULL);
    mm_free(mm, b);
    mm_free(mm, NULL);
    mm_reset(mm);
    mm_free(mm, mm_malloc(mm, 10));
    CHECK(times == 0 && mm_check(mm) == 0);
    return 0;
}
