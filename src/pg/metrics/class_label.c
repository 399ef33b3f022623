/*
 * class_label.c
 *	  The label of a class, from a value of any type.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "metrics/class_label.h"

static void
labeller_init(ClassLabeller *labeller, Oid type, MemoryContext context)
{
	Oid function;
	bool variable;

	getTypeOutputInfo(type, &function, &variable);
	fmgr_info_cxt(function, &labeller->output, context);
	labeller->is_padded = function == F_BPCHAROUT;
	labeller->is_text = function == F_TEXTOUT || function == F_VARCHAROUT || labeller->is_padded;
	labeller->is_boolean = function == F_BOOLOUT;
}

ClassLabeller *
class_labellers(FunctionCallInfo fcinfo, int count)
{
	FmgrInfo *function = fcinfo->flinfo;
	ClassLabeller *labellers = function->fn_extra;

	if (labellers != NULL)
		return labellers;
	labellers =
		MemoryContextAllocZero(function->fn_mcxt, sizeof(ClassLabeller) * (Size) (count + 1));
	for (int i = 1; i <= count; i++)
	{
		Oid type = get_fn_expr_argtype(function, i);

		if (!OidIsValid(type))
			elog(ERROR, "type of a label is unknown");
		labeller_init(&labellers[i], type, function->fn_mcxt);
	}
	function->fn_extra = labellers;
	return labellers;
}

ClassLabel
class_label(ClassLabeller *labeller, Datum value)
{
	const char *text;

	if (labeller->is_text)
	{
		const struct varlena *bytes =
			pg_detoast_datum_packed((struct varlena *) DatumGetPointer(value));

		ClassLabel label = {.bytes = VARDATA_ANY(bytes), .length = VARSIZE_ANY_EXHDR(bytes)};

		if (labeller->is_padded)
			label.length = bpchartruelen(unconstify(char *, label.bytes), (int) label.length);
		return label;
	}
	text = OutputFunctionCall(&labeller->output, value);
	return (ClassLabel){.bytes = text, .length = strlen(text)};
}

bool
class_labels_equal(ClassLabel a, ClassLabel b)
{
	return a.length == b.length && memcmp(a.bytes, b.bytes, a.length) == 0;
}

/* A word for a boolean as its output function writes it; any other label as it is. */
static ClassLabel
as_boolean(ClassLabel label)
{
	if (class_labels_equal(label, (ClassLabel){.bytes = "true", .length = 4}) ||
		class_labels_equal(label, (ClassLabel){.bytes = "false", .length = 5}))
		label.length = 1;
	return label;
}

void
class_labels_agree(const ClassLabeller labellers[2], ClassLabel labels[2])
{
	for (int i = 0; i < 2; i++)
		if (labellers[1 - i].is_boolean)
			labels[i] = as_boolean(labels[i]);
}
