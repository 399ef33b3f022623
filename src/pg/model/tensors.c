/*
 * tensors.c
 *	  Tensors of a model's file that must have a type and a shape.
 */
#include "postgres.h"

#include "base/interrupts.h"
#include "model/format.h"
#include "model/half.h"
#include "model/tensors.h"

const SafetensorsTensor *
tensor_expected(const SafetensorsFile *file, const char *name, SafetensorsType type, int dimensions,
				const int64 *shape)
{
	const SafetensorsTensor *tensor = safetensors_find(file, name);

	if (tensor == NULL)
		model_throw_invalid("Its tensor \"%s\" is missing.", name);
	if (tensor->type != type || tensor->dimensions != dimensions)
		model_throw_invalid("Its tensor \"%s\" is of the wrong type.", name);
	for (int i = 0; i < dimensions; i++)
		if (shape[i] != ANY_LENGTH && tensor->shape[i] != shape[i])
			model_throw_invalid("Its tensor \"%s\" has length %lld in dimension %d, where %lld is "
								"expected.",
								name, (long long) tensor->shape[i], i + 1, (long long) shape[i]);
	return tensor;
}

void
tensor_doubles(const SafetensorsFile *file, const SafetensorsTensor *tensor, size_t first,
			   double *values, size_t count)
{
	safetensors_copy(values, file->data + tensor->begin + first * sizeof(double), count,
					 SAFETENSORS_F64);
}

const SafetensorsTensor *
tensor_weights(const SafetensorsFile *file, const char *name, int dimensions, const int64 *shape)
{
	const SafetensorsTensor *tensor = safetensors_find(file, name);
	bool halves = tensor != NULL && tensor->type == SAFETENSORS_F16;

	return tensor_expected(file, name, halves ? SAFETENSORS_F16 : SAFETENSORS_F32, dimensions,
						   shape);
}

void
tensor_floats(const SafetensorsFile *file, const SafetensorsTensor *tensor, float *values)
{
	const char *from = file->data + tensor->begin;

	if (tensor->type == SAFETENSORS_F32)
	{
		safetensors_copy(values, from, tensor->count, SAFETENSORS_F32);
		return;
	}
	for (size_t i = 0; i < tensor->count; i++)
	{
		uint16 half;

		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		safetensors_copy(&half, from + i * sizeof(half), 1, SAFETENSORS_F16);
		values[i] = float_of_half(half);
	}
}
