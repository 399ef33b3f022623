/*
 * info_fields.c
 *	  What lstm_model_info says of any model.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/datetime.h"
#include "utils/json.h"
#include "utils/timestamp.h"

#include "base/jsonio.h"
#include "model/info_fields.h"
#include "model/model.h"

void
info_add_time(StringInfo json, const char *key, TimestampTz time)
{
	const int utc = 0;
	char text[MAXDATELEN + 1];

	json_add_text(json, key,
				  JsonEncodeDateTime(text, TimestampTzGetDatum(time), TIMESTAMPTZOID, &utc));
}

void
info_add_options(StringInfo json, Jsonb *options, const char *reasons)
{
	json_append_key(json, "options");
	(void) JsonbToCString(json, &options->root, VARSIZE(options));
	json_append_key(json, "why");
	appendStringInfoString(json, reasons);
}

void
info_add_maker(StringInfo json, const char *extension, const char *kernel)
{
	json_append_key(json, "versions");
	appendStringInfoChar(json, '{');
	json_add_integer(json, "format", MODEL_FORMAT_VERSION);
	json_add_text(json, "extension", extension);
	appendStringInfoChar(json, '}');
	json_add_text(json, "kernel", kernel);
}
