/*
 * class_options.c
 *	  The options of classes: which there are, and the weights of classes.
 */
#include "postgres.h"

#include "base/jsonio.h"
#include "base/nearest.h"
#include "options/class_options.h"

void
options_parse_classes(TrainOptions *options, Jsonb *json)
{
	JsonbIterator *iterator;
	JsonbValue key;
	JsonbValue value;
	bool directions = false;

	options_parse(options, json);
	iterator = json == NULL ? NULL : JsonbIteratorInit(&json->root);
	while (json != NULL && options_next_field(&iterator, &key, &value))
	{
		const OptionDescriptor *option = option_find(key.val.string.val, key.val.string.len);

		directions |= strcmp(option->name, "bidirectional") == 0;
		if (!option->classes && !option_is_unset(option, &value))
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("option \"%s\" does not apply to classes", option->name),
							errdetail("It is one of forecasts."), errhint("Leave it out.")));
	}
	/* a series is told its class when it has ended; a row perhaps when it is the latest */
	if (!directions)
		options->bidirectional = options->supervision == LF_SUPERVISION_LAST;
}

void
options_check_forecast(const TrainOptions *options)
{
	if (options->class_weights != NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("option \"class_weights\" does not apply to forecasts"),
						errhint("It is one of lstm_train_classes(); leave it out.")));
}

char *
weights_text(const OptionDescriptor *option, JsonbValue *value)
{
	JsonbIterator *iterator;
	JsonbContainer *object;
	JsonbValue label;
	JsonbValue weight;
	double number;

	if (value->type == jbvString)
	{
		int choice = option_choice(option, value->val.string.val, value->val.string.len);

		return choice < 0 ? NULL : pstrdup(option->choices[choice]);
	}
	object = value->type == jbvBinary ? value->val.binary.data : NULL;
	if (object == NULL || !JsonContainerIsObject(object) || JsonContainerSize(object) < 1 ||
		JsonContainerSize(object) > option->most)
		return NULL;
	iterator = JsonbIteratorInit(object);
	while (options_next_field(&iterator, &label, &weight))
		if (!json_value_double(&weight, &number) || !(number > option->minimum) ||
			!(number <= option->maximum))
			return NULL;
	return JsonbToCString(NULL, object, value->val.binary.len);
}

void
weights_append_json(StringInfo json, const OptionDescriptor *option, const char *text)
{
	if (text != NULL && text[0] == '{')
		appendStringInfoString(json, text);
	else
		json_append_text(json, text != NULL ? text : option->unset);
}

/* The number of a label; a weight for none of them is a mistake. */
static int
class_of_weight(const JsonbValue *label, char *const *labels, int classes)
{
	NearestName nearest = nearest_name(label->val.string.val, label->val.string.len);

	for (int i = 0; i < classes; i++)
	{
		if (strlen(labels[i]) == (size_t) label->val.string.len &&
			memcmp(labels[i], label->val.string.val, label->val.string.len) == 0)
			return i;
		nearest_offer(&nearest, labels[i]);
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"class_weights\" has a weight for \"%s\", which is no label",
					pnstrdup(label->val.string.val, nearest.length)),
			 nearest.found != NULL ? errhint("Perhaps you meant the label \"%s\".", nearest.found)
								   : errhint("Labels are their values as text.")));
	return -1;
}

double *
weights_of_classes(const TrainOptions *options, char *const *labels, const int64 *counts,
				   int classes)
{
	double *weights;
	double total = 0;
	JsonbIterator *iterator;
	JsonbValue label;
	JsonbValue weight;

	if (options->class_weights == NULL)
		return NULL;
	weights = palloc(sizeof(double) * classes);
	for (int i = 0; i < classes; i++)
		total += (double) counts[i];
	for (int i = 0; i < classes; i++)
		weights[i] = options->class_weights[0] == '{' ? 1 : total / classes / (double) counts[i];
	if (options->class_weights[0] != '{')
		return weights;
	iterator = JsonbIteratorInit(&json_parse(options->class_weights)->root);
	while (options_next_field(&iterator, &label, &weight))
		(void) json_value_double(&weight, &weights[class_of_weight(&label, labels, classes)]);
	return weights;
}
