/*
 * starts.c
 *	  What chooses starts and forecasts with them.
 */
#include "postgres.h"

#include "base/interrupts.h"
#include "base/memory.h"
#include "base/sorting.h"
#include "model/pretrained.h"
#include "model/starts.h"

#define MOST_ANSWERS 1024        /* of the network, that are kept at a time */
#define MOST_ANSWER_STEPS 100000 /* of all of them */

lf_start_request
starts_request(const Model *model)
{
	return (lf_start_request){.season = model->season,
							  .second = seasons_second(model->season, &model->seasons),
							  .horizon = model->horizon,
							  .mean = model->options.loss == LF_LOSS_MSE || model_counts(model),
							  .only = model->options.pretrained == PRETRAINED_ONLY};
}

bool
start_pretrained(const lf_start *start)
{
	for (int k = 0; k < start->count; k++)
		if (start->parts[k].method == LF_START_PRETRAINED)
			return true;
	return false;
}

/* Is it that and nothing else? */
static bool
start_pretrained_alone(const lf_start *start)
{
	return start->count == 1 && start->parts[0].method == LF_START_PRETRAINED;
}

bool
starts_pretrained(const Model *model)
{
	for (int64 i = 0; i < model->series_count; i++)
		if (start_pretrained(&model->series[i].start))
			return true;
	return false;
}

bool
starts_all_pretrained(const Model *model)
{
	if (!model->pretrained || !pretrained_reaches(model->season, model->horizon))
		return false;
	for (int64 i = 0; i < model->series_count; i++)
		if (!start_pretrained_alone(&model->series[i].start))
			return false;
	return true;
}

bool
starts_tell(const Model *model)
{
	return model->calibration.points == 0 && model->options.interval != INTERVAL_NONE &&
		   model->start_share == 1 && model->series_count > 0 && starts_all_pretrained(model);
}

Size
start_work_bytes(const lf_start_request *request, bool pretrained)
{
	Size bytes = sizeof(StartWork) + mul_size(sizeof(double), lf_start_scratch(request));

	if (!pretrained)
		return bytes;
	bytes = add_size(bytes, mul_size(sizeof(double), lf_start_network_scratch(request->horizon)));
	return add_size(bytes, pretrained_bytes(request));
}

StartWork *
start_work_begin(const lf_start_request *request, bool pretrained, const lf_real *weights)
{
	StartWork *work = palloc0(sizeof(StartWork));

	work->request = *request;
	work->request.network = pretrained ? pretrained_network(request, weights) : NULL;
	work->scratch = palloc_extended(mul_size(sizeof(double), lf_start_scratch(&work->request)),
									MCXT_ALLOC_HUGE);
	return work;
}

static void
keep_answers(StartWork *work)
{
	lf_start_answers *answers = &work->answers;

	answers->horizon = work->request.horizon;
	answers->room = Min(MOST_ANSWERS, Max(1, MOST_ANSWER_STEPS / answers->horizon));
	answers->lengths = palloc(sizeof(int64_t) * answers->room);
	answers->steps = palloc(sizeof(int) * answers->room);
	answers->forecasts = huge_array(answers->room, answers->horizon, sizeof(double));
	work->request.network->answers = answers;
}

void
start_work_keep(StartWork *work)
{
	work->notes.found =
		huge_array(lf_start_memory(work->request.season), LF_START_FINDINGS, sizeof(double));
	work->request.notes = &work->notes;
	if (work->request.network != NULL)
		keep_answers(work);
}

void
start_work_end(StartWork *work)
{
	if (work->notes.found != NULL)
		pfree(work->notes.found);
	if (work->answers.room > 0)
	{
		pfree(work->answers.lengths);
		pfree(work->answers.steps);
		pfree(work->answers.forecasts);
	}
	if (work->request.network != NULL)
		pfree(work->request.network);
	pfree(work->scratch);
	pfree(work);
}

void
start_work_load(StartWork *work, const lf_real *weights)
{
	lf_universal_load(work->request.network, weights != NULL ? weights : pretrained_weights());
	/* what the others said is not what these say */
	work->answers.values = NULL;
}

lf_start
start_work_choose(StartWork *work, const double *values, const uint8 *observed, int64 length)
{
	lf_start start;

	lf_start_choose(&work->request, values, observed, length, work->scratch, &start);
	return start;
}

void
start_work_forecast(StartWork *work, const lf_start *start, const double *values, int64 length,
					int horizon, double *forecast)
{
	lf_start_forecast(start, work->request.network, values, length, horizon, work->scratch,
					  forecast);
}

/* The origins at which the network will be asked, each once, ascending. Returns how many. */
static int
find_origins(StartWork *work, const double *values, const int64_t *lengths, int64 count,
			 int64_t *origins)
{
	int found = 0;
	int kept = 0;

	for (int64 i = 0; i < count; i++)
	{
		check_interrupts();
		found +=
			lf_start_origins(&work->request, values, lengths[i], work->scratch, origins + found);
	}
	qsort(origins, found, sizeof(int64_t), compare_int64);
	for (int i = 0; i < found; i++)
		if (kept == 0 || origins[kept - 1] != origins[i])
			origins[kept++] = origins[i];
	return kept;
}

void
start_work_foresee(StartWork *work, const double *values, const int64_t *lengths, int64 count)
{
	int64_t *origins;
	int found;

	if (work->answers.room == 0)
		return;
	origins = huge_array(count, LF_START_TOGETHER, sizeof(int64_t));
	found = find_origins(work, values, lengths, count, origins);
	/* there is nothing to gain by answers that are forgotten before they are read */
	for (int first = 0; first < found && found <= work->answers.room; first += LF_START_TOGETHER)
	{
		check_interrupts();
		lf_start_ask_ahead(&work->request, values, origins + first,
						   Min(LF_START_TOGETHER, found - first), work->scratch);
	}
	pfree(origins);
}

/* Ask the network together about those of a series' lengths at which a start will ask it. */
static void
foresee_forecasts(StartWork *work, const StartSeries *series, int count, int horizon)
{
	int64_t lengths[LF_START_TOGETHER];

	if (work->answers.room < LF_START_TOGETHER || horizon != work->request.horizon)
		return;
	for (int first = 0, next; first < count; first = next)
	{
		int asked = 0;

		for (next = first; next < count && series[next].values == series[first].values; next++)
			if (start_pretrained(series[next].start) && series[next].length > 0)
				lengths[asked++] = series[next].length;
		lf_start_ask_ahead(&work->request, series[first].values, lengths, asked, work->scratch);
	}
}

/* Those that are the network's alone are asked of it together. */
void
start_work_forecast_several(StartWork *work, const StartSeries *series, int count, int horizon,
							int level_count, const double *levels, double *forecasts,
							double *quantiles)
{
	const double *values[LF_START_TOGETHER] = {NULL};
	int64_t lengths[LF_START_TOGETHER] = {0};
	bool alone = count > 0;

	for (int i = 0; i < count; i++)
	{
		const lf_start *start = series[i].start;

		values[i] = series[i].values;
		lengths[i] = series[i].length;
		alone &= start_pretrained_alone(start) && lengths[i] > 0;
	}
	if (alone &&
		lf_start_forecast_together(&work->request, values, lengths, count, horizon, level_count,
								   levels, work->scratch, forecasts, quantiles))
		return;
	Assert(level_count == 0);
	foresee_forecasts(work, series, count, horizon);
	for (int i = 0; i < count; i++)
		start_work_forecast(work, series[i].start, series[i].values, series[i].length, horizon,
							forecasts + (int64) i * horizon);
}
