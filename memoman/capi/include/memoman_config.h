/*
 * The configuration that this libmemoman was built with. memoman.h and tlsf.h include this file.
 *
 * memoman/capi/build.rs writes it for each build, from the options of scripts/install-c: --align,
 * --second-levels, --largest-pool, --pools. A program that was compiled with the file of another
 * configuration does not link with this library: the constructors' symbols name the configuration.
 */
#ifndef MEMOMAN_CONFIG_H
#define MEMOMAN_CONFIG_H

#include <stddef.h>

/* The alignment of every block of an mm_t, and of all memory given to one: mm_align_size(). */
#define MM_ALIGN 16

/* Free lists for each power of two of block sizes, and powers of two. */
#define MM_SECOND_LEVELS 32
#define MM_FIRST_LEVELS 24

/* The largest number of pools that an mm_t has at a time. */
#define MM_POOLS_MAX 32

/* Bytes of the header in front of every block: mm_alloc_overhead(). */
#define MM_ALLOC_OVERHEAD (sizeof(size_t))

/* Bytes of a pool that are never payload: mm_pool_overhead(). */
#define MM_POOL_OVERHEAD (MM_ALIGN + sizeof(size_t))

/* Bytes of the smallest and of the largest block: mm_block_size_min(), mm_block_size_max(). */
#define MM_BLOCK_SIZE_MIN \
    ((4 * sizeof(size_t) + MM_ALIGN - 1) / MM_ALIGN * MM_ALIGN - sizeof(size_t))
#define MM_BLOCK_SIZE_MAX \
    (((size_t)1 << 32) - MM_ALIGN - (MM_ALIGN == sizeof(size_t) ? 0 : sizeof(size_t)))

/* Enough bytes for the control structure, whatever features the library has: at least mm_size(). */
#define MM_SIZE_MAX                                                                                 \
    (((MM_FIRST_LEVELS * (MM_SECOND_LEVELS + 1) + 4 * MM_POOLS_MAX + 32) * sizeof(size_t) +          \
      MM_ALIGN - 1) / MM_ALIGN * MM_ALIGN)

/* Aligns a variable for mm_create and mm_add_pool: MM_ALIGNED static unsigned char memory[65536]; */
#if defined(__cplusplus) && __cplusplus >= 201103L
#define MM_ALIGNED alignas(MM_ALIGN)
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define MM_ALIGNED _Alignas(MM_ALIGN)
#elif defined(_MSC_VER)
#define MM_ALIGNED __declspec(align(MM_ALIGN))
#else
#define MM_ALIGNED __attribute__((aligned(MM_ALIGN)))
#endif

/* The name of a constructor in this configuration, for an mm_t and for a tlsf_t. */
#define MM_CONFIGURED(name) name##_a16_s32_f24_p32
#define TLSF_CONFIGURED(name) name##_a8_s32_f25_p32

/* Fails to compile for a target of another word: this file was made for 8 bytes. */
typedef char mm_word_of_this_configuration[sizeof(size_t) == 8 ? 1 : -1];

#endif /* MEMOMAN_CONFIG_H */
