/*
 * rowstate_local.h
 *	  States that stay in the process, from a partial aggregate to the one that combines.
 *
 * The leader of a parallel plan collects rows, too. As bytes they would be in its memory
 * four times: PostgreSQL copies the first tuple that an aggregate combines twice. A ticket
 * stands for them instead, where it is sure that the state outlives its tuple.
 */
#ifndef LSTM_FORECAST_ROWSTATE_LOCAL_H
#define LSTM_FORECAST_ROWSTATE_LOCAL_H

#include "postgres.h"

#include "fmgr.h"

#include "sql/rowstate.h"

/*
 * May a state stay where it is? So in the leader, of an aggregate without groups: the one
 * state then lives until the aggregate is read again, or ends.
 */
extern bool rowstate_stays(FunctionCallInfo fcinfo);

/* A ticket for a state of an aggregate's memory, good until that memory is reset. */
extern int64 rowstate_leave(RowState *state);

/* The state that was left for a ticket. An internal error where there is none. */
extern RowState *rowstate_find(int64 ticket);

/*
 * Go on with a state as one's own. False where it was not left for a single ticket: else the
 * aggregate that collected it looks at it no more, and the memory stays. The ticket is void.
 */
extern bool rowstate_take(RowState *state);

#endif
