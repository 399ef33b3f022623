/*
 * model_cache.c
 *	  A model parsed once for a query.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "compat.h"
#include "model_cache.h"

/* A parsed model, kept with the expression that calls us: its bytes are compared, not trusted. */
typedef struct CachedModel
{
	MemoryContext context;
	bytea *bytes;
	Model *model;
} CachedModel;

const Model *
cached_model(FmgrInfo *flinfo, struct varlena *argument)
{
	CachedModel *cached = flinfo->fn_extra;
	bytea *bytes = (bytea *) pg_detoast_datum(argument);
	MemoryContext caller;

	if (cached != NULL && cached->model != NULL && VARSIZE(cached->bytes) == VARSIZE(bytes) &&
		memcmp(cached->bytes, bytes, VARSIZE(bytes)) == 0)
		return cached->model;
	if (cached == NULL)
	{
		cached = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(CachedModel));
		cached->context = AllocSetContextCreate(flinfo->fn_mcxt, "lstm_forecast parsed model",
												ALLOCSET_DEFAULT_SIZES);
		flinfo->fn_extra = cached;
	}
	cached->model = NULL;
	MemoryContextReset(cached->context);
	caller = MemoryContextSwitchTo(cached->context);
	cached->bytes = palloc(VARSIZE(bytes));
	memcpy(cached->bytes, bytes, VARSIZE(bytes));
	cached->model = model_decode(cached->bytes);
	MemoryContextSwitchTo(caller);
	return cached->model;
}
