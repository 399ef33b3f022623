/*
 * test_start_network.c
 *	  A universal network as one of the starts.
 *
 * Beside what the network says by itself; it is fresh.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "core/start.h"
#include "universal_fixture.h"

#define SEASON 4
#define LENGTH 40
#define HORIZON 6
#define MOST_GROUPS 8 /* that the network forecasts */
#define LONGEST 100

typedef struct fixture
{
	universal_fixture universal;
	double values[LENGTH];
	double *scratch;
	/* of answers that are kept */
	int64_t lengths[LENGTH];
	int steps[LENGTH];
	double forecasts[LENGTH * HORIZON];
} fixture;

static void
fixture_open(fixture *f)
{
	const universal_request request = {
		.season = SEASON, .rows = 2 * LF_START_TOGETHER, .groups = MOST_GROUPS};
	const lf_start_request largest = {
		.season = SEASON, .horizon = LONGEST, .network = &f->universal.network};

	universal_fixture_open(&f->universal, &universal_small, lf_kernels_best(), &request, 0);
	for (int t = 0; t < LENGTH; t++)
		f->values[t] = 50 + 10 * sin(t * 2 * M_PI / SEASON) + 3 * sin(t * t);
	f->scratch = malloc(sizeof(double) * lf_start_scratch(&largest));
}

static void
fixture_close(fixture *f)
{
	free(f->scratch);
	universal_fixture_close(&f->universal);
}

/* Room for so many answers, at most LENGTH; none are kept yet. */
static lf_start_answers
answers_open(fixture *f, int room)
{
	return (lf_start_answers){.room = room,
							  .horizon = HORIZON,
							  .lengths = f->lengths,
							  .steps = f->steps,
							  .forecasts = f->forecasts};
}

/* How far a forecast lies from the last season. */
static double
distance(const fixture *f, const double *forecast, int horizon)
{
	double worst = 0;

	for (int k = 0; k < horizon; k++)
		worst = fmax(worst, fabs(forecast[k] - f->values[LENGTH - SEASON + k % SEASON]));
	return worst;
}

/* How far a forecast lies from what the network says by itself. */
static double
far_from_network(fixture *f, const double *forecast)
{
	const lf_universal_window window = {.values = f->values, .length = LENGTH, .season = SEASON};
	double median[HORIZON], worst = 0;

	lf_universal_forecast(&f->universal.network, &window, 1, HORIZON, false, 0, NULL, median, NULL,
						  NULL);
	for (int k = 0; k < HORIZON; k++)
		worst = fmax(worst, fabs(forecast[k] - median[k]));
	return worst;
}

static void
test_alone(void)
{
	fixture f;
	lf_start start;
	double forecast[LONGEST];

	fixture_open(&f);
	lf_start_request request = {
		.season = SEASON, .horizon = HORIZON, .only = true, .network = &f.universal.network};

	lf_start_choose(&request, f.values, NULL, LENGTH, f.scratch, &start);
	check(start.count == 1 && start.parts[0].method == LF_START_PRETRAINED, "alone it is chosen");
	lf_start_forecast(&start, &f.universal.network, f.values, LENGTH, HORIZON, f.scratch, forecast);
	check(far_from_network(&f, forecast) < 1e-9 && distance(&f, forecast, HORIZON) > .1,
		  "it says what the network says (%g)", far_from_network(&f, forecast));
	lf_start_forecast(&start, NULL, f.values, LENGTH, HORIZON, f.scratch, forecast);
	check(distance(&f, forecast, HORIZON) == 0, "without it the last season stands for it");
	lf_start_forecast(&start, &f.universal.network, f.values, LENGTH, LONGEST, f.scratch, forecast);
	check(distance(&f, forecast, LONGEST) == 0, "and past its horizon, too");
	request.mean = true;
	lf_start_choose(&request, f.values, NULL, LENGTH, f.scratch, &start);
	lf_start_forecast(&start, &f.universal.network, f.values, LENGTH, HORIZON, f.scratch, forecast);
	check(far_from_network(&f, forecast) > 0 && far_from_network(&f, forecast) < 1,
		  "its mean is near its median (%g)", far_from_network(&f, forecast));
	lf_start_choose(&request, f.values, NULL, 1, f.scratch, &start);
	lf_start_forecast(&start, &f.universal.network, f.values, 1, HORIZON, f.scratch, forecast);
	check(fabs(forecast[0] - f.values[0]) < 1, "from one value on it forecasts (%g)", forecast[0]);
	fixture_close(&f);
}

/* Among the others it has to err less: the last season does where nothing but it repeats. */
static void
test_beside_others(void)
{
	fixture f;
	lf_start with, without;

	fixture_open(&f);
	for (int t = 0; t < LENGTH; t++)
		f.values[t] = 100 + 2 * t + 10 * (t % SEASON == 1);
	lf_start_request request = {
		.season = SEASON, .horizon = HORIZON, .network = &f.universal.network};

	lf_start_choose(&request, f.values, NULL, LENGTH, f.scratch, &with);
	request.network = NULL;
	lf_start_choose(&request, f.values, NULL, LENGTH, f.scratch, &without);
	check(with.parts[0].method != LF_START_PRETRAINED &&
			  with.parts[0].method == without.parts[0].method,
		  "of a line with a season it is not the best");
	fixture_close(&f);
}

