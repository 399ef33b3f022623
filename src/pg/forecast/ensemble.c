/*
 * ensemble.c
 *	  Forecasts of a whole ensemble for windows of a dataset.
 *
 * Windows are taken in portions, so that the members' own forecasts, of which
 * the median is taken, never need more than some megabytes.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "core/ensemble.h"
#include "core/loss.h"
#include "base/interrupts.h"
#include "base/memory.h"
#include "model/starts.h"
#include "forecast/counts.h"
#include "forecast/ensemble.h"
#include "forecast/predictor.h"
#include "forecast/start_team.h"

#define PORTION_CELLS 1000000 /* of windows, steps, quantiles and members; or one window */
#define SUMMARY_SLICE 4096    /* cells between two looks at interrupts */

bool
predict_has_distribution(const Model *model)
{
	for (int i = 0; i < model->member_count; i++)
		if (lf_loss_gives_distribution(&model->members[i].loss))
			return true;
	return false;
}

double
predict_limited(const Model *model, double value)
{
	/* NaN as a limit is none; of equals the limit is taken, so that no forecast of 0 reads "-0" */
	if (value <= model->options.minimum)
		return model->options.minimum;
	return value >= model->options.maximum ? model->options.maximum : value;
}

double
predict_restored(const Model *model, double forecast, double factor)
{
	return predict_limited(model, factor * forecast);
}

MemberSummary
predict_summary(const Model *model)
{
	for (int i = 0; i < model->member_count; i++)
		if (!lf_loss_of_counts(model->members[i].loss.kind))
			return lf_ensemble_median;
	return lf_ensemble_mean;
}

/* That of many cells, with a look at interrupts in between. */
static void
summary_in_slices(MemberSummary summary, double *const *members, int count, int64 cells,
				  double *result)
{
	const double **slice = palloc(sizeof(double *) * Max(count, 1));

	for (int64 done = 0; done < cells; done += SUMMARY_SLICE)
	{
		check_interrupts();
		for (int i = 0; i < count; i++)
			slice[i] = members[i] + done;
		summary(slice, count, Min(SUMMARY_SLICE, cells - done), result + done);
	}
	pfree(slice);
}

static void
limit_all(const Model *model, double *values, int64 count)
{
	for (int64 i = 0; i < count; i++)
	{
		if (i % SUMMARY_SLICE == 0)
			check_interrupts();
		values[i] = predict_limited(model, values[i]);
	}
}

/* Give the starts of the windows' series their share in the forecasts; where they have none,
 * nothing is asked. */
static void
mix_starts(const Model *model, const PredictWork *work)
{
	StartSeries *series = huge_array(work->count, 1, sizeof(StartSeries));
	double *forecasts = huge_array(work->count, model->horizon, sizeof(double));
	StartTask task = {.request = starts_request(model),
					  .pretrained = model->pretrained,
					  .weights = model->weights,
					  .series = series,
					  .horizon = model->horizon,
					  .forecasts = forecasts,
					  .held = work->held};

	for (int64 i = 0; i < work->count; i++)
	{
		const lf_window *window = &work->windows[i];
		const SeriesStart *own = &work->starts[window->series];

		if (own->share > 0)
			series[task.count++] =
				(StartSeries){.start = &own->start,
							  .values = work->dataset->series[window->series].values,
							  .length = window->origin};
	}
	/* asked for where all of the forecasts are the network's own */
	if (work->levels.start)
	{
		task.level_count = work->levels.count;
		task.levels = work->levels.values;
		task.quantiles = work->quantiles;
	}
	if (task.count > 0)
		start_team_forecast(&task);
	for (int64 i = 0, next = 0; i < work->count; i++)
	{
		double share = work->starts[work->windows[i].series].share;
		double *forecast = work->forecasts + i * model->horizon;

		if (share == 0)
			continue;
		for (int k = 0; k < model->horizon; k++)
			forecast[k] = predict_mixed(share, forecasts[next * model->horizon + k], forecast[k]);
		next++;
	}
	pfree(forecasts);
	pfree(series);
}

void
predict_keep_ready(Model *model)
{
	model->ready = palloc(sizeof(ReadyNetworks));
	model->ready->context = CurrentMemoryContext;
	model->ready->predictors = palloc0(sizeof(lf_predictor *) * model->member_count);
}

/* The predictor of one network that is kept ready; NULL where all that are would be too much. */
static lf_predictor *
ready_predictor(const Model *model, int member, const PredictWork *work, int level_count)
{
	lf_predictor **kept = &model->ready->predictors[member];
	const lf_scaler *scalers = work->scalers[member];

	if (*kept == NULL)
	{
		Size held = MemoryContextMemAllocated(model->ready->context, true);
		MemoryContext caller;

		if (!memory_allowed(add_size(held, predictor_bytes(&model->members[member], 1))))
			return NULL;
		caller = MemoryContextSwitchTo(model->ready->context);
		*kept = create_predictor(&model->members[member], work->dataset, scalers, 1, NULL, 0);
		MemoryContextSwitchTo(caller);
	}
	lf_predictor_retarget(*kept, work->dataset, scalers, level_count, work->levels.values);
	return *kept;
}

/* What the networks of an ensemble say about one portion of windows. */
typedef struct Portion
{
	double **forecasts; /* (members) of (windows, horizon) */
	double **quantiles; /* (distributions) of (windows, horizon, levels) */
	int distributions;
	CountPortion counts; /* where levels are of a distribution of counts */
	int64 windows;       /* room for so many */
} Portion;

