/*
 * test_predictor.c
 *	  What networks learn, measured by their forecasts; forecasts of awkward series and windows.
 */
#include "trainer_fixture.h"

#include "core/ensemble.h"

/* Mean absolute errors of the network and of the seasonal naive forecast on the last TAIL steps. */
static void
test_errors(fixture *f, const outcome *result, double *network, double *naive)
{
	double forecast[HORIZON];
	int64_t count = TAIL - HORIZON + 1;
	lf_window *windows = malloc(sizeof(lf_window) * count);
	double *forecasts = malloc(sizeof(double) * count * HORIZON);
	bool good;

	for (int64_t i = 0; i < count; i++)
		windows[i] = (lf_window){.series = 0, .origin = LENGTH - TAIL + i};
	good = predict(f, result->parameters, windows, count, count, forecasts);
	*network = *naive = 0;
	for (int64_t i = 0; i < count; i++)
	{
		lf_naive_forecast(f->values, windows[i].origin, SEASON, HORIZON, forecast);
		for (int k = 0; k < HORIZON; k++)
		{
			double actual = f->values[windows[i].origin + k];

			*network += fabs(forecasts[i * HORIZON + k] - actual) / (count * HORIZON);
			*naive += fabs(forecast[k] - actual) / (count * HORIZON);
		}
	}
	if (!good)
		*network = INFINITY;
	free(windows);
	free(forecasts);
}

static void
test_learning(void)
{
	static const char *const names[] = {"LSTM", "GRU", "RNN"};
	fixture f;
	double network;
	double naive;

	set_up(&f);
	for (int cell = 0; cell < 3; cell++)
	{
		const lf_epoch *last;
		outcome result;

		f.spec.network.cell = (lf_cell_kind) cell;
		f.spec.training.max_epochs = cell == LF_CELL_RNN ? 30 : 12;
		result = run(&f.spec, NULL);
		test_errors(&f, &result, &network, &naive);
		check(result.status == LF_DONE && result.clean, "%s trains, in one block of memory",
			  names[cell]);
		check(network < 0.85 * naive, "%s: MAE %.3f, seasonal naive %.3f, noise %.3f", names[cell],
			  network, naive, 0.5 * sqrt(2 / M_PI));
		last = &result.log[result.log_count - 1];
		check(result.log_count == f.spec.training.max_epochs &&
				  result.progress.epoch == result.log_count && last->epoch == result.log_count &&
				  result.progress.step == 10 * result.log_count &&
				  result.progress.train_loss == last->train_loss &&
				  last->train_loss < 0.3 * result.log[0].train_loss && last->learning_rate < 0.001,
			  "%s: the log tells", names[cell]);
		drop(&result);
	}

	/* The classical network: step by step, many to many. */
	f.spec.network.cell = LF_CELL_LSTM;
	f.spec.training.max_epochs = 12;
	f.spec.network.patch_length = 1;
	f.spec.network.decoder = LF_DECODER_DIRECT;
	f.spec.network.supervision = LF_SUPERVISION_SEQUENCE;
	outcome result = run(&f.spec, NULL);
	test_errors(&f, &result, &network, &naive);
	check(result.status == LF_DONE && network < 0.95 * naive,
		  "many to many: MAE %.3f, seasonal naive %.3f", network, naive);
	drop(&result);
}

