/*
 * series_label.c
 *	  From a value of any type to the name of a series.
 */
#include "postgres.h"

#include "utils/lsyscache.h"

#include "rows/series_label.h"

void
series_labeller_init(SeriesLabeller *labeller, Oid type, MemoryContext context)
{
	value_writer_init(&labeller->writer, type, context);
	labeller->by_value = get_typbyval(type);
}

const char *
series_label(SeriesLabeller *labeller, PanelRows *rows, Datum value)
{
	const char *label;
	ValueText text;

	if (labeller->by_value)
	{
		label = panel_rows_label_of_word(rows, value);
		if (label != NULL)
			return label;
	}
	text = value_text(&labeller->writer, value);
	label = panel_rows_label(rows, text.bytes, text.length);
	if (labeller->by_value)
		panel_rows_note_word(rows, value);
	return label;
}
