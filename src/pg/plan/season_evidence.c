/*
 * season_evidence.c
 *	  How sure and how strong the repetition after a period is in sampled series.
 *
 * Where there are several cycles, by the spectrum: a season has its power at the period's frequency
 * and its multiples, and little between them; noise of any colour, a random walk and a trend have
 * as much just beside. Power over the median beside it follows about Fisher's F, whose logarithm,
 * weighed by the degrees of freedom, is exponential; sums of these over multiples are gammas. How
 * many multiples a season has is not known (a wave has one, one busy hour all), so the first 1, 2,
 * 4, ... are summed, and the least likely sum counts.
 *
 * Where there are few cycles, nothing lies between the multiples. There it is the correlation of
 * changes with those a period before; of means over a twenty-fourth of a long period, as noise
 * hides how such a season changes from one step to the next.
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "base/interrupts.h"
#include "plan/season_evidence.h"

#define FEW_CYCLES 6           /* up to which the spectrum has no room between the multiples */
#define BLOCKS 24              /* means that a long period is cut into */
#define LEAST_PAIRS 6          /* of changes a period apart */
#define MOST_CORRELATED 0.9999 /* beyond, the logarithm of it would be endless */
#define CHANGE_SIZES 2.0       /* usual sizes that changes are drawn in to */
#define LINE_BINS 2.0          /* how far the power of one frequency reaches */
#define LINE_POWER 1.5         /* power of a line over that at its frequency, in bins */
#define BESIDE 12              /* bins looked at on either side, at most */
#define DEGREES 0.35           /* of freedom of each: of a median, and of bins that overlap */
#define STRONG_WAVES 12    /* multiples that strength counts: what means over a 24th still show */
#define ROUNDING 1e-12     /* of the highest power */
#define CERTAIN_ERRORS 6.0 /* of the spectrum: no second test is needed */
#define LIKELY_ERRORS 1.0  /* ... or is of use */
#define PEAK_SERIES 16     /* of a panel */
#define PEAK_BINS 15.0     /* that a peak stands out of, on either side */
#define PEAK_CHANCE 0.2    /* of a false peak, at most: it is only a candidate */
#define LEAST_CYCLES 3     /* of a peak */
#define LAG_STEPS 4096     /* latest ones that lags are looked for in */
#define LONGEST_LAG 400    /* steps */
#define CLEAR_CORRELATION 0.4 /* at a lag that nothing suggests */
#define CLEARLY_BETTER 0.05   /* a longer lag must be by this */

/* Of one series: the spectrum in bins, the frequencies that its length tells apart. */
typedef struct Spectrum
{
	const double *power;
	int64 last;
	double bin; /* numbers of power */
	double least;
} Spectrum;

static bool
has_several_cycles(const SampledSeries *series, int period)
{
	return series->recent >= FEW_CYCLES * (int64) period;
}

/* The mean of count exponentials' median. */
static double
exponential_median(int count)
{
	double sum = count % 2 == 0 ? 1 / (double) count : 0;

	for (int i = count / 2 + 1; i <= count; i++)
		sum += 1 / (double) i;
	return sum;
}

static Spectrum
spectrum_of(const SeasonSample *sample, const SampledSeries *series)
{
	Spectrum spectrum = {.power = series->power,
						 .last = sample->size / 2,
						 .bin = (double) sample->size / (double) series->recent};

	for (int64 i = 0; i <= spectrum.last; i++)
		spectrum.least = Max(spectrum.least, ROUNDING * series->power[i]);
	return spectrum;
}

/*
 * The power at a place over the median of that from `from` to `to` bins beside it; *degrees gets
 * what it is known by, 0 where there is too little beside it.
 */
static double
power_ratio(const Spectrum *spectrum, double place, double from, double to, double *degrees)
{
	double beside[2 * BESIDE] = {0};
	double step = Max(1, (to - from) / (BESIDE - 1));
	int count = 0;
	double median;

	for (int i = 0; i < 2 * BESIDE; i++)
	{
		double distance = from + step * (i / 2);
		double at = place + (i % 2 == 0 ? distance : -distance) * spectrum->bin;
		int k = count;

		if (distance > to + 1e-9 || at < spectrum->bin || at > (double) spectrum->last)
			continue;
		for (; k > 0 && beside[k - 1] > spectrum->power[llrint(at)]; k--)
			beside[k] = beside[k - 1];
		beside[k] = spectrum->power[llrint(at)];
		count++;
	}
	*degrees = count < 3 ? 0 : DEGREES * count;
	if (count < 3)
		return 0;
	median = (beside[count / 2] + beside[(count - 1) / 2]) / 2;
	return spectrum->power[llrint(place)] /
		   (Max(median, spectrum->least) / exponential_median(count));
}

