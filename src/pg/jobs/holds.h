/*
 * holds.h
 *	  What a worker holds while it is at a job, and to be one of not too many: locks that nobody has
 *	  after it, however it ends.
 */
#ifndef LSTM_FORECAST_HOLDS_H
#define LSTM_FORECAST_HOLDS_H

#include "postgres.h"

/*
 * They are advisory locks of the database, of a class that no SQL function takes. A job's is held
 * from before it is seen as running until after it is seen as ended.
 */
extern void job_hold(int64 job);
extern void job_release(int64 job);

/*
 * Hold again what SQL has let go: pg_advisory_unlock_all() in a source gives back all advisory
 * locks of the session, of whatever class. To be called after SQL of users.
 */
extern void holds_keep(void);

/* Does a process hold it? */
extern bool job_is_held(int64 job);

/*
 * Be one of `most` workers of this database, until this process ends; false where there are so
 * many. waiting: of those that wait to be one.
 */
extern bool place_take(int most, bool waiting);

/* Give back the place that was taken among those who wait. */
extern void waiting_place_leave(void);

#endif
