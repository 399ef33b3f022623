/*
 * rowstate.h
 *	  The state that lstm_train and lstm_forecast aggregates share: the rows of a
 *	  group, and the argument that must be the same on each of them.
 */
#ifndef LSTM_FORECAST_ROWSTATE_H
#define LSTM_FORECAST_ROWSTATE_H

#include "postgres.h"

#include "compat.h"
#include "series.h"

/*
 * constant is the group's options (jsonb) or model (bytea) as it came, perhaps
 * still compressed or out of line: models are large, and looked at only once.
 */
typedef struct RowState
{
	RowSet *rows;
	struct varlena *constant; /* NULL: an SQL null, or none */
	bool constant_seen;
} RowState;

#endif
