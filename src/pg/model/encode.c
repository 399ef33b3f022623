/*
 * encode.c
 *	  A model to its bytes.
 *
 * The file is laid out twice: first every tensor is announced, which makes the
 * header and the size; then memory is taken once and the values are copied to
 * their places. 8-byte values come before 4-byte ones, so that everything is
 * aligned for who maps the file.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/float.h"
#include "utils/memutils.h"

#include "core/parameters.h"
#include "time/step_list.h"
#include "model/holiday_effects.h"
#include "model/format.h"
#include "model/half.h"
#include "model/metadata.h"
#include "model/encode.h"
#include "model/file.h"
#include "model/file_write.h"
#include "model/network_table.h"
#include "model/pretrained.h"
#include "model/safetensors.h"
#include "model/size.h"

StaticAssertDecl(sizeof(lf_real) == sizeof(float4), "weights are stored as F32");

/* Where each part begins, from the start of the tensors' part. */
typedef struct Layout
{
	size_t history;
	size_t scalers;
	size_t series;
	size_t spreads;
	size_t differences;
	size_t starts;
	size_t errors;
	size_t log;
	size_t covariates;
	size_t calibration;
	size_t *parameters; /* by member */
	size_t *counts;     /* parameters of each */
	size_t steps;
	char *step_bytes; /* of listed steps */
	Size step_size;   /* 0: there are none */
	bool *halves;     /* these are stored in half precision */
	size_t own;       /* weights of the pretrained network's shape, where the model has its own */
} Layout;

static void
add_metadata(SafetensorsWriter *writer, const Model *model)
{
	TrainOptions kept = model->options;

	/* how many processes trained it is no part of a model: its bytes are the same for any number */
	kept.workers = OPTION_AUTO;
	file_add_metadata(writer, options_to_jsonb(&kept));
	safetensors_add_metadata(writer, MODEL_METADATA, model_metadata_write(model));
}

static void
add_parameters(SafetensorsWriter *writer, const Model *model, int member, Layout *layout)
{
	lf_parameter_table *table = network_table(&model->members[member].network);

	layout->parameters[member] = writer->bytes;
	layout->counts[member] = table->total;
	layout->halves[member] = halves_only(model->members[member].parameters, table->total);
	file_add_parameters(writer, table, model->member_count, member, layout->halves[member]);
	pfree(table);
}

/* The pretrained network's tensors, where the weights are not those that ship. */
static void
add_own_weights(SafetensorsWriter *writer, Layout *layout)
{
	const lf_parameter_table *table = pretrained_table();

	layout->own = writer->bytes;
	for (int i = 0; i < table->count; i++)
	{
		const lf_parameter *entry = &table->entry[i];
		int64 shape[2] = {(int64) entry->shape[0], (int64) entry->shape[1]};

		safetensors_add_tensor(writer, pretrained_tensor_name(entry), SAFETENSORS_F16,
							   entry->dimensions, shape);
	}
}

/* The listed steps: bytes, which are aligned to nothing and come last. */
static void
add_steps(SafetensorsWriter *writer, const Times *list, Layout *layout)
{
	int64 size;

	layout->step_bytes = step_list_encode(list, &layout->step_size);
	size = (int64) layout->step_size;
	layout->steps = safetensors_add_tensor(writer, MODEL_TENSOR_STEPS, SAFETENSORS_U8, 1, &size);
}

