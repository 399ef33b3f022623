/*
 * decode.c
 *	  Bytes to a model.
 *
 * A bytea can hold anything, also something made to do harm whose checksum is
 * right. So the order is: is it a model at all, is it whole, is its format
 * known; then every number is checked against what it must agree with and
 * against the bytes that are there, before memory is taken for it.
 */
#include "postgres.h"

#include <math.h>

#include "utils/memutils.h"

#include "core/parameters.h"
#include "core/scaling.h"
#include "base/jsonio.h"
#include "base/memory.h"
#include "model/format.h"
#include "model/holiday_effects.h"
#include "model/holidays.h"
#include "model/listed.h"
#include "model/metadata.h"
#include "model/decode.h"
#include "model/classifier_decode.h"
#include "model/decode_starts.h"
#include "model/file.h"
#include "model/safetensors.h"
#include "model/tensors.h"
#include "base/interrupts.h"

#define SMALLEST_CHUNK 24 /* bytes that a short text takes at least */

/* How many series there are, as the tensor of their numbers shows: it has a row for each. */
static void
count_series(Model *model, const SafetensorsFile *file)
{
	const int64 shape[2] = {ANY_LENGTH, MODEL_SERIES_FIELDS};
	const SafetensorsTensor *tensor =
		tensor_expected(file, MODEL_TENSOR_SERIES, SAFETENSORS_I64, 2, shape);

	model->series_count = tensor->shape[0];
	if (model->series_count < 0 || model->series_count > MODEL_MAX_SERIES)
		model_throw_invalid("It has %lld series.", (long long) model->series_count);
}

static void
check_times(const ModelSeries *series)
{
	if (series->first_time < MIN_TIMESTAMP || series->last_time >= END_TIMESTAMP ||
		series->first_time > series->last_time)
		model_throw_invalid("Its series have impossible times.");
}

static void
read_series(Model *model, const SafetensorsFile *file)
{
	const SafetensorsTensor *tensor = safetensors_find(file, MODEL_TENSOR_SERIES);
	bool has_covariates = model->covariates.past + model->covariates.future > 0;

	for (int64 i = 0; i < model->series_count; i++)
	{
		ModelSeries *series = &model->series[i];
		int64 fields[MODEL_SERIES_FIELDS];

		check_interrupts();
		safetensors_copy(fields, file->data + tensor->begin + i * sizeof(fields),
						 MODEL_SERIES_FIELDS, SAFETENSORS_I64);
		series->rows = fields[0];
		series->length = fields[1];
		series->covered = fields[2];
		series->first_time = fields[3];
		series->last_time = fields[4];
		series->learned = fields[5] != 0;
		series->errors.windows = fields[6];
		if (series->rows < 0 || series->length < 1 || series->length > PG_INT32_MAX)
			model_throw_invalid("Its series have impossible lengths.");
		if (series->covered < series->length || series->covered > PG_INT32_MAX ||
			(!has_covariates && series->covered != series->length))
			model_throw_invalid("Its series have impossible covariates.");
		if (fields[5] < 0 || fields[5] > 1 || series->errors.windows < 0)
			model_throw_invalid("Its series have impossible windows.");
		if (model->frequency.kind != FREQUENCY_NONE)
			check_times(series);
		listed_check(series);
	}
}

static void
read_history(Model *model, const SafetensorsFile *file)
{
	int64 steps = 0;
	const SafetensorsTensor *tensor;
	double *history;

	/* at most 10 million lengths below 2^31: no overflow, and the tensor is as long */
	for (int64 i = 0; i < model->series_count; i++)
		steps += model->series[i].length;
	tensor = tensor_expected(file, MODEL_TENSOR_HISTORY, SAFETENSORS_F64, 1, &steps);
	history = palloc_extended(sizeof(double) * steps, MCXT_ALLOC_HUGE);
	tensor_doubles(file, tensor, 0, history, steps);
	for (int64 i = 0; i < steps; i++)
	{
		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (!(fabs(history[i]) <= LF_LARGEST_VALUE))
			model_throw_invalid("Its history is out of range.");
	}
	for (int64 i = 0; i < model->series_count; i++)
	{
		model->series[i].history = history;
		history += model->series[i].length;
	}
}

