/*
 * test_distributions.c
 *	  Networks that forecast a distribution: their quantiles' coverage and order, in training and
 *	  forecasting, interrupted or not.
 */
#include "panel_fixture.h"

#define LEVELS 7

static const double levels[LEVELS] = {0.005, 0.05, 0.25, 0.5, 0.75, 0.95, 0.995};

static const struct
{
	const char *name;
	lf_loss loss;
} losses[] = {
	{"quantile",
	 {.kind = LF_LOSS_QUANTILE, .quantile_count = 5, .quantiles = {0.05, 0.25, 0.5, 0.75, 0.95}}},
	{"quantile without the median",
	 {.kind = LF_LOSS_QUANTILE, .quantile_count = 4, .quantiles = {0.05, 0.25, 0.75, 0.95}}},
	{"gaussian", {.kind = LF_LOSS_GAUSSIAN}},
	{"student_t", {.kind = LF_LOSS_STUDENT_T}},
};

static bool
now_and_then(int64_t step, lf_trainer *trainer, lf_random *random)
{
	(void) step;
	(void) trainer;
	return lf_random_below(random, 3) == 0;
}

/* Windows of the tails of all series; their number. */
static int64_t
tail_windows(const panel *p, lf_window *windows)
{
	for (int64_t i = 0; i < p->spec.validation.count; i++)
		windows[i] = lf_window_set_locate(&p->spec.validation, i);
	return p->spec.validation.count;
}

/* The part of the actual values below the quantiles of this level. */
static double
part_below(const panel *p, const lf_window *windows, int64_t count, const double *quantiles,
		   int level)
{
	int64_t below = 0;

	for (int64_t i = 0; i < count * PANEL_HORIZON; i++)
	{
		const lf_window *window = &windows[i / PANEL_HORIZON];

		below += p->series[window->series].values[window->origin + i % PANEL_HORIZON] <
				 quantiles[i * LEVELS + level];
	}
	return (double) below / (double) (count * PANEL_HORIZON);
}

static void
test_coverage(void)
{
	for (size_t n = 0; n < sizeof(losses) / sizeof(losses[0]); n++)
	{
		panel p;
		int64_t count;
		lf_window *windows;
		double *forecasts;
		double *quantiles;
		bool good = true;
		bool median = true;
		double worst = 0;

		panel_open(&p, 200, 40, 100, 0, 0);
		panel_set_loss(&p, losses[n].loss);
		p.spec.training.max_epochs = 12;
		windows = malloc(sizeof(lf_window) * p.spec.validation.count);
		count = tail_windows(&p, windows);
		forecasts = malloc(sizeof(double) * count * PANEL_HORIZON);
		quantiles = malloc(sizeof(double) * count * PANEL_HORIZON * LEVELS);

		outcome result = run(&p.spec, NULL);
		good = result.status == LF_DONE && result.progress.best_epoch > 0 &&
			   panel_predict(&p, result.parameters, windows, count, LEVELS, levels, false,
							 forecasts, quantiles);
		for (int64_t i = 0; i < count * PANEL_HORIZON && good; i++)
		{
			for (int k = 0; k < LEVELS; k++)
				good &= isfinite(quantiles[i * LEVELS + k]) &&
						(k == 0 || quantiles[i * LEVELS + k] >= quantiles[i * LEVELS + k - 1]);
			median &= relative_difference(forecasts[i], quantiles[i * LEVELS + 3]) < 1e-12;
		}
		for (int k = 1; k < LEVELS - 1; k++)
			worst = fmax(worst, fabs(part_below(&p, windows, count, quantiles, k) - levels[k]));
		check(good, "%s: quantiles are finite and ascend", losses[n].name);
		check(good && median, "%s: the forecast is the median", losses[n].name);
		check(good && worst < 0.06, "%s: levels are met within %.3f", losses[n].name, worst);
		drop(&result);
		free(windows);
		free(forecasts);
		free(quantiles);
		panel_close(&p);
	}
}

