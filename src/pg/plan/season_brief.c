/*
 * season_brief.c
 *	  What speaks for a season in series that hold hardly more than one of it.
 *
 * Of so few pairs of values a period apart no correlation is sure. But the calendar names the
 * period, and two descriptions of all values can be weighed: a line and noise, perhaps with a shift
 * of the level; or a line, a season and noise. Noise is white, turns back, lasts, or is a random
 * walk; a season has its waves in any sizes, or the slow ones above all. How large it is beside the
 * noise is not known, either. Each of these is taken to be as likely as the others, and the line,
 * the waves, the shift and the size of the noise, which remain unknown, are integrated out; for
 * normal ones that has a closed form (Zellner 1971, "An Introduction to Bayesian Inference in
 * Econometrics", chapter 3; the ratio is a Bayes factor: Kass and Raftery 1995). So a description
 * with more numbers has no advantage by these. The shape and size of a season are alike in all
 * series of a panel, where many weak ones tell as much as a strong one.
 */
#include "postgres.h"

#include <math.h>

#include "base/interrupts.h"
#include "base/memory.h"
#include "plan/season_brief.h"

#define LONGEST_PERIOD 60
#define MOST_CYCLES 4
#define LEAST_CHANGES 3 /* over a period, that tell how alike series are */
#define LINE 2          /* numbers of one */
#define ROUNDING 1e-9   /* of the squares of all values */
#define SLIGHT 0.1      /* gain of a description in every series, where all are a little off */
#define EVERY_OTHER 0.5 /* of a panel's series that have a season, if not all have */

/* Shares of a deviation that noise keeps from step to step; with 1 it is a random walk. */
static const double kept[] = {-0.5, 0, 0.5, 0.9, 1};

/* Powers of a wave's number by which its variance decreases. */
static const double decreases[] = {0, 4};

/* Variances of the season, in those of the noise's changes. */
static const double sizes[] = {0.25, 1, 4, 16};

#define SHIFT_SIZE 25.0 /* the same of a shift of the level */
#define SHIFTED 0.1     /* of all series have one */

#define NOISES lengthof(kept)
#define SEASONS (lengthof(decreases) * lengthof(sizes))

/* A season of given shape and size, in noise of one kind. */
typedef struct SeasonPrior
{
	double *scale;      /* (waves) deviations */
	double *root;       /* (waves, waves) of one plus their scaled products: lower triangle */
	double determinant; /* logarithm of its root */
} SeasonPrior;

/* Lines and waves in noise of one kind, made independent: with the noise made white. */
typedef struct NoiseFrame
{
	double kept;
	int64 steps;
	int lines;
	double *line;       /* (lines, steps), orthonormal */
	double *wave;       /* (waves, steps), orthogonal to these */
	double *shift;      /* (length - 1, steps), likewise: one before each step but the first */
	double determinant; /* logarithm of the root of all that is fitted to a line alone */
	SeasonPrior seasons[SEASONS];
} NoiseFrame;

/* What all series of one length and period have in common. */
typedef struct Frame
{
	int64 length;
	int waves; /* of which two make one frequency, but for the highest of an even period */
	NoiseFrame noises[NOISES];
} Frame;

static double
dot(const double *a, const double *b, int64 count)
{
	double sum = 0;

	for (int64 i = 0; i < count; i++)
		sum += a[i] * b[i];
	return sum;
}

/* Values of which noise of that kind is made white; one less of a random walk. In place. */
static void
whiten(double *values, int64 length, double share)
{
	if (share == 1)
		for (int64 i = 1; i < length; i++)
			values[i - 1] = values[i] - values[i - 1];
	else
	{
		for (int64 i = length - 1; i > 0; i--)
			values[i] -= share * values[i - 1];
		values[0] *= sqrt(1 - share * share);
	}
}

/* Take from values what a line fits of them. */
static void
take_lines(const NoiseFrame *noise, double *values)
{
	for (int i = 0; i < noise->lines; i++)
	{
		const double *line = noise->line + i * noise->steps;
		double part = dot(line, values, noise->steps);

		for (int64 t = 0; t < noise->steps; t++)
			values[t] -= part * line[t];
	}
}

/* The level, which a random walk has none of, and the slope. */
static void
make_lines(NoiseFrame *noise, int64 length)
{
	double *column = palloc(sizeof(double) * length);

	noise->line = palloc(sizeof(double) * LINE * noise->steps);
	for (int power = 0; power < LINE; power++)
	{
		double size;

		if (power == 0 && noise->kept == 1)
			continue;
		for (int64 t = 0; t < length; t++)
			column[t] = power == 0 ? 1 : (double) t - (double) (length - 1) / 2;
		whiten(column, length, noise->kept);
		take_lines(noise, column);
		size = sqrt(dot(column, column, noise->steps));
		for (int64 t = 0; t < noise->steps; t++)
			noise->line[noise->lines * noise->steps + t] = column[t] / size;
		noise->determinant += log(size);
		noise->lines++;
	}
	if (noise->kept < 1)
		noise->determinant -= log(1 - noise->kept * noise->kept) / 2;
	pfree(column);
}

