/*
 * With feature `guard`: the misuses that are refused, and the handler that they are reported to. The
 * arguments "no-handler" and "restored" misuse a heap without a handler: the program is aborted.
 */
#include "memoman.h"
#include "tlsf.h"

#include <string.h>

#include "check.h"

MM_ALIGNED static unsigned char region[65536];
MM_ALIGNED static unsigned char elsewhere[512];
MM_ALIGNED static unsigned char words[65536];
static char last[300];
static int reports;
static mm_t mm;
static int sound; /* the result of mm_check while the handler runs */

static int count(void *ptr, size_t size, int used, void *user) {
    int *blocks = (int *)user;
    CHECK(ptr != NULL && (used || size > 0));
    *blocks += 1;
    return 0;
}

static void on_misuse(const char *what) {
    int blocks = 0;
    CHECK(strlen(what) < sizeof last);
    strcpy(last, what);
    reports += 1;
    /* A handler may read the heap, and change it. */
    sound = mm_check(mm) == 0;
    CHECK((mm_walk_all_pools(mm, count, &blocks) == 0 || !sound) && blocks > 0);
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

/* One misuse was reported: damage of a heap that is not `mm`. */
static void reports_damage(const char *call) {
    CHECK(reports == 1 && strncmp(last + 9, call, strlen(call)) == 0);
    CHECK(strstr(last, "damaged") != NULL);
    reports = 0;
}

/* The misuse has its reason, too. */
static void reason(enum mm_error expected) {
    CHECK(mm_last_error(mm) == expected);
}

static void another(const char *what) {
    CHECK(what == NULL); /* is never called */
}

/* Every call of the mm names that takes a block, with a pointer that is none. */
static void refuse(void *ptr, const char *word) {
    CHECK(mm_malloc(mm, 0) == NULL); /* leaves another reason */
    mm_free(mm, ptr);
    expect("mm_free:", word);
    reason(MM_MISUSE);
    CHECK(mm_realloc(mm, ptr, 10) == NULL);
    expect("mm_realloc:", word);
    CHECK(mm_realloc(mm, ptr, 0) == NULL);
    expect("mm_realloc:", word);
    CHECK(mm_realloc_aligned(mm, ptr, 64, 10) == NULL);
    expect("mm_realloc_aligned:", word);
    CHECK(mm_try_grow(mm, ptr, 10) == -1);
    expect("mm_try_grow:", word);
    CHECK(mm_shrink(mm, ptr, 10) == -1);
    expect("mm_shrink:", word);
    reason(MM_MISUSE);
}

static void blocks(void) {
    unsigned char *a = (unsigned char *)mm_malloc(mm, 100);
    unsigned char *b = (unsigned char *)mm_malloc(mm, 100);
    size_t offset;

    CHECK(a != NULL && b != NULL);
    mm_free(mm, a);
    refuse(a, "double");
    refuse(b + mm_align_size(), "interior");
    refuse(elsewhere + 64, "foreign");
    refuse(region, "foreign"); /* the control structure */
    for (offset = 1; offset < MM_ALIGN; ++offset) refuse(b + offset, "misaligned");
    CHECK(mm_check(mm) == 0 && mm_block_size(b) >= 100);
    mm_free(mm, b);
    CHECK(reports == 0);
}

/* Every call that changes the heap, with a damaged header. */
static void damage(void) {
    unsigned char *b = (unsigned char *)mm_malloc(mm, 100);
    const mm_pool_t pool = mm_get_pool(mm);
    size_t *header = (size_t *)(void *)b - 1;
    const size_t whole = *header;

    *header = whole + 64; /* as an overrun of the block in front does */
    mm_free(mm, b);
    expect("mm_free:", "damaged");
    reason(MM_DAMAGED);
    CHECK(mm_malloc(mm, 10) == NULL);
    expect("mm_malloc:", "damaged");
    CHECK(mm_calloc(mm, 10, 10) == NULL);
    expect("mm_calloc:", "damaged");
    CHECK(mm_memalign(mm, 64, 10) == NULL);
    expect("mm_memalign:", "damaged");
    CHECK(mm_realloc(mm, b, 10) == NULL);
    expect("mm_realloc:", "damaged");
    CHECK(mm_realloc_aligned(mm, b, 64, 10) == NULL);
    expect("mm_realloc_aligned:", "damaged");
    CHECK(mm_try_grow(mm, b, 10) == -1);
    expect("mm_try_grow:", "damaged");
    CHECK(mm_shrink(mm, b, 10) == -1);
    expect("mm_shrink:", "damaged");
    CHECK(mm_add_pool(mm, elsewhere, sizeof elsewhere) == NULL);
    expect("mm_add_pool:", "damaged");
    CHECK(mm_remove_pool(mm, pool) == -1);
    expect("mm_remove_pool:", "damaged");
    CHECK(mm_extend_pool(mm, pool, 1024) == 0);
    expect("mm_extend_pool:", "damaged");
    CHECK(mm_shrink_pool(mm, pool, 1024) == 0);
    expect("mm_shrink_pool:", "damaged");
    reason(MM_DAMAGED);
    *header = whole;

    b = (unsigned char *)mm_realloc(mm, b, 1000);
    CHECK(b != NULL);
    mm_free(mm, b);
    mm_free(mm, NULL);
    mm_reset(mm);
    mm_free(mm, mm_malloc(mm, 10));
    CHECK(reports == 0 && mm_check(mm) == 0);
}

/* Reports of damage among `calls` calls on a heap that is damaged throughout. */
static int reports_of(size_t interval, int calls) {
    unsigned char *a = (unsigned char *)mm_malloc(mm, 100);
    unsigned char *b = (unsigned char *)mm_malloc(mm, 100);
    size_t *link;
    size_t sound;
    int i, seen;

    CHECK(b != NULL);
    mm_free(mm, a);
    CHECK(mm_check_interval(mm, interval) == 0);
    CHECK(mm_try_grow(mm, b, 1) == 0); /* sound: the interval begins */
    link = (size_t *)(void *)a; /* to the next free block of its size */
    sound = *link;
    *link = (size_t)region;
    for (i = 0; i < calls; ++i) {
        (void)mm_try_grow(mm, b, 1); /* uses no link */
    }
    seen = reports;
    reports = 0;
    *link = sound;
    CHECK(mm_check_interval(mm, MM_CHECK_AMORTISED) == 0);
    mm_free(mm, b);
    CHECK(reports == 0 && mm_check(mm) == 0);
    return seen;
}

static void intervals(void) {
    CHECK(reports_of(MM_CHECK_AMORTISED, 5) == 5 && reports_of(1, 5) == 5);
    CHECK(reports_of(3, 2) == 0 && reports_of(3, 3) == 1);
    CHECK(reports_of(3, 5) == 3); /* found: from then on, every call */
    CHECK(reports_of(0, 1000) == 0);
}

/* A misuse is reported under the name that was called. */
static void tlsf_names(void) {
    tlsf_t tlsf = tlsf_create_with_pool(words, sizeof words);
    void *a = tlsf_malloc(tlsf, 100);
    void *b = tlsf_malloc(tlsf, 100);
    const size_t had = tlsf_block_size(a);
    size_t *header = (size_t *)b - 1;
    size_t whole;

    CHECK(tlsf_free(tlsf, a) == had && reports == 0);
    whole = *header;
    CHECK(tlsf_free(tlsf, a) == 0);
    expect("tlsf_free:", "double");
    CHECK(tlsf_realloc(tlsf, a, 10) == NULL);
    expect("tlsf_realloc:", "double");
    *header = whole + 64;
    CHECK(tlsf_malloc(tlsf, 10) == NULL);
    reports_damage("tlsf_malloc:");
    CHECK(tlsf_memalign(tlsf, 64, 10) == NULL);
    reports_damage("tlsf_memalign:");
    CHECK(tlsf_add_pool(tlsf, elsewhere, sizeof elsewhere) == NULL);
    reports_damage("tlsf_add_pool:");
    tlsf_remove_pool(tlsf, tlsf_get_pool(tlsf));
    reports_damage("tlsf_remove_pool:");
    *header = whole;
    CHECK(tlsf_free(tlsf, b) >= 100 && tlsf_check(tlsf) == 0 && reports == 0);
}

int main(int argc, char **argv) {
    mm = mm_create_with_pool(region, sizeof region);
    CHECK(mm_is_guarded() == 1);
    if (argc > 1) {
        void *freed = mm_malloc(mm, 100);
        mm_free(mm, freed);
        if (strcmp(argv[1], "restored") == 0) {
            CHECK(mm_on_misuse(on_misuse) == NULL);
            mm_free(mm, freed);
            expect("mm_free:", "double");
            CHECK(mm_on_misuse(NULL) == on_misuse);
        }
        mm_free(mm, freed);
        CHECK(!"reached" && "not aborted");
    }
    CHECK(mm_on_misuse(another) == NULL);
    CHECK(mm_on_misuse(on_misuse) == another);
    blocks();
    damage();
    intervals();
    tlsf_names();
    CHECK(mm_on_misuse(NULL) == on_misuse);
    return 0;
}
