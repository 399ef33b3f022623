/*
 * info_fields.h
 *	  What lstm_model_info says of any model, one that forecasts or one that tells classes.
 */
#ifndef LSTM_FORECAST_INFO_FIELDS_H
#define LSTM_FORECAST_INFO_FIELDS_H

#include "postgres.h"
#include "datatype/timestamp.h"
#include "lib/stringinfo.h"
#include "utils/jsonb.h"

/*
 * A time as to_jsonb would write it in UTC: the function is immutable, so neither the session's
 * time zone nor one whose rules may change with the system's files has a part in it.
 */
extern void info_add_time(StringInfo json, const char *key, TimestampTz time);

/* Effective options, and why they were chosen: the text of a JSON object. */
extern void info_add_options(StringInfo json, Jsonb *options, const char *reasons);

/* The versions of the format and of the extension, and the kernel: what the model was made by. */
extern void info_add_maker(StringInfo json, const char *extension, const char *kernel);

#endif
