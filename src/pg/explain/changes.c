/*
 * changes.c
 *	  What if a driver were other than it is known to be?
 */
#include "postgres.h"

#include <ctype.h>
#include <math.h>

#include "base/interrupts.h"
#include "base/jsonio.h"
#include "base/nearest.h"
#include "explain/changes.h"
#include "explain/parts.h"

#define LONGEST_SHOWN 64  /* bytes of a value in a message */
#define LONGEST_CHANGE 64 /* bytes of a text that may be one */

#define CHANGE_HINT                                                                                \
	"Write '+10 %' for a tenth more, '-3' for three less, '=5' or a number for that value."

pg_noreturn static void
throw_no_driver(const Model *model, const JsonbValue *key)
{
	const ModelCovariates *covariates = &model->covariates;
	int drivers = covariates->past + covariates->future;
	NearestName nearest = nearest_name(key->val.string.val, key->val.string.len);
	StringInfoData known;

	initStringInfo(&known);
	for (int i = covariates->past; i < drivers; i++)
	{
		const char *name = driver_name(covariates, i);

		nearest_offer(&nearest, name);
		if (i - covariates->past < 10)
			appendStringInfo(&known, "%s\"%s\"", i > covariates->past ? ", " : "", name);
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the model has no driver %s", json_beginning(key, LONGEST_SHOWN)),
			 covariates->future == 0 ? errdetail("It was trained without future covariates.")
									 : errdetail("Those that are known ahead are %s%s.", known.data,
												 covariates->future > 10 ? ", ..." : ""),
			 nearest.found != NULL
				 ? errhint("Perhaps you meant \"%s\".", nearest.found)
				 : errhint("SELECT lstm_model_info(model) -> 'covariates' lists them.")));
}

/* The future driver of that name, from 0. */
static int
find_driver(const Model *model, const JsonbValue *key)
{
	const ModelCovariates *covariates = &model->covariates;

	for (int i = 0; i < covariates->past + covariates->future; i++)
	{
		const char *name = driver_name(covariates, i);

		check_interrupts();
		if ((int) strlen(name) != key->val.string.len ||
			memcmp(name, key->val.string.val, key->val.string.len) != 0)
			continue;
		if (i >= covariates->past)
			return i - covariates->past;
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("driver \"%s\" cannot be changed", name),
			 errdetail("It is a past covariate, of which nothing is known after the last "
					   "observation."),
			 errhint("Train with it as a future covariate, or change the rows of the source.")));
	}
	throw_no_driver(model, key);
}

pg_noreturn static void
throw_invalid_change(const char *name, const JsonbValue *value, const char *hint)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("invalid change of driver \"%s\": %s", name,
						   json_beginning(value, LONGEST_SHOWN)),
					errhint("%s", hint)));
}

/* A number in decimal digits, from where it begins; NULL where there is none. */
static char *
read_number(const char *text, double *number)
{
	const char *digits = *text == '-' ? text + 1 : text;
	char *end;

	/* strtod would take words and hexadecimal digits as well */
	if (strspn(digits, "0123456789.") == 0 || pg_strncasecmp(digits, "0x", 2) == 0)
		return NULL;
	*number = strtod(text, &end);
	return end > text ? end : NULL;
}

/* Text as a change; false where it is none. */
static bool
parse_change(const char *text, Change *change)
{
	char sign;
	char *end;
	bool percent;

	while (isspace((unsigned char) *text))
		text++;
	sign = *text == '+' || *text == '-' || *text == '=' ? *text++ : '=';
	while (isspace((unsigned char) *text))
		text++;
	end = *text == '-' && sign != '=' ? NULL : read_number(text, &change->amount);
	if (end == NULL)
		return false;
	while (isspace((unsigned char) *end))
		end++;
	percent = *end == '%';
	end += percent;
	while (isspace((unsigned char) *end))
		end++;
	/* of "10 %" nobody could tell whether it is more, less or that share */
	if (*end != '\0' || !isfinite(change->amount) || (percent && sign == '='))
		return false;
	if (sign == '-')
		change->amount = -change->amount;
	if (percent)
		change->amount = 1 + change->amount / 100;
	change->kind = percent ? CHANGE_MULTIPLY : sign == '=' ? CHANGE_SET : CHANGE_ADD;
	return true;
}

