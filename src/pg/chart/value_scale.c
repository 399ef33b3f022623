/*
 * value_scale.c
 *	  Round numbers for an axis of values, and numbers as one would print them.
 */
#include "postgres.h"

#include <math.h>

#include "chart/svg_text.h"
#include "chart/value_scale.h"

#define MOST_DECIMALS 12   /* more, and numbers are shown with a power */
#define LARGEST_PLAIN 1e15 /* from here on, too */
#define LEAST_PLAIN 1e-4   /* and below here */
#define LEAST_SIZE 1e-200  /* what is smaller is zero */
#define FINER 0.4          /* of a step, from which the next smaller one follows */
#define ROOM_WORTH 0.86
#define MORE_TICKS 3
#define UNIT_DECIMALS 3 /* that a number of millions may have */

/* digit * 10^power, as near as can be. */
static double
step_times(const ValueScale *scale, double times)
{
	if (scale->power < 0)
		return times * scale->digit / pow(10, -scale->power);
	return times * scale->digit * pow(10, scale->power);
}

double
value_scale_tick(const ValueScale *scale, int64 tick)
{
	return step_times(scale, (double) tick);
}

/* The least of 1, 2, 5 times a power of ten that is no less than a distance. */
static void
choose_step(ValueScale *scale, double distance)
{
	static const int digits[] = {1, 2, 5, 10};
	int i = 0;

	scale->power = (int) floor(log10(distance));
	for (scale->digit = digits[0]; step_times(scale, 1) < distance * (1 - 1e-9) && i < 3;)
		scale->digit = digits[++i];
	if (scale->digit == 10)
	{
		scale->digit = 1;
		scale->power++;
	}
}

/* Shown plainly, in a unit, or with a power? */
static void
choose_unit(ValueScale *scale)
{
	double largest = fmax(fabs(scale->low), fabs(scale->high));

	if (largest >= LARGEST_PLAIN || largest < LEAST_PLAIN || -scale->power > MOST_DECIMALS)
	{
		scale->scientific = true;
		scale->decimals = Max((int) floor(log10(largest)) - scale->power, 0);
		return;
	}
	if (largest >= 1e6)
	{
		int unit = largest >= 1e12 ? 12 : largest >= 1e9 ? 9 : 6;

		if (unit - scale->power <= UNIT_DECIMALS)
			scale->unit = unit;
	}
	scale->decimals = Max(scale->unit - scale->power, 0);
}

/* The scale around two values whose step is no less than a distance. */
static ValueScale
scale_of_step(double low, double high, double distance)
{
	ValueScale scale = {0};

	choose_step(&scale, distance);
	scale.first = (int64) floor(low / step_times(&scale, 1) + 1e-9);
	scale.last = (int64) ceil(high / step_times(&scale, 1) - 1e-9);
	scale.low = value_scale_tick(&scale, scale.first);
	scale.high = value_scale_tick(&scale, scale.last);
	return scale;
}

ValueScale
value_scale(double low, double high, int ticks)
{
	ValueScale scale;
	ValueScale finer;
	double size = fmax(fabs(low), fabs(high));

	if (size < LEAST_SIZE)
		low = high = size = 0;
	/* one value, or one but for rounding */
	if (high - low <= size * 1e-9)
	{
		double around = size > 0 ? size * 0.1 : 1;

		low -= around;
		high += around;
	}
	/* an axis that nearly begins at zero begins there */
	else if (low > 0 && low < (high - low) / 4)
		low = 0;
	else if (high < 0 && -high < (high - low) / 4)
		high = 0;
	scale = scale_of_step(low, high, (high - low) / Max(ticks, 1));
	finer = scale_of_step(low, high, step_times(&scale, 1) * FINER);
	/* a finer step is worth its ticks where much of the axis would be empty */
	if (finer.last - finer.first <= ticks + MORE_TICKS &&
		finer.high - finer.low < (scale.high - scale.low) * ROOM_WORTH)
		scale = finer;
	choose_unit(&scale);
	return scale;
}

/* Digits with a comma before every third of those before the point. */
static char *
with_commas(const char *digits)
{
	size_t whole = strcspn(digits, ".");
	char *text = palloc(strlen(digits) + whole / 3 + 1);
	char *end = text;

	for (size_t i = 0; digits[i] != '\0'; i++)
	{
		if (i > 0 && i < whole && (whole - i) % 3 == 0)
			*end++ = ',';
		*end++ = digits[i];
	}
	*end = '\0';
	return text;
}

/* "1.5e20" of "1.50e+20" */
static char *
with_power(double size, int decimals)
{
	char *text = psprintf("%.*e", Min(decimals, MOST_DECIMALS), size);
	char *power = strchr(text, 'e');
	int exponent;

	if (power == NULL)
		return text;
	exponent = atoi(power + 1);
	*power = '\0';
	return psprintf("%se%s%d", text, exponent < 0 ? MINUS_SIGN : "", abs(exponent));
}

/* Does a text of digits say zero? */
static bool
is_zero(const char *digits)
{
	return strspn(digits, "0.,") == strlen(digits);
}

char *
value_scale_text(const ValueScale *scale, double value, int more)
{
	const char *unit = "";
	const char *digits;

	if (scale->scientific)
		digits = value == 0 ? "0" : with_power(fabs(value), scale->decimals + more);
	else
	{
		int decimals = scale->decimals + more;

		/* ticks of 50 need no decimals, and values between them one digit less */
		if (more > 0 && scale->unit - scale->power < 0)
			decimals = Max(0, scale->unit - scale->power + more);
		digits = with_commas(psprintf("%.*f", decimals, fabs(value) / pow(10, scale->unit)));
	}
	if (scale->unit != 0 && !is_zero(digits))
		unit = scale->unit == 6   ? NO_BREAK_SPACE "M"
			   : scale->unit == 9 ? NO_BREAK_SPACE "G"
								  : NO_BREAK_SPACE "T";
	return psprintf("%s%s%s", value < 0 && !is_zero(digits) ? MINUS_SIGN : "", digits, unit);
}
