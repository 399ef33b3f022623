/*
 * attribution.c
 *	  Which part of what a window holds has which effect on its forecast.
 *
 * Letters as in batch.c: L lookback, w patch length, C channels, F_c future, B rows.
 */
#include "attribution.h"

#include <string.h>

int64_t
lf_attribution_points(const lf_attribution *attribution)
{
	return 1 + (int64_t) attribution->segments * attribution->parts;
}

/* A point of the path: so many segments are done, and `grown` parts of the next one. */
typedef struct place
{
	int segment;
	int grown;
} place;

static place
place_of(const lf_attribution *attribution, int64_t point)
{
	return (place){.segment = (int) (point / attribution->parts),
				   .grown = (int) (point % attribution->parts)};
}

/* When a part grows in a segment, from 0. */
static int
turn_of(const lf_attribution *attribution, int segment, int part)
{
	return segment % 2 == 0 ? part : attribution->parts - 1 - part;
}

static double
share_at(const lf_attribution *attribution, place place, int part)
{
	int done = place.segment + (turn_of(attribution, place.segment, part) < place.grown);

	return (double) done / attribution->segments;
}

double
lf_attribution_share(const lf_attribution *attribution, int64_t point, int part)
{
	return share_at(attribution, place_of(attribution, point), part);
}

/* How much there is of the value so many steps before the window's end. */
static lf_real
value_share(const lf_attribution *attribution, place place, int age)
{
	int known = age < attribution->reach ? age : attribution->reach;

	return (lf_real) share_at(attribution, place, attribution->ages[known - 1]);
}

/* The patches and the target channel of one row. */
static void
scale_window(const lf_attribution *attribution, place place, lf_batch_builder *builder, int64_t row)
{
	const lf_network_config *network = &builder->spec.network;
	int64_t rows = builder->batch.rows;
	int L = network->lookback;
	int w = network->patch_length;
	int C = network->channels;

	for (int j = 0; j < L; j++)
	{
		/* patches (n, B, w * C), here the step j of the window */
		lf_real *step =
			builder->patches + (((int64_t) (j / w) * rows + row) * w + j % w) * (int64_t) C;
		lf_real share = value_share(attribution, place, L - j);

		step[0] *= share;
		for (int c = 1; c < C; c++)
			step[c] *= (lf_real) share_at(attribution, place, attribution->channels[c - 1]);
		if (builder->window != NULL)
			builder->window[row * L + j] *= share;
	}
}

/* future and change, (m, S * B, W * F_c), of one row. */
static void
scale_future(const lf_attribution *attribution, place place, lf_batch_builder *builder, int64_t row)
{
	const lf_network_config *network = &builder->spec.network;
	int64_t rows = builder->batch.rows;
	int64_t answers = (int64_t) lf_network_output_patches(network) * lf_network_answers(network);
	int W = lf_network_output_steps(network);
	int F = network->future;
	const int *channels = attribution->channels + network->channels - 1 - F;

	for (int64_t a = 0; a < answers; a++)
		for (int i = 0; i < W * F; i++)
		{
			int64_t at = (a * rows + row) * W * F + i;
			lf_real share = (lf_real) share_at(attribution, place, channels[i % F]);

			builder->future[at] *= share;
			builder->change[at] *= share;
		}
}

lf_status
lf_attribution_apply(const lf_attribution *attribution, lf_batch_builder *builder, int64_t first,
					 int64_t rows, lf_interrupt interrupt)
{
	for (int64_t row = 0; row < rows; row++)
	{
		place place = place_of(attribution, first + row);

		if (lf_interrupted(interrupt))
			return LF_INTERRUPTED;
		scale_window(attribution, place, builder, row);
		if (builder->future != NULL)
			scale_future(attribution, place, builder, row);
	}
	return LF_OK;
}

void
lf_attribution_effects(const lf_attribution *attribution, const double *forecasts, int horizon,
					   double *effects)
{
	memset(effects, 0, sizeof(double) * attribution->parts * horizon);
	for (int64_t point = 1; point < lf_attribution_points(attribution); point++)
	{
		/* the part that grew last */
		place before = place_of(attribution, point - 1);
		int part = turn_of(attribution, before.segment, before.grown);
		const double *after = forecasts + point * horizon;

		for (int k = 0; k < horizon; k++)
			effects[(int64_t) part * horizon + k] += after[k] - after[k - horizon];
	}
}