/* Every decoder, with covariates known ahead, a transform, dropout: the same bits each time. */
static void
test_interrupts(void)
{
	panel p;
	lf_window *windows;
	double *forecasts[2];
	double *quantiles[2];
	int64_t count;

	panel_open(&p, 40, 5, 60, 1, 1);
	p.spec.scaling.transform = LF_TRANSFORM_LOG1P;
	p.spec.network.dropout = 0.2;
	p.spec.training.max_epochs = 3;
	panel_fit(&p);
	windows = malloc(sizeof(lf_window) * p.spec.validation.count);
	count = tail_windows(&p, windows);
	for (int i = 0; i < 2; i++)
	{
		forecasts[i] = malloc(sizeof(double) * count * PANEL_HORIZON);
		quantiles[i] = malloc(sizeof(double) * count * PANEL_HORIZON * LEVELS);
	}
	for (size_t n = 0; n < sizeof(losses) / sizeof(losses[0]); n++)
	{
		bool good = true;
		bool equal = true;

		panel_set_loss(&p, losses[n].loss);
		for (int decoder = 0; decoder < 3; decoder++)
		{
			p.spec.network.decoder = (lf_decoder_kind) decoder;
			p.spec.network.supervision = (lf_supervision_kind) (n % 2);
			outcome first = run(&p.spec, NULL);
			outcome second = run(&p.spec, now_and_then);
			good &= first.status == LF_DONE && same(&first, &second) && second.interrupts > 5;
			for (int i = 0; i < 2; i++)
				equal &= panel_predict(&p, first.parameters, windows, count, LEVELS, levels, i,
									   forecasts[i], quantiles[i]);
			equal &=
				memcmp(forecasts[0], forecasts[1], sizeof(double) * count * PANEL_HORIZON) == 0 &&
				memcmp(quantiles[0], quantiles[1],
					   sizeof(double) * count * PANEL_HORIZON * LEVELS) == 0;
			for (int64_t i = 0; i < count * PANEL_HORIZON * LEVELS; i++)
				equal &= isfinite(quantiles[0][i]) &&
						 (i % LEVELS == 0 || quantiles[0][i] >= quantiles[0][i - 1]);
			drop(&first);
			drop(&second);
		}
		check(good, "%s: training, interrupted or not", losses[n].name);
		check(equal, "%s: forecasting, interrupted or not", losses[n].name);
	}
	free(windows);
	for (int i = 0; i < 2; i++)
	{
		free(forecasts[i]);
		free(quantiles[i]);
	}
	panel_close(&p);
}

static void
test_refusals(void)
{
	counting_heap heap = {0};
	lf_allocator allocator = {heap_allocate, heap_release, &heap};
	panel p;
	lf_trainer *trainer;
	lf_predictor *predictor;
	lf_error error;
	size_t bytes;

	panel_open(&p, 4, 40, 50, 0, 0);
	lf_predictor_spec spec = {.network = p.spec.network,
							  .scaling = p.spec.scaling,
							  .dataset = &p.dataset,
							  .scalers = p.scalers,
							  .max_rows = 1,
							  .kernels = p.spec.kernels};

	p.spec.training.loss = losses[0].loss;
	spec.loss = losses[0].loss;
	check(lf_trainer_create(&p.spec, &allocator, NULL, &trainer, &error) == LF_ERROR_CONFIG &&
			  lf_predictor_create(&spec, &allocator, NULL, &predictor, &error) == LF_ERROR_CONFIG &&
			  heap.allocations == 0,
		  "outputs that are not the loss's: %s", error.message);
	spec.loss = (lf_loss){.kind = LF_LOSS_HUBER};
	spec.levels = levels;
	spec.level_count = LEVELS;
	check(lf_predictor_bytes(&spec, &bytes, &error) == LF_ERROR_CONFIG,
		  "levels of what has none: %s", error.message);
	spec.level_count = 0;
	check(lf_predictor_bytes(&spec, &bytes, &error) == LF_OK, "and without them");
	panel_close(&p);
}

int
main(void)
{
	test_coverage();
	test_interrupts();
	test_refusals();
	return check_done();
}
