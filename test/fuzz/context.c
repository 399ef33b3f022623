/*
 * context.c
 *	  A memory context of single blocks, for AddressSanitizer to watch.
 */
#include "postgres.h"

#include <stdlib.h>

#include "lib/ilist.h"
#include "utils/memutils.h"

#include "fuzz.h"

static Size taken = 0;
static Size peak = 0;

Size
fuzz_memory_peak(void)
{
	return peak;
}

void
fuzz_memory_reset(void)
{
	peak = taken;
}

#if __has_include("utils/memutils_internal.h")

#undef AllocSetContextCreateInternal
extern MemoryContext AllocSetContextCreateInternal(MemoryContext parent, const char *name,
												   Size minimum, Size initial, Size maximum);

MemoryContext
fuzz_context_create(MemoryContext parent, const char *name, Size minimum, Size initial,
					Size maximum)
{
	return AllocSetContextCreateInternal(parent, name, minimum, initial, maximum);
}

#else

typedef struct WatchedContext
{
	MemoryContextData header;
	dlist_head blocks;
} WatchedContext;

/* What lies before a chunk; the server looks for the context right before the chunk. */
typedef struct Block
{
	dlist_node node;
	Size size;
	MemoryContext context;
} Block;

static Block *
block_of(void *pointer)
{
	return (Block *) pointer - 1;
}

static void *
watched_alloc(MemoryContext context, Size size)
{
	Block *block = malloc(sizeof(Block) + size);

	if (block == NULL)
		return NULL;
	block->size = size;
	block->context = context;
	dlist_push_head(&((WatchedContext *) context)->blocks, &block->node);
	context->mem_allocated += size;
	taken += size;
	peak = Max(peak, taken);
	return block + 1;
}

static void
watched_free(MemoryContext context, void *pointer)
{
	Block *block = block_of(pointer);

	dlist_delete(&block->node);
	context->mem_allocated -= block->size;
	taken -= block->size;
	free(block);
}

/* Always to another place, so that a pointer to the old one is found out. */
static void *
watched_realloc(MemoryContext context, void *pointer, Size size)
{
	void *moved = watched_alloc(context, size);

	if (moved == NULL)
		return NULL;
	memcpy(moved, pointer, Min(size, block_of(pointer)->size));
	watched_free(context, pointer);
	return moved;
}

static void
watched_reset(MemoryContext context)
{
	WatchedContext *watched = (WatchedContext *) context;

	while (!dlist_is_empty(&watched->blocks))
		watched_free(context, dlist_container(Block, node, dlist_head_node(&watched->blocks)) + 1);
}

static void
watched_delete(MemoryContext context)
{
	watched_reset(context);
	free(context);
}

static Size
watched_chunk_space(MemoryContext context, void *pointer)
{
	(void) context;
	return sizeof(Block) + block_of(pointer)->size;
}

static bool
watched_is_empty(MemoryContext context)
{
	return dlist_is_empty(&((WatchedContext *) context)->blocks);
}

static void
watched_stats(MemoryContext context, MemoryStatsPrintFunc print, void *argument,
			  MemoryContextCounters *totals, bool to_stderr)
{
	(void) print;
	(void) argument;
	(void) to_stderr;
	if (totals != NULL)
		totals->totalspace += context->mem_allocated;
}

static const MemoryContextMethods watched_methods = {
	.alloc = watched_alloc,
	.free_p = watched_free,
	.realloc = watched_realloc,
	.reset = watched_reset,
	.delete_context = watched_delete,
	.get_chunk_space = watched_chunk_space,
	.is_empty = watched_is_empty,
	.stats = watched_stats,
};

MemoryContext
fuzz_context_create(MemoryContext parent, const char *name, Size minimum, Size initial,
					Size maximum)
{
	WatchedContext *watched = malloc(sizeof(WatchedContext));

	(void) minimum;
	(void) initial;
	(void) maximum;
	if (watched == NULL)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	dlist_init(&watched->blocks);
	/* the server believes in three kinds of contexts only, and asks for no more than the tag */
	MemoryContextCreate(&watched->header, T_AllocSetContext, &watched_methods, parent, name);
	return &watched->header;
}

#endif
