/*
 * value_text.c
 *	  The text of a value of any type.
 */
#include "postgres.h"

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
	writer->is_text = function == F_TEXTOUT || function == F_VARCHAROUT || function == F_BPCHAROUT;
}

ValueText
value_text(ValueWriter *writer, Datum value)
{
	const char *text;

	if (writer->is_text)
	{
		const struct varlena *bytes =
			pg_detoast_datum_packed((struct varlena *) DatumGetPointer(value));

		return (ValueText){.bytes = VARDATA_ANY(bytes), .length = VARSIZE_ANY_EXHDR(bytes)};
	}
	text = OutputFunctionCall(&writer->output, value);
	return (ValueText){.bytes = text, .length = strlen(text)};
}