/* Standard errors that the mean of so many independent exponentials lies above 1: Wilson and
 * Hilferty 1931. */
static double
gamma_errors(double mean, double count)
{
	return 3 * sqrt(count) * (cbrt(mean) - 1 + 1 / (9 * count));
}

/*
 * Add to sums[k - 1] the exponential of the k-th multiple of a period's frequency in one series,
 * for all `waves` of them. Returns the strength.
 */
static double
add_waves(const SeasonSample *sample, const SampledSeries *series, int period, int waves,
		  double *sums)
{
	Spectrum spectrum = spectrum_of(sample, series);
	double cycles = (double) series->recent / period;
	double from = Max(LINE_BINS, cycles / 8);
	double to = Max(cycles / 2, cycles - LINE_BINS > 5 ? 5 : cycles - LINE_BINS);
	double season = 0;
	int counted = Min(waves, STRONG_WAVES);

	for (int k = 1; k <= waves; k++)
	{
		double place = (double) sample->size * k / period;
		double degrees;
		double ratio = power_ratio(&spectrum, place, from, to, &degrees);

		/* the highest frequency has one part, not two: it varies as much again */
		if (2 * k == period)
			ratio /= 2;
		if (degrees > 0)
			sums[k - 1] += degrees * log1p(ratio / degrees);
		if (k <= counted)
			season += LINE_POWER * (ratio - 1);
	}
	season = Max(season, 0);
	return season / (season + counted * cycles);
}

/* Of the series of several cycles; *several gets how many these are. */
static SeasonEvidence
spectral_evidence(const SeasonSample *sample, int period, int *several)
{
	int waves = period / 2;
	double *sums = palloc0(sizeof(double) * waves);
	double sum = 0;
	SeasonEvidence evidence = {0};
	int tried = 0;

	*several = 0;
	for (int s = 0; s < sample->count; s++)
	{
		const SampledSeries *series = &sample->series[s];

		check_interrupts();
		if (!has_several_cycles(series, period))
			continue;
		evidence.strength += add_waves(sample, series, period, waves, sums);
		(*several)++;
	}
	for (int k = 1; k <= waves && *several > 0; k++)
	{
		sum += sums[k - 1];
		/* 1, 2, 4, ... and all */
		if ((k & (k - 1)) != 0 && k < waves)
			continue;
		evidence.errors = Max(evidence.errors,
							  gamma_errors(sum / k / *several,
										   k * season_independent_series(sample->alike, *several)));
		tried++;
	}
	/* as the least likely of them had so many chances (Bonferroni) */
	evidence.errors = sqrt(Max(0, evidence.errors * evidence.errors - 2 * log(Max(tried, 1))));
	if (*several > 0)
		evidence.strength /= *several;
	pfree(sums);
	return evidence;
}

/* Changes from one block mean to the next, of `blocks` blocks a period; *count gets how many. */
static double *
block_changes(const SampledSeries *series, int period, int blocks, int64 *count)
{
	int64 means = series->count * blocks / period;
	double *changes = palloc(sizeof(double) * Max(means, 1));
	int64 first = series->count - (means * period + blocks - 1) / blocks;
	double before = 0;

	for (int64 m = 0; m < means; m++)
	{
		int64 begin = first + m * period / blocks;
		int64 end = Min(first + (m + 1) * period / blocks, series->count);
		double mean = 0;

		for (int64 i = begin; i < end; i++)
			mean += series->values[i] / (double) (end - begin);
		if (m > 0)
			changes[m - 1] = mean - before;
		before = mean;
	}
	*count = means - 1;
	return changes;
}

/* The correlation of a[0 .. count) with b; 0 where one of them is flat. */
static double
correlation(const double *a, const double *b, int64 count)
{
	double mean_a = 0;
	double mean_b = 0;
	double squares_a = 0;
	double squares_b = 0;
	double products = 0;

	for (int64 i = 0; i < count; i++)
	{
		mean_a += a[i] / (double) count;
		mean_b += b[i] / (double) count;
	}
	for (int64 i = 0; i < count; i++)
	{
		squares_a += (a[i] - mean_a) * (a[i] - mean_a);
		squares_b += (b[i] - mean_b) * (b[i] - mean_b);
		products += (a[i] - mean_a) * (b[i] - mean_b);
	}
	return squares_a > 0 && squares_b > 0 ? products / sqrt(squares_a * squares_b) : 0;
}

/* One, and twice the squared correlations of count numbers at so many lags. */
static double
sum_of_correlations(const double *numbers, int64 count, int lags)
{
	double sum = 1;

	for (int lag = 1; lag <= lags; lag++)
	{
		double alike = correlation(numbers, numbers + lag, count - lag);

		sum += 2 * alike * alike;
	}
	return sum;
}

