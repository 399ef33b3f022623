/*
 * drive.c
 *	  Runs the core's predictor under PostgreSQL's interrupts.
 */
#include "postgres.h"

#include "drive.h"
#include "errors.h"
#include "memory.h"

lf_predictor *
create_predictor(const ModelMember *member, const lf_dataset *dataset, int64 max_rows)
{
	lf_allocator allocator = context_allocator(CurrentMemoryContext);
	lf_predictor_spec spec = {.network = member->network,
							  .scaling = member->scaling,
							  .dataset = dataset,
							  .scalers = member->scalers,
							  .parameters = member->parameters,
							  .max_rows = max_rows,
							  .kernels = lf_kernels_best()};
	lf_predictor *predictor = NULL;
	size_t bytes;
	lf_error error;
	lf_status status = lf_predictor_bytes(&spec, &bytes, &error);

	if (status == LF_OK)
	{
		check_memory_limit(bytes, "forecasting",
						   "Lower \"horizon\", or forecast fewer series in one call.");
		status = lf_predictor_create(&spec, &allocator, CORE_INTERRUPT, &predictor, &error);
	}
	if (status != LF_OK)
		throw_core_error(status, &error);
	return predictor;
}

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
