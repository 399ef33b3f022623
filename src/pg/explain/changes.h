/*
 * changes.h
 *	  What if a driver were other than it is known to be?
 */
#ifndef LSTM_FORECAST_CHANGES_H
#define LSTM_FORECAST_CHANGES_H

#include "postgres.h"
#include "utils/jsonb.h"

#include "base/memory.h"
#include "forecast/history.h"

typedef enum ChangeKind
{
	CHANGE_SET,     /* becomes the amount */
	CHANGE_ADD,     /* grows by it */
	CHANGE_MULTIPLY /* times it */
} ChangeKind;

/* What happens to a driver that is known ahead, after the last observation. */
typedef struct Change
{
	int driver; /* its place among the future ones */
	ChangeKind kind;
	double amount;
} Change;

typedef struct Changes
{
	int count;
	Change *list;
} Changes;

/*
 * An object of changes by the names of drivers: a number, or a text of a number, to which the
 * driver is set ("5", "=5"), by which it grows ("+3", "-3"), or, in percent, by which share of
 * itself ("+10 %"); true and false are 1 and 0; of a driver that holds categories one of these.
 * NULL: none. A driver that the model does not have or that is not known ahead, and what is no
 * change, raise 22023. In CurrentMemoryContext.
 */
extern Changes changes_read(const Model *model, const Jsonb *object);

/*
 * Change the drivers of these histories from their ends on, as far as they are known: in copies, in
 * CurrentMemoryContext, on the account. Interruptible.
 */
extern void changes_make(const Model *model, const Changes *changes, History *histories,
						 int64 count, MemoryAccount *account);

#endif
