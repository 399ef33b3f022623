/*
 * renewal.h
 *	  A background worker that renews forecasts of series that are due.
 */
#ifndef LSTM_FORECAST_RENEWAL_H
#define LSTM_FORECAST_RENEWAL_H

#include "postgres.h"

/*
 * Once this transaction has committed, see that a worker renews what is due of that role's models,
 * unless one is at it or was started a moment ago. Where none can be started, the series wait for
 * the next time, or for lstm_watch_renew(). schema: of the registry.
 */
extern void renewal_wanted(Oid schema, Oid owner);

/* Where such a worker begins. */
extern PGDLLEXPORT void lstm_renewal_main(Datum unused);

#endif
