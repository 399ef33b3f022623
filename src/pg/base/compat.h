/*
 * compat.h
 *	  Every difference between PostgreSQL 15 and 18 that the glue meets.
 *
 * scripts/test-versions builds on 16 and 18. Of 17 there is but one that neither of them shows: it
 *is the first to let a background worker in as a role that may not log in.
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

/* PostgreSQL 16 gave the n-th of the processes that have an entry another name. */
#if PG_VERSION_NUM < 160000
#define pgstat_get_local_beentry_by_index pgstat_fetch_stat_local_beentry
#endif

/*
 * Let a background worker connect as a role that may not log in, as from PostgreSQL 17 on. Before
 * that it cannot, which lstm_registry_worker_fault() says in SQL.
 */
#if PG_VERSION_NUM >= 170000
#define LF_WORKER_CONNECTION BGWORKER_BYPASS_ROLELOGINCHECK
#else
#define LF_WORKER_CONNECTION 0
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

/* PostgreSQL 17's LockHeldByMe can ask for stronger locks as well. A macro for the same reason. */
#if PG_VERSION_NUM >= 170000
#define lf_lock_is_held(tag, mode) LockHeldByMe(tag, mode, false)
#else
#define lf_lock_is_held(tag, mode) LockHeldByMe(tag, mode)
#endif

/* PostgreSQL 16 asks for rights on objects of all kinds by one function. A macro, too. */
#if PG_VERSION_NUM >= 160000
#define lf_database_aclcheck(database, role, mode)                                                 \
	object_aclcheck(DatabaseRelationId, database, role, mode)
#else
#define lf_database_aclcheck(database, role, mode) pg_database_aclcheck(database, role, mode)
#endif

/* No installed header has it: opens the file of a time zone; canonname gets the name's own case. */
extern int pg_open_tzfile(const char *name, char *canonname);

#endif
