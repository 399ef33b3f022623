/*
 * words.c
 *	  Numbers, steps, times and sizes as people read them.
 */
#include "postgres.h"

#include <math.h>

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "time/calendar.h"
#include "model/words.h"

#define NUMBER_DIGITS 3
#define PERCENT_DIGITS 2
#define LARGEST_PLAIN 1e15 /* larger and smaller numbers are written with an exponent */
#define SMALLEST_PLAIN 1e-6
#define ONE_UNIT "1 " /* what a step of one unit begins with, as frequency_text writes it */

/* Digits, with a comma before every third from the point or the end on. */
static char *
with_commas(const char *digits)
{
	int whole = (int) strspn(digits, "0123456789");
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < whole; i++)
	{
		if (i > 0 && (whole - i) % 3 == 0)
			appendStringInfoChar(&text, ',');
		appendStringInfoChar(&text, digits[i]);
	}
	appendStringInfoString(&text, digits + whole);
	return text.data;
}

char *
words_integer(int64 number)
{
	char *digits = psprintf(INT64_FORMAT, number);

	return number < 0 ? psprintf("-%s", with_commas(digits + 1)) : with_commas(digits);
}

/* Without the zeros after the point that say nothing. */
static void
cut_zeros(char *digits)
{
	char *end = digits + strlen(digits);

	if (strchr(digits, '.') == NULL)
		return;
	while (end[-1] == '0')
		end--;
	if (end[-1] == '.')
		end--;
	*end = '\0';
}

/* So many digits that mean something, and all before the point. */
static char *
rounded(double number, int digits)
{
	double size = fabs(number);
	int decimals;
	char *text;

	if (size == 0)
		return pstrdup("0");
	if (size >= LARGEST_PLAIN || size < SMALLEST_PLAIN)
		return psprintf("%.*g", digits, number);
	decimals = digits - 1 - (int) floor(log10(size));
	text = psprintf("%.*f", Max(decimals, 0), size);
	cut_zeros(text);
	return psprintf("%s%s", number < 0 && strcmp(text, "0") != 0 ? "-" : "", with_commas(text));
}

char *
words_number(double number)
{
	return isfinite(number) ? rounded(number, NUMBER_DIGITS) : NULL;
}

char *
words_percent(double share)
{
	return isfinite(100 * share) ? psprintf("%s %%", rounded(100 * share, PERCENT_DIGITS)) : NULL;
}

char *
words_count(int64 count, const char *one, const char *many)
{
	if (count == 1)
		return psprintf("1 %s", one);
	return many != NULL ? psprintf("%s %s", words_integer(count), many)
						: psprintf("%s %ss", words_integer(count), one);
}

char *
words_steps(const Frequency *frequency, int64 count)
{
	const char *step = frequency_text(frequency);

	switch (frequency->kind)
	{
		case FREQUENCY_BUSINESS_DAYS:
			return words_count(count, step, NULL);
		case FREQUENCY_FIXED:
		case FREQUENCY_DAYS:
		case FREQUENCY_MONTHS:
			if (strncmp(step, ONE_UNIT, strlen(ONE_UNIT)) == 0)
				return words_count(count, step + strlen(ONE_UNIT), NULL);
			return psprintf("%s of %s", words_count(count, "step", NULL), step);
		case FREQUENCY_NONE:
		case FREQUENCY_OPEN:
		case FREQUENCY_FISCAL:
		case FREQUENCY_LISTED:
		case FREQUENCY_IRREGULAR:
			break;
	}
	return words_count(count, "step", NULL);
}

/* Without seconds that are none: they come last, but of years before Christ. */
static void
cut_seconds(char *text)
{
	char *seconds = strrchr(text, ':');

	if (seconds != NULL && strcmp(seconds, ":00") == 0)
		*seconds = '\0';
}

char *
words_time(const Frequency *frequency, TimestampTz time)
{
	Timestamp local = calendar_local(time, calendar_zone(frequency->zone));
	char *text = palloc(MAXDATELEN + 1);
	struct pg_tm tm;
	fsec_t fraction;

	if (timestamp2tm(local, NULL, &tm, &fraction, NULL, NULL) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("timestamp out of range")));
	if (frequency_days(frequency) >= 1 && tm.tm_hour == 0 && tm.tm_min == 0 && tm.tm_sec == 0 &&
		fraction == 0)
		EncodeDateOnly(&tm, USE_ISO_DATES, text);
	else
		EncodeDateTime(&tm, fraction, false, 0, NULL, USE_ISO_DATES, text);
	if (tm.tm_sec == 0 && fraction == 0)
		cut_seconds(text);
	return text;
}

char *
words_bytes(Size bytes)
{
	static const char *const units[] = {"kB", "MB", "GB"};
	double size = (double) bytes;
	int unit = -1;

	if (bytes < 1024)
		return words_count((int64) bytes, "byte", NULL);
	while (size >= 1024 && unit < (int) lengthof(units) - 1)
	{
		size /= 1024;
		unit++;
	}
	return psprintf("%s %s", rounded(size, PERCENT_DIGITS), units[unit]);
}