static void
test_predictor(void)
{
	fixture f;
	lf_window windows[60];
	double together[60 * HORIZON];
	double alone[60 * HORIZON];
	double worst = 0;
	bool finite = true;

	set_up(&f);
	f.spec.training.max_epochs = 3;
	outcome result = run(&f.spec, NULL);

	/* From windows that are nearly all padding to the end of the series, where no target is. */
	for (int i = 0; i < 60; i++)
		windows[i] = (lf_window){.series = 0, .origin = i < 50 ? 1 + i : LENGTH - 59 + i};
	check(predict(&f, result.parameters, windows, 60, 60, together), "windows in one go");
	check(predict(&f, result.parameters, windows, 60, 1, alone), "windows one by one");
	for (int i = 0; i < 60 * HORIZON; i++)
	{
		worst = fmax(worst, fabs(alone[i] - together[i]));
		finite &= isfinite(together[i]) && fabs(together[i] - 20) < 30;
	}
	check(worst < 1e-4, "forecasts do not depend on the batch (%.1e)", worst);
	check(finite, "windows with little history are padded");
	check(predict(&f, result.parameters, windows, 0, 60, alone), "no window at all");

	/* The same windows, interrupted. */
	counting_heap heap = {0};
	lf_allocator allocator = {heap_allocate, heap_release, &heap};
	lf_predictor_spec spec = {.network = f.spec.network,
							  .scaling = f.spec.scaling,
							  .dataset = &f.dataset,
							  .scalers = &f.scaler,
							  .parameters = result.parameters,
							  .max_rows = 60,
							  .kernels = f.spec.kernels};
	lf_predictor *predictor;
	lf_error error;

	check(lf_predictor_create(&spec, &allocator, &flag_check, &predictor, &error) == LF_OK,
		  "another predictor");
	flag = 1;
	lf_predictor_begin(predictor, windows, 60, alone, NULL);
	check(lf_predictor_step(predictor, &error) == LF_INTERRUPTED, "a raised flag stops");
	passing = true;
	check(lf_predictor_step(predictor, &error) != LF_INTERRUPTED, "unless it ends no work");
	passing = false;
	flag = 0;
	while (lf_predictor_step(predictor, &error) == LF_OK)
		continue;
	check(memcmp(alone, together, sizeof(alone)) == 0, "an interrupt changes no bit");

	/* Another series with its own scaler, after a run that was given up, and back. */
	fixture other;

	set_up(&other);
	for (int i = 0; i < LENGTH; i++)
		other.values[i] = 3 - 2 * f.values[i];
	fit(&other);
	lf_predictor_begin(predictor, windows, 60, alone, NULL);
	check(predict(&other, result.parameters, windows, 60, 60, together) &&
			  lf_predictor_step(predictor, &error) != LF_INTERRUPTED,
		  "forecasts of another series");
	lf_predictor_retarget(predictor, &other.dataset, &other.scaler, 0, NULL);
	lf_predictor_begin(predictor, windows, 60, alone, NULL);
	while (lf_predictor_step(predictor, &error) == LF_OK)
		continue;
	check(memcmp(alone, together, sizeof(alone)) == 0, "a predictor turns to another series");
	lf_predictor_retarget(predictor, &f.dataset, &f.scaler, 0, NULL);
	lf_predictor_begin(predictor, windows, 60, alone, NULL);
	while (lf_predictor_step(predictor, &error) == LF_OK)
		continue;
	check(predict(&f, result.parameters, windows, 60, 60, together) &&
			  memcmp(alone, together, sizeof(alone)) == 0,
		  "and back");
	lf_predictor_free(predictor);

	heap.exhausted = true;
	check(lf_predictor_create(&spec, &allocator, NULL, &predictor, &error) == LF_ERROR_MEMORY &&
			  predictor == NULL,
		  "no memory for a predictor");
	drop(&result);
}

static void
test_awkward_series(void)
{
	static const char *const names[] = {"zeros",         "constant 7", "constant 1e-30",
										"constant 1e30", "spike",      "noise of 1e-30",
										"noise of 1e30"};

	for (int kind = 0; kind < 7; kind++)
	{
		double worst = 0;
		bool trained = true;
		double size = kind == 2 || kind == 5 ? 1e-30 : kind == 3 || kind == 6 ? 1e30 : 7;

		for (int n = LF_NORMALIZE_LAST; n <= LF_NORMALIZE_MINMAX; n++)
		{
			fixture f;
			lf_random random = lf_random_seed(2, 0);
			lf_window window = {.series = 0, .origin = LENGTH};
			double forecast[HORIZON];

			set_up(&f);
			for (int i = 0; i < LENGTH; i++)
				f.values[i] = kind == 0   ? 0
							  : kind == 4 ? (i == 200 ? 7 : 0)
							  : kind > 4  ? size * lf_random_uniform(&random)
										  : size;
			f.spec.scaling.normalization = (lf_normalization) n;
			f.spec.network.linear_skip = true;
			f.spec.training.max_epochs = 6;
			fit(&f);
			outcome result = run(&f.spec, NULL);
			trained &=
				result.status == LF_DONE && predict(&f, result.parameters, &window, 1, 1, forecast);
			for (int k = 0; k < HORIZON && trained; k++)
				worst = fmax(worst, isfinite(forecast[k]) ? fabs(forecast[k]) / size : INFINITY);
			drop(&result);
		}
		check(trained && worst < 1.5, "%s: forecasts within %.3f of the series' size", names[kind],
			  worst);
	}
}

int
main(void)
{
	test_learning();
	test_predictor();
	test_awkward_series();
	return check_done();
}
