/*
 * renewal.c
 *	  A background worker that renews forecasts of series that are due.
 *
 * Forecasting in the statement that inserts would make it wait for it, and one series at a time
 * reads the source again and again. A worker takes all that have come together, as the models'
 * owner, and works for at most a fifth of the time.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_database.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/lock.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "base/background.h"
#include "base/compat.h"
#include "watch/renewal.h"

#define RENEWAL_FUNCTION "lstm_watch_renew"
#define WORKER_TYPE "lstm_forecast renewal"

#define LEAST_PAUSE_MS 1000 /* for series to come together */
#define PAUSE_SHARE 4       /* it pauses so many times as long as it worked */
#define LOCK_TRIES 3        /* to be the one worker */
#define LOCK_PAUSE_MS 200
#define IDLE_PASSES 2       /* without a series that is due, before a worker ends */
#define LEAST_APART_MS 1000 /* between two starts by a session */
#define MOST_WANTED 8       /* roles whose workers one transaction can start */

/* Not one of those that pg_advisory_lock takes. */
#define LOCK_KIND 3

/* What a worker is for: bytes in bgw_extra. */
typedef struct Renewal
{
	Oid database;
	Oid owner;
	Oid schema;
} Renewal;

StaticAssertDecl(sizeof(Renewal) <= BGW_EXTRALEN, "a worker can be told what it is for");

/* To be started when the transaction commits. */
static Renewal wanted[MOST_WANTED];
static int wanted_count = 0;

static void
lock_tag(LOCKTAG *tag, const Renewal *renewal)
{
	SET_LOCKTAG_ADVISORY(*tag, renewal->database, renewal->schema, renewal->owner, LOCK_KIND);
}

/* Be the one worker for it, until the process or unlock ends that; false: there is another. */
static bool
lock(const Renewal *renewal)
{
	LOCKTAG tag;

	lock_tag(&tag, renewal);
	return LockAcquire(&tag, ExclusiveLock, true, true) != LOCKACQUIRE_NOT_AVAIL;
}

static void
unlock(const Renewal *renewal)
{
	LOCKTAG tag;

	lock_tag(&tag, renewal);
	LockRelease(&tag, ExclusiveLock, true);
}

static void
at_end_of_transaction(XactEvent event, void *context)
{
	if (event != XACT_EVENT_COMMIT && event != XACT_EVENT_ABORT && event != XACT_EVENT_PREPARE)
		return;
	if (event == XACT_EVENT_COMMIT)
		for (int i = 0; i < wanted_count; i++)
			/* that there is no room is no error: the series wait */
			(void) background_start(WORKER_TYPE, "lstm_renewal_main", &wanted[i],
									sizeof(wanted[i]));
	wanted_count = 0;
}

/* Could a worker connect as the role? */
static bool
can_connect(Oid role)
{
	HeapTuple tuple = SearchSysCache1(AUTHOID, ObjectIdGetDatum(role));
	bool can = false;

	if (HeapTupleIsValid(tuple))
	{
		can = ((Form_pg_authid) GETSTRUCT(tuple))->rolcanlogin;
		ReleaseSysCache(tuple);
	}
	return can && lf_database_aclcheck(MyDatabaseId, role, ACL_CONNECT) == ACLCHECK_OK;
}

/* Was one for it started by this session a moment ago? Only the latest is remembered. */
static bool
was_started(const Renewal *renewal)
{
	static Renewal latest;
	static TimestampTz latest_time = 0;
	TimestampTz now = GetCurrentTimestamp();

	if (memcmp(&latest, renewal, sizeof(latest)) == 0 &&
		!TimestampDifferenceExceeds(latest_time, now, LEAST_APART_MS))
		return true;
	latest = *renewal;
	latest_time = now;
	return false;
}

void
renewal_wanted(Oid schema, Oid owner)
{
	static bool listening = false;
	Renewal renewal = {.database = MyDatabaseId, .owner = owner, .schema = schema};

	for (int i = 0; i < wanted_count; i++)
		if (memcmp(&wanted[i], &renewal, sizeof(renewal)) == 0)
			return;
	if (wanted_count == MOST_WANTED || was_started(&renewal) || !can_connect(owner) ||
		!lock(&renewal))
		return;
	unlock(&renewal);
	if (!listening)
		RegisterXactCallback(at_end_of_transaction, NULL);
	listening = true;
	wanted[wanted_count++] = renewal;
}

/* How many series lstm_watch_renew() found due; it commits what it has done. */
static int64
renew(const char *function)
{
	int64 count = 0;
	bool null = true;

	StartTransactionCommand();
	SPI_connect();
	PushActiveSnapshot(GetTransactionSnapshot());
	pgstat_report_activity(STATE_RUNNING, function);
	if (SPI_execute(psprintf("SELECT %s(NULL::pg_catalog.text)", function), false, 1) ==
			SPI_OK_SELECT &&
		SPI_processed == 1)
		count =
			DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &null));
	SPI_finish();
	PopActiveSnapshot();
	CommitTransactionCommand();
	pgstat_report_stat(true);
	pgstat_report_activity(STATE_IDLE, NULL);
	return null ? 0 : count;
}

/* The function's name, in TopMemoryContext; NULL: the extension is gone. */
static char *
renewal_function(Oid schema)
{
	char *name = NULL;
	char *function = NULL;

	StartTransactionCommand();
	name = get_namespace_name(schema);
	if (name != NULL && SearchSysCacheExists3(PROCNAMEARGSNSP, CStringGetDatum(RENEWAL_FUNCTION),
											  PointerGetDatum(buildoidvector((Oid[]){TEXTOID}, 1)),
											  ObjectIdGetDatum(schema)))
		function = MemoryContextStrdup(TopMemoryContext,
									   quote_qualified_identifier(name, RENEWAL_FUNCTION));
	CommitTransactionCommand();
	return function;
}

void
lstm_renewal_main(Datum unused)
{
	Renewal renewal;
	char *function;

	memcpy(&renewal, MyBgworkerEntry->bgw_extra, sizeof(renewal));
	background_connect(renewal.database, renewal.owner, 0);
	/* one that ends has perhaps not seen what this one was started for */
	for (int tries = 0; !lock(&renewal); tries++)
	{
		if (tries == LOCK_TRIES)
			return;
		background_pause(LOCK_PAUSE_MS);
	}
	for (int idle = 0;;)
	{
		TimestampTz begin = GetCurrentTimestamp();

		function = renewal_function(renewal.schema);
		if (function == NULL)
			return;
		idle = renew(function) > 0 ? 0 : idle + 1;
		pfree(function);
		if (idle > IDLE_PASSES)
			return;
		background_pause(Max(LEAST_PAUSE_MS, PAUSE_SHARE * TimestampDifferenceMilliseconds(
															   begin, GetCurrentTimestamp())));
	}
}
