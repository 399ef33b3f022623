/*
 * series_label.c
 *	  From a value of any type to the name of a series.
 */
#include "postgres.h"

#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "rows/series_label.h"

void
series_labeller_init(SeriesLabeller *labeller, Oid type, MemoryContext context)
{
	Oid function;
	bool variable;

	getTypeOutputInfo(type, &function, &variable);
	fmgr_info_cxt(function, &labeller->output, context);
	labeller->is_text =
		function == F_TEXTOUT || function == F_VARCHAROUT || function == F_BPCHAROUT;
	labeller->by_value = get_typbyval(type);
}

const char *
series_label(SeriesLabeller *labeller, PanelRows *rows, Datum value)
{
	const char *label;
	const char *text;

	if (labeller->is_text)
	{
		const struct varlena *bytes =
			pg_detoast_datum_packed((struct varlena *) DatumGetPointer(value));

		return panel_rows_label(rows, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
	}
	if (labeller->by_value)
	{
		label = panel_rows_label_of_word(rows, value);
		if (label != NULL)
			return label;
	}
	text = OutputFunctionCall(&labeller->output, value);
	label = panel_rows_label(rows, text, strlen(text));
	if (labeller->by_value)
		panel_rows_note_word(rows, value);
	return label;
}
