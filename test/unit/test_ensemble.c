/*
 * test_ensemble.c
 *	  Medians and naive forecasts.
 */
#include "check.h"

#include <float.h>

#include "core/ensemble.h"
#include "core/random.h"

static void
test_median(void)
{
	double values[9][50];
	const double *members[9];
	double median[50];
	lf_random random = lf_random_seed(1, 0);
	int good = 0;

	for (int count = 1; count <= 9; count++)
	{
		for (int i = 0; i < count; i++)
		{
			members[i] = values[i];
			for (int j = 0; j < 50; j++)
				values[i][j] = (double) lf_random_below(&random, 7);
		}
		lf_ensemble_median(members, count, 50, median);
		for (int j = 0; j < 50; j++)
		{
			/* By counting: sorted values 0 .. 6, the two middle ones. */
			int middle[2] = {0, 0};

			for (int side = 0; side < 2; side++)
				for (int value = 0; value < 7; value++)
				{
					int below = 0;

					for (int i = 0; i < count; i++)
						below += values[i][j] <= value;
					if (below <= (count - 1 + side) / 2)
						middle[side] = value + 1;
				}
			good += median[j] == (middle[0] + middle[1]) / 2.0;
		}
	}
	/* of 1, 2 and 6 */
	for (int i = 0; i < 3; i++)
		values[i][0] = i == 2 ? 6 : i + 1;
	lf_ensemble_mean(members, 3, 1, median);
	check(fabs(median[0] - 3) < 1e-15, "the mean of three members");
	check(good == 450, "medians of 1 to 9 members (%d of 450)", good);
	values[0][0] = DBL_MAX;
	values[1][0] = DBL_MAX;
	lf_ensemble_median(members, 2, 1, median);
	check(median[0] == DBL_MAX, "the mean of the middle two does not overflow");
	values[2][0] = NAN;
	lf_ensemble_median(members, 3, 1, median);
	check(isnan(median[0]), "a member without a number is not hidden");
}

/* Rows of quantiles, ascending in every member, are so in the median. */
static void
test_median_of_quantiles(void)
{
	enum
	{
		ROWS = 200,
		LEVELS = 9
	};
	double values[6][ROWS * LEVELS];
	const double *members[6];
	double median[ROWS * LEVELS];
	lf_random random = lf_random_seed(8, 0);
	bool ascending = true;

	for (int i = 0; i < 6; i++)
	{
		members[i] = values[i];
		for (int j = 0; j < ROWS * LEVELS; j++)
			values[i][j] = j % LEVELS == 0
							   ? 10 * lf_random_normal(&random)
							   : values[i][j - 1] + (double) lf_random_below(&random, 3);
	}
	for (int count = 1; count <= 6; count++)
	{
		lf_ensemble_median(members, count, ROWS * LEVELS, median);
		for (int j = 0; j < ROWS * LEVELS; j++)
			ascending &= j % LEVELS == 0 || median[j] >= median[j - 1];
	}
	check(ascending, "medians of ascending rows ascend");
}

static void
test_naive(void)
{
	const double values[7] = {1, 2, 3, 4, 5, 6, 7};
	double forecast[5];

	lf_naive_forecast(values, 7, 1, 5, forecast);
	check(forecast[0] == 7 && forecast[4] == 7, "period 1 repeats the last value");
	lf_naive_forecast(values, 6, 3, 5, forecast);
	check(forecast[0] == 4 && forecast[2] == 6 && forecast[3] == 4 && forecast[4] == 5,
		  "the last season comes again and again");
	lf_naive_forecast(values, 2, 3, 5, forecast);
	check(forecast[0] == 2 && forecast[4] == 2, "less than a season: the last value");
	lf_naive_forecast(values, 3, 3, 5, forecast);
	check(forecast[0] == 1 && forecast[2] == 3 && forecast[4] == 2, "exactly a season");
	lf_naive_forecast(values, 1, 3, 5, forecast);
	check(forecast[0] == 1 && forecast[4] == 1, "a single value");
	lf_naive_forecast(values, 0, 3, 5, forecast);
	check(isnan(forecast[0]) && isnan(forecast[4]), "no history, no forecast");
}

int
main(void)
{
	test_median();
	test_median_of_quantiles();
	test_naive();
	return check_done();
}
