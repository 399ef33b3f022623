/*
 * fault.h
 *	  What is wrong with one of many things, to be raised as an error or kept beside the others.
 */
#ifndef LSTM_FORECAST_FAULT_H
#define LSTM_FORECAST_FAULT_H

#include "postgres.h"

#include "base/compat.h"

/* The parts of an error. All zero: nothing is wrong. */
typedef struct Fault
{
	int code; /* SQLSTATE, as errcode() takes it */
	char *message;
	char *detail; /* NULL: none */
	char *hint;   /* NULL: none */
} Fault;

/* Make it one of this SQLSTATE and message, in CurrentMemoryContext, without detail and hint. */
extern void fault_set(Fault *fault, int code, const char *format, ...) pg_attribute_printf(3, 4);

/* Add those. The hint is not copied. */
extern void fault_add_detail(Fault *fault, const char *format, ...) pg_attribute_printf(2, 3);
extern void fault_add_hint(Fault *fault, const char *hint);

/* A copy in CurrentMemoryContext, its hint included. */
extern Fault fault_copy(const Fault *fault);

/* Bytes that its texts take. */
extern Size fault_bytes(const Fault *fault);

/* Raise it. */
pg_noreturn extern void fault_throw(const Fault *fault);

#endif
