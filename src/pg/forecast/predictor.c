/*
 * predictor.c
 *	  Runs the core's predictor under PostgreSQL's interrupts.
 */
#include "postgres.h"

#include "base/errors.h"
#include "base/kernel_choice.h"
#include "base/memory.h"
#include "forecast/predictor.h"

/* An error that an interrupt raised while the core was at work. */
static ErrorData *raised = NULL;

/*
 * Is the core to give up its work? Not for what is held off, and a client that is looked for, a
 * request to log memory, or a message of a worker comes and goes.
 */
static bool
work_ends(void)
{
	MemoryContext caller = CurrentMemoryContext;

	if (!INTERRUPTS_CAN_BE_PROCESSED())
		return false;
	if (QueryCancelPending || ProcDiePending)
		return true;
	PG_TRY();
	{
		CHECK_FOR_INTERRUPTS();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		raised = CopyErrorData();
		FlushErrorState();
	}
	PG_END_TRY();
	return raised != NULL;
}

const lf_interrupt_check core_interrupt = {.flag = &InterruptPending, .ends = work_ends};

void
let_interrupt_act(void)
{
	ErrorData *error = raised;

	raised = NULL;
	if (error != NULL)
		ReThrowError(error);
	CHECK_FOR_INTERRUPTS();
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
	size_t bytes;
	lf_error error;
	lf_status status = lf_predictor_bytes(&spec, &bytes, &error);

	if (status == LF_OK)
	{
		check_memory_limit(bytes, "forecasting",
						   "Lower \"horizon\", or forecast fewer series in one call.");
		status = lf_predictor_create(&spec, &allocator, &core_interrupt, &predictor, &error);
	}
	if (status != LF_OK)
		throw_core_error(status, &error);
	return predictor;
}

void
drive_predictor(lf_predictor *predictor, const lf_window *windows, int64 count, double *forecasts,
				double *quantiles)
{
	lf_error error;
	lf_status status;

	lf_predictor_begin(predictor, windows, count, forecasts, quantiles);
	do
	{
		let_interrupt_act();
		status = lf_predictor_step(predictor, &error);
	} while (status == LF_OK || status == LF_INTERRUPTED);
	if (status != LF_DONE)
		throw_core_error(status, &error);
}