/* Waves of a period, which with variances of 1 make a season of variance 1. */
static void
make_waves(NoiseFrame *noise, int64 length, int period, int waves)
{
	double *column = palloc(sizeof(double) * length);

	noise->wave = palloc(sizeof(double) * waves * noise->steps);
	for (int j = 0; j < waves; j++)
	{
		int number = j / 2 + 1;
		double size = sqrt((2 * number == period ? 1 : 2) / (double) waves);

		for (int64 t = 0; t < length; t++)
		{
			double angle = 2 * M_PI * (double) (number * t % period) / period;

			column[t] = size * (j % 2 == 0 ? cos(angle) : sin(angle));
		}
		whiten(column, length, noise->kept);
		take_lines(noise, column);
		memcpy(noise->wave + j * noise->steps, column, sizeof(double) * noise->steps);
	}
	pfree(column);
}

/* Shifts of the level before any step. */
static void
make_shifts(NoiseFrame *noise, int64 length)
{
	double *column = palloc(sizeof(double) * length);

	noise->shift = palloc(sizeof(double) * (length - 1) * noise->steps);
	for (int64 i = 1; i < length; i++)
	{
		for (int64 t = 0; t < length; t++)
			column[t] = t < i ? 0 : 1;
		whiten(column, length, noise->kept);
		take_lines(noise, column);
		memcpy(noise->shift + (i - 1) * noise->steps, column, sizeof(double) * noise->steps);
	}
	pfree(column);
}

/* The lower triangular root of a positive matrix, in place (Cholesky); the logarithm of its
 * determinant. */
static double
take_root(double *matrix, int size)
{
	double determinant = 0;

	for (int i = 0; i < size; i++)
		for (int j = 0; j <= i; j++)
		{
			double left = matrix[i * size + j] - dot(matrix + i * size, matrix + j * size, j);

			if (i == j)
				determinant += log(left) / 2;
			matrix[i * size + j] = i == j ? sqrt(left) : left / matrix[j * size + j];
		}
	return determinant;
}

/* What a season of that shape and size adds; products: those of all waves. */
static void
make_prior(SeasonPrior *prior, const double *products, int waves, double decrease, double size)
{
	double sum = 0;

	prior->scale = palloc(sizeof(double) * waves);
	prior->root = palloc(sizeof(double) * waves * waves);
	for (int j = 0; j < waves; j++)
		sum += pow(j / 2 + 1, -decrease);
	for (int j = 0; j < waves; j++)
		prior->scale[j] = sqrt(size * pow(j / 2 + 1, -decrease) / sum * waves);
	for (int i = 0; i < waves; i++)
		for (int j = 0; j < waves; j++)
			prior->root[i * waves + j] =
				(i == j) + prior->scale[i] * prior->scale[j] * products[i * waves + j];
	prior->determinant = take_root(prior->root, waves);
}

static void
make_noise(NoiseFrame *noise, int64 length, int period, int waves)
{
	double *products = palloc(sizeof(double) * waves * waves);

	noise->steps = noise->kept == 1 ? length - 1 : length;
	make_lines(noise, length);
	make_waves(noise, length, period, waves);
	make_shifts(noise, length);
	for (int i = 0; i < waves; i++)
		for (int j = 0; j < waves; j++)
			products[i * waves + j] =
				dot(noise->wave + i * noise->steps, noise->wave + j * noise->steps, noise->steps);
	for (int i = 0; i < SEASONS; i++)
		make_prior(&noise->seasons[i], products, waves, decreases[i / lengthof(sizes)],
				   sizes[i % lengthof(sizes)]);
	pfree(products);
}

static Frame *
make_frame(int64 length, int period)
{
	Frame *frame = palloc0(sizeof(Frame));

	frame->length = length;
	frame->waves = period - 1;
	for (int i = 0; i < NOISES; i++)
	{
		check_interrupts();
		frame->noises[i].kept = kept[i];
		make_noise(&frame->noises[i], length, period, frame->waves);
	}
	return frame;
}

static void
free_frame(Frame *frame)
{
	for (int i = 0; i < NOISES; i++)
	{
		NoiseFrame *noise = &frame->noises[i];

		for (int k = 0; k < SEASONS; k++)
		{
			pfree(noise->seasons[k].scale);
			pfree(noise->seasons[k].root);
		}
		pfree(noise->line);
		pfree(noise->wave);
		pfree(noise->shift);
	}
	pfree(frame);
}

