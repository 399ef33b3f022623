/*
 * decode_starts.c
 *	  The starts of a model, and what they ask, out of its bytes.
 */
#include "postgres.h"

#include <math.h>

#include "base/interrupts.h"
#include "model/decode_starts.h"
#include "model/format.h"
#include "model/pretrained.h"
#include "model/starts.h"
#include "model/tensors.h"

/* Parts begin with the first one, and each must be one that training gives. */
static void
take_part(const Model *model, const double *fields, lf_start *start)
{
	lf_start_part *part = &start->parts[start->count];

	for (int f = 0; f < MODEL_START_FIELDS; f++)
		if (!isfinite(fields[f]))
			model_throw_invalid("Its starts are not finite.");
	if (fields[0] != floor(fields[0]) ||
		!(fields[0] >= LF_START_LAST && fields[0] <= LF_START_METHODS - 1) ||
		(fields[0] == LF_START_PRETRAINED && !model->pretrained) ||
		(fields[1] != LF_TRANSFORM_NONE && fields[1] != LF_TRANSFORM_LOG) ||
		(fields[2] != 1 && fields[2] != model->season) || !(fields[3] > 0 && fields[3] <= 1))
		model_throw_invalid("Its starts are impossible.");
	for (int f = 4; f < MODEL_START_FIELDS; f++)
		if (!(fields[f] >= 0 && fields[f] <= 1))
			model_throw_invalid("Its starts are impossible.");
	part->method = (lf_start_method) fields[0];
	part->transform = (lf_transform) fields[1];
	part->season = (int) fields[2];
	part->weight = fields[3];
	memcpy(part->parameters, fields + 4, sizeof(part->parameters));
	start->count++;
}

int
decode_starts(Model *model, const SafetensorsFile *file)
{
	const int64 shape[3] = {model->series_count, LF_START_PARTS, MODEL_START_FIELDS};
	const lf_start_request request = starts_request(model);
	const SafetensorsTensor *tensor;
	size_t row = 0;

	model->starts = model_needs_starts(model);
	if (!model->starts)
		return 0;
	tensor = tensor_expected(file, MODEL_TENSOR_STARTS, SAFETENSORS_F64, 3, shape);
	for (int64 i = 0; i < model->series_count; i++)
	{
		lf_start *start = &model->series[i].start;

		check_interrupts();
		*start =
			(lf_start){.season = model->season, .second = request.second, .mean = request.mean};
		for (int k = 0; k < LF_START_PARTS; k++)
		{
			double fields[MODEL_START_FIELDS];

			tensor_doubles(file, tensor, row++ * MODEL_START_FIELDS, fields, MODEL_START_FIELDS);
			if (fields[0] != 0 || k == 0)
				take_part(model, fields, start);
		}
	}
	return 1;
}

int
decode_own_weights(Model *model, const SafetensorsFile *file)
{
	const lf_parameter_table *table = pretrained_table();

	if (!model->own_weights)
		return 0;
	model->weights = palloc(sizeof(lf_real) * table->total);
	for (int i = 0; i < table->count; i++)
	{
		const lf_parameter *entry = &table->entry[i];
		const int64 shape[2] = {(int64) entry->shape[0], (int64) entry->shape[1]};
		const SafetensorsTensor *tensor = tensor_expected(
			file, pretrained_tensor_name(entry), SAFETENSORS_F16, entry->dimensions, shape);

		tensor_floats(file, tensor, model->weights + entry->offset);
		for (size_t k = 0; k < tensor->count; k++)
			if (!isfinite(model->weights[entry->offset + k]))
				model_throw_invalid("Its weights are not finite.");
	}
	return table->count;
}
