/*
 * predict.c
 *	  Forecasts of a whole ensemble for windows of a dataset.
 *
 * Windows are taken in portions, so that the members' own forecasts, of which
 * the median is taken, never need more than some megabytes.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "core/ensemble.h"
#include "core/loss.h"
#include "drive.h"
#include "memory.h"
#include "predict.h"

#define PORTION_CELLS 1000000 /* windows times horizon times quantiles, of one member */
#define MEDIAN_SLICE 4096     /* cells between two looks at interrupts */

bool
loss_gives_distribution(const lf_loss *loss)
{
	if (loss->kind == LF_LOSS_QUANTILE)
		return loss->quantile_count > 1;
	return lf_loss_outputs(loss) > 1;
}

bool
predict_has_distribution(const Model *model)
{
	for (int i = 0; i < model->member_count; i++)
		if (loss_gives_distribution(&model->members[i].loss))
			return true;
	return false;
}

/* The median of many cells, with a look at interrupts in between. */
static void
median_in_slices(double *const *members, int count, int64 cells, double *median)
{
	const double **slice = palloc(sizeof(double *) * count);

	for (int64 done = 0; done < cells; done += MEDIAN_SLICE)
	{
		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < count; i++)
			slice[i] = members[i] + done;
		lf_ensemble_median(slice, count, Min(MEDIAN_SLICE, cells - done), median + done);
	}
	pfree(slice);
}

void
predict_keep_ready(Model *model)
{
	model->ready = palloc(sizeof(ReadyNetworks));
	model->ready->context = CurrentMemoryContext;
	model->ready->predictors = palloc0(sizeof(lf_predictor *) * model->member_count);
}

/* The predictor of one network that is kept ready. */
static lf_predictor *
ready_predictor(const Model *model, int member, const lf_dataset *dataset, const lf_scaler *scalers,
				const PredictLevels *levels, int level_count)
{
	lf_predictor **kept = &model->ready->predictors[member];

	if (*kept == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(model->ready->context);

		*kept = create_predictor(&model->members[member], dataset, scalers, 1, NULL, 0);
		MemoryContextSwitchTo(caller);
	}
	lf_predictor_retarget(*kept, dataset, scalers, level_count, levels->values);
	return *kept;
}

/* What the networks of an ensemble say about one portion of windows. */
typedef struct Portion
{
	lf_predictor **predictors; /* (members) */
	double **forecasts;        /* (members) of (windows, horizon) */
	double **quantiles;        /* (distributions) of (windows, horizon, levels) */
	int distributions;
	int64 windows; /* room for so many */
} Portion;

static Portion *
create_portion(const Model *model, const lf_dataset *dataset, const lf_scaler *const *scalers,
			   int64 count, const PredictLevels *levels)
{
	Portion *portion = palloc0(sizeof(Portion));
	int64 width = (int64) model->horizon * Max(levels->count, 1);

	portion->windows = Min(count, Max(1, PORTION_CELLS / width));
	portion->predictors = palloc(sizeof(lf_predictor *) * model->member_count);
	portion->forecasts = palloc(sizeof(double *) * model->member_count);
	portion->quantiles = palloc(sizeof(double *) * model->member_count);
	for (int i = 0; i < model->member_count; i++)
	{
		const ModelMember *member = &model->members[i];
		bool distribution = levels->count > 0 && loss_gives_distribution(&member->loss);
		int level_count = distribution ? levels->count : 0;

		if (model->ready != NULL && portion->windows == 1)
			portion->predictors[i] =
				ready_predictor(model, i, dataset, scalers[i], levels, level_count);
		else
			portion->predictors[i] = create_predictor(member, dataset, scalers[i], portion->windows,
													  levels->values, level_count);
		portion->forecasts[i] = huge_array(portion->windows, model->horizon, sizeof(double));
		if (distribution)
			portion->quantiles[portion->distributions++] =
				huge_array(portion->windows, width, sizeof(double));
	}
	return portion;
}

static void
run_portion(const Model *model, Portion *portion, const lf_window *windows, int64 count,
			const PredictLevels *levels, double *forecasts, double *quantiles)
{
	int64 cells = count * model->horizon;
	int distribution = 0;

	for (int i = 0; i < model->member_count; i++)
	{
		bool with_levels = levels->count > 0 && loss_gives_distribution(&model->members[i].loss);

		drive_predictor(portion->predictors[i], windows, count, portion->forecasts[i],
						with_levels ? portion->quantiles[distribution++] : NULL);
	}
	median_in_slices(portion->forecasts, model->member_count, cells, forecasts);
	if (portion->distributions > 0)
		median_in_slices(portion->quantiles, portion->distributions, cells * levels->count,
						 quantiles);
}

void
predict_windows(const Model *model, const lf_dataset *dataset, const lf_scaler *const *scalers,
				const lf_window *windows, int64 count, const PredictLevels *levels,
				double *forecasts, double *quantiles)
{
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "lstm_forecast prediction",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(scratch);
	PredictLevels none = {0};
	Portion *portion;

	if (levels == NULL)
		levels = &none;
	portion = create_portion(model, dataset, scalers, count, levels);
	for (int64 done = 0; done < count; done += portion->windows)
	{
		int64 cell = done * model->horizon;

		run_portion(model, portion, windows + done, Min(portion->windows, count - done), levels,
					forecasts + cell, quantiles == NULL ? NULL : quantiles + cell * levels->count);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);
}
