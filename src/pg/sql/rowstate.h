/*
 * rowstate.h
 *	  The state that the aggregates lstm_train, lstm_finetune and lstm_forecast share: the rows of
 *	  a group, and the arguments that must be the same on each of them.
 */
#ifndef LSTM_FORECAST_ROWSTATE_H
#define LSTM_FORECAST_ROWSTATE_H

#include "postgres.h"

#include "fmgr.h"
#include "utils/jsonb.h"

#include "base/compat.h"
#include "rows/panel_rows.h"

/*
 * An argument that is the same for all rows of a group, as it came, perhaps still compressed or out
 * of line: models are large, and looked at only once.
 */
typedef struct RowConstant
{
	struct varlena *value; /* NULL: an SQL null, or none */
	bool seen;
} RowConstant;

typedef struct RowState
{
	PanelRows *rows;
	RowConstant model;   /* bytea */
	RowConstant options; /* jsonb */
	int tickets;         /* that stand for it (rowstate_leave); -1: it was taken for one */
} RowState;

/* The memory of the state of an aggregate that calls; raises 55000 when none does. */
extern MemoryContext rowstate_context(FunctionCallInfo fcinfo);

/* The state that a final function gets; NULL for a group without rows, or with a null model. */
extern const RowState *rowstate_with_model(FunctionCallInfo fcinfo);

/* The options of a state, whole; NULL: none. */
extern Jsonb *rowstate_options(const RowState *state);

/* A state without rows; past and future as in PanelRows. */
extern RowState *rowstate_create(MemoryContext context, bool has_times, int past, int future);

#endif