/*
 * How much more a correlation of changes varies than that of unlike ones: by the squared
 * correlations at lags of up to a quarter of a cycle, to either side (Bartlett 1946). Or by those
 * of changes less the ones a cycle before, as a season by itself makes neighbours alike.
 */
static double
variance_factor(const double *changes, int64 count, int blocks)
{
	double *differences = palloc(sizeof(double) * (count - blocks));
	int lags = Max(blocks / 4, 1);
	double factor;

	for (int64 i = 0; i < count - blocks; i++)
		differences[i] = changes[i + blocks] - changes[i];
	factor = Min(sum_of_correlations(changes, count, lags),
				 sum_of_correlations(differences, count - blocks, lags));
	pfree(differences);
	return factor;
}

/*
 * How alike changes are that lie any part of a cycle apart: those of a season are not, as they add
 * up to none, but those of a bent trend. By the quarters; but these are all alike by a season that
 * divides them, too (months of 4, 4 and 5 weeks in a year), and then other parts are not.
 */
static double
trend_correlation(const double *changes, int64 count, int blocks)
{
	int first = Min(2, blocks - 1); /* noise alone makes neighbours unlike */
	int last = Max(blocks - 2, first);
	double mean = 0;
	double least = 1;

	for (int quarter = 1; quarter < 4; quarter++)
	{
		int lag = Min(Max(blocks * quarter / 4, 2), blocks - 1);

		least = Min(least, correlation(changes, changes + lag, count - lag));
	}
	for (int lag = first; lag <= last; lag++)
		mean += correlation(changes, changes + lag, count - lag) / (last - first + 1);
	return Max(Min(least, mean), 0);
}

/* Of the series of two cycles and more. Their correlations are made about normal: Fisher 1915. */
static SeasonEvidence
change_evidence(const SeasonSample *sample, int period)
{
	int blocks = Min(period, BLOCKS);
	SeasonEvidence evidence = {0};
	double weights = 0;
	double squares = 0;
	double variance = 0;

	for (int s = 0; s < sample->count; s++)
	{
		const SampledSeries *series = &sample->series[s];
		double *changes;
		int64 count;
		double pairs;
		double repeated;
		double inflation;

		check_interrupts();
		if (series->count < 2 * (int64) period)
			continue;
		changes = block_changes(series, period, blocks, &count);
		season_draw_in(changes, count, CHANGE_SIZES);
		pairs = (double) (count - blocks);
		if (pairs >= LEAST_PAIRS)
		{
			repeated = correlation(changes, changes + blocks, count - blocks) -
					   trend_correlation(changes, count, blocks);
			repeated = Min(Max(repeated, -MOST_CORRELATED), MOST_CORRELATED);
			inflation = variance_factor(changes, count, blocks);
			evidence.strength += pairs * repeated;
			evidence.errors += pairs * atanh(repeated);
			variance += pairs * inflation / (pairs - 3);
			weights += pairs;
			squares += pairs * pairs;
		}
		pfree(changes);
	}
	if (weights == 0)
		return (SeasonEvidence){0};
	evidence.strength = Max(evidence.strength / weights, 0);
	evidence.errors = evidence.errors / weights /
					  sqrt(variance / weights /
						   season_independent_series(sample->alike, weights * weights / squares));
	return evidence;
}

SeasonEvidence
season_evidence(const SeasonSample *sample, int period)
{
	int several;
	SeasonEvidence spectral;
	SeasonEvidence changes;

	if (2 * (int64) period > sample->longest)
		return (SeasonEvidence){0};
	spectral = spectral_evidence(sample, period, &several);
	/* another cycle may make changes alike here, too: that is not in the spectrum */
	if (spectral.errors >= CERTAIN_ERRORS ||
		(spectral.errors < LIKELY_ERRORS && 2 * several > sample->count))
		return spectral;
	changes = change_evidence(sample, period);
	return changes.errors > spectral.errors ? changes : spectral;
}

/* The number of the i-th of the series that peaks are looked for in. */
static int
peak_series(const SeasonSample *sample, int i)
{
	int count = Min(sample->count, PEAK_SERIES);

	return count > 1 ? (sample->count - 1) * i / (count - 1) : 0;
}

/*
 * The mean over some series of the exponentials at the maxima of their spectra, where these have
 * at least LEAST_CYCLES; 0 elsewhere.
 */
