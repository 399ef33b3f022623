/*
 * source_text.h
 *	  The text that names a source: a table, or one SELECT.
 */
#ifndef LSTM_FORECAST_SOURCE_TEXT_H
#define LSTM_FORECAST_SOURCE_TEXT_H

#include "postgres.h"

/* Raise 54000 where a text is longer than a source may be. */
extern void source_check_length(const char *source);

/*
 * What stands after FROM: the table's name, quoted anew, or the query in parentheses. Raises 42P01
 * where there is no such relation, 22023 for a text that is neither a name nor one SELECT.
 */
extern const char *source_relation(const char *source);

#endif
