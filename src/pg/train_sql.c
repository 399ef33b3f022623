/*
 * train_sql.c
 *	  SQL functions that train: the end of the lstm_train aggregates, and lstm_train over a source.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "rowstate.h"
#include "source.h"
#include "train.h"

PG_FUNCTION_INFO_V1(lstm_train_final);
PG_FUNCTION_INFO_V1(lstm_train);

/* (state) -> model; the state is left as it was, as a window may call again */
Datum
lstm_train_final(PG_FUNCTION_ARGS)
{
	const RowState *state;
	TrainOptions options;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (RowState *) PG_GETARG_POINTER(0);
	options_parse(&options,
				  state->constant == NULL ? NULL : (Jsonb *) pg_detoast_datum(state->constant));
	PG_RETURN_BYTEA_P(train_model(state->rows, NULL, &options));
}

/* (source, time_column, target_column, horizon, options) -> model, or NULL for a source without
 * rows */
Datum
lstm_train(PG_FUNCTION_ARGS)
{
	TrainOptions options;
	RowSet *rows;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"source\" and \"target_column\" must not be null"),
				 errhint("Name a table or give a SELECT, and name the column to forecast.")));
	options_parse(&options, PG_ARGISNULL(4) ? NULL : PG_GETARG_JSONB_P(4));
	if (!PG_ARGISNULL(3))
		options.horizon = horizon_argument(PG_GETARG_INT32(3));
	rows = source_read(text_to_cstring(PG_GETARG_TEXT_PP(0)),
					   PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1)),
					   text_to_cstring(PG_GETARG_TEXT_PP(2)));
	if (rows->count == 0)
		PG_RETURN_NULL();
	PG_RETURN_BYTEA_P(train_model(rows, NULL, &options));
}
