/*
 * rowstate.h
 *	  The state that the aggregates lstm_train, lstm_finetune and lstm_forecast share: the rows of
 *	  a group, and the arguments that must be the same on each of them.
 */
#ifndef LSTM_FORECAST_ROWSTATE_H
#define LSTM_FORECAST_ROWSTATE_H

#include "postgres.h"

#include "fmgr.h"
#include "utils/array.h"
#include "utils/jsonb.h"

#include "base/compat.h"
#include "base/progress_report.h"
#include "rows/class_labels.h"
#include "rows/panel_rows.h"
#include "rows/series_label.h"

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

/* What makes labels of a transition function's arguments, for as long as the statement runs. */
typedef struct RowLabellers
{
	bool has_series;
	SeriesLabeller series;
	bool has_classes;
	ClassLabeller classes;
} RowLabellers;

/* A row on its way into the state. */
typedef struct ArrivingRow
{
	PanelRows *rows;
	const char *label;
	TimestampTz time;
	bool time_null;
	const char *past_name; /* of the argument that has its past covariates; NULL: past */
} ArrivingRow;

/* Take the options, which must be the same for all rows; argument 0: there are none. */
extern void rowstate_take_options(FunctionCallInfo fcinfo, int number, RowState *state);

/* Kept in fn_extra, zeroed before. */
extern RowLabellers *rowstate_labellers(FunctionCallInfo fcinfo);

/* The label of the series argument, as rows keep it; NULL raises 22004. */
extern const char *rowstate_series(FunctionCallInfo fcinfo, int argument, PanelRows *rows);

/* Append a row with the arrays of its covariates, NULL where they are. */
extern void rowstate_append(const ArrivingRow *row, double value, bool value_null,
							const ArrayType *past, const ArrayType *future);

/*
 * Count a row that an aggregate has taken, for who looks how far its training is; not of one that
 * trains nothing.
 */
extern void rowstate_count_row(FunctionCallInfo fcinfo, ProgressCommand command);

/* The memory of the state of an aggregate that calls; raises 55000 when none does. */
extern MemoryContext rowstate_context(FunctionCallInfo fcinfo);

/* The state that a final function gets; NULL for a group without rows, or with a null model. */
extern const RowState *rowstate_with_model(FunctionCallInfo fcinfo);

/* The options of a state, whole; NULL: none. */
extern Jsonb *rowstate_options(const RowState *state);

/* A state without rows; past and future as in PanelRows. */
extern RowState *rowstate_create(MemoryContext context, bool has_times, int past, int future);

#endif
