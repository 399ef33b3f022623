/*
 * file.c
 *	  The file that the bytes of a model are: whole, of a known format, with options and a log.
 */
#include "postgres.h"

#include <math.h>

#include "utils/memutils.h"

#include "base/interrupts.h"
#include "base/jsonio.h"
#include "model/file.h"
#include "model/format.h"
#include "model/tensors.h"

pg_noreturn static void
throw_damaged(const char *detail)
{
	ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("lstm_forecast model is damaged"),
					errdetail_internal("%s", detail),
					errhint("Restore it from a backup, or train it again with lstm_train().")));
}

/* Do the bytes begin as a model does, and are they all there, unchanged? */
static uint32
check_whole(const char *data, size_t size)
{
	const size_t digits = SAFETENSORS_LENGTH_BYTES + MODEL_MAGIC_LENGTH;
	char expected[MODEL_CHECKSUM_DIGITS + 1];
	uint32 checksum;
	uint64 header_length;

	if (size == 0)
		model_throw_invalid("The value is empty.");
	if (size < digits ||
		memcmp(data + SAFETENSORS_LENGTH_BYTES, MODEL_MAGIC, MODEL_MAGIC_LENGTH) != 0)
		model_throw_invalid("The value does not begin as a model does.");

	header_length = safetensors_get_length(data);
	if (header_length > size - SAFETENSORS_LENGTH_BYTES ||
		header_length < MODEL_MAGIC_LENGTH + MODEL_CHECKSUM_DIGITS)
		throw_damaged("Its length is wrong.");
	checksum = model_checksum(data, size);
	snprintf(expected, sizeof(expected), "%08x", checksum);
	if (memcmp(data + digits, expected, MODEL_CHECKSUM_DIGITS) != 0)
		throw_damaged("Its checksum is wrong.");
	return checksum;
}

/* The version lies behind the checksum, as decimal digits between quotes. */
static void
check_version(const char *data, size_t size)
{
	const char *end = data + size;
	const char *key = data + SAFETENSORS_LENGTH_BYTES + MODEL_MAGIC_LENGTH + MODEL_CHECKSUM_DIGITS;
	const char *digit = key + MODEL_VERSION_KEY_LENGTH;
	int version = 0;

	if (digit >= end || memcmp(key, MODEL_VERSION_KEY, MODEL_VERSION_KEY_LENGTH) != 0)
		model_throw_invalid("Its format has no version.");
	while (digit < end && *digit >= '0' && *digit <= '9' && version < 1000000)
		version = 10 * version + (*digit++ - '0');
	if (digit >= end || *digit != '"' || version < 1)
		model_throw_invalid("Its format has no version.");
	if (version != MODEL_FORMAT_VERSION)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("model has format version %d, but only version %d is known", version,
							   MODEL_FORMAT_VERSION),
						version > MODEL_FORMAT_VERSION
							? errhint("Install a newer version of lstm_forecast.")
							: errhint("Train it again with lstm_train().")));
}

Jsonb *
file_metadata(const SafetensorsFile *file, const char *name, MemoryContext scratch)
{
	MemoryContext caller = MemoryContextSwitchTo(scratch);
	char *text = safetensors_metadata(file, name);
	Jsonb *json;

	if (text == NULL)
		model_throw_invalid("Its metadata \"%s\" is missing or wrong.", name);
	json_check_model_text(text, strlen(text));
	json = json_parse(text);
	MemoryContextSwitchTo(caller);
	return json;
}

/*
 * The options. What is wrong about them is no mistake of the caller, who gave a
 * model, so the error becomes that of a wrong model. Nothing is to be undone:
 * parsing takes memory only.
 */
