/*
 * pretrained.c
 *	  The network that ships with the extension.
 *
 * Its weights are what pretrain/ made of synthetic series. The file lies in the library as it is:
 * nothing is read from disk, and it cannot be another one than this code was tested with.
 */
#include "postgres.h"

#include <math.h>

#include "port/pg_crc32c.h"
#include "utils/memutils.h"

#include "base/errors.h"
#include "base/kernel_choice.h"
#include "model/encode.h"
#include "model/format.h"
#include "model/half.h"
#include "model/pretrained.h"
#include "model/safetensors.h"

__asm__(".section .rodata\n"
		".balign 8\n"
		"pretrained_file:\n"
		".incbin \"" PRETRAINED_FILE "\"\n"
		"pretrained_file_end:\n"
		".byte 0\n"
		".previous\n");

extern const char pretrained_file[];
extern const char pretrained_file_end[];

static lf_real *weights_read; /* NULL: not yet */
static bytea *encoded;        /* likewise */

/* Bytes of the file. */
static size_t
file_size(void)
{
	return (size_t) (pretrained_file_end - pretrained_file);
}

const char *
pretrained_checksum(void)
{
	static char digits[MODEL_CHECKSUM_DIGITS + 1]; /* empty: not yet */
	pg_crc32c crc;

	if (digits[0] == '\0')
	{
		INIT_CRC32C(crc);
		COMP_CRC32C(crc, pretrained_file, file_size());
		FIN_CRC32C(crc);
		snprintf(digits, sizeof(digits), "%08x", crc);
	}
	return digits;
}

static void
throw_unfit(void)
{
	ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
					errmsg("the pretrained network of this library is not whole"),
					errhint("Build and install the extension again.")));
}

const lf_parameter_table *
pretrained_table(void)
{
	static lf_parameter_table table; /* count 0: not built yet */
	lf_error error;

	if (table.count == 0 && lf_universal_table(&lf_universal_shipped, &table, &error) != LF_OK)
		throw_unfit();
	return &table;
}

char *
pretrained_tensor_name(const lf_parameter *entry)
{
	return psprintf("pretrained.%s", entry->name);
}

/* The tensors follow the header, in the table's order, in half precision. */
static lf_real *
read_weights(void)
{
	const lf_parameter_table *table = pretrained_table();
	size_t header = safetensors_get_length(pretrained_file);
	const char *data = pretrained_file + SAFETENSORS_LENGTH_BYTES + header;
	lf_real *weights;

	if (header > file_size() ||
		file_size() != SAFETENSORS_LENGTH_BYTES + header + table->total * sizeof(uint16))
		throw_unfit();
	weights = MemoryContextAlloc(TopMemoryContext, sizeof(lf_real) * table->total);
	for (size_t i = 0; i < table->total; i++)
	{
		uint16 half;

		safetensors_copy(&half, data + i * sizeof(half), 1, SAFETENSORS_F16);
		weights[i] = float_of_half(half);
	}
	return weights;
}

const lf_real *
pretrained_weights(void)
{
	if (weights_read == NULL)
		weights_read = read_weights();
	return weights_read;
}

TrainOptions
pretrained_options(int horizon)
{
	TrainOptions options;

	options_default(&options);
	options.pretrained = PRETRAINED_ONLY;
	options.interval = INTERVAL_MODEL;
	options.start = 1;
	if (horizon > 0)
		options.horizon = horizon;
	return options;
}

static Model *
bare_model(void)
{
	Model *model = palloc0(sizeof(Model));

	model->options = pretrained_options(0);
	model->bare = true;
	model->pretrained = true;
	model->weights = unconstify(lf_real *, pretrained_weights());
	model->horizon = 1;
	model->season = 1;
	model->start_share = 1;
	model->starts = true;
	model->frequency.kind = FREQUENCY_NONE;
	model->kernel = pstrdup(instructions_kernels()->name);
	model->reasons = pstrdup("{}");
	model->errors.model = model->errors.naive = model->errors.start =
		(ForecastErrors){NAN, NAN, NAN, NAN};
	return model;
}

bytea *
pretrained_encoded(void)
{
	if (encoded == NULL)
	{
		bytea *bytes = model_encode(bare_model());
		bytea *copy = MemoryContextAlloc(TopMemoryContext, VARSIZE(bytes));

		memcpy(copy, bytes, VARSIZE(bytes));
		encoded = copy;
	}
	return encoded;
}

bool
pretrained_is_encoded(const void *bytes)
{
	return encoded != NULL && bytes == (const void *) encoded;
}

/* What both of the following lay out. */
static void
layout(lf_universal *network, const lf_start_request *request, lf_arena *arena)
{
	int64 group = lf_universal_group(request->season);
	int groups = (int) ((request->horizon + group - 1) / group);
	lf_error error;
	lf_status status = lf_universal_layout(
		network, &lf_universal_shipped, instructions_kernels(), lf_start_network_rows(request),
		groups, lf_universal_memory(request->season, request->second), 0, false, arena, &error);

	if (status != LF_OK)
		throw_core_error(status, &error);
}

bool
pretrained_reaches(int season, int horizon)
{
	return horizon <= PRETRAINED_MOST_GROUPS * lf_universal_group(season);
}

Size
pretrained_bytes(const lf_start_request *request)
{
	lf_arena arena = lf_arena_measure();
	lf_universal network;

	if (!pretrained_reaches(request->season, request->horizon))
		return 0;
	layout(&network, request, &arena);
	return sizeof(lf_universal) + lf_arena_bytes(&arena);
}

lf_universal *
pretrained_network(const lf_start_request *request, const lf_real *weights)
{
	lf_arena arena;
	char *block;
	lf_universal *network;
	Size bytes;

	if (!pretrained_reaches(request->season, request->horizon))
		return NULL;
	bytes = pretrained_bytes(request);
	/* one block: the network, and behind it what it works in */
	block = palloc_extended(bytes, MCXT_ALLOC_HUGE);
	network = (lf_universal *) block;
	arena = lf_arena_over(block + sizeof(lf_universal), bytes - sizeof(lf_universal));
	layout(network, request, &arena);
	lf_universal_load(network, weights != NULL ? weights : pretrained_weights());
	return network;
}

/* What both of the following lay out. */
static void
layout_gates(lf_universal_gates *gates, const lf_start_request *request, lf_arena *arena)
{
	int64 group = lf_universal_group(request->season);
	int groups = (int) ((request->horizon + group - 1) / group);
	lf_error error;
	lf_status status = lf_universal_gates_layout(
		gates, &lf_universal_shipped, instructions_kernels(), groups,
		lf_universal_memory(request->season, request->second), arena, &error);

	if (status != LF_OK)
		throw_core_error(status, &error);
}

Size
pretrained_gates_bytes(const lf_start_request *request)
{
	lf_arena arena = lf_arena_measure();
	lf_universal_gates *gates = palloc(sizeof(lf_universal_gates));

	layout_gates(gates, request, &arena);
	pfree(gates);
	return sizeof(lf_universal_gates) + lf_arena_bytes(&arena);
}

lf_universal_gates *
pretrained_gates(const lf_start_request *request, const lf_real *weights)
{
	Size bytes = pretrained_gates_bytes(request);
	char *block = palloc_extended(bytes, MCXT_ALLOC_HUGE);
	lf_universal_gates *gates = (lf_universal_gates *) block;
	lf_arena arena =
		lf_arena_over(block + sizeof(lf_universal_gates), bytes - sizeof(lf_universal_gates));

	layout_gates(gates, request, &arena);
	lf_universal_load(&gates->network, weights != NULL ? weights : pretrained_weights());
	return gates;
}