/* Numbers that all networks say of one window. */
static int64
window_cells(const Model *model, const PredictLevels *levels)
{
	int64 numbers = Max(model->member_count, 1);

	if (levels->counts)
		return counts_cells(model) + numbers * model->horizon;
	for (int i = 0; i < model->member_count; i++)
		if (lf_loss_gives_distribution(&model->members[i].loss))
			numbers += levels->count;
	if (levels->start)
		numbers += levels->count;
	return numbers * model->horizon;
}

static int64
portion_windows(const Model *model, int64 count, const PredictLevels *levels)
{
	return Min(count, Max(1, PORTION_CELLS / window_cells(model, levels)));
}

Size
predict_bytes(const Model *model, int64 count, const PredictLevels *levels)
{
	int64 windows = portion_windows(model, count, levels);
	Size largest = 0;

	for (int i = 0; i < model->member_count; i++)
		largest = Max(largest, predictor_bytes(&model->members[i], windows));
	if (model->starts)
	{
		lf_start_request request = starts_request(model);

		largest = add_size(largest, start_work_bytes(&request, model->pretrained));
		largest = add_size(
			largest, mul_size(sizeof(StartSeries) + sizeof(double) * model->horizon, windows));
	}
	return add_size(largest, mul_size(sizeof(double) * windows, window_cells(model, levels)));
}

/* Is a network asked for quantiles? Those of counts are made of what all of them say. */
static bool
asks_network(const PredictLevels *levels, const ModelMember *member)
{
	return levels->count > 0 && !levels->counts && lf_loss_gives_distribution(&member->loss);
}

static Portion *
create_portion(const Model *model, int64 count, const PredictLevels *levels)
{
	Portion *portion = palloc0(sizeof(Portion));
	int64 width = (int64) model->horizon * Max(levels->count, 1);

	portion->windows = portion_windows(model, count, levels);
	portion->forecasts = palloc(sizeof(double *) * model->member_count);
	portion->quantiles = palloc(sizeof(double *) * model->member_count);
	if (levels->counts)
		portion->counts = counts_create(model, portion->windows);
	for (int i = 0; i < model->member_count; i++)
	{
		portion->forecasts[i] = huge_array(portion->windows, model->horizon, sizeof(double));
		if (asks_network(levels, &model->members[i]))
			portion->quantiles[portion->distributions++] =
				huge_array(portion->windows, width, sizeof(double));
	}
	return portion;
}

/*
 * Run one network over a portion. Its memory is free before the next one takes its own, which then
 * is most likely the same: fresh memory would cost as much as a hundred forecasts.
 */
static void
run_member(const Model *model, int number, int64 room, const PredictWork *work, double *forecasts,
		   double *quantiles, double *dispersions)
{
	int level_count = quantiles != NULL ? work->levels.count : 0;
	lf_predictor *predictor = NULL;

	if (model->ready != NULL && room == 1)
		predictor = ready_predictor(model, number, work, level_count);
	if (predictor != NULL)
	{
		run_predictor(predictor, work->windows, work->count, forecasts, quantiles, dispersions);
		return;
	}
	predictor = create_predictor(&model->members[number], work->dataset, work->scalers[number],
								 room, work->levels.values, level_count);
	run_predictor(predictor, work->windows, work->count, forecasts, quantiles, dispersions);
	lf_predictor_free(predictor);
}

static void
run_portion(const Model *model, const Portion *portion, const PredictWork *work)
{
	int64 cells = work->count * model->horizon;
	int distribution = 0;

	for (int i = 0; i < model->member_count; i++)
	{
		bool with_levels = asks_network(&work->levels, &model->members[i]);

		run_member(model, i, portion->windows, work, portion->forecasts[i],
				   with_levels ? portion->quantiles[distribution++] : NULL,
				   work->levels.counts ? portion->counts.members[i] : NULL);
	}
	if (model->member_count > 0)
		summary_in_slices(predict_summary(model), portion->forecasts, model->member_count, cells,
						  work->forecasts);
	if (work->spreads != NULL)
		summary_in_slices(lf_ensemble_spread, portion->forecasts, model->member_count, cells,
						  work->spreads);
	if (work->levels.counts)
		counts_of_networks(model, &portion->counts, portion->forecasts, work);
	if (model->starts)
		mix_starts(model, work);
	limit_all(model, work->forecasts, cells);
	if (portion->distributions > 0)
		summary_in_slices(lf_ensemble_median, portion->quantiles, portion->distributions,
						  cells * work->levels.count, work->quantiles);
	if (work->levels.counts)
		counts_quantiles(model, &portion->counts, work);
	if (portion->distributions > 0 || work->levels.start || work->levels.counts)
		limit_all(model, work->quantiles, cells * work->levels.count);
}

void
predict_windows(const Model *model, const PredictWork *work)
{
	Scratch scratch = scratch_enter("lstm_forecast prediction");
	const Portion *portion = create_portion(model, work->count, &work->levels);

	for (int64 done = 0; done < work->count; done += portion->windows)
	{
		int64 cell = done * model->horizon;
		PredictWork part = *work;

		part.windows += done;
		part.count = Min(portion->windows, work->count - done);
		part.forecasts += cell;
		if (part.quantiles != NULL)
			part.quantiles += cell * work->levels.count;
		if (part.spreads != NULL)
			part.spreads += cell;
		run_portion(model, portion, &part);
	}
	scratch_leave(&scratch);
}
