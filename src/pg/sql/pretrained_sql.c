/*
 * pretrained_sql.c
 *	  The SQL function lstm_pretrained.
 */
#include "postgres.h"

#include "fmgr.h"

#include "model/pretrained.h"

PG_FUNCTION_INFO_V1(lstm_pretrained);

/*
 * () -> the model that is nothing but the pretrained network. An aggregate asks for it at every
 * row, so all get the same bytes.
 */
Datum
lstm_pretrained(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(pretrained_encoded());
}