/* How much of the squares of values a season explains; parts: their products with all waves. */
static double
explained(const SeasonPrior *prior, const double *parts, int waves, double *scratch)
{
	for (int i = 0; i < waves; i++)
	{
		const double *row = prior->root + i * waves;

		scratch[i] = (prior->scale[i] * parts[i] - dot(row, scratch, i)) / row[i];
	}
	return dot(scratch, scratch, waves);
}

/* The logarithm of exp(a) + exp(b), of which a may be -INFINITY. */
static double
add_logarithms(double a, double b)
{
	return a > b ? a + log1p(exp(b - a)) : b + log1p(exp(a - b));
}

/* The logarithm of how likely values are with noise of that kind and no season; squares: theirs. */
static double
likelihood_without(const Frame *frame, const NoiseFrame *noise, const double *white, double squares,
				   double least)
{
	double degrees = (double) (frame->length - LINE) / 2;
	double steady = log(1 - SHIFTED) - degrees * log(squares + least);
	double shifted = -INFINITY;

	for (int64 i = 0; i < frame->length - 1; i++)
	{
		const double *shift = noise->shift + i * noise->steps;
		double part = dot(shift, white, noise->steps);
		double larger = 1 + SHIFT_SIZE * dot(shift, shift, noise->steps);
		double left = squares - SHIFT_SIZE * part * part / larger;

		shifted = add_logarithms(shifted, -log(larger) / 2 - degrees * log(Max(left, 0) + least));
	}
	shifted += log(SHIFTED / (double) (frame->length - 1));
	return add_logarithms(steady, shifted) - noise->determinant;
}

/*
 * odds[k] gets the logarithm of how much likelier a series' values are with the k-th season than
 * without any.
 */
static void
series_odds(const Frame *frame, const double *values, double *odds)
{
	double *white = palloc(sizeof(double) * frame->length);
	double *parts = palloc(sizeof(double) * 2 * frame->waves);
	double degrees = (double) (frame->length - LINE) / 2;
	double least = ROUNDING * dot(values, values, frame->length);
	double without = -INFINITY;

	for (int k = 0; k < SEASONS; k++)
		odds[k] = -INFINITY;
	for (int i = 0; i < NOISES; i++)
	{
		const NoiseFrame *noise = &frame->noises[i];
		double squares;

		memcpy(white, values, sizeof(double) * frame->length);
		whiten(white, frame->length, noise->kept);
		take_lines(noise, white);
		squares = dot(white, white, noise->steps);
		for (int j = 0; j < frame->waves; j++)
			parts[j] = dot(noise->wave + j * noise->steps, white, noise->steps);
		without = add_logarithms(without, likelihood_without(frame, noise, white, squares, least));
		for (int k = 0; k < SEASONS; k++)
		{
			const SeasonPrior *prior = &noise->seasons[k];
			double left = squares - explained(prior, parts, frame->waves, parts + frame->waves);

			odds[k] = add_logarithms(odds[k], -noise->determinant - prior->determinant -
												  degrees * log(Max(left, 0) + least));
		}
	}
	for (int k = 0; k < SEASONS; k++)
		odds[k] += log(1 - SHIFTED) - without;
	pfree(white);
	pfree(parts);
}

double
season_brief_odds(const SeasonSample *sample, int period)
{
	Frame *frame = NULL;
	double all[SEASONS] = {0};  /* have this season */
	double some[SEASONS] = {0}; /* every other one has */
	double sum = -INFINITY;
	double share;
	double alike = sample->alike;
	int count = 0;

	if (period > LONGEST_PERIOD || sample->longest >= MOST_CYCLES * (int64) period)
		return -INFINITY;
	/* what they have in common beside a season */
	if (sample->longest >= (int64) period + LEAST_CHANGES)
		alike = season_sample_alike(sample, period);
	for (int s = 0; s < sample->count; s++)
	{
		const SampledSeries *series = &sample->series[s];
		double odds[SEASONS];

		check_interrupts();
		if (4 * series->count < 5 * (int64) period)
			continue;
		if (frame != NULL && frame->length != series->count)
		{
			free_frame(frame);
			frame = NULL;
		}
		if (frame == NULL)
			frame = make_frame(series->count, period);
		series_odds(frame, series->values, odds);
		for (int k = 0; k < SEASONS; k++)
		{
			all[k] += odds[k];
			some[k] += add_logarithms(log(1 - EVERY_OTHER), log(EVERY_OTHER) + odds[k]);
		}
		count++;
	}
	if (frame == NULL)
		return -INFINITY;
	free_frame(frame);
	/* of series that change together, fewer tell something new */
	share = season_independent_series(alike, count) / count;
	for (int k = 0; k < SEASONS; k++)
	{
		sum = add_logarithms(sum, share * all[k]);
		sum = add_logarithms(sum, share * some[k]);
	}
	return sum - log(2 * SEASONS) - SLIGHT * (count - 1);
}
