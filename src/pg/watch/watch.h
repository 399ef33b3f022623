/*
 * watch.h
 *	  The rows of a statement against the forecasts in the ledger.
 */
#ifndef LSTM_FORECAST_WATCH_H
#define LSTM_FORECAST_WATCH_H

#include "postgres.h"
#include "commands/trigger.h"

#include "watch/watch_options.h"

/*
 * Compare the new rows of a statement with the latest forecasts of their times, notify of those
 * outside of the intervals, and ask for new forecasts of series that have none left, or were not as
 * forecast. schema: of the registry. Rights are those of the table's owner; who inserts needs none.
 *
 * What is wrong with the model, the table or the privileges is told by a WARNING, once a session:
 * the statement goes on. Interrupts and what PostgreSQL itself raises are errors.
 */
extern void watch_statement(const TriggerData *trigger, Oid schema, const char *model,
							const WatchOptions *options);

/*
 * Raise an error where such a trigger on the table would only warn: 42704 without the model, 42703
 * where columns are not there, or of another type.
 */
extern void watch_check(Relation table, Oid schema, const char *name, const WatchOptions *options);

#endif