static void
add_tensors(SafetensorsWriter *writer, const Model *model, Layout *layout)
{
	int64 steps = 0;
	int64 scalers[3] = {model->member_count, model->series_count, MODEL_SCALER_FIELDS};
	int64 series[2] = {model->series_count, MODEL_SERIES_FIELDS};
	int64 errors[2] = {model->series_count, MODEL_ERROR_FIELDS};
	int64 starts[3] = {model->series_count, LF_START_PARTS, MODEL_START_FIELDS};
	int64 covariates[2] = {0, model->covariates.past + model->covariates.future};
	int64 log[2] = {model->log_count, MODEL_LOG_FIELDS};
	int64 residuals[2] = {model->calibration.horizon, model->calibration.points};

	for (int64 i = 0; i < model->series_count; i++)
	{
		steps += model->series[i].length;
		covariates[0] += model->series[i].covered;
	}
	layout->history =
		safetensors_add_tensor(writer, MODEL_TENSOR_HISTORY, SAFETENSORS_F64, 1, &steps);
	layout->scalers =
		safetensors_add_tensor(writer, MODEL_TENSOR_SCALERS, SAFETENSORS_F64, 3, scalers);
	layout->series =
		safetensors_add_tensor(writer, MODEL_TENSOR_SERIES, SAFETENSORS_I64, 2, series);
	layout->spreads = safetensors_add_tensor(writer, MODEL_TENSOR_SPREADS, SAFETENSORS_F64, 1,
											 &model->series_count);
	if (model_has_effects(model))
		layout->differences = safetensors_add_tensor(writer, MODEL_TENSOR_DIFFERENCES,
													 SAFETENSORS_F64, 1, &model->series_count);
	if (model->starts)
		layout->starts =
			safetensors_add_tensor(writer, MODEL_TENSOR_STARTS, SAFETENSORS_F64, 3, starts);
	layout->errors =
		safetensors_add_tensor(writer, MODEL_TENSOR_ERRORS, SAFETENSORS_F64, 2, errors);
	layout->log = safetensors_add_tensor(writer, MODEL_TENSOR_LOG, SAFETENSORS_F64, 2, log);
	if (covariates[1] > 0)
		layout->covariates =
			safetensors_add_tensor(writer, MODEL_TENSOR_COVARIATES, SAFETENSORS_F32, 2, covariates);
	if (model->calibration.points > 0)
		layout->calibration =
			safetensors_add_tensor(writer, MODEL_TENSOR_CALIBRATION, SAFETENSORS_F32, 2, residuals);
	layout->parameters = palloc(sizeof(size_t) * model->member_count);
	layout->counts = palloc(sizeof(size_t) * model->member_count);
	layout->halves = palloc(sizeof(bool) * model->member_count);
	for (int i = 0; i < model->member_count; i++)
		add_parameters(writer, model, i, layout);
	if (model_has_own_weights(model))
		add_own_weights(writer, layout);
	if (model->frequency.kind == FREQUENCY_LISTED)
		add_steps(writer, model->frequency.listed, layout);
}

static void
put_history(char *to, const Model *model)
{
	for (int64 i = 0; i < model->series_count; i++)
		file_put_doubles(&to, model->series[i].history, model->series[i].length);
}

static void
put_series(char *to, const Model *model)
{
	bool has_times = model->frequency.kind != FREQUENCY_NONE;

	for (int64 i = 0; i < model->series_count; i++)
	{
		const ModelSeries *series = &model->series[i];
		int64 fields[MODEL_SERIES_FIELDS] = {series->rows,
											 series->length,
											 series->covered,
											 has_times ? series->first_time : 0,
											 has_times ? series->last_time : 0,
											 series->learned,
											 series->errors.windows};

		safetensors_copy(to, fields, MODEL_SERIES_FIELDS, SAFETENSORS_I64);
		to += sizeof(fields);
	}
}

static void
put_spreads(char *to, const Model *model)
{
	for (int64 i = 0; i < model->series_count; i++)
		file_put_doubles(&to, &model->series[i].usual_spread, 1);
}

static void
put_differences(char *to, const Model *model)
{
	for (int64 i = 0; i < model->series_count; i++)
		file_put_doubles(&to, &model->series[i].holiday_difference, 1);
}

