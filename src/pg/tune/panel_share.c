/*
 * panel_share.c
 *	  A panel as bytes in shared memory, for processes that read it.
 *
 * Structs are copied as they are, as all processes are of one build; pointers in them are set anew
 * by whoever reads. What a pointer is NULL for says the struct.
 */
#include "postgres.h"

#include "storage/shmem.h"
#include "utils/memutils.h"

#include "base/interrupts.h"
#include "rows/vocabulary.h"
#include "time/step_list.h"
#include "model/holidays.h"
#include "tune/panel_share.h"

/* What the bytes begin with; listed steps, categories and holidays follow, then a record for each
 * series. */
typedef struct SharedPanel
{
	Panel panel;
	Size listed; /* bytes of the listed steps; 0: there are none */
	Size words;  /* bytes of the categories; 0: there are none */
	Size days;   /* bytes of the text of holidays, with its end */
} SharedPanel;

/* Where the parts of a record lie, from its begin on. */
typedef struct SeriesParts
{
	Size label;
	Size values;
	Size observed;
	Size times;
	Size covariates;
	Size end;
} SeriesParts;

static SeriesParts
series_parts(const GridSeries *series)
{
	Size width = (Size) series->past + series->future;
	SeriesParts parts = {.label = MAXALIGN(sizeof(GridSeries))};

	parts.values = parts.label + (series->label == NULL ? 0 : MAXALIGN(strlen(series->label) + 1));
	parts.observed = add_size(parts.values, mul_size(sizeof(double), series->length));
	parts.times = add_size(parts.observed, series->observed == NULL ? 0 : MAXALIGN(series->length));
	parts.covariates = add_size(
		parts.times, series->times == NULL ? 0 : mul_size(sizeof(TimestampTz), series->covered));
	parts.end = add_size(parts.covariates,
						 series->covariates == NULL
							 ? 0
							 : MAXALIGN(mul_size(sizeof(float) * width, series->covered)));
	return parts;
}

/* The listed steps as bytes; NULL where they are not. */
static char *
listed_steps(const Panel *panel, Size *size)
{
	*size = 0;
	return panel->frequency.listed == NULL ? NULL : step_list_encode(panel->frequency.listed, size);
}

static Size
words_bytes(const Panel *panel)
{
	return vocabularies_bytes(panel->categories, panel->past + panel->future);
}

Size
panel_share_bytes(const Panel *panel)
{
	Size listed;
	Size bytes;

	(void) listed_steps(panel, &listed);
	bytes = add_size(MAXALIGN(sizeof(SharedPanel)), MAXALIGN(listed));
	bytes = add_size(bytes, MAXALIGN(words_bytes(panel)));
	bytes = add_size(bytes, MAXALIGN(strlen(holidays_text(panel->holidays)) + 1));
	for (int64 i = 0; i < panel->count; i++)
	{
		check_interrupts();
		bytes = add_size(bytes, series_parts(panel->series[i]).end);
	}
	return bytes;
}

/* Write the record of a series. Returns its bytes. */
static Size
write_series(const GridSeries *series, char *to)
{
	SeriesParts parts = series_parts(series);
	Size width = (Size) series->past + series->future;

	memcpy(to, series, sizeof(GridSeries));
	if (series->label != NULL)
		strcpy(to + parts.label, series->label);
	memcpy(to + parts.values, series->values, sizeof(double) * series->length);
	if (series->observed != NULL)
		memcpy(to + parts.observed, series->observed, series->length);
	if (series->times != NULL)
		memcpy(to + parts.times, series->times, sizeof(TimestampTz) * series->covered);
	if (series->covariates != NULL)
		memcpy(to + parts.covariates, series->covariates, sizeof(float) * width * series->covered);
	return parts.end;
}

void
panel_share_write(const Panel *panel, char *to)
{
	SharedPanel *shared = (SharedPanel *) to;
	char *listed = listed_steps(panel, &shared->listed);
	char *days = holidays_text(panel->holidays);

	shared->panel = *panel;
	shared->words = words_bytes(panel);
	shared->days = strlen(days) + 1;
	to += MAXALIGN(sizeof(SharedPanel));
	if (listed != NULL)
		memcpy(to, listed, shared->listed);
	to += MAXALIGN(shared->listed);
	if (shared->words > 0)
		vocabularies_write(panel->categories, panel->past + panel->future, to);
	to += MAXALIGN(shared->words);
	memcpy(to, days, shared->days);
	to += MAXALIGN(shared->days);
	for (int64 i = 0; i < panel->count; i++)
	{
		check_interrupts();
		to += write_series(panel->series[i], to);
	}
}

/* Read the record of a series. Returns its bytes. */
static Size
read_series(GridSeries *series, const Panel *panel, const char *from)
{
	SeriesParts parts;

	memcpy(series, from, sizeof(GridSeries));
	series->frequency.listed = panel->frequency.listed;
	series->categories = panel->categories;
	if (series->label != NULL)
		series->label = from + MAXALIGN(sizeof(GridSeries));
	parts = series_parts(series);
	series->values = (const double *) (from + parts.values);
	if (series->observed != NULL)
		series->observed = (uint8 *) unconstify(char *, from + parts.observed);
	if (series->times != NULL)
		series->times = (TimestampTz *) unconstify(char *, from + parts.times);
	if (series->covariates != NULL)
		series->covariates = (float *) unconstify(char *, from + parts.covariates);
	return parts.end;
}

Panel *
panel_share_read(char *from, char *const *names)
{
	const SharedPanel *shared = (const SharedPanel *) from;
	Panel *panel = palloc(sizeof(Panel));
	GridSeries *series;

	*panel = shared->panel;
	from += MAXALIGN(sizeof(SharedPanel));
	panel->frequency.listed = shared->listed > 0 ? step_list_decode(from, shared->listed) : NULL;
	from += MAXALIGN(shared->listed);
	panel->categories =
		shared->words > 0 ? vocabularies_read(from, names, panel->past + panel->future) : NULL;
	from += MAXALIGN(shared->words);
	panel->holidays = holidays_of_text(from);
	from += MAXALIGN(shared->days);
	panel->bytes = 0;
	panel->skipped_count = 0;
	panel->skipped = NULL;
	panel->empty = 0;
	panel->first_empty = NULL;
	panel->series = palloc_extended(mul_size(sizeof(GridSeries *), panel->count), MCXT_ALLOC_HUGE);
	series = palloc_extended(mul_size(sizeof(GridSeries), panel->count), MCXT_ALLOC_HUGE);
	for (int64 i = 0; i < panel->count; i++)
	{
		check_interrupts();
		panel->series[i] = &series[i];
		from += read_series(&series[i], panel, from);
	}
	return panel;
}
