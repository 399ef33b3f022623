/*
 * memory.h
 *	  The core's allocator over a memory context, and the limit on what training may take.
 */
#ifndef LSTM_FORECAST_MEMORY_H
#define LSTM_FORECAST_MEMORY_H

#include "postgres.h"

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

/* An array of count times width elements, in CurrentMemoryContext; also beyond 1 GB. */
extern void *huge_array(int64 count, int64 width, Size element);

#endif
