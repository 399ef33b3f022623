/*
 * frequency_words.h
 *	  Frequencies in the words of pandas and of SQL: "D", "daily", "MS", "15min", "W-SUN".
 *
 * As in pandas, case matters where two words differ in it alone: "MS" is the start of
 * a month and "ms" a millisecond, "6M" six months and "6m", as in SQL, six minutes.
 */
#ifndef LSTM_FORECAST_FREQUENCY_WORDS_H
#define LSTM_FORECAST_FREQUENCY_WORDS_H

#include "postgres.h"
#include "datatype/timestamp.h"

#include "time/frequency.h"

/* The day of the month that a word names. */
typedef enum WordDay
{
	WORD_DAY_ANY,
	WORD_DAY_FIRST,
	WORD_DAY_LAST
} WordDay;

typedef struct FrequencyWord
{
	bool business_days; /* else span holds */
	Interval span;
	WordDay day;
	int month;   /* 1 to 12: steps lie in this month or whole cycles from it; 0: in any */
	int cycle;   /* months, 3 of a quarter, whatever the number before the word */
	int weekday; /* 0 to 6, from Monday: each step is on this day; -1: any */
} FrequencyWord;

/* Read a word, with a number of them before it or without. False: it is none of these words. */
extern bool frequency_word_read(const char *text, FrequencyWord *word);

/*
 * Why the grid that was found for the timestamps, the first of which is first, is not the one that
 * the option's text asks for: a sentence, e.g. "It is a Monday."; NULL where it is, or where
 * the text asks for no day, or where there is no grid.
 */
extern char *frequency_word_misfit(const char *text, const Frequency *frequency, TimestampTz first);

#endif
