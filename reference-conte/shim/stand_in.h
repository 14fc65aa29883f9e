/*
 * Replaces the seven headers of LVGL that its copy of TLSF includes.
 *
 * Includes only <stddef.h>, which belongs to the compiler. So the reference needs no C library, and
 * compiles for targets whose C library is not installed, for example with -m32.
 */
#ifndef CONTE_STAND_IN_H
#define CONTE_STAND_IN_H

#include <stddef.h>

#if defined(__CHAR_BIT__)
    #define CHAR_BIT __CHAR_BIT__
#else
    #include <limits.h>
#endif

/* Enables the built-in allocator. */
#define LV_STDLIB_BUILTIN 0
#define LV_USE_STDLIB_MALLOC LV_STDLIB_BUILTIN

/*
 * The largest pool, which determines FL_INDEX_MAX. build.rs defines MAX_LOG2. TLSF 3.1's own values are
 * 32, and 30 on 32-bit.
 */
#define LV_MEM_SIZE (1ull << (sizeof(size_t) == 8 || MAX_LOG2 < 30 ? MAX_LOG2 : 30))
#define LV_MEM_POOL_EXPAND_SIZE 0

#define LV_UNUSED(x) ((void)(x))
#define LV_LOG_ERROR(...) ((void)0)

#if defined(__GNUC__)
    #define lv_memcpy __builtin_memcpy
#else
    #include <string.h>
    #define lv_memcpy memcpy
#endif

/* The linked list of LVGL, a member of a structure that is not used. */
typedef struct { int unused; } lv_ll_t;

#if defined(NDEBUG)
    #define LV_ASSERT(condition) ((void)0)
#else
    /* In src/assertion.rs: prints and aborts, or counts while one of TLSF's own checks runs. */
    void conte_assertion_failed(unsigned line, const char * assertion);
    #define LV_ASSERT(condition) \
        do { if(!(condition)) conte_assertion_failed(__LINE__, #condition); } while(0)
#endif

#endif
