/*
 * predictor.c
 *	  Forecasts of one trained network, a bounded number of windows at a time.
 */
#include "predictor.h"

#include "loss_counts.h"

/* Values restored in one step: some milliseconds, where they are quantiles of Student's t, or of
 * large counts. */
#define RESTORED_VALUES 8192
#define RESTORED_COUNTS 256

struct lf_predictor
{
	lf_memory memory; /* that it lies in itself */
	lf_interrupt interrupt;
	lf_predictor_spec spec;
	const lf_attribution *attribution; /* the windows are its points; NULL: they are as they are */
	bool carved;                       /* the memory */
	int loaded;                        /* cells whose weights are packed: then it is ready */
	int64_t rows;                      /* windows in a micro-batch */

	lf_network network;
	lf_batch_builder builder;
	lf_real *output; /* (O, S, rows, H_out) */

	const lf_window *windows; /* (count), the caller's */
	int64_t count;
	int64_t done;        /* windows whose forecasts are complete */
	int64_t computed;    /* windows from there on whose outputs are waiting */
	int64_t restored;    /* steps of these that are already restored */
	double *forecasts;   /* (count, H_out), the caller's */
	double *quantiles;   /* (count, H_out, level_count), the caller's */
	double *dispersions; /* (count, H_out), the caller's; NULL: not wanted */
};

/* Carve everything but the predictor itself. */
static lf_status
layout(lf_predictor *predictor, const lf_predictor_spec *spec, lf_arena *arena, lf_error *error)
{
	const lf_network_config *network = &spec->network;
	const size_t steps = (size_t) lf_network_answers(network) * network->horizon;
	lf_status status;

	predictor->rows = lf_network_rows(network, spec->kernels, spec->max_rows);
	status = lf_network_layout(&predictor->network, network, spec->kernels, predictor->rows, false,
							   arena, error);
	if (status != LF_OK)
		return status;
	lf_batch_layout(&predictor->builder,
					&(lf_batch_spec){.network = *network,
									 .scaling = spec->scaling,
									 .dataset = spec->dataset,
									 .scalers = spec->scalers,
									 .max_rows = predictor->rows},
					arena);
	predictor->output =
		lf_arena_take_reals(arena, lf_loss_outputs(&spec->loss), steps, predictor->rows);
	if (arena->overflow)
		return lf_fail(error, LF_ERROR_LIMIT, "forecasting needs more memory than there can be",
					   NULL, NULL);
	return LF_OK;
}

lf_status
lf_predictor_bytes(const lf_predictor_spec *spec, size_t *bytes, lf_error *error)
{
	lf_arena arena = lf_arena_measure();
	lf_predictor measured = {0};
	lf_parameter_table table;

	/* The configuration is checked before any of its numbers is used. */
	lf_status status = lf_parameter_table_build(&spec->network, &table, error);

	if (status != LF_OK)
		return status;
	status = lf_network_check_loss(&spec->network, &spec->loss, error);
	if (status != LF_OK)
		return status;
	if (spec->level_count > 0 && lf_loss_outputs(&spec->loss) == 1 &&
		spec->loss.kind != LF_LOSS_POISSON)
		return lf_fail(error, LF_ERROR_CONFIG, "the network's loss gives no quantiles", NULL, NULL);
	lf_arena_take(&arena, 1, sizeof(lf_predictor));
	status = layout(&measured, spec, &arena, error);
	if (status == LF_OK)
		*bytes = lf_arena_bytes(&arena);
	return status;
}

lf_status
lf_predictor_create(const lf_predictor_spec *spec, const lf_allocator *allocator,
					lf_interrupt interrupt, lf_predictor **predictor, lf_error *error)
{
	size_t bytes;
	lf_memory memory;
	lf_predictor *made;
	lf_status status = lf_predictor_bytes(spec, &bytes, error);

	*predictor = NULL;
	if (status == LF_OK)
		status = lf_memory_take(&memory, allocator, bytes, "Forecasting", error);
	if (status != LF_OK)
		return status;
	made = lf_arena_take(&memory.arena, 1, sizeof(lf_predictor));
	made->memory = memory;
	made->interrupt = interrupt;
	made->spec = *spec;
	*predictor = made;
	return LF_OK;
}

void
lf_predictor_retarget(lf_predictor *predictor, const lf_dataset *dataset, const lf_scaler *scalers,
					  int level_count, const double *levels)
{
	predictor->spec.dataset = dataset;
	predictor->spec.scalers = scalers;
	predictor->spec.level_count = level_count;
	predictor->spec.levels = levels;
	predictor->builder.spec.dataset = dataset;
	predictor->builder.spec.scalers = scalers;
}

void
lf_predictor_attribute(lf_predictor *predictor, const lf_attribution *attribution)
{
	predictor->attribution = attribution;
}

/* The location from the first plane: behind a softplus it is a mean. */
static double
location_of(const lf_loss *loss, double output)
{
	return lf_loss_of_counts(loss->kind) ? lf_count_unlink(output) : output;
}

void
lf_predictor_unchanged(const lf_predictor *predictor, double *forecasts)
{
	const lf_network_config *network = &predictor->spec.network;
	const lf_batch *batch = &predictor->builder.batch;
	const int64_t last_answer = (lf_network_answers(network) - 1) * batch->rows;

	for (int k = 0; k < network->horizon; k++)
	{
		const double base =
			batch->base != NULL ? batch->base[last_answer * network->horizon + k] : 0;

		forecasts[k] =
			lf_batch_restore(&predictor->builder, 0, location_of(&predictor->spec.loss, base));
	}
}

