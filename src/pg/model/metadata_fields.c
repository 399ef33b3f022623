/*
 * metadata_fields.c
 *	  Fields of a JSON object that must be there and of a type.
 */
#include "postgres.h"

#include <math.h>

#include "base/interrupts.h"
#include "base/jsonio.h"
#include "options/options_table.h"
#include "model/format.h"
#include "model/metadata_fields.h"

void
field_throw(const char *key)
{
	model_throw_invalid("Its metadata \"%s\" is missing or wrong.", key);
}

JsonbValue
field_value(JsonbContainer *object, const char *key)
{
	JsonbValue value;

	if (getKeyJsonValueFromContainer(object, key, (int) strlen(key), &value) == NULL)
		field_throw(key);
	return value;
}

bool
field_exists(JsonbContainer *object, const char *key)
{
	JsonbValue value;

	return getKeyJsonValueFromContainer(object, key, (int) strlen(key), &value) != NULL;
}

int64
field_integer(JsonbContainer *object, const char *key, int64 least, int64 most)
{
	JsonbValue value = field_value(object, key);
	int64 result;

	if (!json_value_int64(&value, &result) || result < least || result > most)
		field_throw(key);
	return result;
}

uint64
field_unsigned(JsonbContainer *object, const char *key)
{
	JsonbValue value = field_value(object, key);
	uint64 result;

	if (!json_value_uint64(&value, &result))
		field_throw(key);
	return result;
}

double
field_number(JsonbContainer *object, const char *key)
{
	JsonbValue value = field_value(object, key);
	double result = NAN;

	if (value.type != jbvNull && !json_value_double(&value, &result))
		field_throw(key);
	return result;
}

bool
field_boolean(JsonbContainer *object, const char *key)
{
	JsonbValue value = field_value(object, key);

	if (value.type != jbvBool)
		field_throw(key);
	return value.val.boolean;
}

char *
field_text(JsonbContainer *object, const char *key)
{
	JsonbValue value = field_value(object, key);

	if (value.type != jbvString)
		field_throw(key);
	return pnstrdup(value.val.string.val, value.val.string.len);
}

int
field_word(JsonbContainer *object, const char *key)
{
	const OptionDescriptor *option = option_find(key, (int) strlen(key));
	const char *word = field_text(object, key);
	int choice = option_choice(option, word, (int) strlen(word));

	if (choice < 0)
		field_throw(key);
	return choice;
}

JsonbContainer *
element_object(const JsonbValue *element, const char *key)
{
	if (element->type != jbvBinary || !JsonContainerIsObject(element->val.binary.data))
		field_throw(key);
	return element->val.binary.data;
}

JsonbContainer *
field_object(JsonbContainer *object, const char *key)
{
	JsonbValue value = field_value(object, key);

	return element_object(&value, key);
}

int64
field_array(JsonbContainer *object, const char *key, int64 least, int64 most,
			JsonbIterator **iterator)
{
	JsonbValue value = field_value(object, key);
	int64 count;

	if (value.type != jbvBinary || !JsonContainerIsArray(value.val.binary.data))
		field_throw(key);
	count = JsonContainerSize(value.val.binary.data);
	if (count < least || count > most)
		field_throw(key);
	*iterator = JsonbIteratorInit(value.val.binary.data);
	(void) JsonbIteratorNext(iterator, &value, true);
	return count;
}

JsonbValue
next_element(JsonbIterator **iterator)
{
	JsonbValue value;

	(void) JsonbIteratorNext(iterator, &value, true);
	return value;
}

int
field_numbers(JsonbContainer *object, const char *key, int least, int most, double *values)
{
	JsonbIterator *iterator;
	int count = (int) field_array(object, key, least, most, &iterator);

	for (int i = 0; i < count; i++)
	{
		JsonbValue element = next_element(&iterator);

		if (!json_value_double(&element, &values[i]))
			field_throw(key);
	}
	return count;
}

char **
field_texts(JsonbContainer *object, const char *key, int count)
{
	JsonbIterator *iterator;
	JsonbValue value = field_value(object, key);
	char **texts;

	if (value.type == jbvNull)
		return NULL;
	(void) field_array(object, key, count, count, &iterator);
	texts = palloc(sizeof(char *) * count);
	for (int i = 0; i < count; i++)
	{
		JsonbValue element = next_element(&iterator);

		if (element.type != jbvString)
			field_throw(key);
		texts[i] = pnstrdup(element.val.string.val, element.val.string.len);
	}
	return texts;
}

/* Back to text, as that is what a model holds. Reasons are strings: numbers could become long. */
char *
field_reasons(JsonbContainer *object)
{
	JsonbContainer *reasons = field_object(object, "reasons");
	JsonbIterator *iterator = JsonbIteratorInit(reasons);
	StringInfoData json;
	JsonbValue value;
	JsonbIteratorToken token;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		check_interrupts();
		if (token == WJB_KEY)
			json_append_key(&json, pnstrdup(value.val.string.val, value.val.string.len));
		else if (token == WJB_VALUE && value.type == jbvString)
			json_append_text(&json, pnstrdup(value.val.string.val, value.val.string.len));
		else if (token == WJB_VALUE)
			field_throw("reasons");
	}
	appendStringInfoChar(&json, '}');
	return json.data;
}
