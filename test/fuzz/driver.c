/*
 * driver.c
 *	  lstm_fuzz(target, arguments): libFuzzer, driven from within a backend.
 */
#include "postgres.h"

#include <stdlib.h>

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#include "fuzz.h"
#include "base/settings.h"

PG_FUNCTION_INFO_V1(lstm_fuzz);

/*
 * What an input may take: a training or forecast holds to lstm_forecast.max_memory in what it
 * measures beforehand; besides there are the rows, the bytes of the model, several times, and
 * text made from them.
 */
#define MEMORY_SPARE ((Size) 16 << 20)

extern int LLVMFuzzerRunDriver(int *count, char ***arguments,
							   int (*callback)(const uint8 *data, size_t size));
extern size_t LLVMFuzzerCustomMutator(uint8 *data, size_t size, size_t most, unsigned int seed);

static const FuzzTarget *const targets[] = {&fuzz_target_model, &fuzz_target_options};
static const FuzzTarget *target;

void
fuzz_finding(const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "FINDING: ");
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\n");
	abort();
}

/* Errors of input are what the extension is for; errors of its own are findings. */
static void
judge_error(const char *name, const ErrorData *error)
{
	bool internal = ERRCODE_TO_CATEGORY(error->sqlerrcode) == ERRCODE_INTERNAL_ERROR;

	/* what a damaged model is documented to raise */
	if (error->sqlerrcode == ERRCODE_DATA_CORRUPTED &&
		strcmp(error->message, "lstm_forecast model is damaged") == 0)
		internal = false;
	/* what was trained here must be a model */
	if (target == &fuzz_target_options &&
		error->sqlerrcode == ERRCODE_INVALID_BINARY_REPRESENTATION)
		internal = true;
	if (internal || ERRCODE_TO_CATEGORY(error->sqlerrcode) == ERRCODE_INSUFFICIENT_RESOURCES)
		fuzz_finding("%s: %s: %s / %s (%s:%d, %s)", name, unpack_sql_state(error->sqlerrcode),
					 error->message, error->detail == NULL ? "" : error->detail, error->filename,
					 error->lineno, error->funcname);
	if (getenv("LSTM_FUZZ_SHOW") != NULL)
		fprintf(stderr, "%s: %s: %s%s%s\n", name, unpack_sql_state(error->sqlerrcode),
				error->message, error->detail == NULL ? "" : " / ",
				error->detail == NULL ? "" : error->detail);
}

bool
fuzz_step(const char *name, void (*step)(void *), void *argument)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	MemoryContext scratch = fuzz_context_create(caller, "fuzz step", ALLOCSET_DEFAULT_SIZES);
	volatile bool passed = false;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(scratch);
	PG_TRY();
	{
		step(argument);
		passed = true;
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(scratch);
		judge_error(name, CopyErrorData());
		FlushErrorState();
	}
	PG_END_TRY();
	RollbackAndReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = owner;
	MemoryContextDelete(scratch);
	return passed;
}

static int
run_input(const uint8 *data, size_t size)
{
	Size allowed = (Size) setting_max_memory * 1024 + MEMORY_SPARE;

	fuzz_memory_reset();
	target->run(data, size);
	if (fuzz_memory_peak() > allowed)
		fuzz_finding("%zu bytes of memory were taken", fuzz_memory_peak());
	return 0;
}

size_t
LLVMFuzzerCustomMutator(uint8 *data, size_t size, size_t most, unsigned int seed)
{
	return target->mutate(data, size, most, seed);
}

/* (target, arguments of libFuzzer, the program's name first) -> libFuzzer's exit status */
Datum
lstm_fuzz(PG_FUNCTION_ARGS)
{
	char *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	Datum *elements;
	bool *nulls;
	int count;
	char **arguments;
	int status;

	deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls,
					  &count);
	arguments = palloc(sizeof(char *) * (count + 1));
	for (int i = 0; i < count; i++)
		arguments[i] = TextDatumGetCString(elements[i]);
	arguments[count] = NULL;

	for (int i = 0; i < (int) lengthof(targets); i++)
		if (strcmp(name, targets[i]->name) == 0)
			target = targets[i];
	if (target == NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("there is no target \"%s\"", name)));
	/* on for the sake of errors up to here, which must end the process */
	SetConfigOption("exit_on_error", "off", PGC_USERSET, PGC_S_SESSION);
	if (target->begin != NULL)
		target->begin();
	status = LLVMFuzzerRunDriver(&count, &arguments, run_input);
	exit(status);
}
