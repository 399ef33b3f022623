/*
 * nearest.c
 *	  The name that was meant, for hints.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/varlena.h"

#include "base/nearest.h"

#define MOST_EDITS 5

NearestName
nearest_name(const char *wanted, int length)
{
	int clipped = pg_mbcliplen(wanted, length, LONGEST_COMPARED);

	return (NearestName){.wanted = wanted,
						 .length = clipped,
						 .most = Min(Max(clipped / 2, Min(clipped - 1, 2)), MOST_EDITS)};
}

/* Edits between the name and the wanted one; none where they differ in case alone. */
static int
distance_to(const NearestName *nearest, const char *name)
{
	int length = (int) strlen(name);

	if (length == nearest->length && pg_strncasecmp(name, nearest->wanted, length) == 0)
		return 0;
	return varstr_levenshtein_less_equal(nearest->wanted, nearest->length, name,
										 pg_mbcliplen(name, length, LONGEST_COMPARED), 1, 1, 1,
										 nearest->most, true);
}

void
nearest_offer(NearestName *nearest, const char *name)
{
	int distance;

	if (nearest->most < 0)
		return;
	distance = distance_to(nearest, name);
	if (distance > nearest->most)
		return;
	nearest->most = distance - 1;
	nearest->found = name;
}
