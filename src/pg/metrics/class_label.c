/*
 * class_label.c
 *	  The label of a class, from a value of any type.
 */
#include "postgres.h"

#include "utils/fmgroids.h"

#include "metrics/class_label.h"

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
		value_writer_init(&labellers[i].writer, type, function->fn_mcxt);
		labellers[i].is_boolean = labellers[i].writer.output.fn_oid == F_BOOLOUT;
	}
	function->fn_extra = labellers;
	return labellers;
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
