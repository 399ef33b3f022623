/*
 * errors.c
 *	  The core's status codes as PostgreSQL errors.
 */
#include "postgres.h"

#include "base/errors.h"

static int
status_sqlstate(lf_status status)
{
	switch (status)
	{
		case LF_ERROR_MEMORY:
			return ERRCODE_OUT_OF_MEMORY;
		case LF_ERROR_LIMIT:
			return ERRCODE_PROGRAM_LIMIT_EXCEEDED;
		case LF_ERROR_CONFIG:
			return ERRCODE_INVALID_PARAMETER_VALUE;
		case LF_ERROR_DATA:
		case LF_ERROR_DIVERGED:
			return ERRCODE_DATA_EXCEPTION;
		case LF_OK:
		case LF_DONE:
		case LF_INTERRUPTED:
		case LF_WAITING:
			break;
	}
	return ERRCODE_INTERNAL_ERROR;
}

void
throw_core_error(lf_status status, const lf_error *error)
{
	ereport(ERROR, (errcode(status_sqlstate(status)), errmsg("%s", error->message),
					error->detail[0] ? errdetail("%s", error->detail) : 0,
					error->hint[0] ? errhint("%s", error->hint) : 0));
}
