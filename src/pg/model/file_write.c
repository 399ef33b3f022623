/*
 * file_write.c
 *	  The file that the bytes of a model are, as it is written.
 */
#include "postgres.h"

#include <math.h>

#include "utils/float.h"
#include "utils/jsonb.h"

#include "model/file_write.h"
#include "model/format.h"
#include "model/half.h"
#include "model/size.h"

StaticAssertDecl(sizeof(lf_real) == sizeof(float4), "weights are stored as F32");

/* The order of the first three is that of MODEL_MAGIC and MODEL_VERSION_KEY. */
void
file_add_metadata(SafetensorsWriter *writer, Jsonb *options)
{
	safetensors_add_metadata(writer, "format", "pt");
	safetensors_add_metadata(writer, "lstm_forecast.checksum", MODEL_CHECKSUM_ZEROS);
	safetensors_add_metadata(writer, "lstm_forecast.version", psprintf("%d", MODEL_FORMAT_VERSION));
	safetensors_add_metadata(writer, "lstm_forecast.options",
							 JsonbToCString(NULL, &options->root, VARSIZE(options)));
}

bytea *
file_begin(Size size, const char *header, Size header_length, char **data)
{
	bytea *file;

	check_model_size(size);
	file = palloc(VARHDRSZ + size);
	SET_VARSIZE(file, VARHDRSZ + size);
	safetensors_put_length(VARDATA(file), header_length);
	memcpy(VARDATA(file) + SAFETENSORS_LENGTH_BYTES, header, header_length);
	*data = VARDATA(file) + SAFETENSORS_LENGTH_BYTES + header_length;
	return file;
}

void
file_put_doubles(char **to, const double *values, int64 count)
{
	for (int64 i = 0; i < count; i++)
	{
		double value = isnan(values[i]) ? get_float8_nan() : values[i];

		safetensors_copy(*to, &value, 1, SAFETENSORS_F64);
		*to += sizeof(double);
	}
}

void
file_put_log(char *to, const ModelLogRow *log, int64 count, bool seconds)
{
	for (int64 i = 0; i < count; i++)
	{
		const ModelLogRow *row = &log[i];
		double fields[MODEL_LOG_FIELDS] = {
			row->member,
			row->epoch,
			row->train_loss,
			row->validation_loss,
			row->learning_rate,
			/* the clock stays out of the bytes unless it was asked for */
			seconds ? row->seconds : NAN,
		};

		file_put_doubles(&to, fields, MODEL_LOG_FIELDS);
	}
}

void
file_put_parameters(char *to, const lf_real *parameters, size_t count, bool halves)
{
	if (!halves)
	{
		safetensors_copy(to, parameters, count, SAFETENSORS_F32);
		return;
	}
	for (size_t i = 0; i < count; i++)
	{
		uint16 half = half_of_float(parameters[i]);

		safetensors_copy(to + i * sizeof(half), &half, 1, SAFETENSORS_F16);
	}
}

void
file_add_parameters(SafetensorsWriter *writer, const lf_parameter_table *table, int members,
					int number, bool halves)
{
	for (int i = 0; i < table->count; i++)
	{
		const lf_parameter *entry = &table->entry[i];
		int64 shape[2] = {(int64) entry->shape[0], (int64) entry->shape[1]};

		(void) safetensors_add_tensor(writer, model_tensor_name(members, number, entry->name),
									  halves ? SAFETENSORS_F16 : SAFETENSORS_F32, entry->dimensions,
									  shape);
	}
}

void
file_put_checksum(bytea *file)
{
	char *bytes = VARDATA(file);
	size_t size = VARSIZE(file) - VARHDRSZ;
	char digits[MODEL_CHECKSUM_DIGITS + 1];

	Assert(memcmp(bytes + SAFETENSORS_LENGTH_BYTES, MODEL_MAGIC, MODEL_MAGIC_LENGTH) == 0);
	snprintf(digits, sizeof(digits), "%08x", model_checksum(bytes, size));
	memcpy(bytes + SAFETENSORS_LENGTH_BYTES + MODEL_MAGIC_LENGTH, digits, MODEL_CHECKSUM_DIGITS);
}
