/*
 * synonyms.h
 *	  Words of other forecasting libraries for our options and their values.
 */
#ifndef LSTM_FORECAST_SYNONYMS_H
#define LSTM_FORECAST_SYNONYMS_H

#include "postgres.h"

#include "options/options_table.h"

/*
 * What is called `key` (length bytes, not terminated; in any case) elsewhere, as a
 * sentence for a hint; NULL where the word is not known.
 */
extern char *synonym_of_option(const char *key, int length);

/* The same of a word for the value of an option. */
extern char *synonym_of_value(const OptionDescriptor *option, const char *word, int length);

#endif
