/*
 * registered.h
 *	  A model of the registry, as the watch of a table needs to know it.
 */
#ifndef LSTM_FORECAST_REGISTERED_H
#define LSTM_FORECAST_REGISTERED_H

#include "postgres.h"

#include "base/compat.h"

/* Texts are in CurrentMemoryContext; NULL where the definition has none. */
typedef struct Registered
{
	Oid schema; /* of the registry */
	const char *name;
	const char *owner;
	Oid owner_id;
	const char *time_column;
	const char *target_column;
	const char *series_column;
	const char *zone; /* of times that come without one */
} Registered;

typedef enum RegisteredAnswer
{
	REGISTERED_FOUND,
	REGISTERED_NONE,   /* no model of that name whose owner's privileges the role has */
	REGISTERED_ALTERED /* the registry's tables are not what they were made as */
} RegisteredAnswer;

/*
 * Look for the model of that name, which must belong to the role, or to one whose privileges it
 * has. That is the policy of the registry's tables; a model of somebody else is as good as none.
 */
extern RegisteredAnswer registered_find(Registered *model, Oid schema, const char *name, Oid role);

#endif