static double *
mean_exponentials(const SeasonSample *sample, int *counted)
{
	int64 last = sample->size / 2;
	double *sums = palloc0(sizeof(double) * (last + 1));
	double *means = palloc0(sizeof(double) * (last + 1));
	Spectrum spectra[PEAK_SERIES];
	int64 first = 1;

	*counted = Min(sample->count, PEAK_SERIES);
	for (int s = 0; s < *counted; s++)
	{
		spectra[s] = spectrum_of(sample, &sample->series[peak_series(sample, s)]);
		first = Max(first, (int64) ceil(LEAST_CYCLES * spectra[s].bin));
		for (int64 i = 0; i <= last; i++)
			sums[i] += spectra[s].power[i];
	}
	for (int64 i = first; i <= last; i++)
	{
		check_interrupts();
		if (sums[i] < sums[i - 1] || (i < last && sums[i] < sums[i + 1]))
			continue;
		for (int s = 0; s < *counted; s++)
		{
			double degrees;
			double ratio = power_ratio(&spectra[s], (double) i, LINE_BINS + 1, PEAK_BINS, &degrees);

			if (degrees > 0)
				means[i] += degrees * log1p(ratio / degrees) / *counted;
		}
	}
	pfree(sums);
	return means;
}

/* Where the spectra's common peak lies between the numbers beside its highest one: the top of the
 * parabola through its logarithms. */
static double
peak_place(const SeasonSample *sample, int64 highest)
{
	double logarithms[3] = {0};

	if (highest == 0 || highest == sample->size / 2)
		return (double) highest;
	for (int s = 0; s < sample->count; s++)
		for (int i = 0; i < 3; i++)
			logarithms[i] += log(sample->series[s].power[highest - 1 + i] + DBL_MIN);
	return (double) highest + (logarithms[0] - logarithms[2]) /
								  (2 * (logarithms[0] - 2 * logarithms[1] + logarithms[2]));
}

int
season_peaks(const SeasonSample *sample, double *periods, int most)
{
	int counted;
	double *means = mean_exponentials(sample, &counted);
	double series = season_independent_series(sample->alike, counted);
	int64 last = sample->size / 2;
	/* a normal deviation that by chance none of so many frequencies reaches */
	double least = sqrt(2 * log((double) last / PEAK_CHANCE));
	int64 line = (int64) ceil((LINE_BINS + 1) * (double) sample->size / (double) sample->recent);
	int count = 0;

	while (count < most)
	{
		int64 highest = 0;

		for (int64 i = 1; i <= last; i++)
			if (means[i] > means[highest])
				highest = i;
		if (gamma_errors(means[highest], series) < least)
			break;
		periods[count++] = (double) sample->size / peak_place(sample, highest);
		for (int64 i = Max(highest - line, 0); i <= Min(highest + line, last); i++)
			means[i] = 0;
	}
	pfree(means);
	return count;
}

/* The mean correlation of changes with those a lag before, over series of so many times the lag. */
static double
lag_correlation(const SeasonSample *sample, int lag, int times)
{
	double sum = 0;
	int counted = 0;

	for (int s = 0; s < Min(sample->count, PEAK_SERIES); s++)
	{
		const SampledSeries *series = &sample->series[peak_series(sample, s)];
		int64 count = Min(series->count, LAG_STEPS);
		const double *values = series->values + series->count - count;
		double products = 0;
		double squares = 0;

		if (count < lag * (int64) times)
			continue;
		for (int64 i = lag + 1; i < count; i++)
		{
			double change = values[i] - values[i - 1];

			products += change * (values[i - lag] - values[i - lag - 1]);
			squares += change * change;
		}
		sum += squares > 0 ? products / squares : 0;
		counted++;
	}
	return counted > 0 ? sum / counted : 0;
}

/* The shortest part of a lag at which changes are about as much alike. */
static int
shortest_part(const SeasonSample *sample, int lag, int cycles, double least)
{
	for (int part = 2; part < lag; part++)
		if (lag % part == 0 && lag_correlation(sample, part, cycles) >= least)
			return part;
	return lag;
}

int
season_lag(const SeasonSample *sample, int cycles)
{
	int64 steps = Min(sample->longest, LAG_STEPS);
	int longest = (int) Min(steps / cycles, LONGEST_LAG);
	double clearly = Max(CLEARLY_BETTER, 2 / sqrt((double) steps));
	double before = 1;
	double here = lag_correlation(sample, 1, cycles);
	double best = CLEAR_CORRELATION;
	int period = 0;

	for (int lag = 2; lag <= longest; lag++)
	{
		double after = lag_correlation(sample, lag, cycles);

		check_interrupts();
		if (lag > 2 && here > before && here >= after && here > best)
		{
			best = here + clearly;
			period = lag - 1;
		}
		before = here;
		here = after;
	}
	/* the multiples of a period are alike, too */
	return period > 0 ? shortest_part(sample, period, cycles, best - 2 * clearly) : 0;
}
