/*
 * step_numbers.h
 *	  Values of any type, numbered: which rows are of the same step.
 *
 * Values are the same as for GROUP BY, by their type's own equality; nulls are one more value.
 */
#ifndef LSTM_FORECAST_STEP_NUMBERS_H
#define LSTM_FORECAST_STEP_NUMBERS_H

#include "postgres.h"

#include "fmgr.h"
#include "utils/typcache.h"

#include "base/memory.h"

struct step_hash;

typedef struct StepNumbers
{
	MemoryContext context;
	MemoryAccount *account;
	TypeCacheEntry *type;
	Oid collation;
	int64 count;     /* of numbers given */
	int64 null_step; /* the number of null; -1: none came */
	int64 capacity;  /* of values */
	Datum *values;   /* [count] not of null */
	struct step_hash *steps;
} StepNumbers;

/*
 * No values yet of this type. It keeps to the context, and takes its memory from the account.
 * Raises 42804 where the type has no equality to hash by.
 */
extern StepNumbers *step_numbers_create(Oid type, MemoryContext context, MemoryAccount *account);

/* The number of a value, from 0 in the order in which they come. */
extern int64 step_number(StepNumbers *steps, Datum value, bool null);

/* The value of a number, for messages. */
extern char *step_name(const StepNumbers *steps, int64 number);

#endif
