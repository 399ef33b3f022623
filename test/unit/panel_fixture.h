/*
 * panel_fixture.h
 *	  Panels of series of unlike length and size, with covariates, and networks that train on them.
 */
#ifndef PANEL_FIXTURE_H
#define PANEL_FIXTURE_H

#include "trainer_fixture.h"

#include "core/loss.h"

#define PANEL_SEASON 12
#define PANEL_LOOKBACK 24
#define PANEL_HORIZON 6
#define PANEL_TAIL 8 /* held-out steps of every series */

typedef struct panel
{
	int64_t count;
	double *sizes; /* (count): a value's usual size */
	double *values;
	float *covariates;
	lf_series *series;
	lf_scaler *scalers;
	int64_t *cumulative[2];
	lf_dataset dataset;
	lf_trainer_spec spec;
} panel;

/* Fit and count again after a change of the specification. */
static inline void
panel_fit(panel *p)
{
	for (int64_t i = 0; i < p->count; i++)
		lf_scaler_fit(&p->scalers[i], &p->spec.scaling, &p->series[i],
					  p->series[i].length - PANEL_TAIL, p->spec.network.lookback);
	lf_window_set_count(&p->spec.train);
	lf_window_set_count(&p->spec.validation);
}

/*
 * Series i has shortest + 7 i mod (longest - shortest + 1) steps, sizes of 2 to 2000, a season
 * and noise of a fifth of the size. Of the channels besides the target (past ones, then
 * `future` ones) the last past one moves the next step and the last future one the same
 * step, each by up to the size; they are known a horizon ahead.
 */
static inline void
panel_open(panel *p, int64_t count, int shortest, int longest, int past, int future)
{
	lf_random random = lf_random_seed(7, 0);
	int width = past + future;
	size_t steps = (size_t) longest + PANEL_HORIZON;

	memset(p, 0, sizeof(*p));
	p->count = count;
	p->sizes = malloc(sizeof(double) * count);
	p->values = malloc(sizeof(double) * count * steps);
	p->covariates = malloc(sizeof(float) * count * steps * width + 1);
	p->series = malloc(sizeof(lf_series) * count);
	p->scalers = malloc(sizeof(lf_scaler) * count);
	p->cumulative[0] = malloc(sizeof(int64_t) * count);
	p->cumulative[1] = malloc(sizeof(int64_t) * count);
	for (int64_t i = 0; i < count; i++)
	{
		double *values = p->values + i * steps;
		float *covariates = p->covariates + i * steps * width;
		int64_t length = shortest + 7 * i % (longest - shortest + 1);
		double size = 2 * pow(10, (double) (i % 4));

		for (size_t t = 0; t < steps * width; t++)
			covariates[t] = (float) (2 * lf_random_uniform(&random) - 1);
		for (int64_t t = 0; t < length; t++)
		{
			values[t] = size * (4 + sin(2 * M_PI * (double) (t + i) / PANEL_SEASON) +
								0.2 * lf_random_normal(&random));
			if (past > 0 && t > 0)
				values[t] += size * covariates[(t - 1) * width + past - 1];
			if (future > 0)
				values[t] += size * covariates[t * width + width - 1];
		}
		p->sizes[i] = size;
		p->series[i] = (lf_series){.length = length,
								   .values = values,
								   .covered = length + PANEL_HORIZON,
								   .covariates = width > 0 ? covariates : NULL};
	}
	p->dataset = (lf_dataset){.count = count, .series = p->series};
	p->spec =
		(lf_trainer_spec){.network = {.cell = LF_CELL_GRU,
									  .hidden_size = 16,
									  .num_layers = 1,
									  .channels = 1 + width,
									  .future = future,
									  .lookback = PANEL_LOOKBACK,
									  .horizon = PANEL_HORIZON,
									  .patch_length = 4,
									  .decoder = LF_DECODER_PARALLEL,
									  .linear_skip = true,
									  .seasonal_skip = PANEL_SEASON},
						  .scaling = {.normalization = LF_NORMALIZE_MEAN, .season = PANEL_SEASON},
						  .training = {.optimizer = LF_OPTIMIZER_ADAM,
									   .learning_rate = 0.01,
									   .schedule = LF_SCHEDULE_COSINE,
									   .gradient_clip = 1,
									   .batch_size = 64,
									   .steps_per_epoch = 20,
									   .max_epochs = 10},
						  .dataset = &p->dataset,
						  .scalers = p->scalers,
						  .train = {.dataset = &p->dataset,
									.lookback = PANEL_LOOKBACK,
									.horizon = PANEL_HORIZON,
									.min_history = 1,
									.from_end = -1,
									.until_end = PANEL_TAIL,
									.cumulative = p->cumulative[0]},
						  .max_validation = 100,
						  .kernels = lf_kernels_best()};
	p->spec.validation = p->spec.train;
	p->spec.validation.from_end = PANEL_TAIL;
	p->spec.validation.until_end = 0;
	p->spec.validation.cumulative = p->cumulative[1];
	panel_fit(p);
}