/* Choosing at one origin after the other gives the same with answers that are kept, few or many. */
static void
test_answers(void)
{
	fixture f;

	fixture_open(&f);
	lf_universal *network = &f.universal.network;
	const lf_start_request request = {.season = SEASON, .horizon = HORIZON, .network = network};

	for (int room = 1; room <= LENGTH; room += LENGTH - 1)
	{
		lf_start_answers answers = answers_open(&f, room);
		double worst = 0;

		for (int origin = LENGTH / 2; origin <= LENGTH; origin++)
		{
			lf_start start[2];
			double forecast[2][HORIZON];

			/* another series in between */
			const double *values = f.values + (origin % 5 == 0);

			for (int kept = 0; kept < 2; kept++)
			{
				network->answers = kept ? &answers : NULL;
				lf_start_choose(&request, values, NULL, origin - 1, f.scratch, &start[kept]);
				/* whatever was chosen, what the network says */
				start[kept].count = 1;
				start[kept].parts[0] =
					(lf_start_part){.method = LF_START_PRETRAINED, .season = 1, .weight = 1};
				lf_start_forecast(&start[kept], network, values, origin - 1, HORIZON, f.scratch,
								  forecast[kept]);
			}
			for (int k = 0; k < HORIZON; k++)
				worst = fmax(worst, fabs(forecast[0][k] - forecast[1][k]));
		}
		check(answers.count == room || (answers.count > 1 && answers.count < room),
			  "room for %d: %d answers are kept", room, answers.count);
		check(worst < 1e-3, "room for %d: forecasts are the same (%g)", room, worst);
	}
	fixture_close(&f);
}

/* What is asked ahead is what choosing asks: nothing more is asked then, and the start is the same.
 */
static void
test_ask_ahead(void)
{
	fixture f;
	int64_t origins[LF_START_TOGETHER];

	fixture_open(&f);
	lf_universal *network = &f.universal.network;
	lf_start_request request = {.season = SEASON, .horizon = HORIZON, .network = network};

	for (int length = 3; length <= LENGTH; length++)
	{
		lf_start_answers answers = answers_open(&f, LF_START_TOGETHER);
		lf_start ahead, alone;
		int count;

		network->answers = NULL;
		lf_start_choose(&request, f.values, NULL, length, f.scratch, &alone);
		network->answers = &answers;
		count = lf_start_origins(&request, f.values, length, f.scratch, origins);
		lf_start_ask_ahead(&request, f.values, origins, count, f.scratch);
		lf_start_choose(&request, f.values, NULL, length, f.scratch, &ahead);
		if (answers.count != count || memcmp(&ahead, &alone, sizeof(ahead)) != 0 ||
			(count > 0) != (length >= 5) || (count > 0 && origins[count - 1] >= length))
		{
			check(false, "of %d steps: %d origins, %d answers", length, count, answers.count);
			break;
		}
		if (length == LENGTH)
			check(true, "choosing asks what was asked ahead, of every length");
	}
	request.only = true;
	check(lf_start_origins(&request, f.values, LENGTH, f.scratch, origins) == 0,
		  "where nothing is chosen, nothing is asked");
	fixture_close(&f);
}

/* Origins of the beginning of a series are those of the whole one. */
static void
test_shared_origins(void)
{
	fixture f;
	double values[2 * LONGEST];

	fixture_open(&f);
	lf_start_request request = {.season = SEASON,
								.horizon = LONGEST,
								.whole = 2 * LONGEST,
								.network = &f.universal.network};
	int64_t whole[LF_START_TOGETHER];
	int all;
	int apart = 0;

	for (int t = 0; t < 2 * LONGEST; t++)
		values[t] = t;
	all = lf_start_origins(&request, values, 2 * LONGEST, f.scratch, whole);
	for (int length = 2 * LONGEST - 5; length < 2 * LONGEST; length++)
	{
		int64_t part[LF_START_TOGETHER];
		int count = lf_start_origins(&request, values, length, f.scratch, part);

		for (int i = 0; i < count; i++)
			apart += part[i] >= length || (part[i] - whole[0]) % (whole[1] - whole[0]) != 0;
	}
	check(all > 1 && whole[0] < whole[1] && whole[1] - whole[0] > 1 && apart == 0,
		  "origins of a beginning are those of the whole (%d, %d apart)", all, apart);
	fixture_close(&f);
}

int
main(void)
{
	test_alone();
	test_beside_others();
	test_answers();
	test_ask_ahead();
	test_shared_origins();
	return check_done();
}
