/*
 * frequency_words.c
 *	  Frequencies in the words of pandas and of SQL.
 */
#include "postgres.h"

#include <ctype.h>

#include "common/int.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "time/calendar.h"
#include "time/frequency_words.h"

#define MOST_DIGITS 9 /* of the number before a word */
#define ABBREVIATION 3

/* What may follow a word behind a hyphen. */
typedef enum WordSuffix
{
	SUFFIX_NONE,
	SUFFIX_WEEKDAY, /* W-SUN */
	SUFFIX_MONTH    /* QS-JAN */
} WordSuffix;

typedef struct KnownWord
{
	const char *text;
	int64 time; /* one of these three, or business_days */
	int32 days;
	int32 months;
	bool business_days;
	WordDay day;
	WordSuffix suffix;
} KnownWord;

/* Those of pandas whose case matters. */
static const KnownWord exact_words[] = {
	{"M", .months = 1},           {"MS", .months = 1, .day = WORD_DAY_FIRST},
	{"ms", .time = 1000},         {"S", .time = USECS_PER_SEC},
	{"s", .time = USECS_PER_SEC}, {"T", .time = USECS_PER_MINUTE},
	{"L", .time = 1000},          {"U", .time = 1},
};

/* All others, in lower case. */
static const KnownWord words[] = {
	{"b", .business_days = true},
	{"bday", .business_days = true},
	{"business", .business_days = true},
	{"business day", .business_days = true},
	{"business days", .business_days = true},
	{"business daily", .business_days = true},
	{"weekday", .business_days = true},
	{"weekdays", .business_days = true},
	{"workday", .business_days = true},
	{"workdays", .business_days = true},
	{"d", .days = 1},
	{"day", .days = 1},
	{"days", .days = 1},
	{"daily", .days = 1},
	{"w", .days = DAYS_A_WEEK, .suffix = SUFFIX_WEEKDAY},
	{"week", .days = DAYS_A_WEEK},
	{"weeks", .days = DAYS_A_WEEK},
	{"weekly", .days = DAYS_A_WEEK},
	{"me", .months = 1, .day = WORD_DAY_LAST},
	{"month", .months = 1},
	{"months", .months = 1},
	{"monthly", .months = 1},
	{"month start", .months = 1, .day = WORD_DAY_FIRST},
	{"month end", .months = 1, .day = WORD_DAY_LAST},
	{"q", .months = 3, .suffix = SUFFIX_MONTH},
	{"qs", .months = 3, .day = WORD_DAY_FIRST, .suffix = SUFFIX_MONTH},
	{"qe", .months = 3, .day = WORD_DAY_LAST, .suffix = SUFFIX_MONTH},
	{"quarter", .months = 3},
	{"quarters", .months = 3},
	{"quarterly", .months = 3},
	{"a", .months = MONTHS_PER_YEAR, .suffix = SUFFIX_MONTH},
	{"as", .months = MONTHS_PER_YEAR, .day = WORD_DAY_FIRST, .suffix = SUFFIX_MONTH},
	{"y", .months = MONTHS_PER_YEAR, .suffix = SUFFIX_MONTH},
	{"ys", .months = MONTHS_PER_YEAR, .day = WORD_DAY_FIRST, .suffix = SUFFIX_MONTH},
	{"ye", .months = MONTHS_PER_YEAR, .day = WORD_DAY_LAST, .suffix = SUFFIX_MONTH},
	{"year", .months = MONTHS_PER_YEAR},
	{"years", .months = MONTHS_PER_YEAR},
	{"yearly", .months = MONTHS_PER_YEAR},
	{"annual", .months = MONTHS_PER_YEAR},
	{"annually", .months = MONTHS_PER_YEAR},
	{"h", .time = USECS_PER_HOUR},
	{"hour", .time = USECS_PER_HOUR},
	{"hours", .time = USECS_PER_HOUR},
	{"hourly", .time = USECS_PER_HOUR},
	{"min", .time = USECS_PER_MINUTE},
	{"minute", .time = USECS_PER_MINUTE},
	{"minutes", .time = USECS_PER_MINUTE},
	{"minutely", .time = USECS_PER_MINUTE},
	{"second", .time = USECS_PER_SEC},
	{"seconds", .time = USECS_PER_SEC},
	{"secondly", .time = USECS_PER_SEC},
	{"us", .time = 1},
};