/* A value as a change; false where it is none. */
static bool
read_change(const JsonbValue *value, Change *change)
{
	if (value->type == jbvBool)
	{
		change->kind = CHANGE_SET;
		change->amount = value->val.boolean;
		return true;
	}
	if (value->type == jbvNumeric)
	{
		change->kind = CHANGE_SET;
		return json_value_double(value, &change->amount);
	}
	return value->type == jbvString && value->val.string.len <= LONGEST_CHANGE &&
		   parse_change(pnstrdup(value->val.string.val, value->val.string.len), change);
}

/* A value as a word of a category; false where it is none. */
static bool
read_word(const Model *model, const JsonbValue *value, Change *change)
{
	const Vocabulary *words = model->covariates.categories[model->covariates.past + change->driver];
	Vocabulary told = *words; /* of each call: a model that is kept is not written to */

	if (value->type != jbvString)
		return false;
	change->kind = CHANGE_SET;
	change->amount = vocabulary_code(&told, pnstrdup(value->val.string.val, value->val.string.len));
	return true;
}

/* What happens to the driver of a change. */
static void
read_value(const Model *model, const JsonbValue *value, Change *change)
{
	int number = model->covariates.past + change->driver;
	const char *name = driver_name(&model->covariates, number);

	if (is_category(model->covariates.categories, number))
	{
		if (!read_word(model, value, change))
			throw_invalid_change(name, value, "Write one of its categories, as a text.");
	}
	else if (!read_change(value, change))
		throw_invalid_change(name, value, CHANGE_HINT);
}

Changes
changes_read(const Model *model, const Jsonb *object)
{
	Changes changes = {0};
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue value;

	if (object == NULL)
		return changes;
	if (!JB_ROOT_IS_OBJECT(object))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("\"changes\" is not an object"),
				 errhint("Write drivers and what happens to them: '{\"price\": \"+10 %%\"}'.")));
	changes.list =
		palloc_extended(mul_size(sizeof(Change), Max(JB_ROOT_COUNT(object), 1)), MCXT_ALLOC_HUGE);
	iterator = JsonbIteratorInit(unconstify(JsonbContainer *, &object->root));
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		Change *change = &changes.list[changes.count];

		check_interrupts();
		if (token != WJB_KEY)
			continue;
		change->driver = find_driver(model, &value);
		(void) JsonbIteratorNext(&iterator, &value, true);
		read_value(model, &value, change);
		changes.count++;
	}
	return changes;
}

static float
changed(const Change *change, float value)
{
	switch (change->kind)
	{
		case CHANGE_SET:
			return (float) change->amount;
		case CHANGE_ADD:
			return (float) (value + change->amount);
		case CHANGE_MULTIPLY:
			return (float) (value * change->amount);
	}
	return value;
}

void
changes_make(const Model *model, const Changes *changes, History *histories, int64 count,
			 MemoryAccount *account)
{
	int width = model->covariates.past + model->covariates.future;

	for (int64 i = 0; i < count && changes->count > 0; i++)
	{
		History *history = &histories[i];
		int64 cells = history->covered * width;
		float *copy;

		account_take(account, mul_size(sizeof(float), cells));
		copy = huge_array(cells, 1, sizeof(float));
		for (int64 step = 0; step < history->covered; step++)
		{
			float *row = copy + step * width;

			if (step % INTERRUPT_ROWS == 0)
				check_interrupts();
			memcpy(row, history->covariates + step * width, sizeof(float) * width);
			for (int c = 0; c < changes->count && step >= history->length; c++)
			{
				float *cell = row + model->covariates.past + changes->list[c].driver;

				*cell = changed(&changes->list[c], *cell);
			}
		}
		history->covariates = copy;
	}
}
