/*
 * attribution_fixture.h
 *	  Small networks of every kind with random weights, a series with covariates, and parts of it.
 */
#ifndef ATTRIBUTION_FIXTURE_H
#define ATTRIBUTION_FIXTURE_H

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "core/attribution.h"
#include "core/interrupt.h"
#include "core/loss.h"
#include "core/predictor.h"
#include "core/random.h"

#define PATCHES 4
#define HORIZON 3
#define MOST_STEPS 16
#define MOST_CHANNELS 5 /* besides the target */
#define MOST_PARTS (2 + MOST_CHANNELS)
#define MOST_POINTS (1 + 128 * MOST_PARTS)

/* One network, one series whose last window it reads, and its parts: the last two values, those
 * before them, each covariate. */
typedef struct fixture
{
	lf_predictor_spec spec;
	double values[MOST_STEPS];
	float covariates[(MOST_STEPS + HORIZON) * MOST_CHANNELS];
	lf_series series;
	lf_dataset dataset;
	lf_scaler scaler;
	lf_real *parameters;
	lf_predictor *predictor;
	int ages[3];
	int channels[MOST_CHANNELS];
	lf_attribution attribution;
	double forecasts[MOST_POINTS * HORIZON];
	double effects[MOST_PARTS * HORIZON];
} fixture;

static inline void *
fixture_take(void *context, size_t bytes)
{
	(void) context;
	return malloc(bytes);
}

static inline void
fixture_give_back(void *context, void *block)
{
	(void) context;
	free(block);
}

/* What ends the work of networks that are opened from now on; NULL: nothing. */
static lf_interrupt fixture_interrupt;

/* A network of that configuration, but for its sizes; false where there cannot be one. */
static inline bool
fixture_open(fixture *f, const lf_network_config *kind, const lf_scaling_config *scaling,
			 const lf_loss *loss, const char *kernels, uint64_t seed)
{
	const lf_allocator memory = {fixture_take, fixture_give_back, NULL};
	lf_random random = lf_random_seed(seed, 1);
	lf_parameter_table table;
	lf_error error;

	memset(f, 0, sizeof(*f));
	f->spec.network = *kind;
	f->spec.network.hidden_size = 4;
	f->spec.network.horizon = HORIZON;
	f->spec.network.lookback = PATCHES * kind->patch_length;
	f->spec.network.outputs = lf_loss_outputs(loss);
	f->spec.scaling = *scaling;
	f->spec.loss = *loss;
	f->spec.dataset = &f->dataset;
	f->spec.scalers = &f->scaler;
	f->spec.max_rows = MOST_POINTS;
	f->spec.kernels = lf_kernels_named(kernels);
	f->dataset = (lf_dataset){.count = 1, .series = &f->series};
	f->series = (lf_series){.length = MOST_STEPS,
							.values = f->values,
							.covered = MOST_STEPS + HORIZON,
							.covariates = kind->channels > 1 ? f->covariates : NULL};
	for (int i = 0; i < MOST_STEPS; i++)
		f->values[i] = 6 + lf_random_normal(&random);
	for (int i = 0; i < (MOST_STEPS + HORIZON) * (kind->channels - 1); i++)
		f->covariates[i] = (float) lf_random_normal(&random);
	lf_scaler_fit(&f->scaler, scaling, &f->series, MOST_STEPS, f->spec.network.lookback);
	if (lf_parameter_table_build(&f->spec.network, &table, &error) != LF_OK)
		return false;
	f->parameters = malloc(sizeof(lf_real) * table.total);
	for (size_t i = 0; i < table.total; i++)
		f->parameters[i] = (lf_real) (0.5 * lf_random_normal(&random));
	f->spec.parameters = f->parameters;
	if (lf_predictor_create(&f->spec, &memory, fixture_interrupt, &f->predictor, &error) != LF_OK)
		return false;
	f->ages[2] = 1;
	for (int c = 0; c < MOST_CHANNELS; c++)
		f->channels[c] = 2 + c;
	f->attribution = (lf_attribution){.parts = 1 + kind->channels,
									  .segments = LF_ATTRIBUTION_SEGMENTS,
									  .reach = 3,
									  .ages = f->ages,
									  .channels = f->channels};
	return true;
}

static inline void
fixture_close(fixture *f)
{
	lf_predictor_free(f->predictor);
	free(f->parameters);
}

/* Forecasts of the last window, so many times. */
static inline bool
fixture_run(fixture *f, int64_t count, double *forecasts)
{
	static lf_window windows[MOST_POINTS];
	lf_status status;
	lf_error error;

	for (int64_t i = 0; i < count; i++)
		windows[i] = (lf_window){.series = 0, .origin = f->series.length};
	lf_predictor_begin(f->predictor, windows, count, forecasts, NULL);
	do
		status = lf_predictor_step(f->predictor, &error);
	while (status == LF_OK || status == LF_INTERRUPTED);
	return status == LF_DONE;
}

/* The effects of the parts, in so many segments; the forecasts at all points are kept. */
static inline bool
fixture_attribute(fixture *f, int segments)
{
	bool good;

	f->attribution.segments = segments;
	lf_predictor_attribute(f->predictor, &f->attribution);
	good = fixture_run(f, lf_attribution_points(&f->attribution), f->forecasts);
	lf_predictor_attribute(f->predictor, NULL);
	lf_attribution_effects(&f->attribution, f->forecasts, HORIZON, f->effects);
	return good;
}

#endif
