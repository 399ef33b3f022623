/*
 * options.c
 *	  Options from jsonb and to jsonb, by the table of options.
 */
#include "postgres.h"

#include <math.h>

#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "base/jsonio.h"
#include "base/nearest.h"
#include "base/sorting.h"
#include "time/frequency.h"
#include "options/class_options.h"
#include "options/options.h"
#include "options/options_table.h"
#include "options/synonyms.h"

#define LONGEST_TEXT 128 /* of a text option, in bytes */

static inline void *
option_field(const OptionDescriptor *option, TrainOptions *options)
{
	return (char *) options + option->offset;
}

/* Store a number that is known to fit; for choices and switches their value. */
static void
store_number(const OptionDescriptor *option, TrainOptions *options, double value)
{
	void *field = option_field(option, options);

	switch (option->type)
	{
		case OPTION_INTEGER:
		case OPTION_SWITCH:
		case OPTION_CHOICE:
			*(int *) field = (int) value;
			break;
		case OPTION_BIGINT:
			*(int64 *) field = (int64) value;
			break;
		case OPTION_FLOAT:
			*(double *) field = value;
			break;
		case OPTION_BOOLEAN:
			*(bool *) field = value != 0;
			break;
		case OPTION_TEXT:
		case OPTION_NUMBERS:
		case OPTION_OBJECTS:
		case OPTION_WEIGHTS:
			break;
	}
}

static void
store_numbers(const OptionDescriptor *option, TrainOptions *options, double *numbers, int count)
{
	*(double **) option_field(option, options) = numbers;
	*(int *) ((char *) options + option->count_offset) = count;
}

/* Leave it open: what "auto" and "none" mean. */
static void
store_unset(const OptionDescriptor *option, TrainOptions *options)
{
	if (option->type == OPTION_TEXT || option->type == OPTION_WEIGHTS)
		*(char **) option_field(option, options) = NULL;
	else if (option->type == OPTION_OBJECTS)
		*(Jsonb **) option_field(option, options) = NULL;
	else
		store_number(option, options, option->type == OPTION_FLOAT ? NAN : OPTION_AUTO);
}

void
options_default(TrainOptions *options)
{
	memset(options, 0, sizeof(*options));
	for (int i = 0; i < option_count; i++)
	{
		const OptionDescriptor *option = &option_table[i];

		if (option->unset != NULL)
			store_unset(option, options);
		else if (option->type == OPTION_NUMBERS)
		{
			double *numbers = palloc(sizeof(double) * option->initial_count);

			memcpy(numbers, option->initial_numbers, sizeof(double) * option->initial_count);
			store_numbers(option, options, numbers, option->initial_count);
		}
		else
			store_number(option, options, option->initial);
	}
}

/* member: a key of an object of "members", where fewer options are known. */
pg_noreturn static void
throw_unknown_key(const char *key, int length, bool member)
{
	NearestName nearest = nearest_name(key, length);
	const char *synonym = synonym_of_option(key, length);

	for (int i = 0; i < option_count; i++)
		if (!member || option_table[i].member)
			nearest_offer(&nearest, option_table[i].name);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unrecognized option \"%s%s\"", pnstrdup(key, nearest.length),
					nearest.length < length ? "..." : ""),
			 synonym != NULL ? errhint("%s", synonym)
			 : nearest.found != NULL
				 ? errhint("Perhaps you meant the option \"%s\"; lstm_option_info() lists all.",
						   nearest.found)
				 : errhint("lstm_option_info() lists all options.")));
}

/* Refuse a jsonb value, showing the beginning of it. */
pg_noreturn static void
throw_invalid_value(const OptionDescriptor *option, const JsonbValue *value)
{
	const char *synonym = NULL;

	if (value->type == jbvString)
		synonym = synonym_of_value(option, value->val.string.val, value->val.string.len);
	option_throw_invalid(option, json_beginning(value, OPTION_SHOWN_VALUE), synonym);
}

static bool
in_range(const OptionDescriptor *option, double value)
{
	if (option->exclusive_minimum ? value <= option->minimum : value < option->minimum)
		return false;
	return option->exclusive_maximum ? value < option->maximum : value <= option->maximum;
}

/* Is the value this word, in any case? */
static bool
is_word(const JsonbValue *value, const char *word)
{
	return value->type == jbvString && strlen(word) == (size_t) value->val.string.len &&
		   pg_strncasecmp(word, value->val.string.val, value->val.string.len) == 0;
}