/* Returns how many tensors it took. */
static int
read_covariates(Model *model, const SafetensorsFile *file)
{
	int64 shape[2] = {0, model->covariates.past + model->covariates.future};
	const SafetensorsTensor *tensor;
	float *covariates;

	if (shape[1] == 0)
		return 0;
	for (int64 i = 0; i < model->series_count; i++)
		shape[0] += model->series[i].covered;
	tensor = tensor_expected(file, MODEL_TENSOR_COVARIATES, SAFETENSORS_F32, 2, shape);
	covariates = palloc_extended(sizeof(float) * tensor->count, MCXT_ALLOC_HUGE);
	safetensors_copy(covariates, file->data + tensor->begin, tensor->count, SAFETENSORS_F32);
	for (size_t i = 0; i < tensor->count; i++)
	{
		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (!isfinite(covariates[i]))
			model_throw_invalid("Its covariates are not finite.");
	}
	for (int64 i = 0; i < model->series_count; i++)
	{
		model->series[i].covariates = covariates;
		covariates += model->series[i].covered * shape[1];
	}
	return 1;
}

static void
read_spreads(Model *model, const SafetensorsFile *file)
{
	const SafetensorsTensor *tensor =
		tensor_expected(file, MODEL_TENSOR_SPREADS, SAFETENSORS_F64, 1, &model->series_count);

	for (int64 i = 0; i < model->series_count; i++)
	{
		double *spread = &model->series[i].usual_spread;

		check_interrupts();
		tensor_doubles(file, tensor, i, spread, 1);
		if (!(*spread >= 0 && isfinite(*spread)))
			model_throw_invalid("Its spreads are negative or not finite.");
	}
}

/* How holidays differ in the series; only where their effects are known. Returns the tensors. */
static int
read_differences(Model *model, const SafetensorsFile *file)
{
	const SafetensorsTensor *tensor;

	if (!model_has_effects(model))
		return 0;
	tensor =
		tensor_expected(file, MODEL_TENSOR_DIFFERENCES, SAFETENSORS_F64, 1, &model->series_count);
	for (int64 i = 0; i < model->series_count; i++)
	{
		double *difference = &model->series[i].holiday_difference;

		check_interrupts();
		tensor_doubles(file, tensor, i, difference, 1);
		if (!(fabs(*difference) <= MOST_HOLIDAY_EFFECT))
			model_throw_invalid("Its holidays have impossible effects.");
	}
	return 1;
}

/* No error is negative; NaN is one that could not be measured. */
static void
read_errors(Model *model, const SafetensorsFile *file)
{
	const int64 shape[2] = {model->series_count, MODEL_ERROR_FIELDS};
	const SafetensorsTensor *tensor =
		tensor_expected(file, MODEL_TENSOR_ERRORS, SAFETENSORS_F64, 2, shape);

	for (int64 i = 0; i < model->series_count; i++)
	{
		SeriesErrors *errors = &model->series[i].errors;
		double fields[MODEL_ERROR_FIELDS];

		tensor_doubles(file, tensor, i * MODEL_ERROR_FIELDS, fields, MODEL_ERROR_FIELDS);
		for (int f = 0; f < MODEL_ERROR_FIELDS; f++)
			if (!isnan(fields[f]) && !(fields[f] >= 0 && isfinite(fields[f])))
				model_throw_invalid("Its errors of series are negative or infinite.");
		errors->mae = fields[0];
		errors->mase = fields[1];
		errors->naive_mae = fields[2];
	}
}

