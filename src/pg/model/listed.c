/*
 * listed.c
 *	  The steps of a model whose steps are listed, out of its bytes.
 */
#include "postgres.h"

#include "storage/shmem.h"

#include "base/memory.h"
#include "time/step_list.h"
#include "model/format.h"
#include "model/listed.h"
#include "model/tensors.h"

const Times *
listed_read(const SafetensorsFile *file, Size held)
{
	const int64 shape = ANY_LENGTH;
	const SafetensorsTensor *tensor;
	const char *bytes;
	int64 count;

	if (safetensors_find(file, MODEL_TENSOR_STEPS) == NULL)
		return NULL;
	tensor = tensor_expected(file, MODEL_TENSOR_STEPS, SAFETENSORS_U8, 1, &shape);
	bytes = file->data + tensor->begin;
	count = step_list_count(bytes, tensor->count);
	if (count < 1)
		model_throw_invalid("Its listed steps are impossible.");
	/* arrays double as they grow */
	check_model_memory(add_size(held, mul_size(2 * sizeof(TimestampTz), count)));
	return step_list_decode(bytes, tensor->count);
}

void
listed_check(const ModelSeries *series)
{
	const Times *list = series->frequency.listed;
	bool first_listed;
	bool last_listed;

	if (series->frequency.kind != FREQUENCY_LISTED)
		return;
	(void) step_list_index(list, series->first_time, &first_listed);
	if (step_list_index(list, series->last_time, &last_listed) < series->length - 1 ||
		!first_listed || !last_listed)
		model_throw_invalid("Its series have steps that are not listed.");
}
