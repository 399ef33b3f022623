/*
 * alert.c
 *	  Rows that their forecasts did not expect, told by NOTIFY.
 *
 * PostgreSQL sends notifications when the transaction commits, and none when it is rolled back;
 * equal ones of a transaction are one.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "commands/async.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/json.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "base/jsonio.h"
#include "watch/alert.h"

/* Bytes of a name in a notification. JSON may write each as six, and all are to stay below 8000. */
#define LONGEST_NAME 500

bool
alert_is_due(const LedgerForecast *forecast, double value)
{
	return isfinite(forecast->forecast) && (value < forecast->lower || value > forecast->upper);
}

/* A name, cut between characters where it is long. */
static void
add_name(StringInfo json, const char *key, const char *name, Size length)
{
	char *begin =
		pnstrdup(name, pg_mbcliplen(name, (int) Min(length, LONGEST_NAME * 2), LONGEST_NAME));

	json_add_text(json, key, begin);
	pfree(begin);
}

/* How many times as far from the forecast as the bound that it crossed. */
static double
score_of(const LedgerForecast *forecast, double value)
{
	double bound = value > forecast->upper ? forecast->upper : forecast->lower;

	return (value - forecast->forecast) / (bound - forecast->forecast);
}

void
alert_tell(Alerts *alerts, const FreshRow *row, const LedgerForecast *forecast)
{
	StringInfoData json;
	char time[MAXDATELEN + 1];
	const int utc = 0;

	if (++alerts->found > alerts->most)
		return;
	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	add_name(&json, "model", alerts->model, strlen(alerts->model));
	add_name(&json, "series", row->series.bytes, row->series.length);
	json_add_text(&json, "ts",
				  JsonEncodeDateTime(time, TimestampTzGetDatum(row->time), TIMESTAMPTZOID, &utc));
	json_add_number(&json, "actual", row->value);
	json_add_number(&json, "forecast", forecast->forecast);
	json_add_number(&json, "lower", forecast->lower);
	json_add_number(&json, "upper", forecast->upper);
	json_add_text(&json, "direction", row->value > forecast->upper ? "above" : "below");
	json_add_number(&json, "score", score_of(forecast, row->value));
	json_add_integer(&json, "version", forecast->version);
	appendStringInfoChar(&json, '}');
	Async_Notify(alerts->channel, json.data);
}

void
alert_end(const Alerts *alerts)
{
	StringInfoData json;

	if (alerts->found <= alerts->most)
		return;
	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	add_name(&json, "model", alerts->model, strlen(alerts->model));
	json_add_integer(&json, "anomalies", alerts->found);
	json_add_integer(&json, "told", alerts->most);
	appendStringInfoChar(&json, '}');
	Async_Notify(alerts->channel, json.data);
}
