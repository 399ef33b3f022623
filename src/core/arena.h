/*
 * arena.h
 *	  One block of memory for one job, sized before it is taken.
 *
 * Layout code runs twice: over a measuring arena (base NULL), which only counts
 * and returns NULL, and over one with memory. So the size is known before any
 * work starts, and training steps allocate nothing.
 */
#ifndef LF_ARENA_H
#define LF_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "real.h"
#include "status.h"

#define LF_ALIGNMENT 64

/* Bytes that one step of a job zeroes at a time: about a millisecond. */
#define LF_CLEAR_BYTES ((size_t) 4 << 20)

/* Where the block comes from. allocate returns NULL when there is none; it must not jump. */
typedef struct lf_allocator
{
	void *(*allocate)(void *context, size_t bytes);
	void (*release)(void *context, void *block);
	void *context;
} lf_allocator;

typedef struct lf_arena
{
	char *base;    /* aligned to LF_ALIGNMENT; NULL while measuring */
	size_t size;   /* bytes at base; 0 while measuring */
	size_t used;   /* bytes handed out, or counted */
	size_t clear;  /* bytes that were zeroed: never less than used */
	bool overflow; /* a product overflowed size_t, or the block was too small */
} lf_arena;

/* A measuring arena. */
extern lf_arena lf_arena_measure(void);

/* An arena over size bytes at base (any alignment; the loss is LF_ALIGNMENT - 1 bytes at most). */
extern lf_arena lf_arena_over(void *base, size_t size);

/*
 * count elements of element_size bytes, zeroed, aligned to LF_ALIGNMENT.
 * NULL while measuring; NULL with arena->overflow set when the product
 * overflows or the block is too small.
 */
extern void *lf_arena_take(lf_arena *arena, size_t count, size_t element_size);

/* lf_arena_take of a * b * c reals. */
extern lf_real *lf_arena_take_reals(lf_arena *arena, size_t a, size_t b, size_t c);

/*
 * Zero some more bytes of what is left, so that a large block can be cleared in
 * interruptible pieces before it is handed out; true when all of it is zero.
 */
extern bool lf_arena_clear(lf_arena *arena, size_t bytes);

/* Bytes to ask an allocator for, so that a measured layout fits whatever the block's alignment. */
extern size_t lf_arena_bytes(const lf_arena *measured);

/* A block and the arena over it, kept by what lies in the block. */
typedef struct lf_memory
{
	lf_allocator allocator;
	void *block;
	lf_arena arena;
} lf_memory;

/*
 * Take a block of that many bytes, as lf_arena_bytes has them. Where the allocator gives none:
 * LF_ERROR_MEMORY, and the detail says who needs how much ("Training").
 */
extern lf_status lf_memory_take(lf_memory *memory, const lf_allocator *allocator, size_t bytes,
								const char *who, lf_error *error);

/* Give the block back; memory may lie in it. */
extern void lf_memory_release(const lf_memory *memory);

/* a * b into *out; false when it overflows. */
extern bool lf_multiply(size_t a, size_t b, size_t *out);

#endif