static void
put_errors(char *to, const Model *model)
{
	for (int64 i = 0; i < model->series_count; i++)
	{
		const SeriesErrors *errors = &model->series[i].errors;
		double fields[MODEL_ERROR_FIELDS] = {errors->mae, errors->mase, errors->naive_mae};

		file_put_doubles(&to, fields, MODEL_ERROR_FIELDS);
	}
}

static void
put_starts(char *to, const Model *model)
{
	for (int64 i = 0; i < model->series_count; i++)
		for (int k = 0; k < LF_START_PARTS; k++)
		{
			const lf_start_part *part = &model->series[i].start.parts[k];
			double fields[MODEL_START_FIELDS] = {part->method, part->transform, part->season,
												 part->weight};

			memcpy(fields + 4, part->parameters, sizeof(part->parameters));
			file_put_doubles(&to, fields, MODEL_START_FIELDS);
		}
}

static void
put_covariates(char *to, const Model *model)
{
	size_t width = model->covariates.past + model->covariates.future;

	for (int64 i = 0; i < model->series_count; i++)
	{
		size_t count = model->series[i].covered * width;

		safetensors_copy(to, model->series[i].covariates, count, SAFETENSORS_F32);
		to += count * sizeof(float);
	}
}

static void
put_scalers(char *to, const Model *model)
{
	for (int i = 0; i < model->member_count; i++)
		for (int64 k = 0; k < model->series_count; k++)
		{
			const lf_scaler *scaler = &model->members[i].scalers[k];
			double fields[MODEL_SCALER_FIELDS] = {scaler->mean, scaler->deviation, scaler->minimum,
												  scaler->maximum, scaler->spread};

			file_put_doubles(&to, fields, MODEL_SCALER_FIELDS);
		}
}

static void
put_tensors(char *data, const Model *model, const Layout *layout)
{
	const lf_calibration *calibration = &model->calibration;

	put_history(data + layout->history, model);
	put_scalers(data + layout->scalers, model);
	put_series(data + layout->series, model);
	put_spreads(data + layout->spreads, model);
	if (model_has_effects(model))
		put_differences(data + layout->differences, model);
	put_errors(data + layout->errors, model);
	file_put_log(data + layout->log, model->log, model->log_count, model->options.log_seconds);
	if (model->starts)
		put_starts(data + layout->starts, model);
	if (model->covariates.past + model->covariates.future > 0)
		put_covariates(data + layout->covariates, model);
	if (calibration->points > 0)
		safetensors_copy(data + layout->calibration, calibration->residuals,
						 (size_t) calibration->horizon * calibration->points, SAFETENSORS_F32);
	for (int i = 0; i < model->member_count; i++)
		file_put_parameters(data + layout->parameters[i], model->members[i].parameters,
							layout->counts[i], layout->halves[i]);
	if (model_has_own_weights(model))
		file_put_parameters(data + layout->own, model->weights, pretrained_table()->total, true);
	if (layout->step_size > 0)
		memcpy(data + layout->steps, layout->step_bytes, layout->step_size);
}

/* Lay the whole file out: its header, and where the tensors lie. Gives its size. */
static size_t
lay_out(const Model *model, Layout *layout, char **header, size_t *header_length)
{
	SafetensorsWriter writer;

	safetensors_begin(&writer);
	add_metadata(&writer, model);
	add_tensors(&writer, model, layout);
	*header = safetensors_end(&writer, header_length);
	return SAFETENSORS_LENGTH_BYTES + *header_length + writer.bytes;
}

Size
model_encoded_size(const Model *model)
{
	Layout layout = {0};
	char *header;
	size_t header_length;

	return lay_out(model, &layout, &header, &header_length);
}

bytea *
model_encode(const Model *model)
{
	Layout layout = {0};
	char *header;
	size_t header_length;
	size_t size = lay_out(model, &layout, &header, &header_length);
	char *data;
	bytea *result = file_begin(size, header, header_length, &data);

	put_tensors(data, model, &layout);
	file_put_checksum(result);
	return result;
}
