/*
 * chart_options.c
 *	  How a chart is to look: options as jsonb.
 */
#include "postgres.h"

#include <math.h>

#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "base/jsonio.h"
#include "base/nearest.h"
#include "time/calendar.h"
#include "chart/chart_options.h"

#define DEFAULT_WIDTH 800
#define DEFAULT_PANELS 30
#define LONGEST_TEXT 1000 /* bytes of a title or a name */
#define SHOWN_VALUE 64    /* bytes of a wrong value in a message */

/* An option: what it may be, and how it is stored; store gives false for a value that is not. */
typedef struct ChartOption
{
	const char *name;
	bool (*store)(ChartOptions *options, const JsonbValue *value);
	const char *allowed; /* to follow "must be" */
} ChartOption;

static bool
whole_number(const JsonbValue *value, int64 least, int64 most, int *result)
{
	int64 number;

	if (!json_value_int64(value, &number) || number < least || number > most)
		return false;
	*result = (int) number;
	return true;
}

/* A string as C text; NULL where it is none, or too long. */
static char *
text_of(const JsonbValue *value)
{
	if (value->type != jbvString || value->val.string.len > LONGEST_TEXT)
		return NULL;
	return pnstrdup(value->val.string.val, value->val.string.len);
}

static bool
store_title(ChartOptions *options, const JsonbValue *value)
{
	options->title = text_of(value);
	return options->title != NULL;
}

static bool
store_width(ChartOptions *options, const JsonbValue *value)
{
	return whole_number(value, 200, 4000, &options->width);
}

static bool
store_height(ChartOptions *options, const JsonbValue *value)
{
	return whole_number(value, 80, 4000, &options->height);
}

static bool
store_columns(ChartOptions *options, const JsonbValue *value)
{
	return whole_number(value, 1, 20, &options->columns);
}

static bool
store_panels(ChartOptions *options, const JsonbValue *value)
{
	return whole_number(value, 1, 200, &options->panels);
}

static bool
store_theme(ChartOptions *options, const JsonbValue *value)
{
	static const char *const words[] = {
		[THEME_AUTO] = "auto", [THEME_LIGHT] = "light", [THEME_DARK] = "dark"};
	const char *word = text_of(value);

	for (int i = 0; word != NULL && i < lengthof(words); i++)
		if (pg_strcasecmp(word, words[i]) == 0)
		{
			options->theme = i;
			return true;
		}
	return false;
}

static bool
store_time_zone(ChartOptions *options, const JsonbValue *value)
{
	const char *name = text_of(value);

	if (name == NULL || !calendar_zone_exists(name))
		return false;
	options->zone = calendar_zone(name);
	return true;
}

static bool
store_season(ChartOptions *options, const JsonbValue *value)
{
	return whole_number(value, 1, 100000, &options->season);
}

static bool
store_naive(ChartOptions *options, const JsonbValue *value)
{
	options->naive = value->type == jbvBool && value->val.boolean;
	return value->type == jbvBool;
}

/* One level: 0.8 and 80 are the same. */
static bool
append_level(ChartOptions *options, const JsonbValue *value)
{
	double level;

	if (options->levels == MOST_BANDS || !json_value_double(value, &level) || !(level > 0) ||
		!(level < 100) || level == 1)
		return false;
	options->level[options->levels++] = level < 1 ? 100 * level : level;
	return true;
}

static bool
store_level(ChartOptions *options, const JsonbValue *value)
{
	JsonbContainer *array = value->type == jbvBinary ? value->val.binary.data : NULL;

	options->levels = 0;
	if (array == NULL)
		return append_level(options, value);
	if (!JsonContainerIsArray(array) || JsonContainerSize(array) == 0)
		return false;
	for (uint32 i = 0; i < JsonContainerSize(array); i++)
		if (!append_level(options, getIthJsonbValueFromContainer(array, i)) ||
			(i > 0 && options->level[i] >= options->level[i - 1]))
			return false;
	return true;
}

static bool
store_now(ChartOptions *options, const JsonbValue *value)
{
	const char *text = text_of(value);

	if (text == NULL)
		return false;
	options->now = DatumGetTimestampTz(DirectFunctionCall3(
		timestamptz_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
	options->has_now = true;
	return !TIMESTAMP_NOT_FINITE(options->now);
}

static const ChartOption option_table[] = {
	{"title", store_title, "a text of at most 1000 bytes"},
	{"width", store_width, "a number of pixels from 200 to 4000"},
	{"height", store_height, "a number of pixels from 80 to 4000"},
	{"columns", store_columns, "a whole number from 1 to 20"},
	{"panels", store_panels, "a whole number from 1 to 200"},
	{"theme", store_theme, "\"auto\", \"light\" or \"dark\""},
	{"time_zone", store_time_zone, "the name of a time zone, as pg_timezone_names lists them"},
	{"season", store_season, "a number of steps from 1 to 100000"},
	{"naive", store_naive, "true or false"},
	{"level", store_level,
	 "what the band covers, in percent or as a share, such as 80 or 0.8; of nested bands an array "
	 "of at most 10, the outermost first"},
	{"now", store_now, "a timestamp"},
};

/* "title, width, ..." */
static char *
option_names(void)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < lengthof(option_table); i++)
		appendStringInfo(&names, "%s%s", i > 0 ? ", " : "", option_table[i].name);
	return names.data;
}

static const ChartOption *
find_option(const JsonbValue *key)
{
	NearestName nearest = nearest_name(key->val.string.val, key->val.string.len);

	for (int i = 0; i < lengthof(option_table); i++)
		if (strlen(option_table[i].name) == (size_t) key->val.string.len &&
			strncmp(option_table[i].name, key->val.string.val, key->val.string.len) == 0)
			return &option_table[i];
	for (int i = 0; i < lengthof(option_table); i++)
		nearest_offer(&nearest, option_table[i].name);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unrecognized option \"%s%s\" of a chart",
					pnstrdup(key->val.string.val, nearest.length),
					nearest.length < key->val.string.len ? "..." : ""),
			 nearest.found != NULL ? errhint("Perhaps you meant the option \"%s\".", nearest.found)
								   : errhint("The options are %s.", option_names())));
}

static void
options_default(ChartOptions *options)
{
	*options = (ChartOptions){.width = DEFAULT_WIDTH,
							  .panels = DEFAULT_PANELS,
							  .theme = THEME_AUTO,
							  .zone = session_timezone,
							  .season = 1,
							  .naive = true};
}

void
chart_options_parse(ChartOptions *options, Jsonb *json)
{
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue value;

	options_default(options);
	if (json == NULL)
		return;
	if (!JB_ROOT_IS_OBJECT(json))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("options of a chart must be a JSON object"),
						errhint("For example: '{\"title\": \"Sales\", \"level\": 80}'.")));
	iterator = JsonbIteratorInit(&json->root);
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		const ChartOption *option;

		if (token != WJB_KEY)
			continue;
		option = find_option(&value);
		(void) JsonbIteratorNext(&iterator, &value, true);
		if (value.type != jbvNull && !option->store(options, &value))
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("invalid value for option \"%s\" of a chart", option->name),
							errdetail("It is %s.", json_beginning(&value, SHOWN_VALUE)),
							errhint("It must be %s.", option->allowed)));
	}
}
