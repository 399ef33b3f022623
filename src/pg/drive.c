/*
 * drive.c
 *	  Runs the core's predictor under PostgreSQL's interrupts.
 */
#include "postgres.h"

#include "drive.h"
#include "errors.h"

void
drive_predictor(lf_predictor *predictor, const lf_window *windows, int64 count, double *forecasts)
{
	lf_error error;
	lf_status status;

	lf_predictor_begin(predictor, windows, count, forecasts);
	do
	{
		bool held_off = interrupt_held_off();

		status = lf_predictor_step(predictor, held_off, &error);
	} while (status == LF_OK || status == LF_INTERRUPTED);
	if (status != LF_DONE)
		throw_core_error(status, &error);
}