void
lf_predictor_begin(lf_predictor *predictor, const lf_window *windows, int64_t count,
				   double *forecasts, double *quantiles)
{
	predictor->windows = windows;
	predictor->count = count;
	predictor->done = 0;
	predictor->computed = 0;
	predictor->forecasts = forecasts;
	predictor->quantiles = quantiles;
	predictor->dispersions = NULL;
}

void
lf_predictor_tell_dispersions(lf_predictor *predictor, double *dispersions)
{
	predictor->dispersions = dispersions;
}

static bool
is_ready(const lf_predictor *predictor)
{
	return predictor->carved && predictor->loaded == lf_network_cells(&predictor->network);
}

/* Zero the memory, carve it, and load the weights: a piece, as a large network takes a while. */
static lf_status
prepare(lf_predictor *predictor, lf_error *error)
{
	lf_status status;

	if (predictor->carved)
	{
		lf_network_load_cell(&predictor->network, predictor->spec.parameters, predictor->loaded++);
		return LF_OK;
	}
	if (!lf_arena_clear(&predictor->memory.arena, LF_CLEAR_BYTES))
		return LF_OK;
	status = layout(predictor, &predictor->spec, &predictor->memory.arena, error);
	predictor->carved = status == LF_OK;
	return status;
}

/* The outputs of the next windows. */
static lf_status
compute(lf_predictor *predictor)
{
	int64_t rows = predictor->count - predictor->done;
	lf_status status = LF_OK;

	if (rows > predictor->rows)
		rows = predictor->rows;
	lf_batch_fill(&predictor->builder, predictor->windows + predictor->done, rows, NULL);
	if (predictor->attribution != NULL)
		status = lf_attribution_apply(predictor->attribution, &predictor->builder, predictor->done,
									  rows, predictor->interrupt);
	if (status == LF_OK)
		status = lf_network_forward(&predictor->network, &predictor->builder.batch,
									predictor->output, predictor->interrupt);
	if (status != LF_OK)
		return status;
	predictor->computed = rows;
	predictor->restored = 0;
	return LF_OK;
}

/* The same of a count, whose distribution is one of the data's own units. */
static void
restore_count(const lf_predictor *predictor, int64_t row, const lf_real *outputs, size_t plane,
			  double *forecast, double *quantiles, double *dispersion)
{
	const lf_predictor_spec *spec = &predictor->spec;
	const lf_count_forecast count = lf_count_forecast_of(
		spec->loss.kind, outputs, plane, lf_batch_level(&predictor->builder, row).scale);

	*forecast = count.mean;
	if (dispersion != NULL)
		*dispersion = count.dispersion;
	if (spec->level_count > 0)
		lf_count_quantiles(spec->loss.kind, count, spec->levels, spec->level_count, quantiles);
}

/* Forecast and quantiles of one step of row `row`, from its outputs (outputs[k * plane]). */
static void
restore(const lf_predictor *predictor, int64_t row, const lf_real *outputs, size_t plane,
		double *forecast, double *quantiles)
{
	const lf_predictor_spec *spec = &predictor->spec;
	const double median = 0.5;
	double location = outputs[0];

	if (spec->loss.kind == LF_LOSS_QUANTILE)
		lf_loss_quantiles(&spec->loss, outputs, plane, &median, 1, &location);
	*forecast = lf_batch_restore(&predictor->builder, row, location);
	if (spec->level_count == 0)
		return;
	lf_loss_quantiles(&spec->loss, outputs, plane, spec->levels, spec->level_count, quantiles);
	for (int i = 0; i < spec->level_count; i++)
		quantiles[i] = lf_batch_restore(&predictor->builder, row, quantiles[i]);
}

/* Some of the waiting outputs into values. */
static void
restore_some(lf_predictor *predictor)
{
	int64_t horizon = predictor->spec.network.horizon;
	int64_t levels = predictor->spec.level_count;
	int64_t steps = predictor->computed * horizon; /* also the outputs of one answer */
	size_t plane = (size_t) steps * lf_network_answers(&predictor->spec.network);
	const lf_real *last_answer = predictor->output + plane - steps;
	int64_t most = levels > 0 && lf_loss_of_counts(predictor->spec.loss.kind) ? RESTORED_COUNTS
																			  : RESTORED_VALUES;
	int64_t end = predictor->restored + 1 + most / (levels + 1);

	if (end > steps)
		end = steps;
	for (int64_t i = predictor->restored; i < end; i++)
	{
		int64_t place = predictor->done * horizon + i;
		double *quantiles = levels > 0 ? predictor->quantiles + place * levels : NULL;

		if (lf_loss_of_counts(predictor->spec.loss.kind))
			restore_count(predictor, i / horizon, last_answer + i, plane,
						  predictor->forecasts + place, quantiles,
						  predictor->dispersions != NULL ? predictor->dispersions + place : NULL);
		else
			restore(predictor, i / horizon, last_answer + i, plane, predictor->forecasts + place,
					quantiles);
	}
	predictor->restored = end;
	if (end < steps)
		return;
	predictor->done += predictor->computed;
	predictor->computed = 0;
}

lf_status
lf_predictor_step(lf_predictor *predictor, lf_error *error)
{
	lf_status status = LF_OK;

	if (predictor->done >= predictor->count)
		return LF_DONE;
	if (lf_interrupted(predictor->interrupt))
		return LF_INTERRUPTED;
	if (!is_ready(predictor))
		return prepare(predictor, error);
	if (predictor->computed == 0)
		status = compute(predictor);
	if (status != LF_OK)
		return status;
	restore_some(predictor);
	return predictor->done < predictor->count ? LF_OK : LF_DONE;
}

void
lf_predictor_free(lf_predictor *predictor)
{
	if (predictor != NULL)
		lf_memory_release(&predictor->memory);
}