bool
option_is_unset(const OptionDescriptor *option, const JsonbValue *value)
{
	return option->unset != NULL && (value->type == jbvNull || is_word(value, option->unset));
}

/* The array that a value is; NULL when it is none of 1 to most elements. */
static JsonbContainer *
array_within(const JsonbValue *value, int most)
{
	JsonbContainer *array = value->type == jbvBinary ? value->val.binary.data : NULL;

	if (array == NULL || !JsonContainerIsArray(array) || JsonContainerSize(array) < 1 ||
		JsonContainerSize(array) > most)
		return NULL;
	return array;
}

/* Store an array of different numbers, sorted; false when it is none. */
static bool
store_array(const OptionDescriptor *option, TrainOptions *options, const JsonbValue *value)
{
	JsonbContainer *array = array_within(value, option->most);
	int count;
	double *numbers;

	if (array == NULL)
		return false;
	count = JsonContainerSize(array);
	numbers = palloc(sizeof(double) * count);
	for (int i = 0; i < count; i++)
		if (!json_value_double(getIthJsonbValueFromContainer(array, i), &numbers[i]) ||
			!in_range(option, numbers[i]))
			return false;
	qsort(numbers, count, sizeof(double), compare_doubles);
	for (int i = 1; i < count; i++)
		if (numbers[i] == numbers[i - 1])
			return false;
	store_numbers(option, options, numbers, count);
	return true;
}

bool
options_next_field(JsonbIterator **iterator, JsonbValue *key, JsonbValue *value)
{
	JsonbIteratorToken token;

	do
		token = JsonbIteratorNext(iterator, key, true);
	while (token != WJB_KEY && token != WJB_DONE);
	if (token == WJB_KEY)
		(void) JsonbIteratorNext(iterator, value, true);
	return token == WJB_KEY;
}

static void store_object(TrainOptions *options, JsonbContainer *object, bool member);

static void
describe_member(void *number)
{
	errcontext("object %d of option \"members\"", *(int *) number);
}

/* Store an array of objects once each of them has passed as options; false when it is none. */
static bool
store_objects(const OptionDescriptor *option, TrainOptions *options, JsonbValue *value)
{
	JsonbContainer *array = array_within(value, option->most);
	TrainOptions scratch;
	int number = 0;
	ErrorContextCallback context = {
		.previous = error_context_stack, .callback = describe_member, .arg = &number};

	if (array == NULL)
		return false;
	options_default(&scratch);
	while (number < JsonContainerSize(array))
	{
		JsonbValue *element = getIthJsonbValueFromContainer(array, number++);

		if (element->type != jbvBinary || !JsonContainerIsObject(element->val.binary.data))
			return false;
		error_context_stack = &context;
		store_object(&scratch, element->val.binary.data, true);
		error_context_stack = context.previous;
	}
	*(Jsonb **) option_field(option, options) = JsonbValueToJsonb(value);
	return true;
}

/* Store one value; false when the option does not take it. */
static bool
store_value(const OptionDescriptor *option, TrainOptions *options, JsonbValue *value)
{
	bool is_string = value->type == jbvString;
	int64 whole;
	double number;
	int choice;
	char *text;

	if (option_is_unset(option, value))
	{
		store_unset(option, options);
		return true;
	}
	switch (option->type)
	{
		case OPTION_INTEGER:
			if (!json_value_int64(value, &whole) || !in_range(option, (double) whole))
				return false;
			*(int *) option_field(option, options) = (int) whole;
			return true;
		case OPTION_BIGINT:
			return json_value_int64(value, option_field(option, options));
		case OPTION_FLOAT:
			if (option->endless != 0 && is_word(value, OPTION_ENDLESS_WORD))
				number = option->endless;
			else if (!json_value_double(value, &number) || !in_range(option, number))
				return false;
			store_number(option, options, number);
			return true;
		case OPTION_BOOLEAN:
		case OPTION_SWITCH:
			if (value->type != jbvBool)
				return false;
			store_number(option, options, value->val.boolean);
			return true;
		case OPTION_CHOICE:
			choice = is_string ? option_choice(option, value->val.string.val, value->val.string.len)
							   : -1;
			if (choice < 0)
				return false;
			store_number(option, options, choice);
			return true;
		case OPTION_TEXT:
			if (!is_string || value->val.string.len == 0 ||
				value->val.string.len > (option->most > 0 ? option->most : LONGEST_TEXT))
				return false;
			text = pnstrdup(value->val.string.val, value->val.string.len);
			if (option->accepts != NULL && !option->accepts(text))
				return false;
			*(char **) option_field(option, options) = text;
			return true;
		case OPTION_NUMBERS:
			return store_array(option, options, value);
		case OPTION_OBJECTS:
			return store_objects(option, options, value);
		case OPTION_WEIGHTS:
			text = weights_text(option, value);
			if (text != NULL)
				*(char **) option_field(option, options) = text;
			return text != NULL;
	}
	return false;
}

