/*
 * predictor.c
 *	  Makes and runs the core's predictor of one network.
 */
#include "postgres.h"

#include "base/errors.h"
#include "base/interrupts.h"
#include "base/kernel_choice.h"
#include "base/memory.h"
#include "forecast/predictor.h"

Size
predictor_bytes(const ModelMember *member, int64 max_rows)
{
	lf_predictor_spec spec = {.network = member->network,
							  .scaling = member->scaling,
							  .loss = member->loss,
							  .max_rows = max_rows,
							  .kernels = instructions_kernels()};
	size_t bytes;
	lf_error error;
	lf_status status = lf_predictor_bytes(&spec, &bytes, &error);

	if (status != LF_OK)
		throw_core_error(status, &error);
	return bytes;
}

lf_predictor *
create_predictor(const ModelMember *member, const lf_dataset *dataset, const lf_scaler *scalers,
				 int64 max_rows, const double *levels, int level_count)
{
	lf_allocator allocator = context_allocator(CurrentMemoryContext);
	lf_predictor_spec spec = {.network = member->network,
							  .scaling = member->scaling,
							  .dataset = dataset,
							  .scalers = scalers,
							  .parameters = member->parameters,
							  .loss = member->loss,
							  .levels = levels,
							  .level_count = level_count,
							  .max_rows = max_rows,
							  .kernels = instructions_kernels()};
	lf_predictor *predictor = NULL;
	lf_error error;
	lf_status status = lf_predictor_create(&spec, &allocator, &core_interrupt, &predictor, &error);

	if (status != LF_OK)
		throw_core_error(status, &error);
	return predictor;
}

void
run_predictor(lf_predictor *predictor, const lf_window *windows, int64 count, double *forecasts,
			  double *quantiles, double *dispersions)
{
	lf_error error;
	lf_status status;

	lf_predictor_begin(predictor, windows, count, forecasts, quantiles);
	lf_predictor_tell_dispersions(predictor, dispersions);
	do
	{
		let_interrupt_act();
		status = lf_predictor_step(predictor, &error);
	} while (status == LF_OK || status == LF_INTERRUPTED);
	if (status != LF_DONE)
		throw_core_error(status, &error);
}
