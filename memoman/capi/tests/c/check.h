/* A test in C is a main() of CHECKs: the first that fails is printed, and ends the program. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>

#define CHECK(claim)                                                       \
    do {                                                                   \
        if (!(claim)) {                                                    \
            fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #claim); \
            exit(1);                                                       \
        }                                                                  \
    } while (0)

#endif
