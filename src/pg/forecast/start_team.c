/*
 * start_team.c
 *	  Forecasts of many series by their starts, with parallel workers where that is worth it.
 *
 * The pretrained network takes a tenth of a millisecond a series: of some hundreds on, half of that
 * is more than it takes to begin a worker. One segment holds the series, what is asked, and room
 * for the answers; every process claims the next few series until none is left.
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "pgstat.h"
#include "port/atomics.h"
#include "utils/memutils.h"

#include "base/interrupts.h"
#include "base/memory.h"
#include "base/room.h"
#include "model/pretrained.h"
#include "forecast/start_team.h"

#define ENTRY_POINT "lstm_forecast_start_worker"
#define LEAST_SERIES 400 /* from which workers are worth it */

PGDLLEXPORT void lstm_forecast_start_worker(dsm_segment *dsm, shm_toc *toc);

enum
{
	KEY_SHARED = 1,
	KEY_SERIES,
	KEY_VALUES,
	KEY_WEIGHTS,
	KEY_LEVELS,
	KEY_FORECASTS,
	KEY_QUANTILES,
	KEY_QUERY,
	KEY_END /* one more than the last */
};

/* What all processes share, besides the arrays. */
typedef struct Shared
{
	pg_atomic_uint64 next; /* series that are claimed */
	lf_start_request request;
	bool own_weights;
	int64 count;
	int horizon;
	int level_count;
} Shared;

/* A series in the segment. */
typedef struct SharedSeries
{
	lf_start start;
	int64 first_value;
	int64 length;
} SharedSeries;

static void
forecast_some(StartWork *work, const StartTask *task, int64 first)
{
	int count = (int) Min(LF_START_TOGETHER, task->count - first);
	int64 cell = first * task->horizon;

	check_interrupts();
	start_work_forecast_several(work, task->series + first, count, task->horizon, task->level_count,
								task->levels, task->forecasts + cell,
								task->level_count > 0 ? task->quantiles + cell * task->level_count
													  : NULL);
}

/* Claim and forecast some series after the other until none is left. */
static void
forecast_claimed(const StartTask *task, pg_atomic_uint64 *next)
{
	lf_start_request request = task->request;
	StartWork *work;

	request.together = (int) Min(LF_START_TOGETHER, Max(task->count, 1));
	work = start_work_begin(&request, task->pretrained, task->weights);
	for (;;)
	{
		int64 first = (int64) pg_atomic_fetch_add_u64(next, LF_START_TOGETHER);

		if (first >= task->count)
			break;
		forecast_some(work, task, first);
	}
	start_work_end(work);
}

/* Is this another stretch of the series before it? Then it lies there in the segment, too. */
static bool
same_values(const StartTask *task, int64 i)
{
	return i > 0 && task->series[i].values == task->series[i - 1].values;
}

/* The steps of the series in the segment; where each begins goes to `places`, unless NULL. */
static int64
lay_series(const StartTask *task, SharedSeries *places)
{
	int64 begin = 0;
	int64 end = 0;

	for (int64 i = 0; i < task->count; i++)
	{
		const StartSeries *series = &task->series[i];

		if (!same_values(task, i))
			begin = end;
		end = Max(end, begin + series->length);
		if (places != NULL)
			places[i] = (SharedSeries){
				.start = *series->start, .first_value = begin, .length = series->length};
	}
	return end;
}

static void
chunk_sizes(const StartTask *task, Size *bytes)
{
	int64 cells = task->count * task->horizon;

	bytes[KEY_SHARED] = sizeof(Shared);
	bytes[KEY_SERIES] = mul_size(sizeof(SharedSeries), task->count);
	bytes[KEY_VALUES] = mul_size(sizeof(double), lay_series(task, NULL));
	bytes[KEY_WEIGHTS] = task->weights != NULL ? sizeof(lf_real) * pretrained_table()->total : 0;
	bytes[KEY_LEVELS] = sizeof(double) * task->level_count;
	bytes[KEY_FORECASTS] = mul_size(sizeof(double), cells);
	bytes[KEY_QUANTILES] = mul_size(bytes[KEY_FORECASTS], task->level_count);
	bytes[KEY_QUERY] = strlen(worker_query()) + 1;
}

