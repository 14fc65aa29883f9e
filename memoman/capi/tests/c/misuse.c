/*
 * With feature `guard`: the misuses that are refused, and the handler that they are reported to. With
 * an argument, the program sets no handler, and the first misuse aborts it.
 */
#include "memoman.h"

#include <string.h>

#include "check.h"

MM_ALIGNED static unsigned char region[65536];
MM_ALIGNED static unsigned char elsewhere[512];
static char last[300];
static int reports;
static mm_t mm;
static int sound; /* the result of mm_check while the handler runs */

static void count(void *ptr, size_t size, int used, void *user) {
    int *blocks = (int *)user;
    CHECK(ptr != NULL && (used || size > 0));
    *blocks += 1;
}

static void on_misuse(const char *what) {
    int blocks = 0;
    CHECK(strlen(what) < sizeof last);
    strcpy(last, what);
    reports += 1;
    /* A handler may read the heap, and change it. */
    sound = mm_check(mm) == 0;
    CHECK(mm_walk_all_pools(mm, count, &blocks) == 0 && blocks > 0);
    if (sound) {
        void *block = mm_malloc(mm, 8);
        CHECK(block != NULL && mm_get_pool_for_ptr(mm, block) != NULL);
        mm_free(mm, block);
    }
}

/* One misuse was reported: of this function, with this word. */
static void expect(const char *call, const char *word) {
    CHECK(reports == 1 && strncmp(last, "memoman: ", 9) == 0);
    CHECK(strncmp(last + 9, call, strlen(call)) == 0 && strstr(last, word) != NULL);
    CHECK(sound == (strcmp(word, "damaged") != 0));
    reports = 0;
}

int main(int argc, char **argv) {
    char *a, *b;
    size_t *header, whole;

    (void)argv;
    mm = mm_create_with_pool(region, sizeof region);
    a = (char *)mm_malloc(mm, 100);
    b = (char *)mm_malloc(mm, 100);
    header = (size_t *)(void *)b - 1;
    CHECK(a != NULL && b != NULL);
    mm_free(mm, a);
    if (argc > 1) {
        mm_free(mm, a);
        return 0; /* not reached */
    }
    CHECK(mm_on_misuse(on_misuse) == 1);

    mm_free(mm, a);
    expect("mm_free", "double");
    CHECK(mm_realloc(mm, a, 10) == NULL);
    expect("mm_realloc", "double");
    mm_free(mm, b + mm_align_size());
    expect("mm_free", "interior");
    mm_free(mm, b + 1);
    expect("mm_free", "misaligned");
    mm_free(mm, elsewhere + 64);
    expect("mm_free", "foreign");
    CHECK(mm_realloc(mm, elsewhere + 64, 0) == NULL);
    expect("mm_realloc", "foreign");
    CHECK(mm_check(mm) == 0 && mm_block_size(b) >= 100);

    whole = *header;
    *header = whole + 64; /* as an overrun of the block in front does */
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
    CHECK(reports == 0 && mm_check(mm) == 0);
    return 0;
}
