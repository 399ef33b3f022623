/*
 * half.h
 *	  Numbers of half precision (IEEE 754 binary16): how networks that no option describes are kept.
 *
 * Eleven bits of a weight are more than a training of minutes tells it. A network whose weights all
 * are such numbers is stored in half the bytes, and nothing is lost on the way.
 */
#ifndef LSTM_FORECAST_HALF_H
#define LSTM_FORECAST_HALF_H

#include "postgres.h"

#define HALF_LARGEST 65504.0f

/* The bits of the nearest half, ties to even; value: at most HALF_LARGEST in size, no NaN. */
extern uint16 half_of_float(float value);

extern float float_of_half(uint16 half);

/* Is every value a half? */
extern bool halves_only(const float *values, size_t count);

/* Bring every value to the nearest half; none where one is too large for that. */
extern void round_to_halves(float *values, size_t count);

#endif