/* Everything into the segment; what the processes then do is a task with its arrays there. */
static Shared *
fill_segment(shm_toc *toc, const StartTask *task, const Size *bytes)
{
	void *chunks[KEY_END];
	Shared *shared;

	for (int key = KEY_SHARED; key < KEY_END; key++)
	{
		chunks[key] = shm_toc_allocate(toc, bytes[key]);
		shm_toc_insert(toc, key, chunks[key]);
	}
	shared = chunks[KEY_SHARED];
	*shared = (Shared){.request = task->request,
					   .own_weights = task->weights != NULL,
					   .count = task->count,
					   .horizon = task->horizon,
					   .level_count = task->level_count};
	pg_atomic_init_u64(&shared->next, 0);
	(void) lay_series(task, chunks[KEY_SERIES]);
	for (int64 i = 0; i < task->count; i++)
	{
		const SharedSeries *place = (const SharedSeries *) chunks[KEY_SERIES] + i;

		check_interrupts();
		memcpy((double *) chunks[KEY_VALUES] + place->first_value, task->series[i].values,
			   sizeof(double) * place->length);
	}
	if (task->weights != NULL)
		memcpy(chunks[KEY_WEIGHTS], task->weights, bytes[KEY_WEIGHTS]);
	if (task->level_count > 0)
		memcpy(chunks[KEY_LEVELS], task->levels, bytes[KEY_LEVELS]);
	strcpy(chunks[KEY_QUERY], worker_query());
	return shared;
}

void
lstm_forecast_start_worker(dsm_segment *dsm, shm_toc *toc)
{
	Shared *shared = shm_toc_lookup(toc, KEY_SHARED, false);
	const SharedSeries *places = shm_toc_lookup(toc, KEY_SERIES, false);
	const double *values = shm_toc_lookup(toc, KEY_VALUES, false);
	StartSeries *series =
		palloc_extended(mul_size(sizeof(StartSeries), shared->count), MCXT_ALLOC_HUGE);
	StartTask task = {.request = shared->request,
					  .pretrained = true,
					  .weights =
						  shared->own_weights ? shm_toc_lookup(toc, KEY_WEIGHTS, false) : NULL,
					  .series = series,
					  .count = shared->count,
					  .horizon = shared->horizon,
					  .level_count = shared->level_count,
					  .levels = shm_toc_lookup(toc, KEY_LEVELS, false),
					  .forecasts = shm_toc_lookup(toc, KEY_FORECASTS, false),
					  .quantiles = shm_toc_lookup(toc, KEY_QUANTILES, false)};

	(void) dsm;
	pgstat_report_activity(STATE_RUNNING, shm_toc_lookup(toc, KEY_QUERY, false));
	for (int64 i = 0; i < shared->count; i++)
		series[i] = (StartSeries){.start = &places[i].start,
								  .values = values + places[i].first_value,
								  .length = places[i].length};
	forecast_claimed(&task, &shared->next);
}

/* Processes that there may be memory for, this one included. */
static int
affordable_processes(const StartTask *task, const Size *bytes)
{
	int processes = query_processes();
	Size segment = task->held;
	Size worker = add_size(mul_size(sizeof(StartSeries), task->count),
						   start_work_bytes(&task->request, task->pretrained));

	for (int key = KEY_SHARED; key < KEY_END; key++)
		segment = add_size(segment, bytes[key]);
	while (processes > 1 && !memory_allowed(add_size(segment, mul_size(worker, processes - 1))))
		processes--;
	return processes;
}

/* Gives false where there is no memory for it, or only one process: nothing was done then. */
static bool
forecast_with_workers(const StartTask *task)
{
	Size bytes[KEY_END];
	StartTask shared_task = *task;
	ParallelContext *context;
	int processes;
	Shared *shared;

	chunk_sizes(task, bytes);
	processes = affordable_processes(task, bytes);
	if (processes <= 1)
		return false;
	EnterParallelMode();
	context = CreateParallelContext(LIBRARY, ENTRY_POINT, processes - 1);
	for (int key = KEY_SHARED; key < KEY_END; key++)
		shm_toc_estimate_chunk(&context->estimator, bytes[key]);
	shm_toc_estimate_keys(&context->estimator, KEY_END - KEY_SHARED);
	if (make_segment(context) != NULL)
	{
		ExitParallelMode();
		return false;
	}
	shared = fill_segment(context->toc, task, bytes);
	shared_task.forecasts = shm_toc_lookup(context->toc, KEY_FORECASTS, false);
	shared_task.quantiles = shm_toc_lookup(context->toc, KEY_QUANTILES, false);
	LaunchParallelWorkers(context);
	forecast_claimed(&shared_task, &shared->next);
	WaitForParallelWorkersToFinish(context);
	memcpy(task->forecasts, shared_task.forecasts, bytes[KEY_FORECASTS]);
	if (task->level_count > 0)
		memcpy(task->quantiles, shared_task.quantiles, bytes[KEY_QUANTILES]);
	DestroyParallelContext(context);
	ExitParallelMode();
	return true;
}

void
start_team_forecast(const StartTask *task)
{
	pg_atomic_uint64 next;

	if (task->held > 0 && task->pretrained && task->count >= LEAST_SERIES &&
		forecast_with_workers(task))
		return;
	pg_atomic_init_u64(&next, 0);
	forecast_claimed(task, &next);
}