void
option_check(const OptionDescriptor *option, Jsonb *json)
{
	TrainOptions scratch;
	JsonbValue value;

	options_default(&scratch);
	JsonbToJsonbValue(json, &value);
	if (JB_ROOT_IS_SCALAR(json))
		(void) JsonbExtractScalar(&json->root, &value);
	if (!store_value(option, &scratch, &value))
		throw_invalid_value(option, &value);
}

/* Store every field of an object of options, or of an object of "members". */
static void
store_object(TrainOptions *options, JsonbContainer *object, bool member)
{
	JsonbIterator *iterator = JsonbIteratorInit(object);
	JsonbValue key;
	JsonbValue value;

	while (options_next_field(&iterator, &key, &value))
	{
		const OptionDescriptor *option = option_find(key.val.string.val, key.val.string.len);

		if (option == NULL)
			throw_unknown_key(key.val.string.val, key.val.string.len, member);
		if (member && !option->member)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("option \"%s\" cannot be set for one network alone", option->name),
					 errhint("Set it for all, beside \"members\" instead of inside.")));
		if (!store_value(option, options, &value))
			throw_invalid_value(option, &value);
		options->networks_given |= option->networks && !option_is_unset(option, &value);
	}
}

/*
 * A text that is no frequency is refused here already, not once there are timestamps. Listed steps
 * have no other one.
 */
static void
check_frequency(const TrainOptions *options)
{
	const Times none = {0};
	const char *text = options->frequency;
	bool listed = text != NULL && pg_strcasecmp(text, FREQUENCY_LISTED_TEXT) == 0;
	Frequency frequency;

	if (text == NULL || (listed && options->steps != NULL))
		return;
	if (listed)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("option \"frequency\" is \"%s\" without \"steps\"", text),
						errhint("Set the option \"steps\" to a table or SELECT that lists them.")));
	if (options->steps != NULL)
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("options \"frequency\" and \"steps\" exclude each other"),
			 errhint("Leave out \"frequency\": the times that \"steps\" lists are the steps.")));
	(void) frequency_parse(text, &none, "UTC", &frequency);
}

/* Refuse values that are allowed each, but not together. */
static void
check_together(const TrainOptions *options)
{
	if (options->ensemble_size != OPTION_AUTO &&
		options->ensemble_size < options_member_count(options))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("option \"ensemble_size\" is less than the number of \"members\""),
						errdetail("It is %d, and \"members\" has %d objects.",
								  options->ensemble_size, options_member_count(options)),
						errhint("Leave it out to train one network for each object.")));
	if (options->minimum > options->maximum)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("option \"minimum\" is greater than \"maximum\""),
						errdetail("They are %g and %g.", options->minimum, options->maximum),
						errhint("Forecasts lie between the two; leave out what does not hold.")));
}

void
options_parse(TrainOptions *options, Jsonb *json)
{
	options_default(options);
	if (json == NULL)
		return;
	if (!JB_ROOT_IS_OBJECT(json))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("options must be a JSON object"),
				 errhint("For example: lstm_options(horizon => 24), or "
						 "'{\"horizon\": 24}'.")));
	store_object(options, &json->root, false);
	check_frequency(options);
	check_together(options);
}

/* Refuse another value of an option that a model keeps. */
static void
check_kept(const OptionDescriptor *option, const TrainOptions *model, const TrainOptions *given)
{
	StringInfoData before;
	StringInfoData now;

	initStringInfo(&before);
	initStringInfo(&now);
	option_append_json(&before, option, model);
	option_append_json(&now, option, given);
	if (strcmp(before.data, now.data) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("fine-tuning cannot change the option \"%s\"", option->name),
				 errdetail("It is %s in the model, and %s was given.", before.data, now.data),
				 errhint("Leave it out, or train another model with lstm_train().")));
}

void
options_refine(TrainOptions *options, Jsonb *json)
{
	JsonbIterator *iterator;
	TrainOptions given;
	JsonbValue key;
	JsonbValue value;

	options_parse(&given, json);
	if (json == NULL)
		return;
	iterator = JsonbIteratorInit(&json->root);
	while (options_next_field(&iterator, &key, &value))
	{
		const OptionDescriptor *option = option_find(key.val.string.val, key.val.string.len);

		if (!option->kept)
			(void) store_value(option, options, &value);
		else if (!option_is_unset(option, &value))
			check_kept(option, options, &given);
	}
	options_check_forecast(options);
	check_together(options);
}

