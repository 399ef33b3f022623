/*
 * test_gain.c
 *	  When the naive forecast gives way to the network: made-up losses of validation windows.
 */
#include "check.h"

#include "core/trainer_private.h"

#define HORIZON 10
#define ROWS 400
#define MOST_SERIES 400

/*
 * Does the naive forecast, or a trained network, give way to a network whose windows lose `gain`
 * less than its mean loss of 1, give or take a deviation of 0.5? The series have `windows` windows
 * each.
 */
static bool
may_give_way(int series, int windows, int season, double gain, bool trained)
{
	static double first[ROWS];
	static double after[ROWS];
	static int64_t cumulative[MOST_SERIES];
	lf_dataset dataset = {.count = series};
	lf_trainer trainer = {.descent.has_best = true,
						  .validation_rows = ROWS,
						  .first_losses = first,
						  .window_losses = after};

	for (int i = 0; i < series; i++)
		cumulative[i] = (int64_t) windows * (i + 1);
	for (int i = 0; i < ROWS; i++)
	{
		first[i] = i % 2 ? 1.5 : 0.5;
		after[i] = 1 - gain;
	}
	trainer.spec.network.horizon = HORIZON;
	trainer.spec.network.seasonal_skip = season;
	trainer.spec.validation = (lf_window_set){
		.dataset = &dataset, .cumulative = cumulative, .count = (int64_t) windows * series};
	trainer.spec.trained = trained;
	trainer.descent.progress.best_validation = 1;
	return lf_trainer_is_best(&trainer, 1 - gain);
}

static bool
gives_way(int series, int windows, int season, double gain)
{
	return may_give_way(series, windows, season, gain, false);
}

int
main(void)
{
	check(gives_way(1, 400, 1, 0.1) && !gives_way(1, 400, 1, 0.05),
		  "a last value gives way to a gain of a standard error of forty horizons");
	check(gives_way(400, 1, 1, 0.05) && !gives_way(400, 1, 1, 0.01),
		  "or, in a panel, of four hundred series");
	check(gives_way(1, 400, 7, 0.001) && !gives_way(1, 400, 7, -0.001),
		  "a season of a series gives way to any gain");
	check(gives_way(5, 80, 7, 0.001) && !gives_way(5, 80, 7, -0.001), "or of a few series");
	check(gives_way(1, 1, 7, 0.31) && !gives_way(1, 1, 7, 0.25) && gives_way(1, 11, 7, 0.21) &&
			  !gives_way(1, 11, 7, 0.15),
		  "to a large gain where there is but a horizon or two to judge by");
	check(gives_way(400, 1, 7, -0.2) && !gives_way(400, 1, 7, -0.3),
		  "of many series to all but a clear loss, of which one span of time tells little");
	check(gives_way(20, 1000, 7, -0.04) && !gives_way(20, 1000, 7, -0.06),
		  "and a hundred horizons more");
	check(may_give_way(1, 400, 1, 0.001, true) && !may_give_way(1, 400, 1, -0.001, true) &&
			  may_give_way(400, 1, 7, 0.001, true) && !may_give_way(400, 1, 7, -0.001, true) &&
			  may_give_way(1, 1, 7, 0.001, true),
		  "weights of a trained network give way to any gain, and to no loss");
	return check_done();
}
