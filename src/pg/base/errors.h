/*
 * errors.h
 *	  The core's status codes as PostgreSQL errors.
 */
#ifndef LSTM_FORECAST_ERRORS_H
#define LSTM_FORECAST_ERRORS_H

#include "postgres.h"

#include "core/status.h"
#include "base/compat.h"

/* Raise the error of a status other than LF_OK, LF_DONE and LF_INTERRUPTED. */
pg_noreturn extern void throw_core_error(lf_status status, const lf_error *error);

#endif
