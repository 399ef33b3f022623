/*
 * anomalies.c
 *	  Which rows of a panel a model did not expect.
 */
#include "postgres.h"

#include <math.h>

#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/interrupts.h"
#include "base/memory.h"
#include "time/frequency.h"
#include "anomalies/anomalies.h"
#include "anomalies/step_forecasts.h"

#define MOST_ROUNDS                                                                                \
	3 /* of forecasts: what an anomaly did to the steps after it is told by then                   \
	   */
#define MOST_REST 1500

void
anomalies_check(const AnomalyRequest *request)
{
	if (!(request->probability > 0 && request->probability < 1))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"probability\" is out of range"),
						errdetail("It is %g, and must lie between 0 and 1.", request->probability),
						errhint("Write 0.99 to have one row in a hundred called anomalous where "
								"nothing is wrong.")));
}

/*
 * Steps after strong evidence in which weaker is silent: a day, where steps are shorter than that;
 * else a week of days, and of longer ones a few.
 */
static int
rest_steps(const Model *model)
{
	const Frequency *frequency = &model->frequency;
	TimestampTz day = frequency_add(frequency, 0, 1);
	int64 length = Max(1, day);

	if (length < USECS_PER_DAY)
		return (int) Min(MOST_REST, USECS_PER_DAY / length);
	return length < 7 * USECS_PER_DAY ? 7 : 4;
}

/* What is taken as known of errors at a step; of steps that were trained on nothing. */
static void
expect_errors(lf_watch *watch, const Model *model, const SeriesForecasts *series, int64 step)
{
	bool learned = model->member_count > 0 && step < series->later;

	lf_watch_expect(watch, series->errors, learned ? 0 : series->error_count);
}

/* Go through the steps of a series that have a forecast, and tell what is said of each. */
static void
watch_series(StepForecasts *forecasts, int64 number, const lf_watch_spec *spec, void *memory,
			 void (*tell)(void *context, int64 number, int64 step, const lf_watch_verdict *verdict),
			 void *context)
{
	const SeriesForecasts *series = &forecasts->series[number];
	int64 length = forecasts->panel->series[number]->length;
	lf_watch watch;

	lf_watch_begin(&watch, spec, length, memory);
	for (int64 step = series->first; step < length; step++)
	{
		lf_watch_verdict verdict;

		if (step % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (step == series->first || step == series->later)
			expect_errors(&watch, forecasts->model, series, step);
		verdict = lf_watch_next(&watch, &series->steps[step]);
		tell(context, number, step, &verdict);
	}
}

/* What a step counts for, to the next round. */
static void
count_step(void *context, int64 number, int64 step, const lf_watch_verdict *verdict)
{
	StepForecasts *forecasts = context;
	bool observed = forecasts->series[number].steps[step].observed;

	step_forecasts_count(forecasts, number, step,
						 observed ? verdict->counts
								  : forecasts->panel->series[number]->values[step],
						 verdict->lasting);
}

/* Where rows go. */
typedef struct RowOutput
{
	const AnomalyRequest *request;
	const StepForecasts *forecasts;
	int64 judged; /* rows of the series that had a verdict */
} RowOutput;

static bool
row_wanted(const AnomalyRequest *request, const GridSeries *series, int64 step, bool anomaly)
{
	return (request->all || anomaly) && step >= series->before && series_observed(series, step) &&
		   series_time(series, step) >= request->since;
}

static void
put_step(void *context, int64 number, int64 step, const lf_watch_verdict *verdict)
{
	RowOutput *output = context;
	const GridSeries *series = output->forecasts->panel->series[number];
	AnomalyRow row = {.series = series,
					  .step = step,
					  .judged = !isnan(verdict->score),
					  .forecast = output->forecasts->series[number].steps[step].forecast,
					  .verdict = *verdict};

	output->judged += row.judged;
	if (row_wanted(output->request, series, step, verdict->anomaly))
		output->request->sink(output->request->context, &row);
}

/* Rows before the first forecast. */
static void
put_unjudged(const RowOutput *output, int64 number)
{
	const GridSeries *series = output->forecasts->panel->series[number];
	AnomalyRow row = {
		.series = series, .forecast = NAN, .verdict = {.lower = NAN, .upper = NAN, .score = NAN}};

	for (row.step = 0; row.step < output->forecasts->series[number].first; row.step++)
	{
		if (row.step % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (row_wanted(output->request, series, row.step, false))
			output->request->sink(output->request->context, &row);
	}
}

/* Say so where nothing could be said of a series. */
static void
notice_unjudged(const StepForecasts *forecasts, int64 count, int64 first)
{
	const char *label = forecasts->panel->series[first]->label;

	if (count == 0)
		return;
	ereport(NOTICE,
			(errmsg("too little history to look for anomalies in " INT64_FORMAT " of " INT64_FORMAT
					" series",
					count, forecasts->panel->count),
			 errdetail("A row is judged after " INT64_FORMAT
					   " steps that its forecast reads, and %d with errors to compare with. %s%s%s "
					   "has " INT64_FORMAT " steps.",
					   model_least_history(forecasts->model), LF_WATCH_LEAST,
					   label == NULL ? "The series" : "Series \"", label == NULL ? "" : label,
					   label == NULL ? "" : "\"", forecasts->panel->series[first]->length),
			 errhint("Give more rows, older ones, too.")));
}

void
anomalies_find(const Model *model, const Panel *panel, const AnomalyRequest *request)
{
	StepForecasts *forecasts = step_forecasts_make(model, panel, request->ahead);
	lf_watch_spec spec = {
		.probability = request->probability, .season = model->season, .rest = rest_steps(model)};
	RowOutput output = {.request = request, .forecasts = forecasts};
	void *memory = palloc(lf_watch_bytes(&spec, LF_WATCH_MEMORY));
	int64 unjudged = 0;
	int64 first_unjudged = 0;

	for (int round = 1; round < MOST_ROUNDS; round++)
	{
		for (int64 i = 0; i < panel->count; i++)
			watch_series(forecasts, i, &spec, memory, count_step, forecasts);
		if (!step_forecasts_again(forecasts))
			break;
	}
	for (int64 i = 0; i < panel->count; i++)
	{
		output.judged = 0;
		put_unjudged(&output, i);
		watch_series(forecasts, i, &spec, memory, put_step, &output);
		if (output.judged == 0 && unjudged++ == 0)
			first_unjudged = i;
	}
	notice_unjudged(forecasts, unjudged, first_unjudged);
}
