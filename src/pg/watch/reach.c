/*
 * reach.c
 *	  How far the forecasts of series reach, as far as this session has seen.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "watch/reach.h"

/* Sets of places, 512 kB: enough for twenty thousand series. A key has its place in one of them. */
#define SETS ((uint64) 1 << 13)
#define PLACES_IN_SET 4

typedef struct Reach
{
	uint64 key;
	TimestampTz latest;
} Reach;

static Reach *reaches = NULL;

uint64
reach_key(const char *bytes, Size length, uint64 seed)
{
	return hash_bytes_extended((const unsigned char *) bytes, (int) length, seed);
}

bool
reach_is_beyond(uint64 key, TimestampTz time)
{
	const Reach *set = reaches == NULL ? NULL : reaches + key % SETS * PLACES_IN_SET;

	for (int i = 0; set != NULL && i < PLACES_IN_SET; i++)
		if (set[i].key == key)
			return set[i].latest > time;
	return false;
}

void
reach_remember(uint64 key, TimestampTz latest)
{
	Reach *set;
	int place = 0;

	if (reaches == NULL)
	{
		reaches = MemoryContextAlloc(TopMemoryContext, SETS * PLACES_IN_SET * sizeof(Reach));
		for (uint64 i = 0; i < SETS * PLACES_IN_SET; i++)
			reaches[i] = (Reach){.key = 0, .latest = DT_NOBEGIN};
	}
	/* its own place, else that of the series whose forecasts end first */
	set = reaches + key % SETS * PLACES_IN_SET;
	for (int i = 1; i < PLACES_IN_SET && set[place].key != key; i++)
		if (set[i].key == key || set[i].latest < set[place].latest)
			place = i;
	set[place] = (Reach){.key = key, .latest = latest};
}
