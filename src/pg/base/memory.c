/*
 * memory.c
 *	  Memory: the core's allocator over a context, the limit on what may be taken, scratch,
 *	  large arrays.
 */
#include "postgres.h"

#include <sys/mman.h>

#include "access/xact.h"
#include "storage/shmem.h"
#include "utils/guc.h"

#include "base/memory.h"
#include "base/settings.h"

#define HUGE_PAGE_BYTES ((uintptr_t) 2 * 1024 * 1024)

/*
 * Ask for large pages under whatever of the block fills whole ones: a training
 * step walks through more memory than the processor has small pages by heart. It
 * is advice: a system that has none, or gives none, goes on with small pages.
 */
static void
advise_large_pages(void *block, size_t bytes)
{
#ifdef MADV_HUGEPAGE
	const uintptr_t begin = TYPEALIGN(HUGE_PAGE_BYTES, block);
	const uintptr_t end = TYPEALIGN_DOWN(HUGE_PAGE_BYTES, (uintptr_t) block + bytes);

	if (begin < end)
		(void) madvise((void *) begin, end - begin, MADV_HUGEPAGE);
#endif
}

static void *
context_allocate(void *context, size_t bytes)
{
	void *block = MemoryContextAllocExtended((MemoryContext) context, bytes,
											 MCXT_ALLOC_HUGE | MCXT_ALLOC_NO_OOM);

	if (block != NULL)
		advise_large_pages(block, bytes);
	return block;
}

static void
context_release(void *context, void *block)
{
	(void) context;
	pfree(block);
}

lf_allocator
context_allocator(MemoryContext context)
{
	lf_allocator allocator = {context_allocate, context_release, context};

	return allocator;
}

bool
memory_allowed(size_t bytes)
{
	return bytes <= (size_t) setting_max_memory * 1024;
}

void
check_memory_limit(size_t bytes, const char *what, const char *hint)
{
	if (memory_allowed(bytes))
		return;
	ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					errmsg("%s needs more memory than \"lstm_forecast.max_memory\" allows", what),
					errdetail("%zu kB are needed, %d kB are allowed.", bytes / 1024 + 1,
							  setting_max_memory),
					errhint("%s", hint)));
}

void
check_model_memory(size_t bytes)
{
	check_memory_limit(bytes, "reading a model",
					   "Have the setting raised, if you know where the model comes from.");
}

void
account_take(MemoryAccount *account, Size bytes)
{
	Size held = add_size(account->held, bytes);

	check_memory_limit(held, account->what, account->hint);
	account->held = held;
}

void
account_give(MemoryAccount *account, Size bytes)
{
	Assert(bytes <= account->held);
	account->held -= bytes;
}

int
memory_limit_begin(int kilobytes)
{
	int level = NewGUCNestLevel();

	if (!IsInParallelMode())
		(void) set_config_option("lstm_forecast.max_memory", psprintf("%dkB", kilobytes), PGC_SUSET,
								 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	return level;
}

void
memory_limit_end(int level)
{
	AtEOXact_GUC(true, level);
}

Scratch
scratch_switch(MemoryContext memory)
{
	return (Scratch){.memory = memory, .caller = MemoryContextSwitchTo(memory)};
}

void
scratch_leave(const Scratch *scratch)
{
	MemoryContextSwitchTo(scratch->caller);
	MemoryContextDelete(scratch->memory);
}

void *
huge_array(int64 count, int64 width, Size element)
{
	return palloc_extended(mul_size(mul_size(count, width), element), MCXT_ALLOC_HUGE);
}

MemoryContext
aggregate_context(FunctionCallInfo fcinfo, const char *hint)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("function called in a non-aggregate context"), errhint("%s", hint)));
	return context;
}
