/*
 * classifier_info.c
 *	  What lstm_model_info says of a model that tells classes.
 */
#include "postgres.h"

#include "base/jsonio.h"
#include "model/classifier_inspect.h"
#include "model/info_fields.h"
#include "model/member_fields.h"
#include "options/class_options.h"

static void
append_classes(StringInfo json, const Classifier *classifier)
{
	json_append_key(json, "classes");
	appendStringInfoChar(json, '[');
	for (int i = 0; i < classifier->class_count; i++)
	{
		json_append_separator(json);
		appendStringInfoChar(json, '{');
		json_add_text(json, "label", classifier->labels[i]);
		json_add_integer(json, classifier_tells_rows(classifier) ? "rows" : "series",
						 classifier->counts[i]);
		appendStringInfoChar(json, '}');
	}
	appendStringInfoChar(json, ']');
}

static void
append_data(StringInfo json, const Classifier *classifier)
{
	json_add_integer(json, "series", classifier->series);
	json_add_integer(json, "unlabelled_series", classifier->unlabelled);
	json_add_integer(json, "rows", classifier->rows);
	json_add_integer(json, "longest_series", classifier->longest);
	json_add_integer(json, "missing", classifier->missing);
	if (classifier->has_times)
	{
		info_add_time(json, "first_time", classifier->first_time);
		info_add_time(json, "last_time", classifier->last_time);
	}
	json_add_integer(json, "columns", classifier->channels);
	json_append_key(json, "names");
	json_append_texts(json, classifier->names, classifier->channels);
}

static void
append_members(StringInfo json, const Classifier *classifier)
{
	int64 total = 0;

	json_append_key(json, "members");
	appendStringInfoChar(json, '[');
	for (int i = 0; i < classifier->member_count; i++)
	{
		const ClassMember *member = &classifier->members[i];
		const lf_classifier_config *network = &member->network;
		lf_parameter_table *table = classifier_table(network);

		json_append_separator(json);
		appendStringInfoChar(json, '{');
		json_add_text(json, "cell", options_word("cell", network->cell));
		json_add_integer(json, "hidden_size", network->hidden_size);
		json_add_integer(json, "num_layers", network->num_layers);
		json_add_boolean(json, "bidirectional", network->bidirectional);
		json_add_number(json, "dropout", network->dropout);
		json_add_integer(json, "patch_length", network->patch_length);
		json_add_integer(json, "channels", network->channels);
		member_add_schedule(json, &classifier->schedule);
		json_add_unsigned(json, "seed", member->seed);
		json_add_integer(json, "parameters", (int64) table->total);
		json_add_integer(json, "best_epoch", member->best_epoch);
		appendStringInfoChar(json, '}');
		total += (int64) table->total;
		pfree(table);
	}
	appendStringInfoChar(json, ']');
	json_add_integer(json, "parameters", total);
}

static void
append_errors(StringInfo json, const Classifier *classifier)
{
	const ClassErrors *errors = &classifier->errors;

	json_append_key(json, "held_out");
	appendStringInfoChar(json, '{');
	json_add_integer(json, "series", errors->series);
	json_add_integer(json, "labels", errors->answers);
	json_add_boolean(json, "shared_with_early_stopping", errors->shared);
	json_add_number(json, "accuracy", errors->accuracy);
	json_add_number(json, "majority_accuracy", errors->majority);
	json_add_number(json, "macro_f1", errors->macro_f1);
	json_add_number(json, "log_loss", errors->log_loss);
	json_add_number(json, "calibration_error", errors->calibration);
	appendStringInfoChar(json, '}');
}

char *
classifier_info(const Classifier *classifier, Size bytes)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	json_add_text(&json, "kind", "classes");
	info_add_options(&json, options_to_jsonb_classes(&classifier->options), classifier->reasons);
	append_classes(&json, classifier);
	append_data(&json, classifier);
	append_members(&json, classifier);
	json_add_number(&json, "temperature", classifier->temperature);
	append_errors(&json, classifier);
	json_add_integer(&json, "bytes", (int64) bytes);
	info_add_maker(&json, classifier->extension, classifier->kernel);
	appendStringInfoChar(&json, '}');
	return json.data;
}