static const KnownWord *
find_word(const char *text, Size length)
{
	for (int i = 0; i < (int) lengthof(exact_words); i++)
		if (strlen(exact_words[i].text) == length && memcmp(exact_words[i].text, text, length) == 0)
			return &exact_words[i];
	for (int i = 0; i < (int) lengthof(words); i++)
		if (strlen(words[i].text) == length && pg_strncasecmp(words[i].text, text, length) == 0)
			return &words[i];
	return NULL;
}

/* The place of the name that begins with this abbreviation, in any case; -1: none does. */
static int
find_abbreviation(const char *text, const char *const *names, int count)
{
	for (int i = 0; i < count; i++)
		if (strlen(text) == ABBREVIATION && pg_strncasecmp(names[i], text, ABBREVIATION) == 0)
			return i;
	return -1;
}

/* What stands behind the hyphen. False: it is no such name. */
static bool
read_suffix(const KnownWord *known, const char *suffix, FrequencyWord *word)
{
	int found;

	switch (known->suffix)
	{
		case SUFFIX_WEEKDAY:
			/* PostgreSQL's week begins on Sunday */
			found = find_abbreviation(suffix, days, DAYS_A_WEEK);
			word->weekday = (found + DAYS_A_WEEK - 1) % DAYS_A_WEEK;
			return found >= 0;
		case SUFFIX_MONTH:
			word->month = find_abbreviation(suffix, months, MONTHS_PER_YEAR) + 1;
			return word->month > 0;
		case SUFFIX_NONE:
			break;
	}
	return false;
}

/* The number before a word, 1 where there is none; *text moves behind it. False: too large, or 0.
 */
static bool
read_count(const char **text, int32 *count)
{
	int digits = 0;

	*count = 0;
	for (; isdigit((unsigned char) **text); (*text)++)
	{
		if (++digits > MOST_DIGITS)
			return false;
		*count = *count * 10 + (**text - '0');
	}
	if (digits == 0)
		*count = 1;
	while (**text == ' ')
		(*text)++;
	return *count > 0;
}

bool
frequency_word_read(const char *text, FrequencyWord *word)
{
	const KnownWord *known;
	const char *hyphen;
	int32 count;

	memset(word, 0, sizeof(*word));
	word->weekday = -1;
	if (!read_count(&text, &count))
		return false;
	hyphen = strchr(text, '-');
	known = find_word(text, hyphen == NULL ? strlen(text) : (Size) (hyphen - text));
	if (known == NULL || (hyphen != NULL && !read_suffix(known, hyphen + 1, word)))
		return false;
	word->day = known->day;
	word->cycle = known->months;
	word->business_days = known->business_days && count == 1;
	if (known->business_days)
		return count == 1;
	return !pg_mul_s32_overflow(count, known->months, &word->span.month) &&
		   !pg_mul_s32_overflow(count, known->days, &word->span.day) &&
		   !pg_mul_s64_overflow(count, known->time, &word->span.time);
}

char *
frequency_word_misfit(const char *text, const Frequency *frequency, TimestampTz first)
{
	FrequencyWord word;
	LocalTime local;
	int64 month;
	int day_of_month;
	bool last;

	if (!frequency->has_time || !frequency_word_read(text, &word))
		return NULL;
	local = calendar_split(first, calendar_zone(frequency->zone));
	if (word.weekday >= 0 && local.day % DAYS_A_WEEK != word.weekday)
		return psprintf("It is a %s.", days[j2day((int) local.day)]);
	if (word.day == WORD_DAY_FIRST &&
		(frequency->month_end || frequency->month_any || frequency->month_day != 1))
		return pstrdup("The timestamps are not all on the first day of a month.");
	if (word.day == WORD_DAY_LAST && !frequency->month_end)
		return pstrdup("The timestamps are not all on the last day of a month.");
	/* of the year; months before the year 0 have negative numbers */
	month = floor_remainder(calendar_month(local.day, &day_of_month, &last), MONTHS_PER_YEAR);
	if (word.month > 0 && (month - (word.month - 1)) % word.cycle != 0)
		return psprintf("Its month is %s.", months[month]);
	return NULL;
}
