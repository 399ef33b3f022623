/*
 * half.c
 *	  Numbers of half precision (IEEE 754 binary16).
 */
#include "postgres.h"

#include <math.h>

#include "base/interrupts.h"
#include "model/half.h"

#define FRACTION_BITS 10
#define LEAST_EXPONENT (-14) /* of a normal half */
#define BIAS 15

uint16
half_of_float(float value)
{
	uint16 sign = signbit(value) ? 0x8000 : 0;
	float size = fabsf(value);
	int exponent;
	int fraction; /* in units of the last place */

	if (size == 0)
		return sign;
	exponent = Max(ilogbf(size), LEAST_EXPONENT);
	/* a fraction of 2^11 carries into the exponent, as it should */
	fraction = (int) rintf(scalbnf(size, FRACTION_BITS - exponent));
	if (fraction < 1 << FRACTION_BITS)
		return sign | (uint16) fraction;
	return sign | (uint16) (((exponent + BIAS - 1) << FRACTION_BITS) + fraction);
}

float
float_of_half(uint16 half)
{
	int exponent = (half >> FRACTION_BITS) & 0x1F;
	int fraction = half & ((1 << FRACTION_BITS) - 1);
	float size;

	if (exponent == 0x1F)
		size = fraction == 0 ? INFINITY : NAN;
	else if (exponent == 0)
		size = scalbnf((float) fraction, LEAST_EXPONENT - FRACTION_BITS);
	else
		size = scalbnf((float) (fraction + (1 << FRACTION_BITS)), exponent - BIAS - FRACTION_BITS);
	return half & 0x8000 ? -size : size;
}

/* May all values be rounded? A NaN may not. */
static bool
within_range(const float *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
	{
		if (i % INTERRUPT_BYTES == 0)
			check_interrupts();
		if (!(fabsf(values[i]) <= HALF_LARGEST))
			return false;
	}
	return true;
}

bool
halves_only(const float *values, size_t count)
{
	if (!within_range(values, count))
		return false;
	for (size_t i = 0; i < count; i++)
	{
		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (float_of_half(half_of_float(values[i])) != values[i])
			return false;
	}
	return true;
}

void
round_to_halves(float *values, size_t count)
{
	if (!within_range(values, count))
		return;
	for (size_t i = 0; i < count; i++)
	{
		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		values[i] = float_of_half(half_of_float(values[i]));
	}
}
