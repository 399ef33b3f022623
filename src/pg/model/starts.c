/*
 * starts.c
 *	  Choosing starts and forecasting with them, in memory of their own.
 */
#include "postgres.h"

#include "model/starts.h"

Size
start_bytes(const lf_start_request *request)
{
	return sizeof(double) * lf_start_scratch(request);
}

lf_start
start_choose(const lf_start_request *request, const double *values, const uint8 *observed,
			 int64 length)
{
	double *scratch = palloc(start_bytes(request));
	lf_start start;

	lf_start_choose(request, values, observed, length, scratch, &start);
	pfree(scratch);
	return start;
}

void
start_forecast(const lf_start *start, const double *values, int64 length, int horizon,
			   double *forecast)
{
	lf_start_request request = {.season = start->season, .horizon = horizon};
	double *scratch = palloc(start_bytes(&request));

	lf_start_forecast(start, values, length, horizon, scratch, forecast);
	pfree(scratch);
}
