/*
 * class_metrics.c
 *	  Aggregates that measure classes: lstm_accuracy, lstm_f1, lstm_log_loss.
 *
 * As of all metrics rows with a NULL are left out, and without any the result is NULL. Labels are
 * of any type. lstm_accuracy and lstm_log_loss are means over rows and share the other metrics'
 * state; lstm_f1 counts rows of every class.
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/jsonb.h"

#include "base/interrupts.h"
#include "base/jsonio.h"
#include "base/memory.h"
#include "metrics/class_counts.h"
#include "metrics/class_label.h"
#include "metrics/metric_state.h"

PG_FUNCTION_INFO_V1(lstm_accuracy_accum);
PG_FUNCTION_INFO_V1(lstm_log_loss_accum);
PG_FUNCTION_INFO_V1(lstm_f1_accum);
PG_FUNCTION_INFO_V1(lstm_f1_combine);
PG_FUNCTION_INFO_V1(lstm_f1_serialize);
PG_FUNCTION_INFO_V1(lstm_f1_deserialize);
PG_FUNCTION_INFO_V1(lstm_f1_final);

#define SHOWN_BYTES 60          /* of a value, in a message */
#define LEAST_PROBABILITY 1e-15 /* as scikit-learn had it: nothing is infinitely wrong */
#define F1_HINT "Call the aggregate \"lstm_f1\"."

/* The labels of a row: arguments 1 and 2, which are not NULL. */
static void
row_labels(FunctionCallInfo fcinfo, ClassLabel labels[2])
{
	ClassLabeller *labellers = class_labellers(fcinfo, 2);

	for (int i = 0; i < 2; i++)
		labels[i] = value_text(&labellers[1 + i].writer, PG_GETARG_DATUM(1 + i));
	class_labels_agree(&labellers[1], labels);
}

/* lstm_accuracy(actual, predicted): 1 where they are the same, else 0. */
Datum
lstm_accuracy_accum(PG_FUNCTION_ARGS)
{
	ClassLabel labels[2];

	row_labels(fcinfo, labels);
	return metric_add_row(fcinfo, class_labels_equal(labels[0], labels[1]) ? 1 : 0);
}

/* --- probabilities
 * -------------------------------------------------------------------------------- */

/* A probability of a label. */
static double
probability_of(const JsonbValue *label, const JsonbValue *value)
{
	double probability;

	if (!json_value_double(value, &probability) || !(probability >= 0 && probability <= 1))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("probability of \"%s\" is out of range",
							   pnstrdup(label->val.string.val,
										pg_mbcliplen(label->val.string.val, label->val.string.len,
													 SHOWN_BYTES))),
						errdetail("It is %s, and must be a number from 0 to 1.",
								  json_beginning(value, SHOWN_BYTES)),
						errhint("\"probabilities\" are those of \"lstm_classify\", as {\"label\": "
								"probability}.")));
	return probability;
}

/* The probability that an object gives to a label, 0 where it does not say; all must be in range.
 */
static double
find_probability(Jsonb *object, ClassLabel label)
{
	JsonbIterator *iterator;
	JsonbValue key;
	JsonbValue value;
	double found = 0;

	if (!JB_ROOT_IS_OBJECT(object))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("\"probabilities\" is no object"),
				 errhint("Give those of \"lstm_classify\", an object {\"label\": probability}.")));
	iterator = JsonbIteratorInit(&object->root);
	(void) JsonbIteratorNext(&iterator, &value, false);
	while (JsonbIteratorNext(&iterator, &key, true) == WJB_KEY)
	{
		double probability;

		(void) JsonbIteratorNext(&iterator, &value, true);
		probability = probability_of(&key, &value);
		if (class_labels_equal(
				label, (ClassLabel){.bytes = key.val.string.val, .length = key.val.string.len}))
			found = probability;
	}
	return found;
}

/* The other word for a boolean: true for t. */
static ClassLabel
spelled_out(ClassLabel label)
{
	return label.bytes[0] == 't' ? (ClassLabel){.bytes = "true", .length = 4}
								 : (ClassLabel){.bytes = "false", .length = 5};
}

/* lstm_log_loss(actual, probabilities): -log of the probability of the actual label, which counts
 * as at least 1e-15 and at most 1 - 1e-15, as in scikit-learn. */
Datum
lstm_log_loss_accum(PG_FUNCTION_ARGS)
{
	ClassLabeller *labeller = &class_labellers(fcinfo, 1)[1];
	ClassLabel label = value_text(&labeller->writer, PG_GETARG_DATUM(1));
	Jsonb *object = PG_GETARG_JSONB_P(2);
	double probability = find_probability(object, label);

	check_interrupts();
	if (labeller->is_boolean && probability == 0)
		probability = find_probability(object, spelled_out(label));
	probability = fmin(fmax(probability, LEAST_PROBABILITY), 1 - LEAST_PROBABILITY);
	PG_FREE_IF_COPY(object, 2);
	return metric_add_row(fcinfo, -log(probability));
}

/* --- F1
 * -------------------------------------------------------------------------------------------- */

/* lstm_f1(actual, predicted): the classes of both. */
Datum
lstm_f1_accum(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo, F1_HINT);
	ClassCounts *counts =
		PG_ARGISNULL(0) ? class_counts_create(context) : (ClassCounts *) PG_GETARG_POINTER(0);
	ClassLabel labels[2];
	bool same;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_POINTER(counts);
	row_labels(fcinfo, labels);
	same = class_labels_equal(labels[0], labels[1]);
	class_counts_add(counts, labels[0], (ClassCount){.actual = 1, .predicted = same, .both = same});
	if (!same)
		class_counts_add(counts, labels[1], (ClassCount){.predicted = 1});
	PG_RETURN_POINTER(counts);
}

/* combine function: the rows of both states. */
Datum
lstm_f1_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo, F1_HINT);
	ClassCounts *counts =
		PG_ARGISNULL(0) ? class_counts_create(context) : (ClassCounts *) PG_GETARG_POINTER(0);

	if (!PG_ARGISNULL(1))
		class_counts_join(counts, (const ClassCounts *) PG_GETARG_POINTER(1));
	PG_RETURN_POINTER(counts);
}

Datum
lstm_f1_serialize(PG_FUNCTION_ARGS)
{
	(void) aggregate_context(fcinfo, F1_HINT);
	PG_RETURN_BYTEA_P(class_counts_write((const ClassCounts *) PG_GETARG_POINTER(0)));
}

Datum
lstm_f1_deserialize(PG_FUNCTION_ARGS)
{
	(void) aggregate_context(fcinfo, F1_HINT);
	PG_RETURN_POINTER(class_counts_read(PG_GETARG_BYTEA_PP(0), CurrentMemoryContext));
}

/* final function: the mean over classes; NULL of none. */
Datum
lstm_f1_final(PG_FUNCTION_ARGS)
{
	double f1;

	(void) aggregate_context(fcinfo, F1_HINT);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	f1 = class_counts_f1((const ClassCounts *) PG_GETARG_POINTER(0));
	if (isnan(f1))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(f1);
}
