/*
 * test_panel.c
 *	  Training and forecasting many series: short ones, ones without a scale of their own,
 *	  covariates, distributions; and to go on from given weights.
 */
#include "panel_fixture.h"

#include "core/trainer_private.h"

static bool
now_and_then(int64_t step, lf_trainer *trainer, lf_random *random)
{
	(void) step;
	(void) trainer;
	return lf_random_below(random, 3) == 0;
}

static bool
finish_at_once(int64_t step, lf_trainer *trainer, lf_random *random)
{
	(void) random;
	if (step == 0)
		lf_trainer_finish(trainer);
	return false;
}

/* Train twice, once interrupted; the first outcome. */
static outcome
run_twice(const lf_trainer_spec *spec, bool *equal)
{
	outcome first = run(spec, NULL);
	outcome second = run(spec, now_and_then);

	*equal = first.status == LF_DONE && same(&first, &second) && second.interrupts > 10;
	drop(&second);
	return first;
}

static void
test_many_series(void)
{
	panel few;
	panel many;
	size_t bytes[2] = {0, 0};
	lf_error error;
	bool equal;

	panel_open(&many, 10000, 1, 60, 0, 0);
	outcome result = run_twice(&many.spec, &equal);
	check(equal, "10,000 series of 1 to 60 steps, interrupted or not: the same bits");
	check(result.log[9].validation_loss < 0.9 * result.log[0].validation_loss &&
			  result.progress.best_epoch > 0,
		  "one network learns from all of them: %.4f to %.4f", result.log[0].validation_loss,
		  result.log[9].validation_loss);

	panel_open(&few, 100, 1, 60, 0, 0);
	few.spec.max_validation = 50;
	many.spec.max_validation = 50;
	check(lf_trainer_bytes(&few.spec, &bytes[0], &error) == LF_OK &&
			  lf_trainer_bytes(&many.spec, &bytes[1], &error) == LF_OK &&
			  bytes[1] - bytes[0] <= 9900 * sizeof(int64_t) + 128,
		  "and needs but a number a series more memory than for a hundred (%zu, %zu bytes)",
		  bytes[1], bytes[0]);
	drop(&result);
	panel_close(&few);
	panel_close(&many);
}

/*
 * Every kind of network and of normalization, on series from one step on, half of which lie
 * wholly in the tail: forecasts of what was never trained on are of its size.
 */
static void
test_short_series(void)
{
	static const char *const decoders[] = {"direct", "parallel", "recursive"};
	double forecasts[100 * PANEL_HORIZON];
	lf_window windows[100];
	panel p;

	panel_open(&p, 50, 1, 17, 1, 1);
	for (int64_t i = 0; i < 100; i++)
		windows[i] = (lf_window){.series = i / 2, .origin = i % 2 ? 1 : p.series[i / 2].length};
	p.spec.training.max_epochs = 2;
	for (int kind = 0; kind < 6; kind++)
	{
		double worst = 0;
		bool finite = true;

		p.spec.network.decoder = (lf_decoder_kind) (kind / 2);
		p.spec.network.supervision = (lf_supervision_kind) (kind % 2);
		for (int n = LF_NORMALIZE_LAST; n <= LF_NORMALIZE_NONE; n++)
		{
			p.spec.scaling.normalization = (lf_normalization) n;
			panel_fit(&p);
			outcome result = run(&p.spec, NULL);
			finite &= result.status == LF_DONE && panel_predict(&p, result.parameters, windows, 100,
																0, NULL, false, forecasts, NULL);
			for (int i = 0; i < 100 * PANEL_HORIZON; i++)
			{
				finite &= isfinite(forecasts[i]);
				if (n != LF_NORMALIZE_NONE)
					worst = fmax(worst,
								 fabs(forecasts[i]) / p.sizes[windows[i / PANEL_HORIZON].series]);
			}
			drop(&result);
		}
		check(finite && worst < 15, "%s decoder, %s: series of one step and more (%.1f sizes)",
			  decoders[kind / 2], kind % 2 ? "sequence" : "last", worst);
	}
	panel_close(&p);
}