static void
read_scalers(Model *model, const SafetensorsFile *file)
{
	int64 shape[3] = {model->member_count, model->series_count, MODEL_SCALER_FIELDS};
	const SafetensorsTensor *tensor =
		tensor_expected(file, MODEL_TENSOR_SCALERS, SAFETENSORS_F64, 3, shape);
	size_t row = 0;

	for (int i = 0; i < model->member_count; i++)
	{
		model->members[i].scalers =
			palloc_extended(sizeof(lf_scaler) * model->series_count, MCXT_ALLOC_HUGE);
		for (int64 k = 0; k < model->series_count; k++)
		{
			double fields[MODEL_SCALER_FIELDS];
			lf_scaler *scaler = &model->members[i].scalers[k];

			check_interrupts();
			tensor_doubles(file, tensor, row++ * MODEL_SCALER_FIELDS, fields, MODEL_SCALER_FIELDS);
			for (int f = 0; f < MODEL_SCALER_FIELDS; f++)
				if (!isfinite(fields[f]))
					model_throw_invalid("Its scalers are not finite.");
			scaler->mean = fields[0];
			scaler->deviation = fields[1];
			scaler->minimum = fields[2];
			scaler->maximum = fields[3];
			scaler->spread = fields[4];
			if (!(scaler->deviation > 0 && scaler->spread > 0 &&
				  scaler->minimum <= scaler->maximum))
				model_throw_invalid("Its scalers are not positive.");
		}
	}
}

/* Returns how many tensors it took. */
static int
read_calibration(Model *model, const SafetensorsFile *file)
{
	const int64 shape[2] = {model->horizon, ANY_LENGTH};
	const SafetensorsTensor *tensor;
	float *residuals;

	if (safetensors_find(file, MODEL_TENSOR_CALIBRATION) == NULL)
		return 0;
	tensor = tensor_expected(file, MODEL_TENSOR_CALIBRATION, SAFETENSORS_F32, 2, shape);
	if (tensor->shape[1] < 1 || tensor->shape[1] > PG_INT32_MAX)
		model_throw_invalid("Its calibration has an impossible size.");
	model->calibration.horizon = (int) tensor->shape[0];
	model->calibration.points = (int) tensor->shape[1];
	residuals = palloc_extended(sizeof(float) * tensor->count, MCXT_ALLOC_HUGE);
	safetensors_copy(residuals, file->data + tensor->begin, tensor->count, SAFETENSORS_F32);
	for (size_t i = 0; i < tensor->count; i++)
	{
		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (!isfinite(residuals[i]))
			model_throw_invalid("Its calibration is not finite.");
		if (i % tensor->shape[1] != 0 && residuals[i] < residuals[i - 1])
			model_throw_invalid("Its calibration is not in ascending order.");
	}
	model->calibration.residuals = residuals;
	return 1;
}

/* One member's parameters; returns how many tensors they are. */
static int
read_parameters(Model *model, int number, const SafetensorsFile *file)
{
	ModelMember *member = &model->members[number];
	lf_parameter_table *table = palloc(sizeof(lf_parameter_table));
	lf_error error;
	int count;

	if (lf_parameter_table_build(&member->network, table, &error) != LF_OK)
		model_throw_invalid("Its network is impossible: %s.", error.message);

	file_parameters(file, table, model->member_count, number, &member->parameters);
	count = table->count;
	pfree(table);
	return count;
}

static int
compare_labels(const void *a, const void *b, void *series)
{
	const ModelSeries *all = series;

	check_interrupts();
	return strcmp(all[*(const int64 *) a].label, all[*(const int64 *) b].label);
}

/*
 * Series must be told apart by their labels, and lie in the order of these. Models
 * are written so, but a database of another encoding has another order.
 */
