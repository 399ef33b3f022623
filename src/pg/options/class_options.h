/*
 * class_options.h
 *	  The options of classes: which there are, and the weights of classes.
 */
#ifndef LSTM_FORECAST_CLASS_OPTIONS_H
#define LSTM_FORECAST_CLASS_OPTIONS_H

#include "postgres.h"
#include "lib/stringinfo.h"
#include "utils/jsonb.h"

#include "options/options.h"
#include "options/options_table.h"

/*
 * As options_parse, of the training of classes: an option that says nothing about them raises
 * 22023, unless it is left open. A label a series is told by networks that read in both directions,
 * where no option says otherwise.
 */
extern void options_parse_classes(TrainOptions *options, Jsonb *json);

/* Raise 22023 where an option is given that only classes have. */
extern void options_check_forecast(const TrainOptions *options);

/*
 * The text of OPTION_WEIGHTS: one of its words, or an object of weights as JSON, each within the
 * option's range; NULL where the value is neither. In CurrentMemoryContext.
 */
extern char *weights_text(const OptionDescriptor *option, JsonbValue *value);

/* Such a text, or NULL, as JSON. */
extern void weights_append_json(StringInfo json, const OptionDescriptor *option, const char *text);

/*
 * The weight of each of so many classes, by their labels in order: `counts` of labelled rows or
 * series, one or more a class, for balanced ones, which are then total / (classes * count). Weights
 * of a label that is no class raise 22023. In CurrentMemoryContext; NULL: all alike.
 */
extern double *weights_of_classes(const TrainOptions *options, char *const *labels,
								  const int64 *counts, int classes);

#endif
