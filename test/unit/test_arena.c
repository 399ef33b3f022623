/*
 * test_arena.c
 *	  The arena measures what it hands out, aligns, zeroes and refuses overflows; the error record.
 */
#include "check.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/status.h"

/* An odd layout: several sizes, none a multiple of the alignment. */
static bool
layout(lf_arena *arena, void *pieces[4])
{
	pieces[0] = lf_arena_take(arena, 3, 7);
	pieces[1] = lf_arena_take(arena, 1, 1);
	pieces[2] = lf_arena_take(arena, 129, sizeof(double));
	pieces[3] = lf_arena_take(arena, 0, 8);
	return !arena->overflow;
}

static bool
all_zero(const void *memory, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		if (((const unsigned char *) memory)[i] != 0)
			return false;
	return true;
}

static void
test_layout(void)
{
	lf_arena measure = lf_arena_measure();
	void *pieces[4];
	size_t bytes;
	bool fits = true;
	bool aligned = true;
	bool zeroed = true;

	check(layout(&measure, pieces) && pieces[0] == NULL && pieces[2] == NULL,
		  "measuring hands out nothing");
	bytes = lf_arena_bytes(&measure);

	/* Whatever the block's alignment, a measured layout fits. */
	for (size_t shift = 0; shift < 2 * LF_ALIGNMENT; shift++)
	{
		char *block = malloc(bytes + shift);
		lf_arena arena;

		memset(block, 0xa5, bytes + shift);
		arena = lf_arena_over(block + shift, bytes);
		fits &= layout(&arena, pieces) && arena.used == measure.used;
		for (int i = 0; i < 4; i++)
			aligned &= pieces[i] != NULL && (uintptr_t) pieces[i] % LF_ALIGNMENT == 0;
		zeroed &= all_zero(pieces[0], 21) && all_zero(pieces[1], 1) &&
				  all_zero(pieces[2], 129 * sizeof(double));
		memset(pieces[2], 1, 129 * sizeof(double));
		free(block);
	}
	check(fits, "a measured layout fits at every alignment");
	check(aligned, "pieces are aligned");
	check(zeroed, "pieces are zeroed");
}

static void
test_clearing(void)
{
	char *block = malloc(10 * LF_ALIGNMENT);
	lf_arena arena;
	char *first;
	char *second;
	char *third;

	memset(block, 0xa5, 10 * LF_ALIGNMENT);
	arena = lf_arena_over(block, 10 * LF_ALIGNMENT);
	first = lf_arena_take(&arena, LF_ALIGNMENT, 1);
	memset(first, 0xa5, LF_ALIGNMENT);
	check(!lf_arena_clear(&arena, LF_ALIGNMENT + 5), "clearing a part");
	second = lf_arena_take(&arena, 2 * LF_ALIGNMENT, 1);
	check(all_zero(second, 2 * LF_ALIGNMENT), "a piece that was cleared in part");
	while (!lf_arena_clear(&arena, 7))
		continue;
	third = lf_arena_take(&arena, 6 * LF_ALIGNMENT, 1);
	check(all_zero(third, 6 * LF_ALIGNMENT) && !all_zero(first, LF_ALIGNMENT),
		  "the rest cleared piece by piece, and nothing that is in use");
	free(block);
}

static void
test_limits(void)
{
	lf_arena measure = lf_arena_measure();
	char block[4 * LF_ALIGNMENT];
	lf_arena arena = lf_arena_over(block, sizeof(block));
	size_t product;

	check(lf_arena_take(&arena, 2 * LF_ALIGNMENT + 1, 1) != NULL && !arena.overflow,
		  "a block gives what it has");
	check(lf_arena_take(&arena, LF_ALIGNMENT + 1, 1) == NULL && arena.overflow,
		  "a block that is too small overflows");
	check(lf_arena_take(&arena, 1, 1) == NULL, "an overflow stays");

	lf_arena_take(&measure, SIZE_MAX / 2, 3);
	check(measure.overflow && lf_arena_bytes(&measure) == SIZE_MAX, "a product's overflow is seen");

	measure = lf_arena_measure();
	lf_arena_take(&measure, SIZE_MAX / 4 * 3, 1);
	check(!measure.overflow, "a large layout can be measured");
	lf_arena_take(&measure, SIZE_MAX / 4 * 3, 1);
	check(measure.overflow, "a sum's overflow is seen");
	measure = lf_arena_measure();
	lf_arena_take(&measure, SIZE_MAX, 1);
	check(measure.overflow, "rounding up does not wrap");

	arena = lf_arena_over(NULL, 100);
	check(arena.overflow, "no block is no measuring arena");
	check(lf_multiply(6, 7, &product) && product == 42, "lf_multiply multiplies");
	check(!lf_multiply(SIZE_MAX / 2, 3, &product), "lf_multiply sees an overflow");
}

/* An allocator with one block, given as it is and handed back to. */
typedef struct one_block
{
	char *block; /* NULL: none is left */
	size_t asked;
	void *released;
} one_block;

static void *
give_block(void *context, size_t bytes)
{
	one_block *heap = context;

	heap->asked = bytes;
	return heap->block;
}

static void
take_back(void *context, void *block)
{
	((one_block *) context)->released = block;
}

static void
test_memory(void)
{
	char block[4 * LF_ALIGNMENT];
	one_block heap = {.block = block + 1};
	const lf_allocator allocator = {give_block, take_back, &heap};
	lf_memory memory;
	lf_memory *inside;
	lf_error error;

	check(lf_memory_take(&memory, &allocator, 3 * LF_ALIGNMENT, "The test", &error) == LF_OK &&
			  heap.asked == 3 * LF_ALIGNMENT,
		  "memory is taken from the allocator");
	inside = lf_arena_take(&memory.arena, 1, sizeof(lf_memory));
	check(inside != NULL && (char *) inside > block &&
			  (char *) (inside + 1) < block + sizeof(block),
		  "its arena lies in the block");
	*inside = memory;
	lf_memory_release(inside);
	check(heap.released == block + 1, "the block goes back, also where its record lies in it");

	heap.block = NULL;
	check(lf_memory_take(&memory, &allocator, 123, "The test", &error) == LF_ERROR_MEMORY &&
			  strcmp(error.detail, "The test needs 123 bytes.") == 0,
		  "none is left: the error says who needs how much");
}

static void
test_error(void)
{
	lf_error error;
	char text[LF_ERROR_TEXT];
	char longer[2 * LF_ERROR_TEXT];

	check(lf_fail(&error, LF_ERROR_DATA, "no rows", NULL, "Add rows.") == LF_ERROR_DATA &&
			  strcmp(error.message, "no rows") == 0 && error.detail[0] == '\0' &&
			  strcmp(error.hint, "Add rows.") == 0,
		  "a failure fills the record");
	check(lf_fail(NULL, LF_ERROR_LIMIT, "x", "y", "z") == LF_ERROR_LIMIT,
		  "a failure works without a record");

	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	lf_fail(&error, LF_ERROR_DATA, longer, lf_format(text, "%s %d", longer, 1), error.message);
	check(strlen(error.message) == LF_ERROR_TEXT - 1 && strlen(error.detail) == LF_ERROR_TEXT - 1 &&
			  strlen(error.hint) == LF_ERROR_TEXT - 1,
		  "long texts are cut");
	check(strcmp(lf_format(text, "%d of %s", 3, "four"), "3 of four") == 0, "lf_format formats");
}

int
main(void)
{
	test_layout();
	test_clearing();
	test_limits();
	test_memory();
	test_error();
	return check_done();
}