static void
order_series(Model *model)
{
	int64 count = model->series_count;
	ModelSeries *series = model->series;
	bool ascending = true;
	int64 *order;

	for (int64 i = 1; i < count && ascending; i++)
		ascending = strcmp(series[i - 1].label, series[i].label) < 0;
	if (ascending)
		return;

	order = palloc_extended(sizeof(int64) * count, MCXT_ALLOC_HUGE);
	for (int64 i = 0; i < count; i++)
		order[i] = i;
	qsort_arg(order, count, sizeof(int64), compare_labels, series);
	model->series = palloc_extended(sizeof(ModelSeries) * count, MCXT_ALLOC_HUGE);
	for (int64 i = 0; i < count; i++)
	{
		model->series[i] = series[order[i]];
		if (i > 0 && strcmp(model->series[i - 1].label, model->series[i].label) == 0)
			model_throw_invalid("Two of its series have the same name.");
	}
	for (int k = 0; k < model->member_count; k++)
	{
		lf_scaler *scalers = model->members[k].scalers;

		model->members[k].scalers = palloc_extended(sizeof(lf_scaler) * count, MCXT_ALLOC_HUGE);
		for (int64 i = 0; i < count; i++)
			model->members[k].scalers[i] = scalers[order[i]];
		pfree(scalers);
	}
	pfree(series);
	pfree(order);
}

/*
 * Hold what the model takes beside its file and the header, parsed, to the setting: the tensors
 * are copied, halves to floats, and each series has some numbers, a name and an order of its own.
 */
static void
check_memory(const Model *model, Size file_bytes, MemoryContext scratch)
{
	Size each = sizeof(ModelSeries) + SMALLEST_CHUNK + sizeof(int64);
	Size held = add_size(file_bytes, MemoryContextMemAllocated(scratch, true));

	check_model_memory(
		add_size(held, add_size(mul_size(file_bytes, 2), mul_size(each, model->series_count))));
}

/* Build the model from a file that is whole. */
static Model *
read_model(const SafetensorsFile *file, Size file_bytes, MemoryContext scratch)
{
	Model *model = palloc0(sizeof(Model));
	int64 tensors = 6;

	count_series(model, file);
	check_memory(model, file_bytes, scratch);
	file_options(&model->options, file, options_parse, scratch);
	/* how networks see the calendar depends on it */
	model->frequency.listed =
		listed_read(file, add_size(file_bytes, MemoryContextMemAllocated(scratch, true)));
	tensors += model->frequency.listed != NULL;
	model_metadata_read(model, file_metadata(file, MODEL_METADATA, scratch));
	if ((model->series_count == 0) != model->bare)
		model_throw_invalid("It has %lld series.", (long long) model->series_count);
	if (model->bare && model->frequency.kind != FREQUENCY_NONE)
		model_throw_invalid("It has a frequency, but no series.");
	read_series(model, file);
	read_scalers(model, file);
	read_history(model, file);
	read_spreads(model, file);
	tensors += read_differences(model, file);
	read_errors(model, file);
	tensors += decode_starts(model, file);
	tensors += read_covariates(model, file);
	model->log = file_log(file, model->member_count, &model->log_count);
	tensors += read_calibration(model, file);
	for (int i = 0; i < model->member_count; i++)
	{
		check_interrupts();
		tensors += read_parameters(model, i, file);
	}
	tensors += decode_own_weights(model, file);
	if (tensors != file->count)
		model_throw_invalid("It has tensors that no model has.");
	order_series(model);
	return model;
}

Model *
model_decode_any(const bytea *bytes, Classifier **classifier)
{
	Scratch scratch = scratch_enter("lstm_forecast model metadata");
	uint32 checksum;
	const SafetensorsFile *file = file_open(bytes, &checksum);
	Size size = VARSIZE_ANY_EXHDR(bytes);
	Model *model = NULL;

	MemoryContextSwitchTo(scratch.caller);
	if (classifier != NULL)
		*classifier = NULL;
	if (!file_is_classifier(file))
	{
		model = read_model(file, size, scratch.memory);
		model->checksum = checksum;
	}
	else if (classifier != NULL)
		*classifier = classifier_read(file, size, scratch.memory);
	else
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("model tells classes, and does not forecast"),
						errdetail("It was trained by lstm_train_classes()."),
						errhint("Call lstm_classify(), or train a model with lstm_train().")));
	MemoryContextDelete(scratch.memory);
	return model;
}

Model *
model_decode(const bytea *bytes)
{
	return model_decode_any(bytes, NULL);
}
