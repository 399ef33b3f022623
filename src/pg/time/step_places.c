/*
 * step_places.c
 *	  What the clocks and the calendar show at the steps of a series.
 */
#include "postgres.h"

#include "time/step_places.h"

void
step_places_begin(StepPlaces *places, const Frequency *frequency, TimestampTz start,
				  const TimestampTz *irregular)
{
	bool exact;

	*places = (StepPlaces){.frequency = frequency,
						   .start = start,
						   .irregular = irregular,
						   .zone = calendar_zone(frequency->zone)};
	if (!calendar_kind(frequency->kind))
		return;
	places->grid = calendar_grid(frequency, start);
	places->start_index = calendar_index(&places->grid, start, &exact);
}

LocalTime
step_local_place(const StepPlaces *places, int64 step)
{
	const Frequency *frequency = places->frequency;

	/* where it is meant to be, which no change of clocks moves */
	if (calendar_kind(frequency->kind))
		return calendar_place(&places->grid, places->start_index + step * places->grid.units);
	if (frequency->kind == FREQUENCY_IRREGULAR && places->irregular != NULL)
		return calendar_split(places->irregular[step], places->zone);
	return calendar_split(frequency_add(frequency, places->start, step), places->zone);
}
