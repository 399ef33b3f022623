/*
 * background.h
 *	  Background workers that a statement starts and leaves: how they start, connect and pause.
 */
#ifndef LSTM_FORECAST_BACKGROUND_H
#define LSTM_FORECAST_BACKGROUND_H

#include "postgres.h"

#include "postmaster/bgworker.h"

/*
 * Start a worker of this type (what pg_stat_activity shows as backend_type) at a function of the
 * library, and hand it an order of up to BGW_EXTRALEN bytes, which it finds in
 * MyBgworkerEntry->bgw_extra. False where the server has none free. Raises nothing and takes no
 * memory, so that it may be called when a transaction has committed.
 */
extern bool background_start(const char *type, const char *function, const void *order, Size size);

/*
 * In the worker: take signals, and connect as the role, with a search path of pg_catalog alone, in
 * transactions that are READ COMMITTED and may write. flags: of
 * BackgroundWorkerInitializeConnectionByOid.
 */
extern void background_connect(Oid database, Oid role, uint32 flags);

/* Read files of settings that were changed since. */
extern void background_reload(void);

/* Sleep so long or until woken, let interrupts act, and read changed settings. */
extern void background_pause(long milliseconds);

#endif
