/*
 * event.c
 *	  What days that are not as usual do to a series, and the series without it.
 */
#include "event.h"

#include <math.h>

#define LEAST_DEGREES 4 /* of freedom, that tell how much events of one name differ */
#define LEAST_CLOSED 2  /* days of a name with nothing on them, that say it is closed then */

double
lf_event_usual(const double *values, const uint8_t *events, int64_t t, int season)
{
	double found[LF_EVENT_SEASONS];
	int count = 0;

	for (int k = 1; k <= LF_EVENT_REACH && count < LF_EVENT_SEASONS; k++)
	{
		int64_t step = t - (int64_t) k * season;
		int place;

		if (step < 0)
			break;
		if (events[step])
			continue;
		for (place = count++; place > 0 && found[place - 1] > values[step]; place--)
			found[place] = found[place - 1];
		found[place] = values[step];
	}
	if (count == 0)
		return NAN;
	return found[(count - 1) / 2] / 2 + found[count / 2] / 2;
}

double
lf_event_without(double value, double usual, double factor)
{
	double scale = factor > 1 ? factor : 1;
	double without;

	if (isnan(usual))
		without = value / (factor > LF_EVENT_LEAST ? factor : LF_EVENT_LEAST);
	else
		without = usual + (value - factor * usual) / scale;
	return value == rint(value) && (isnan(usual) || 2 * usual == rint(2 * usual)) ? rint(without)
																				  : without;
}

/* Is an effect one that was seen? */
static double
seen_effect(const lf_event_sample *sample, int64_t day, int slot)
{
	return sample->effects[day * sample->slots + slot];
}

/* The mean effect of all days in a slot; 0 where none was seen. Their number goes to *count. */
static double
common_effect(const lf_event_sample *sample, int slot, double *count)
{
	double sum = 0;

	*count = 0;
	for (int64_t day = 0; day < sample->days; day++)
	{
		double effect = seen_effect(sample, day, slot);

		if (isnan(effect))
			continue;
		sum += effect;
		*count += 1;
	}
	return *count > 0 ? sum / *count : 0;
}

/* The mean effects of names in a slot, into one column of `effects`; counts: days of each. */
static void
name_effects(const lf_event_sample *sample, int slot, double *counts, double *effects)
{
	for (int name = 0; name < sample->names; name++)
		counts[name] = effects[(int64_t) name * sample->slots + slot] = 0;
	for (int64_t i = 0; i < sample->entries; i++)
	{
		double effect = seen_effect(sample, sample->day[i], slot);
		double *mean = &effects[(int64_t) sample->name[i] * sample->slots + slot];

		if (!isnan(effect))
			*mean += (effect - *mean) / ++counts[sample->name[i]];
	}
}

/* What varies, summed over slots. */
typedef struct Variation
{
	double within; /* squares of days around their names' means */
	double degrees;
	double between; /* squares of names' means around that of all */
	double names;
	double chance; /* of these squares, in units of the variance within */
	double common; /* squares of the means of all */
	double slots;  /* with something seen */
	double days;   /* in a slot, at most */
} Variation;

static void
add_variation(const lf_event_sample *sample, int slot, const double *counts, const double *effects,
			  double common, double days, Variation *variation)
{
	for (int64_t i = 0; i < sample->entries; i++)
	{
		double effect = seen_effect(sample, sample->day[i], slot);
		double away = effect - effects[(int64_t) sample->name[i] * sample->slots + slot];

		if (!isnan(effect))
			variation->within += away * away;
	}
	for (int name = 0; name < sample->names; name++)
	{
		double away = effects[(int64_t) name * sample->slots + slot] - common;

		if (counts[name] == 0)
			continue;
		variation->degrees += counts[name] - 1;
		variation->between += away * away;
		variation->chance += 1 / counts[name];
		variation->names += 1;
	}
	variation->common += common * common;
	variation->slots += days > 0;
	variation->days = days > variation->days ? days : variation->days;
}

/* a / b where there is anything to divide by, else 0. */
static double
ratio(double a, double b)
{
	return b > 0 ? a / b : 0;
}

void
lf_event_effects(const lf_event_sample *sample, double *counts, double *effects)
{
	double *all = effects + (int64_t) sample->names * sample->slots;
	Variation variation = {0};
	double within;
	double between;
	double kept;

	for (int slot = 0; slot < sample->slots; slot++)
	{
		double days;

		all[slot] = common_effect(sample, slot, &days);
		name_effects(sample, slot, counts, effects);
		add_variation(sample, slot, counts, effects, all[slot], days, &variation);
	}
	within = variation.degrees >= LEAST_DEGREES * variation.slots && variation.slots > 0
				 ? variation.within / variation.degrees
				 : sample->noise;
	between = ratio(variation.between, variation.names) -
			  within * ratio(variation.chance, variation.names);
	between = between > 0 ? between : 0;
	kept = 1 - ratio(ratio(within + between, variation.days) * variation.slots, variation.common);
	kept = kept > 0 ? kept : 0;
	for (int slot = 0; slot < sample->slots; slot++)
	{
		name_effects(sample, slot, counts, effects);
		for (int name = 0; name < sample->names; name++)
		{
			double *effect = &effects[(int64_t) name * sample->slots + slot];
			double own = counts[name] > 0 ? ratio(between, between + within / counts[name]) : 0;

			/* what is closed each time is closed, and no noise is in that */
			if (counts[name] >= LEAST_CLOSED && *effect <= -1)
				continue;
			*effect = kept * all[slot] + own * (*effect - all[slot]);
		}
		all[slot] *= kept;
	}
}

void
lf_event_differences(int64_t count, const double *variances, double *own)
{
	double squares = 0;
	double chance = 0;
	double seen = 0;
	double between;

	for (int64_t i = 0; i < count; i++)
	{
		if (isnan(variances[i]))
			continue;
		squares += own[i] * own[i];
		chance += variances[i];
		seen += 1;
	}
	between = seen > 1 ? (squares - chance) / seen : 0;
	between = between > 0 ? between : 0;
	for (int64_t i = 0; i < count; i++)
		own[i] = isnan(variances[i]) ? 0 : own[i] * ratio(between, between + variances[i]);
}