int
options_member_count(const TrainOptions *options)
{
	return options->members == NULL ? 0 : (int) JB_ROOT_COUNT(options->members);
}

int
options_ensemble_size(const TrainOptions *options)
{
	if (options->ensemble_size != OPTION_AUTO)
		return options->ensemble_size;
	return options->members == NULL ? OPTION_DEFAULT_ENSEMBLE : options_member_count(options);
}

void
options_of_member(const TrainOptions *options, int number, TrainOptions *member)
{
	int count = options_member_count(options);
	JsonbValue *object;

	*member = *options;
	if (count == 0)
		return;
	object = getIthJsonbValueFromContainer(&options->members->root, (uint32) (number % count));
	store_object(member, object->val.binary.data, true);
	pfree(object);
}

/* A number option's present value; NaN where it is left open. */
static double
number_value(const OptionDescriptor *option, const TrainOptions *options)
{
	const void *field = option_field(option, unconstify(TrainOptions *, options));
	int whole;

	if (option->type == OPTION_FLOAT)
		return *(const double *) field;
	if (option->type == OPTION_BOOLEAN)
		return *(const bool *) field;
	whole = *(const int *) field;
	/* NAN alone is a float, which does not hold every int */
	return option->unset != NULL && whole == OPTION_AUTO ? (double) NAN : (double) whole;
}

void
option_append_json(StringInfo json, const OptionDescriptor *option, const TrainOptions *options)
{
	const void *field = option_field(option, unconstify(TrainOptions *, options));
	double number = 0;

	if (option->type == OPTION_BIGINT)
	{
		appendStringInfo(json, INT64_FORMAT, *(const int64 *) field);
		return;
	}
	if (option->type == OPTION_TEXT)
	{
		const char *text = *(char *const *) field;

		json_append_text(json, text != NULL ? text : option->unset);
		return;
	}
	if (option->type == OPTION_NUMBERS)
	{
		int count = *(const int *) ((const char *) options + option->count_offset);

		json_append_numbers(json, *(double *const *) field, count);
		return;
	}
	if (option->type == OPTION_OBJECTS)
	{
		Jsonb *objects = *(Jsonb *const *) field;

		if (objects == NULL)
			json_append_text(json, option->unset);
		else
			(void) JsonbToCString(json, &objects->root, VARSIZE(objects));
		return;
	}
	if (option->type == OPTION_WEIGHTS)
	{
		weights_append_json(json, option, *(char *const *) field);
		return;
	}
	number = number_value(option, options);
	if (isnan(number))
		json_append_text(json, option->unset);
	else if (isinf(number))
		json_append_text(json, OPTION_ENDLESS_WORD);
	else if (option->type == OPTION_CHOICE)
		json_append_text(json, option->choices[(int) number]);
	else if (option->type == OPTION_BOOLEAN || option->type == OPTION_SWITCH)
		appendStringInfoString(json, number != 0 ? "true" : "false");
	else
		json_append_number(json, number);
}

/* The options of forecasts, or those of classes, as jsonb. */
static Jsonb *
options_jsonb(const TrainOptions *options, bool classes)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	for (int i = 0; i < option_count; i++)
	{
		if (classes ? !option_table[i].classes : option_table[i].only_classes)
			continue;
		json_append_key(&json, option_table[i].name);
		option_append_json(&json, &option_table[i], options);
	}
	appendStringInfoChar(&json, '}');
	return json_parse(json.data);
}

Jsonb *
options_to_jsonb(const TrainOptions *options)
{
	return options_jsonb(options, false);
}

Jsonb *
options_to_jsonb_classes(const TrainOptions *options)
{
	return options_jsonb(options, true);
}

const char *
options_word(const char *option, int value)
{
	const OptionDescriptor *descriptor = option_find(option, (int) strlen(option));
	int count = 0;

	if (descriptor == NULL || descriptor->type != OPTION_CHOICE)
		elog(ERROR, "\"%s\" is no option with words", option);
	if (descriptor->unset != NULL && value == OPTION_AUTO)
		return descriptor->unset;
	while (descriptor->choices[count] != NULL)
		count++;
	if (value < 0 || value >= count)
		elog(ERROR, "option \"%s\" has no word for %d", option, value);
	return descriptor->choices[value];
}
