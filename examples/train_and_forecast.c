/*
 * train_and_forecast.c
 *	  Trains a small LSTM on a sine with a trend and forecasts a season of it: the core without
 *	  PostgreSQL, by its public headers.
 *
 * "make -C test/unit check" builds it and runs it with the tests: it says in TAP whether the
 * forecast is better than the naive one, which repeats the last season.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/lstm.h"

#define SEASON 24
#define KNOWN (20 * SEASON) /* steps to learn from */
#define LOOKBACK (2 * SEASON)
#define HORIZON SEASON

static void *
take(void *context, size_t bytes)
{
	(void) context;
	return malloc(bytes);
}

static void
give_back(void *context, void *block)
{
	(void) context;
	free(block);
}

static const lf_allocator memory = {take, give_back, NULL};

/* Fit the scaler and train; between two steps a program may look at its clock or its user. */
static lf_status
train(const lf_trainer_spec *spec, lf_scaler *scaler, lf_trainer **trainer, lf_error *error)
{
	const lf_series *series = spec->dataset->series;
	lf_status status;

	lf_scaler_fit(scaler, &spec->scaling, series, series->length, spec->network.lookback);
	status = lf_trainer_create(spec, &memory, NULL, trainer, error);
	while (status == LF_OK)
		status = lf_trainer_step(*trainer, error);
	return status;
}

/* The HORIZON steps after the end of the series. */
static lf_status
predict(const lf_trainer_spec *trained, const lf_real *weights, double *forecast, lf_error *error)
{
	const lf_predictor_spec spec = {.network = trained->network,
									.scaling = trained->scaling,
									.dataset = trained->dataset,
									.scalers = trained->scalers,
									.parameters = weights,
									.loss = trained->training.loss,
									.max_rows = 1,
									.kernels = trained->kernels};
	const lf_window next = {.series = 0, .origin = trained->dataset->series->length};
	lf_predictor *predictor;
	lf_status status = lf_predictor_create(&spec, &memory, NULL, &predictor, error);

	if (status == LF_OK)
		lf_predictor_begin(predictor, &next, 1, forecast, NULL);
	while (status == LF_OK)
		status = lf_predictor_step(predictor, error);
	lf_predictor_free(predictor);
	return status;
}

/* The mean size of a forecast's errors. */
static double
error_of(const double *forecast, const double *actual)
{
	double sum = 0;

	for (int i = 0; i < HORIZON; i++)
		sum += fabs(forecast[i] - actual[i]);
	return sum / HORIZON;
}

int
main(void)
{
	double values[KNOWN + HORIZON], forecast[HORIZON], naive[HORIZON];
	const lf_series series = {.length = KNOWN, .values = values};
	const lf_dataset dataset = {.count = 1, .series = &series};
	int64_t windows[1];
	lf_scaler scaler;
	lf_trainer_spec spec = {
		.network = {.cell = LF_CELL_LSTM,
					.hidden_size = 16,
					.num_layers = 1,
					.channels = 1, /* the series itself, no covariates */
					.lookback = LOOKBACK,
					.horizon = HORIZON,
					.patch_length = 6,
					.decoder = LF_DECODER_PARALLEL},
		.scaling = {.normalization = LF_NORMALIZE_MEAN, .season = SEASON},
		.training = {.loss = {.kind = LF_LOSS_MAE},
					 .optimizer = LF_OPTIMIZER_ADAM,
					 .learning_rate = 0.01,
					 .schedule = LF_SCHEDULE_COSINE,
					 .gradient_clip = 1,
					 .batch_size = 32,
					 .steps_per_epoch = 10,
					 .max_epochs = 30},
		.dataset = &dataset,
		.scalers = &scaler,
		.train = {.dataset = &dataset,
				  .lookback = LOOKBACK,
				  .horizon = HORIZON,
				  .min_history = LOOKBACK,
				  .from_end = -1, /* all of the series */
				  .cumulative = windows},
		.kernels = lf_kernels_best(),
	};
	lf_trainer *trainer;
	lf_error error;
	lf_status status;

	for (int i = 0; i < KNOWN + HORIZON; i++)
		values[i] = 50 + 0.1 * i + 10 * sin(2 * M_PI * i / SEASON);
	lf_blas_single_thread();
	lf_window_set_count(&spec.train);
	status = train(&spec, &scaler, &trainer, &error);
	if (status == LF_DONE)
		status = predict(&spec, lf_trainer_parameters(trainer), forecast, &error);
	lf_trainer_free(trainer);
	if (status != LF_DONE)
	{
		printf("Bail out! %s %s %s\n", error.message, error.detail, error.hint);
		return 1;
	}

	lf_naive_forecast(values, KNOWN, SEASON, HORIZON, naive);
	const double reached = error_of(forecast, values + KNOWN);
	const double to_beat = error_of(naive, values + KNOWN);
	const bool good = reached < to_beat / 10;

	printf("%s 1 - the forecast is off by %.2f, the naive one by %.2f\n", good ? "ok" : "not ok",
		   reached, to_beat);
	printf("1..1\n");
	return good ? 0 : 1;
}
