/*
 * arena.c
 *	  One block of memory for one job, sized before it is taken.
 *
 * Every piece starts at a multiple of LF_ALIGNMENT from an aligned base, so a
 * layout needs the same number of bytes whether it is measured or made.
 */
#include "arena.h"

#include <stdint.h>
#include <string.h>

bool
lf_multiply(size_t a, size_t b, size_t *out)
{
	return !__builtin_mul_overflow(a, b, out);
}

lf_arena
lf_arena_measure(void)
{
	return (lf_arena){0};
}

lf_arena
lf_arena_over(void *base, size_t size)
{
	size_t shift = -(uintptr_t) base % LF_ALIGNMENT;

	if (base == NULL)
		return (lf_arena){.overflow = true};
	if (shift > size)
		shift = size;
	return (lf_arena){.base = (char *) base + shift, .size = size - shift};
}

void *
lf_arena_take(lf_arena *arena, size_t count, size_t element_size)
{
	size_t bytes;
	size_t end;
	char *piece;

	if (arena->overflow)
		return NULL;

	/* Rounded up, so that the next piece is aligned as well. */
	if (!lf_multiply(count, element_size, &bytes) ||
		__builtin_add_overflow(bytes, (size_t) LF_ALIGNMENT - 1, &bytes) ||
		__builtin_add_overflow(arena->used, bytes - bytes % LF_ALIGNMENT, &end) ||
		(arena->base != NULL && end > arena->size))
	{
		arena->overflow = true;
		return NULL;
	}
	if (arena->base == NULL)
	{
		arena->used = end;
		return NULL;
	}
	piece = arena->base + arena->used;
	if (arena->clear < end)
		lf_arena_clear(arena, end - arena->clear);
	arena->used = end;
	return piece;
}

lf_real *
lf_arena_take_reals(lf_arena *arena, size_t a, size_t b, size_t c)
{
	size_t count;

	if (!lf_multiply(a, b, &count) || !lf_multiply(count, c, &count))
	{
		arena->overflow = true;
		return NULL;
	}
	return lf_arena_take(arena, count, sizeof(lf_real));
}

bool
lf_arena_clear(lf_arena *arena, size_t bytes)
{
	if (bytes > arena->size - arena->clear)
		bytes = arena->size - arena->clear;
	if (bytes > 0)
		memset(arena->base + arena->clear, 0, bytes);
	arena->clear += bytes;
	return arena->clear == arena->size;
}

size_t
lf_arena_bytes(const lf_arena *measured)
{
	size_t bytes;

	/* Saturates: no allocator has SIZE_MAX bytes. */
	if (measured->overflow ||
		__builtin_add_overflow(measured->used, (size_t) LF_ALIGNMENT - 1, &bytes))
		return SIZE_MAX;
	return bytes;
}

lf_status
lf_memory_take(lf_memory *memory, const lf_allocator *allocator, size_t bytes, const char *who,
			   lf_error *error)
{
	void *block = allocator->allocate(allocator->context, bytes);
	char text[LF_ERROR_TEXT];

	if (block == NULL)
		return lf_fail(error, LF_ERROR_MEMORY, "out of memory",
					   lf_format(text, "%s needs %zu bytes.", who, bytes), NULL);
	*memory =
		(lf_memory){.allocator = *allocator, .block = block, .arena = lf_arena_over(block, bytes)};
	return LF_OK;
}

void
lf_memory_release(const lf_memory *memory)
{
	const lf_allocator allocator = memory->allocator;

	allocator.release(allocator.context, memory->block);
}
