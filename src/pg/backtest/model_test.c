/*
 * model_test.c
 *	  The windows of a trained model's test, and what is known of each series before the first.
 */
#include "postgres.h"

#include <math.h>

#include "base/interrupts.h"
#include "base/memory.h"
#include "plan/season.h"
#include "model/holiday_effects.h"
#include "model/scalers.h"
#include "forecast/interval.h"
#include "backtest/model_test.h"

/* The first of the steps from `step` on that is later than the training. */
static int64
first_later(const History *history, int64 step, TimestampTz trained)
{
	for (; step < history->length; step++)
	{
		TimestampTz time = history->times != NULL
							   ? history->times[step]
							   : frequency_add(&history->frequency, history->first_time, step);

		if (step % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (time > trained)
			break;
	}
	return step;
}

/* A day that was trained on is not forecast, though another zone may begin it later. */
int64
test_first_origin(const Model *model, const History *history)
{
	const ModelSeries *trained;
	int64 distance;
	int64 step = 0;
	bool exact;

	if (history->known < 0)
		return Max(1, Min(model_least_history(model), history->length - model->horizon));
	trained = &model->series[history->known];
	if (history->times == NULL)
	{
		distance = frequency_distance(&trained->frequency, trained->last_time, &history->frequency,
									  history->first_time, &exact);
		step = 1 - Max(distance, 2 - PG_INT64_MAX);
	}
	return Max(1, first_later(history, Max(0, step), trained->last_time));
}

void
test_append_window(ModelTest *test, int64 number, int64 origin, int fold)
{
	if (test->window_count == test->window_capacity)
	{
		account_take(&test->account, sizeof(TestWindow) * Max(1024, test->window_capacity));
		test->window_capacity = Max(1024, test->window_capacity * 2);
		test->windows =
			test->windows == NULL
				? palloc(sizeof(TestWindow) * test->window_capacity)
				: repalloc_huge(test->windows, sizeof(TestWindow) * test->window_capacity);
	}
	test->windows[test->window_count++] =
		(TestWindow){.number = number, .origin = origin, .fold = fold};
}

/*
 * A series that the model has never seen is scaled by what was known at its first origin,
 * however little that varied.
 */
static void
fit_unseen(ModelTest *test, int64 number, const GridSeries *series)
{
	lf_series known = {
		.length = series->length, .values = series->values, .observed = series->observed};

	for (int i = 0; i < test->model->member_count; i++)
		test->scalers[i][number] =
			scaler_of_unseen(test->model, &test->model->members[i], &known, known.length);
}

/* What a series usually spreads; of one never seen, by the same steps as its scalers. */
static double
usual_spread(ModelTest *test, int64 number, const GridSeries *series)
{
	History known = test->histories[number];

	known.values = series->values;
	known.length = series->length;
	return interval_history_usual(test->model, &known, &test->panel_spread);
}

/*
 * A series up to its first origin, without the glitches that show there. What is usual in it is
 * told by these steps, or by those that the model keeps if they are more, at all later origins,
 * too.
 */
static GridSeries *
first_known(ModelTest *test, int64 number, int64 first)
{
	const Model *model = test->model;
	const GridSeries *grid = test->panel->series[number];
	GridSeries bare = *grid;
	GridSeries *known;
	lf_series usual = history_kept(model, test->histories[number].known);

	bare.covariates = NULL;
	bare.covered = first;
	known = backtest_truncate(&bare, first);
	if (test->judges == NULL)
		return known;
	if (usual.length <= first)
		usual = (lf_series){.length = first, .values = known->values, .observed = known->observed};
	test->judges[number] =
		glitch_judge(&grid->frequency, model->season, model->horizon, test->tail, &usual);
	known = unconstify(GridSeries *, glitches_judged(&test->judges[number], known));
	backtest_hold_last(known, grid);
	return known;
}

/* A series up to an origin, as the model reads it. */
static const GridSeries *
by_clock(const Model *model, const GridSeries *known)
{
	GridSeries *series = unconstify(GridSeries *, known);
	Panel alone = {.frequency = known->frequency, .count = 1, .series = &series};

	return model->wall_clock ? clock_panel(&alone)->series[0] : known;
}

ClockWindow
origin_window(const ModelTest *test, int64 number, int64 origin)
{
	const GridSeries *grid = test->panel->series[number];

	return clock_window(test->model->wall_clock, &grid->frequency, grid->first_time, origin,
						test->horizon);
}

static void
prepare_series(ModelTest *test, const History *read, int64 number)
{
	const History *history = &test->histories[number];
	int64 first = test->choose(test, number);
	/* what was known at first, and once more without its glitches */
	Size bytes = mul_size(2 * sizeof(double) + 1, first);
	Scratch scratch;
	const GridSeries *known;

	test->series[number] = history_series(test->model, read, read->length, 0);
	test->series[number].observed = read->fresh->observed;
	account_take(&test->account, bytes);
	scratch = scratch_enter("lstm_forecast back-test series");
	known = first_known(test, number, first);
	test->scales[number] =
		season_naive_scale(known->values, known->observed, first, test->model->season);
	if (history->known < 0)
		fit_unseen(test, number, by_clock(test->model, known));
	test->starts[number] =
		(SeriesStart){.start = backtest_start(test->model, history->known, known, first),
					  .share = model_start_share(test->model, history->known)};
	if (test->request->interval != NULL)
		test->usual_spreads[number] = usual_spread(test, number, known);
	scratch_leave(&scratch);
	account_give(&test->account, bytes);
}

/* The panel by the clock, where the model follows that, without the effects of holidays, where it
 * knows them. */
static const Panel *
panel_as_read(ModelTest *test)
{
	const Model *model = test->model;
	Panel *read = unconstify(Panel *, test->panel);

	if (model->wall_clock)
	{
		read = clock_panel(test->panel);
		clock_panel_covariates(test->panel, read);
	}
	if (model_has_effects(model))
	{
		double *differences = huge_array(Max(read->count, 1), 1, sizeof(double));

		for (int64 i = 0; i < read->count; i++)
			differences[i] = holiday_difference(model, test->histories[i].known);
		read = holiday_panel(model->covariates.holidays, read, differences);
	}
	account_take(&test->account, read->bytes - test->panel->bytes);
	return read;
}

void
prepare_test(ModelTest *test)
{
	const Model *model = test->model;
	const Panel *panel = test->panel;
	const Panel *as_read;
	const History *read;

	test->tail = model_steps_read(model) + Max(model->season, lf_start_memory(model->season));
	test->histories = history_of_panel(model, panel);
	as_read = panel_as_read(test);
	read = as_read == panel ? test->histories : history_of_panel(model, as_read);
	histories_take(&test->account, model, read, panel->count, PG_INT32_MAX, 0);
	test->scalers = history_scalers(model, test->histories, panel->count);
	test->starts = huge_array(panel->count, 1, sizeof(SeriesStart));
	test->series = huge_array(panel->count, 1, sizeof(lf_series));
	test->scales = huge_array(panel->count, 1, sizeof(double));
	test->usual_spreads = huge_array(panel->count, 1, sizeof(double));
	if (glitches_wanted(&model->options) && !test->keep_glitches)
	{
		account_take(&test->account, mul_size(sizeof(GlitchJudge), panel->count));
		test->judges = huge_array(panel->count, 1, sizeof(GlitchJudge));
	}
	for (int64 i = 0; i < panel->count; i++)
		prepare_series(test, &read[i], i);
}
