/*
 * classifier_summary.c
 *	  What lstm_summary says of a model that tells classes, in plain words.
 */
#include "postgres.h"

#include <math.h>

#include "base/interrupts.h"
#include "model/classifier_inspect.h"
#include "model/words.h"

#define MOST_TOLD 10 /* classes that have a row of their own */

static const char *const cell_names[] = {"LSTM", "GRU", "simple recurrent network"};

StaticAssertDecl(lengthof(cell_names) == LF_CELL_RNN + 1, "a cell without a name");

static void
tell_data(const Classifier *classifier, Summary *summary)
{
	const char *what = classifier_tells_rows(classifier) ? "row" : "series";
	StringInfoData names;

	summary->part = "data";
	summary_row(summary, "series", words_integer(classifier->series), NULL);
	if (classifier->unlabelled > 0)
		summary_row(summary, "left out", words_count(classifier->unlabelled, "series", "series"),
					"they have no label");
	summary_row(summary, "rows", words_integer(classifier->rows), NULL);
	initStringInfo(&names);
	for (int i = 0; classifier->names != NULL && i < classifier->channels; i++)
		appendStringInfo(&names, "%s%s", i == 0 ? "" : ", ", classifier->names[i]);
	summary_row(summary, "values",
				names.len > 0 ? names.data : words_count(classifier->channels, "column", NULL),
				classifier->missing == 0
					? NULL
					: psprintf("%s filled", words_count(classifier->missing, "value", NULL)));
	summary->part = "classes";
	for (int i = 0; i < classifier->class_count && i < MOST_TOLD; i++)
		summary_row(summary, classifier->labels[i],
					words_count(classifier->counts[i], what,
								classifier_tells_rows(classifier) ? NULL : "series"),
					NULL);
	if (classifier->class_count > MOST_TOLD)
		summary_row(summary, "others", words_integer(classifier->class_count - MOST_TOLD),
					"lstm_model_info tells all");
}

/* "LSTM of 2 layers with 64 units in both directions, reads the rows in patches of 8" */
static char *
network_text(const lf_classifier_config *network)
{
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfo(&text, "%s of ", cell_names[network->cell]);
	if (network->num_layers > 1)
		appendStringInfo(&text, "%d layers with ", network->num_layers);
	appendStringInfo(&text, "%s%s", words_count(network->hidden_size, "unit", NULL),
					 network->bidirectional ? " in both directions" : "");
	if (network->patch_length > 1)
		appendStringInfo(&text, ", reads rows in patches of %d", network->patch_length);
	return text.data;
}

static void
tell_accuracy(const Classifier *classifier, Summary *summary)
{
	const ClassErrors *errors = &classifier->errors;

	summary->part = "accuracy";
	if (errors->answers == 0)
	{
		summary_row(summary, "measured on", "nothing", "no labels were held out");
		return;
	}
	summary_row(summary, "measured on",
				classifier_tells_rows(classifier)
					? words_count(errors->answers, "held-out row", NULL)
					: words_count(errors->answers, "held-out series", "held-out series"),
				errors->shared
					? "they also ended the training, so the figures are a little too good"
					: "before they were trained on");
	summary_row(summary, "accuracy", words_percent(errors->accuracy), "labels that were right");
	summary_row(summary, "majority", words_percent(errors->majority),
				"the accuracy of always telling the most frequent class");
	summary_row(summary, "macro F1", words_number(errors->macro_f1),
				"1 is perfect; every class counts alike, rare ones too");
	summary_row(summary, "log loss", words_number(errors->log_loss),
				"how far probabilities are from the truth, 0 is perfect");
	summary_row(summary, "calibration error", words_percent(errors->calibration),
				"by which probabilities differ from the share that is right");
}

static void
tell_networks(const Classifier *classifier, Summary *summary)
{
	summary->part = "networks";
	summary_row(summary, "networks",
				classifier->member_count == 1
					? "one"
					: psprintf("the mean probability of %d", classifier->member_count),
				summary_why(summary, "ensemble_size"));
	for (int i = 0; i < classifier->member_count; i++)
	{
		check_interrupts();
		summary_row(summary, psprintf("network %d", i + 1),
					network_text(&classifier->members[i].network),
					i == 0 ? summary_why(summary, "hidden_size") : NULL);
	}
	summary_row(summary, "temperature", words_number(classifier->temperature),
				"that makes probabilities as often right as they say");
}

void
classifier_summary(const Classifier *classifier, Summary *summary)
{
	Size weights = 0;

	summary->part = "model";
	summary_row(summary, "kind",
				psprintf("%s of %s, trained on %s",
						 classifier_tells_rows(classifier) ? "tells each row its class"
														   : "tells a series its class",
						 words_integer(classifier->class_count),
						 words_count(classifier->series, "series", "series")),
				NULL);
	tell_data(classifier, summary);
	tell_networks(classifier, summary);
	tell_accuracy(classifier, summary);
	for (int i = 0; i < classifier->member_count; i++)
	{
		lf_parameter_table *table = classifier_table(&classifier->members[i].network);

		weights += table->total;
		pfree(table);
	}
	summary->part = "size";
	summary_row(summary, "weights", words_integer((int64) weights), NULL);
	summary_row(summary, "bytes", words_bytes(summary->bytes), NULL);
	summary_row(summary, "trained by", psprintf("lstm_forecast %s", classifier->extension), NULL);
}