void
file_options(TrainOptions *options, const SafetensorsFile *file, OptionsParser *parse,
			 MemoryContext scratch)
{
	Jsonb *json = file_metadata(file, "lstm_forecast.options", scratch);
	MemoryContext caller = CurrentMemoryContext;

	PG_TRY();
	{
		parse(options, json);
	}
	PG_CATCH();
	{
		ErrorData *error;

		if (geterrcode() != ERRCODE_INVALID_PARAMETER_VALUE)
			PG_RE_THROW();
		MemoryContextSwitchTo(scratch);
		error = CopyErrorData();
		FlushErrorState();
		MemoryContextSwitchTo(caller);
		model_throw_invalid("Its options are wrong: %s.", error->message);
	}
	PG_END_TRY();
}

/* A whole number from 1 to most, stored as a double. */
static int
log_number(double value, int most)
{
	if (!(value >= 1 && value <= most) || value != floor(value))
		model_throw_invalid("Its training log is wrong.");
	return (int) value;
}

ModelLogRow *
file_log(const SafetensorsFile *file, int members, int64 *count)
{
	const int64 shape[2] = {ANY_LENGTH, MODEL_LOG_FIELDS};
	const SafetensorsTensor *tensor =
		tensor_expected(file, MODEL_TENSOR_LOG, SAFETENSORS_F64, 2, shape);

	ModelLogRow *log;

	*count = tensor->shape[0];
	log = palloc_extended(sizeof(ModelLogRow) * Max(1, *count), MCXT_ALLOC_HUGE);
	for (int64 i = 0; i < *count; i++)
	{
		ModelLogRow *row = &log[i];
		double fields[MODEL_LOG_FIELDS];

		check_interrupts();
		tensor_doubles(file, tensor, i * MODEL_LOG_FIELDS, fields, MODEL_LOG_FIELDS);
		/* a loss may be NaN: there was nothing to measure */
		for (int f = 0; f < MODEL_LOG_FIELDS; f++)
			if (isinf(fields[f]))
				model_throw_invalid("Its training log is wrong.");
		row->member = log_number(fields[0], members);
		row->epoch = log_number(fields[1], PG_INT32_MAX);
		row->train_loss = fields[2];
		row->validation_loss = fields[3];
		row->learning_rate = fields[4];
		row->seconds = fields[5];
	}
	return log;
}

SafetensorsFile *
file_open(const bytea *bytes, uint32 *checksum)
{
	const char *data = VARDATA_ANY(bytes);
	size_t size = VARSIZE_ANY_EXHDR(bytes);
	const char *problem;
	SafetensorsFile *file;

	*checksum = check_whole(data, size);
	check_version(data, size);
	file = safetensors_read(data, size, &problem);
	if (file == NULL)
		model_throw_invalid("%s", problem);
	return file;
}

bool
file_is_classifier(const SafetensorsFile *file)
{
	return safetensors_metadata(file, CLASSIFIER_METADATA) != NULL;
}

void
file_parameters(const SafetensorsFile *file, const lf_parameter_table *table, int members,
				int number, lf_real **parameters)
{
	const SafetensorsTensor **tensors = palloc(sizeof(SafetensorsTensor *) * table->count);
	lf_real *values;

	/* all shapes first, as they show that the file pays for the memory */
	for (int i = 0; i < table->count; i++)
	{
		const lf_parameter *entry = &table->entry[i];
		int64 shape[2] = {(int64) entry->shape[0], (int64) entry->shape[1]};

		tensors[i] = tensor_weights(file, model_tensor_name(members, number, entry->name),
									entry->dimensions, shape);
	}
	values = palloc_extended(sizeof(lf_real) * table->total, MCXT_ALLOC_HUGE);
	for (int i = 0; i < table->count; i++)
		tensor_floats(file, tensors[i], values + table->entry[i].offset);
	for (size_t i = 0; i < table->total; i++)
	{
		if (i % INTERRUPT_BYTES == 0)
			check_interrupts();
		if (!isfinite(values[i]))
			model_throw_invalid("Its weights are not finite.");
	}
	pfree(tensors);
	*parameters = values;
}
