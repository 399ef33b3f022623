/*
 * compat.h
 *	  Every difference between PostgreSQL 15 and 18 that the glue meets.
 *
 * 17 has none of its own: nothing that the glue calls came or went there that
 * is not the same in 16 or in 18. scripts/test-versions builds on those two.
 */
#ifndef LSTM_FORECAST_COMPAT_H
#define LSTM_FORECAST_COMPAT_H

#include "postgres.h"

#if PG_VERSION_NUM < 150000
#error "lstm_forecast needs PostgreSQL 15 or newer"
#endif

/* PostgreSQL 16 moved bytea and other varlena headers out of postgres.h. */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/*
 * PostgreSQL 18 shows a module's name and version in pg_get_loaded_modules(). The version comes
 * from the control file, by way of the Makefile.
 */
#if PG_VERSION_NUM >= 180000
#define LF_MODULE_MAGIC                                                                            \
	PG_MODULE_MAGIC_EXT(.name = "lstm_forecast", .version = LSTM_FORECAST_VERSION)
#else
#define LF_MODULE_MAGIC PG_MODULE_MAGIC
#endif

/* PostgreSQL 18 has pg_noreturn as a prefix, earlier ones only a suffix of another name. */
#if PG_VERSION_NUM < 180000
#define pg_noreturn _Noreturn
#endif

/*
 * PostgreSQL 18's index_beginscan has an argument for counters of searches. A macro, so that this
 * file asks for no header of access methods.
 */
#if PG_VERSION_NUM >= 180000
#define lf_index_beginscan(table, index, snapshot, keys)                                           \
	index_beginscan(table, index, snapshot, NULL, keys, 0)
#else
#define lf_index_beginscan(table, index, snapshot, keys)                                           \
	index_beginscan(table, index, snapshot, keys, 0)
#endif

/* No installed header has it: opens the file of a time zone; canonname gets the name's own case. */
extern int pg_open_tzfile(const char *name, char *canonname);

#endif
