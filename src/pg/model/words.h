/*
 * words.h
 *	  Numbers, steps, times and sizes as people read them: the same in every session and locale.
 *
 * All texts are in CurrentMemoryContext.
 */
#ifndef LSTM_FORECAST_WORDS_H
#define LSTM_FORECAST_WORDS_H

#include "postgres.h"
#include "datatype/timestamp.h"

#include "time/frequency.h"

/* "12,345" */
extern char *words_integer(int64 number);

/*
 * With three digits that mean something, and all those before the point: "12,346", "3.54",
 * "0.0123"; NULL for what is no number.
 */
extern char *words_number(double number);

/* A share of 1 as "12 %", with two such digits; NULL for what is no number. */
extern char *words_percent(double share);

/* "1 network", "1,200 networks": of a noun whose plural has an s, or is given. */
extern char *words_count(int64 count, const char *one, const char *many);

/* "14 days", "48 steps of 30 minutes", "10 business days", "12 steps". */
extern char *words_steps(const Frequency *frequency, int64 count);

/*
 * "2024-03-01 13:00", or at midnight the date alone where steps are days or longer: as the
 * clocks of the frequency's zone show it. Not for FREQUENCY_NONE.
 */
extern char *words_time(const Frequency *frequency, TimestampTz time);

/* "97 bytes", "96 kB", "1.4 MB": as pg_size_pretty, of 1024 each. */
extern char *words_bytes(Size bytes);

#endif
