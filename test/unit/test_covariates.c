/*
 * test_covariates.c
 *	  What networks make of drivers: past ones, ones known ahead, and such that are not known.
 */
#include "panel_fixture.h"

static bool
now_and_then(int64_t step, lf_trainer *trainer, lf_random *random)
{
	(void) step;
	(void) trainer;
	return lf_random_below(random, 3) == 0;
}

/* The error at the last horizons after training on a panel with these covariates. */
static double
trained_error(panel *p)
{
	outcome result = run(&p->spec, NULL);
	double error = result.status == LF_DONE ? panel_error(p, result.parameters) : INFINITY;

	drop(&result);
	return error;
}

/* Twenty series whose noise is all but explained by a driver that is known ahead. */
static void
test_known_ahead(void)
{
	static const char *const names[] = {"direct", "parallel", "recursive"};

	for (int decoder = 0; decoder < 3; decoder++)
		for (int supervision = 0; supervision < 2; supervision++)
		{
			double with;
			double without;
			panel p;

			panel_open(&p, 20, 100, 120, 0, 1);
			p.spec.network.decoder = (lf_decoder_kind) decoder;
			p.spec.network.supervision = (lf_supervision_kind) supervision;
			p.spec.training.max_epochs = 20;
			with = trained_error(&p);
			p.spec.network.future = 0;
			without = trained_error(&p);
			check(with < 0.6 * without,
				  "%s decoder, %s: error %.3f with the driver's future, %.3f without",
				  names[decoder], supervision ? "sequence" : "last", with, without);
			panel_close(&p);
		}
}

/* One step ahead the last step's driver is as good as one known ahead. */
static void
test_past(void)
{
	double with;
	double without;
	panel p;

	panel_open(&p, 20, 100, 120, 2, 0);
	p.spec.network.horizon = p.spec.train.horizon = p.spec.validation.horizon = 1;
	p.spec.training.max_epochs = 20;
	panel_fit(&p);
	outcome result = run(&p.spec, NULL);
	with = result.progress.best_validation;
	drop(&result);
	p.spec.network.channels = 1;
	result = run(&p.spec, NULL);
	without = result.progress.best_validation;
	drop(&result);
	check(with < 0.7 * without, "validation loss %.3f with the past driver, %.3f without", with,
		  without);
	panel_close(&p);
}

static void
test_interrupts(void)
{
	panel p;

	panel_open(&p, 30, 10, 60, 2, 2);
	p.spec.network.dropout = 0.2;
	p.spec.network.num_layers = 2;
	p.spec.training.max_epochs = 4;
	for (int decoder = 0; decoder < 3; decoder++)
	{
		p.spec.network.decoder = (lf_decoder_kind) decoder;
		p.spec.network.supervision =
			decoder == LF_DECODER_DIRECT ? LF_SUPERVISION_SEQUENCE : LF_SUPERVISION_LAST;
		outcome first = run(&p.spec, NULL);
		outcome second = run(&p.spec, now_and_then);
		check(first.status == LF_DONE && same(&first, &second) && second.interrupts > 5,
			  "decoder %d with covariates, interrupted or not: the same bits", decoder);
		drop(&first);
		drop(&second);
	}
	panel_close(&p);
}

/* What a forecast may and may not see. */
static void
test_sight(void)
{
	double forecasts[4][PANEL_HORIZON];
	lf_window window = {.series = 0, .origin = 60};
	panel p;
	int width = 4;
	float *covariates;

	panel_open(&p, 10, 60, 66, 2, 2);
	p.spec.training.max_epochs = 3;
	p.spec.validation.count = 0;
	outcome result = run(&p.spec, NULL);
	covariates = (float *) p.series[0].covariates;
	panel_predict(&p, result.parameters, &window, 1, 0, NULL, false, forecasts[0], NULL);

	for (int64_t t = 60; t < 66; t++)
		covariates[t * width] = covariates[t * width + 1] = NAN;
	panel_predict(&p, result.parameters, &window, 1, 0, NULL, false, forecasts[1], NULL);
	check(memcmp(forecasts[0], forecasts[1], sizeof(forecasts[0])) == 0,
		  "past covariates are not read beyond the series");

	p.series[0].covered = 63;
	panel_predict(&p, result.parameters, &window, 1, 0, NULL, false, forecasts[1], NULL);
	for (int64_t t = 63; t < 66; t++)
		covariates[t * width + 2] = covariates[t * width + 3] = NAN;
	panel_predict(&p, result.parameters, &window, 1, 0, NULL, false, forecasts[2], NULL);
	check(memcmp(forecasts[1], forecasts[2], sizeof(forecasts[1])) == 0 &&
			  memcmp(forecasts[0], forecasts[1], sizeof(forecasts[0])) != 0,
		  "future ones not beyond what is covered");

	p.series[0].covered = 66;
	for (int64_t t = 60; t < 66; t++)
		covariates[t * width + 2] = covariates[t * width + 3] = 0;
	panel_predict(&p, result.parameters, &window, 1, 0, NULL, false, forecasts[2], NULL);
	p.series[0].covered = 60;
	panel_predict(&p, result.parameters, &window, 1, 0, NULL, false, forecasts[3], NULL);
	check(memcmp(forecasts[2], forecasts[3], sizeof(forecasts[2])) == 0,
		  "what is not covered is zero");
	drop(&result);
	panel_close(&p);
}

int
main(void)
{
	test_known_ahead();
	test_past();
	test_interrupts();
	test_sight();
	return check_done();
}
