/*
 * memory.h
 *	  Memory: the core's allocator over a context, the limit on what may be taken, scratch,
 *	  large arrays.
 */
#ifndef LSTM_FORECAST_MEMORY_H
#define LSTM_FORECAST_MEMORY_H

#include "postgres.h"
#include "fmgr.h"
#include "utils/memutils.h"

#include "core/arena.h"

/*
 * An allocator whose blocks live in context, so that an abort frees them. It
 * gives NULL instead of raising, as the core must not be jumped out of.
 */
extern lf_allocator context_allocator(MemoryContext context);

/*
 * Raise 54000 when bytes exceed the setting lstm_forecast.max_memory. what says
 * what they are for ("training"); hint says which options make it less.
 */
extern void check_memory_limit(size_t bytes, const char *what, const char *hint);

/* Is it no more than that setting? */
extern bool memory_allowed(size_t bytes);

/* The same, raised for what reading a model takes. */
extern void check_model_memory(size_t bytes);

/*
 * What one piece of work holds, all of it together, of the memory that the setting allows. It is
 * asked before memory is taken, and raises 54000 where that would be more.
 */
typedef struct MemoryAccount
{
	Size held;        /* bytes */
	const char *what; /* they are for, and which options make it less: as of check_memory_limit */
	const char *hint;
} MemoryAccount;

extern void account_take(MemoryAccount *account, Size bytes);
extern void account_give(MemoryAccount *account, Size bytes);

#define MEMORY_LEAST 1024 /* kB: the least that max_memory may be */

/*
 * Let the setting lstm_forecast.max_memory be so many kB until memory_limit_end: parallel workers
 * see it, and an error or a cancel puts it back by itself. In parallel mode no setting can be
 * changed, and then it stays as it is. Gives what memory_limit_end asks for.
 */
extern int memory_limit_begin(int kilobytes);
extern void memory_limit_end(int level);

/* Bytes before what palloc gives, at most. */
#define CHUNK_HEADER 16

/* Memory of its own that a function works in, and the way back to its caller's. */
typedef struct Scratch
{
	MemoryContext memory;
	MemoryContext caller;
} Scratch;

/* Work in a new child of CurrentMemoryContext, of that name, until scratch_leave frees it. */
#define scratch_enter(name)                                                                        \
	scratch_switch(AllocSetContextCreate(CurrentMemoryContext, name, ALLOCSET_DEFAULT_SIZES))
extern Scratch scratch_switch(MemoryContext memory);
extern void scratch_leave(const Scratch *scratch);

/*
 * The memory of the aggregate that a function is called in. Raises 55000 outside of one; the hint
 * says what to call instead.
 */
extern MemoryContext aggregate_context(FunctionCallInfo fcinfo, const char *hint);

/* An array of count times width elements, in CurrentMemoryContext; also beyond 1 GB. */
extern void *huge_array(int64 count, int64 width, Size element);

#endif
