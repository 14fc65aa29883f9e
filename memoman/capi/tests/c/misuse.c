/*
 * With feature `debug`: what free and realloc refuse, and who is told. With an argument, nobody has
 * asked to be told, and the program ends on the spot.
 */
#include "memoman.h"

#include <string.h>

#include "check.h"

static size_t region[65536 / sizeof(size_t)];
static size_t elsewhere[64];
static char last[300];
static int times;

static void told(const char *what) {
    CHECK(strlen(what) < sizeof last);
    strcpy(last, what);
    times += 1;
}

static void expect(const char *word) {
    CHECK(times == 1 && strstr(last, word) != NULL);
    times = 0;
}

int main(int count, char **arguments) {
    mm_t mm = mm_create_with_pool(region, sizeof region);
    char *a = (char *)mm_malloc(mm, 100);
    char *b = (char *)mm_malloc(mm, 100);
    size_t *header = (size_t *)(void *)b - 1;
    size_t sound;

    (void)arguments;
    CHECK(a != NULL && b != NULL);
    mm_free(mm, a);
    if (count > 1) {
        mm_free(mm, a);
        return 0; /* not reached */
    }
    CHECK(mm_on_misuse(told) == 1);

    mm_free(mm, a);
    expect("double");
    CHECK(mm_realloc(mm, a, 10) == NULL);
    expect("double");
    mm_free(mm, b + mm_align_size());
    expect("interior");
    mm_free(mm, b + 1);
    expect("misaligned");
    mm_free(mm, elsewhere + 8);
    expect("foreign");
    CHECK(mm_realloc(mm, elsewhere + 8, 0) == NULL);
    expect("foreign");
    CHECK(mm_check(mm) == 0 && mm_block_size(b) >= 100);

    sound = *header;
    *header = sound + 64; /* as an overrun of the block in front would */
    mm_free(mm, b);
    expect("damaged");
    CHECK(mm_malloc(mm, 10) == NULL);
    expect("damaged");
    *header = sound;

    b = (char *)mm_realloc(mm, b, 1000);
    CHECK(b != NULL);
    mm_free(mm, b);
    mm_free(mm, NULL);
    mm_reset(mm);
    mm_free(mm, mm_malloc(mm, 10));
    CHECK(times == 0 && mm_check(mm) == 0);
    return 0;
}
