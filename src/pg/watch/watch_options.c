/*
 * watch_options.c
 *	  How a table is watched: the arguments of the trigger.
 */
#include "postgres.h"

#include "utils/jsonb.h"

#include "base/jsonio.h"
#include "base/nearest.h"
#include "watch/watch_options.h"

#define DEFAULT_CHANNEL "lstm_watch"
#define DEFAULT_MOST 100
#define LARGEST_MOST 10000
#define SHOWN_VALUE 64 /* bytes of a wrong value in a message */

/* An option: what it may be, and how it is stored; store gives false for a value that is not. */
typedef struct WatchOption
{
	const char *name;
	bool (*store)(WatchOptions *options, const JsonbValue *value);
	const char *allowed; /* to follow "must be" */
} WatchOption;

/* A text that may be the name of something, or NULL. */
static const char *
name_of(const JsonbValue *value)
{
	if (value->type != jbvString || value->val.string.len == 0 ||
		value->val.string.len >= NAMEDATALEN)
		return NULL;
	return pnstrdup(value->val.string.val, value->val.string.len);
}

static bool
store_channel(WatchOptions *options, const JsonbValue *value)
{
	options->channel = name_of(value);
	return options->channel != NULL;
}

static bool
store_renew(WatchOptions *options, const JsonbValue *value)
{
	options->renew = value->type == jbvBool && value->val.boolean;
	return value->type == jbvBool;
}

static bool
store_most(WatchOptions *options, const JsonbValue *value)
{
	int64 number;

	if (!json_value_int64(value, &number) || number < 0 || number > LARGEST_MOST)
		return false;
	options->most = (int) number;
	return true;
}

static bool
store_time(WatchOptions *options, const JsonbValue *value)
{
	options->time_column = name_of(value);
	return options->time_column != NULL;
}

static bool
store_target(WatchOptions *options, const JsonbValue *value)
{
	options->target_column = name_of(value);
	return options->target_column != NULL;
}

static bool
store_series(WatchOptions *options, const JsonbValue *value)
{
	options->series_column = name_of(value);
	return options->series_column != NULL;
}

#define A_NAME "a text of 1 to 63 bytes"

static const WatchOption known[] = {
	{"channel", store_channel, A_NAME},
	{"renew", store_renew, "true or false"},
	{"most", store_most, "an integer from 0 to 10000"},
	{"time_column", store_time, A_NAME},
	{"target_column", store_target, A_NAME},
	{"series_column", store_series, A_NAME},
};

static const WatchOption *
find_option(const JsonbValue *key)
{
	NearestName nearest = nearest_name(key->val.string.val, key->val.string.len);

	for (int i = 0; i < (int) lengthof(known); i++)
	{
		if (key->val.string.len == (int) strlen(known[i].name) &&
			memcmp(key->val.string.val, known[i].name, key->val.string.len) == 0)
			return &known[i];
		nearest_offer(&nearest, known[i].name);
	}
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("unknown option %s of lstm_watch", json_beginning(key, SHOWN_VALUE)),
					nearest.found != NULL
						? errhint("Perhaps you meant \"%s\".", nearest.found)
						: errhint("Options are channel, renew, most, time_column, target_column "
								  "and series_column.")));
}

void
watch_options_parse(WatchOptions *options, const char *json)
{
	Jsonb *parsed;
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue value;

	*options = (WatchOptions){.channel = DEFAULT_CHANNEL, .renew = true, .most = DEFAULT_MOST};
	if (json == NULL)
		return;
	parsed = json_parse(json);
	if (!JB_ROOT_IS_OBJECT(parsed))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("options of lstm_watch must be a JSON object"),
						errhint("For example: '{\"channel\": \"alerts\", \"most\": 10}'.")));
	iterator = JsonbIteratorInit(&parsed->root);
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		const WatchOption *option;

		if (token != WJB_KEY)
			continue;
		option = find_option(&value);
		(void) JsonbIteratorNext(&iterator, &value, true);
		if (value.type != jbvNull && !option->store(options, &value))
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("invalid value for option \"%s\" of lstm_watch", option->name),
							errdetail("It must be %s, and is %s.", option->allowed,
									  json_beginning(&value, SHOWN_VALUE))));
	}
}
