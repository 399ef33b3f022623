/*
 * value_text.c
 *	  The text of a value of any type.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "rows/value_text.h"

void
value_writer_init(ValueWriter *writer, Oid type, MemoryContext context)
{
	Oid function;
	bool variable;

	getTypeOutputInfo(type, &function, &variable);
	fmgr_info_cxt(function, &writer->output, context);
	writer->is_padded = function == F_BPCHAROUT;
	writer->is_text = function == F_TEXTOUT || function == F_VARCHAROUT || writer->is_padded;
}

ValueText
value_text(ValueWriter *writer, Datum value)
{
	const char *text;

	if (writer->is_text)
	{
		const struct varlena *bytes =
			pg_detoast_datum_packed((struct varlena *) DatumGetPointer(value));

		ValueText plain = {.bytes = VARDATA_ANY(bytes), .length = VARSIZE_ANY_EXHDR(bytes)};

		if (writer->is_padded)
			plain.length = bpchartruelen(unconstify(char *, plain.bytes), (int) plain.length);
		return plain;
	}
	text = OutputFunctionCall(&writer->output, value);
	return (ValueText){.bytes = text, .length = strlen(text)};
}
