/*
 * holds.c
 *	  What a worker holds while it is at a job, and to be one of not too many.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/lock.h"

#include "base/compat.h"
#include "jobs/holds.h"

/* Classes of advisory locks; pg_advisory_lock() and its like have 1 and 2. */
typedef enum HoldClass
{
	HOLD_JOB = 19526, /* as lstm_cancel() knows it */
	HOLD_WORKING,
	HOLD_WAITING
} HoldClass;

/* The places that this process has among those who work, and among those who wait. */
static int working_place = -1;
static int waiting_place = -1;

/* The job that this process holds; 0: none. */
static int64 own_job = 0;

static LOCKTAG
hold_tag(HoldClass class, int64 number)
{
	LOCKTAG tag;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, (uint32) (number >> 32), (uint32) number, class);
	return tag;
}

void
job_hold(int64 job)
{
	LOCKTAG tag = hold_tag(HOLD_JOB, job);

	(void) LockAcquire(&tag, ExclusiveLock, true, false);
	own_job = job;
}

void
job_release(int64 job)
{
	LOCKTAG tag = hold_tag(HOLD_JOB, job);

	(void) LockRelease(&tag, ExclusiveLock, true);
	own_job = 0;
}

void
holds_keep(void)
{
	LOCKTAG job = hold_tag(HOLD_JOB, own_job);
	LOCKTAG place = hold_tag(HOLD_WORKING, working_place);

	if (own_job != 0 && !lf_lock_is_held(&job, ExclusiveLock))
		(void) LockAcquire(&job, ExclusiveLock, true, false);
	/* one that another worker has found free meanwhile is its place as well */
	if (working_place >= 0 && !lf_lock_is_held(&place, ExclusiveLock))
		(void) LockAcquire(&place, ExclusiveLock, true, true);
}

bool
job_is_held(int64 job)
{
	LOCKTAG tag = hold_tag(HOLD_JOB, job);

	/* what a process holds itself does not keep it out */
	if (own_job == job)
		return true;
	if (LockAcquire(&tag, ShareLock, false, true) == LOCKACQUIRE_NOT_AVAIL)
		return true;
	(void) LockRelease(&tag, ShareLock, false);
	return false;
}

bool
place_take(int most, bool waiting)
{
	for (int place = 0; place < most; place++)
	{
		LOCKTAG tag = hold_tag(waiting ? HOLD_WAITING : HOLD_WORKING, place);

		if (LockAcquire(&tag, ExclusiveLock, true, true) == LOCKACQUIRE_NOT_AVAIL)
			continue;
		if (waiting)
			waiting_place = place;
		else
			working_place = place;
		return true;
	}
	return false;
}

void
waiting_place_leave(void)
{
	LOCKTAG tag = hold_tag(HOLD_WAITING, waiting_place);

	(void) LockRelease(&tag, ExclusiveLock, true);
	waiting_place = -1;
}