static inline void
panel_close(panel *p)
{
	free(p->sizes);
	free(p->values);
	free(p->covariates);
	free(p->series);
	free(p->scalers);
	free(p->cumulative[0]);
	free(p->cumulative[1]);
}

/* The network's outputs to the loss. */
static inline void
panel_set_loss(panel *p, lf_loss loss)
{
	p->spec.training.loss = loss;
	p->spec.network.outputs = lf_loss_outputs(&loss);
}

/* Forecasts, (count, PANEL_HORIZON), and quantiles of the levels; interrupted before each step? */
static inline bool
panel_predict(const panel *p, const lf_real *parameters, const lf_window *windows, int64_t count,
			  int level_count, const double *levels, bool disturb, double *forecasts,
			  double *quantiles)
{
	counting_heap heap = {0};
	lf_allocator allocator = {heap_allocate, heap_release, &heap};
	lf_predictor_spec spec = {.network = p->spec.network,
							  .scaling = p->spec.scaling,
							  .dataset = &p->dataset,
							  .scalers = p->scalers,
							  .parameters = parameters,
							  .loss = p->spec.training.loss,
							  .level_count = level_count,
							  .levels = levels,
							  .max_rows = count,
							  .kernels = p->spec.kernels};
	lf_predictor *predictor;
	lf_error error;
	lf_status status;

	flag = 0;
	if (lf_predictor_create(&spec, &allocator, &flag_check, &predictor, &error) != LF_OK)
		return false;
	lf_predictor_begin(predictor, windows, count, forecasts, quantiles);
	do
	{
		flag = disturb;
		status = lf_predictor_step(predictor, &error);
		flag = 0;
		if (status == LF_INTERRUPTED)
			status = lf_predictor_step(predictor, &error);
	} while (status == LF_OK);
	lf_predictor_free(predictor);
	return status == LF_DONE && heap.allocations == 1 && heap.open == 0;
}

/* Mean absolute error in sizes at each series' last horizon. */
static inline double
panel_error(const panel *p, const lf_real *parameters)
{
	lf_window *windows = malloc(sizeof(lf_window) * p->count);
	double *forecasts = malloc(sizeof(double) * p->count * PANEL_HORIZON);
	double error = 0;
	bool good;

	for (int64_t i = 0; i < p->count; i++)
		windows[i] = (lf_window){.series = i, .origin = p->series[i].length - PANEL_HORIZON};
	good = panel_predict(p, parameters, windows, p->count, 0, NULL, false, forecasts, NULL);
	for (int64_t i = 0; i < p->count * PANEL_HORIZON; i++)
	{
		const lf_window *window = &windows[i / PANEL_HORIZON];
		double actual = p->series[window->series].values[window->origin + i % PANEL_HORIZON];

		error += fabs(forecasts[i] - actual) / p->sizes[window->series];
	}
	free(windows);
	free(forecasts);
	return good ? error / (double) (p->count * PANEL_HORIZON) : INFINITY;
}

#endif
