/*
 * fetch.h
 *	  Fetches a model's bytes from where they are stored.
 */
#ifndef LSTM_FORECAST_FETCH_H
#define LSTM_FORECAST_FETCH_H

#include "postgres.h"

/*
 * The bytes of an argument, not extended, in CurrentMemoryContext where they are not the argument's
 * own. As pg_detoast_datum, but looks at interrupts, and raises 54000 where they are more than
 * lstm_forecast.max_memory.
 */
extern bytea *model_fetch(struct varlena *value);

#endif