/* What stands in memory before a series is not part of it; real steps before a window's are. */
static void
test_padding_is_blind(void)
{
	const lf_window windows[3] = {
		{.series = 0, .origin = 29}, {.series = 1, .origin = 9}, {.series = 2, .origin = 9}};
	double forecasts[3][PANEL_HORIZON];
	panel p;
	int apart = 0;

	/* Series 1 is series 0 from step 20 on, in the same memory; series 2 the same elsewhere. */
	panel_open(&p, 3, 60, 60, 1, 1);
	p.series[1] = p.series[0];
	p.series[1].length -= 20;
	p.series[1].covered -= 20;
	p.series[1].values += 20;
	p.series[1].covariates += 2 * 20;
	memcpy((double *) p.series[2].values, p.series[1].values, 40 * sizeof(double));
	memcpy((float *) p.series[2].covariates, p.series[1].covariates, 46 * 2 * sizeof(float));
	p.series[2].length = p.series[1].length;
	p.series[2].covered = p.series[1].covered;
	panel_fit(&p);
	p.scalers[1] = p.scalers[2] = p.scalers[0];
	outcome result = run(&p.spec, NULL);
	check(panel_predict(&p, result.parameters, windows, 3, 0, NULL, false, forecasts[0], NULL) &&
			  memcmp(forecasts[1], forecasts[2], sizeof(forecasts[1])) == 0,
		  "equal real steps, equal forecasts");
	for (int k = 0; k < PANEL_HORIZON; k++)
		apart += forecasts[0][k] != forecasts[1][k];
	check(apart > 0, "real steps before them make other ones");
	drop(&result);
	panel_close(&p);
}

static void
test_initial_weights(void)
{
	panel p;

	panel_open(&p, 40, 30, 60, 0, 0);
	p.spec.validation.count = 0;
	outcome first = run(&p.spec, NULL);
	outcome fresh = run(&p.spec, finish_at_once);
	p.spec.initial = first.parameters;
	outcome given = run(&p.spec, finish_at_once);
	check(given.status == LF_DONE && given.progress.step == 0 &&
			  memcmp(given.parameters, first.parameters, first.count * sizeof(lf_real)) == 0 &&
			  memcmp(fresh.parameters, first.parameters, first.count * sizeof(lf_real)) != 0,
		  "initial weights are where training starts");
	drop(&given);

	p.spec.training.max_epochs = 1;
	given = run(&p.spec, NULL);
	check(given.status == LF_DONE && given.log[0].train_loss < 0.9 * first.log[0].train_loss &&
			  memcmp(given.parameters, first.parameters, first.count * sizeof(lf_real)) != 0,
		  "training goes on from there: %.4f, from fresh weights %.4f", given.log[0].train_loss,
		  first.log[0].train_loss);
	drop(&given);
	drop(&fresh);
	drop(&first);
	panel_close(&p);
}

/* A hundred windows with a gain of a fifth of its deviation: of one series, and of a hundred. */
static void
test_clear_gain(void)
{
	lf_dataset dataset = {.count = 1};
	int64_t cumulative[100];
	double first_losses[100];
	double window_losses[100];
	lf_trainer trainer = {
		.spec = {.network = {.horizon = 12},
				 .validation = {.dataset = &dataset, .count = 100, .cumulative = cumulative}},
		.descent.has_best = true,
		.validation_rows = 100,
		.first_losses = first_losses,
		.window_losses = window_losses};
	bool one;

	for (int i = 0; i < 100; i++)
	{
		first_losses[i] = 5;
		window_losses[i] = 5 - 0.2 + (i % 2 ? 1 : -1);
	}
	cumulative[0] = 100;
	one = lf_trainer_is_best(&trainer, 4.8);
	dataset.count = 100;
	for (int i = 0; i < 100; i++)
		cumulative[i] = i + 1;
	check(!one && lf_trainer_is_best(&trainer, 4.8),
		  "the same gain is clear over many series, not over a hundred overlapping windows");
}

int
main(void)
{
	test_many_series();
	test_short_series();
	test_padding_is_blind();
	test_initial_weights();
	test_clear_gain();
	return check_done();
}
