/*
 * options_sql.c
 *	  The SQL functions lstm_options and lstm_option_info.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/tuplestore.h"

#include "base/jsonio.h"
#include "options/options.h"
#include "options/options_table.h"

PG_FUNCTION_INFO_V1(lstm_options);
PG_FUNCTION_INFO_V1(lstm_option_info);

/* Append a float8[] as a JSON array. */
static void
append_array(StringInfo json, const OptionDescriptor *option, Datum argument)
{
	ArrayType *array = DatumGetArrayTypeP(argument);
	FmgrInfo output;
	Datum *elements;
	bool *nulls;
	int count;

	/* not even to show it */
	count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	if (count > option->most)
		option_throw_invalid(option, psprintf("an array of %d numbers", count), NULL);
	deconstruct_array(array, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &elements,
					  &nulls, &count);
	appendStringInfoChar(json, '[');
	for (int i = 0; i < count; i++)
	{
		/* JSON has no rows of rows here, and no word for NaN and infinity */
		if (ARR_NDIM(array) > 1 || nulls[i] || !isfinite(DatumGetFloat8(elements[i])))
		{
			fmgr_info(F_ARRAY_OUT, &output);
			option_throw_invalid(option, OutputFunctionCall(&output, PointerGetDatum(array)), NULL);
		}
		json_append_separator(json);
		json_append_number(json, DatumGetFloat8(elements[i]));
	}
	appendStringInfoChar(json, ']');
}

/* Append a jsonb, which is checked first, as the text may be many times as long. */
static void
append_jsonb(StringInfo json, const OptionDescriptor *option, Datum argument)
{
	Jsonb *value = DatumGetJsonbP(argument);

	option_check(option, value);
	(void) JsonbToCString(json, &value->root, VARSIZE(value));
}

/* Append a word, or the text of an object. */
static void
append_weights(StringInfo json, const char *text)
{
	Jsonb *object;

	if (text[strspn(text, " \t\n\r")] != '{')
	{
		json_append_text(json, text);
		return;
	}
	object = json_parse(text);
	(void) JsonbToCString(json, &object->root, VARSIZE(object));
}

/* Append an argument as the JSON value of its option. */
static void
append_argument(StringInfo json, const OptionDescriptor *option, Datum argument)
{
	switch (option->type)
	{
		case OPTION_INTEGER:
		case OPTION_BIGINT:
			appendStringInfo(json, INT64_FORMAT, DatumGetInt64(argument));
			break;
		case OPTION_FLOAT:
			/* JSON has no word of its own for these */
			if (option->endless != 0 && DatumGetFloat8(argument) == option->endless)
				json_append_text(json, OPTION_ENDLESS_WORD);
			else if (!isfinite(DatumGetFloat8(argument)))
				option_throw_invalid(
					option, DatumGetCString(DirectFunctionCall1(float8out, argument)), NULL);
			else
				json_append_number(json, DatumGetFloat8(argument));
			break;
		case OPTION_BOOLEAN:
		case OPTION_SWITCH:
			appendStringInfoString(json, DatumGetBool(argument) ? "true" : "false");
			break;
		case OPTION_CHOICE:
		case OPTION_TEXT:
			json_append_text(json, TextDatumGetCString(argument));
			break;
		case OPTION_NUMBERS:
			append_array(json, option, argument);
			break;
		case OPTION_WEIGHTS:
			append_weights(json, TextDatumGetCString(argument));
			break;
		case OPTION_OBJECTS:
			append_jsonb(json, option, argument);
			break;
	}
}

/*
 * lstm_options(name => value, ...): the arguments that are not NULL as a jsonb
 * object, checked. Arguments are those of the table, in its order.
 */
Datum
lstm_options(PG_FUNCTION_ARGS)
{
	StringInfoData json;
	TrainOptions checked;
	Jsonb *result;

	if (PG_NARGS() != option_count)
		elog(ERROR, "lstm_options has %d arguments instead of %d", PG_NARGS(), option_count);
	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	for (int i = 0; i < option_count; i++)
	{
		if (PG_ARGISNULL(i))
			continue;
		json_append_key(&json, option_table[i].name);
		append_argument(&json, &option_table[i], PG_GETARG_DATUM(i));
	}
	appendStringInfoChar(&json, '}');
	result = json_parse(json.data);
	options_parse(&checked, result);
	PG_RETURN_JSONB_P(result);
}

/* The default as an SQL literal would have it: without JSON's quotes, an array in braces. */
static char *
default_text(const OptionDescriptor *option, const TrainOptions *defaults)
{
	StringInfoData json;

	initStringInfo(&json);
	option_append_json(&json, option, defaults);
	if (option->type == OPTION_NUMBERS)
	{
		json.data[0] = '{';
		json.data[json.len - 1] = '}';
	}
	if (json.data[0] != '"')
		return json.data;
	return pnstrdup(json.data + 1, json.len - 2);
}

/* lstm_option_info(): a row (name, type, default_value, allowed, description) for every option. */
Datum
lstm_option_info(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	TrainOptions defaults;

	InitMaterializedSRF(fcinfo, 0);
	options_default(&defaults);
	for (int i = 0; i < option_count; i++)
	{
		const OptionDescriptor *option = &option_table[i];
		bool nulls[5] = {false};
		Datum values[5] = {
			CStringGetTextDatum(option->name),
			CStringGetTextDatum(option_type_name(option)),
			CStringGetTextDatum(default_text(option, &defaults)),
			CStringGetTextDatum(option_allowed_text(option)),
			CStringGetTextDatum(option->description),
		};

		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
