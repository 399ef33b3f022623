/*
 * target_options.c
 *	  Options as JSON and rows as text, fed to parsing, series, grids, plan and training.
 *
 * An input is text:
 *
 *		@Europe/Berlin					the session's time zone, where the first line begins so
 *		{"horizon": 3}					options, to the first empty line
 *
 *		a|0d|1.5|20,30|1				series|time|value|past covariates|future covariates
 *		a|+1h|							a time may be relative to the row before; no value is NULL
 *		*30								the row before, again and again
 *
 * A time is a number with a unit (u s m h d w M y), counted from the year 2000; where the first row
 * has none, the rows have no times. What would take long to train is planned only.
 */
#include "postgres.h"

#include <math.h>

#include "common/int.h"
#include "datatype/timestamp.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "core/parameters.h"
#include "model/covariates.h"
#include "forecast/forecast.h"
#include "fuzz.h"
#include "base/jsonio.h"
#include "model/decode.h"
#include "options/options.h"
#include "rows/panel.h"
#include "plan/plan.h"
#include "train/train.h"

#define MOST_ROWS 1500
#define MOST_REPEATS 400
#define MOST_WIDTH 4  /* covariates of each kind */
#define MOST_WORK 2e6 /* multiplications of a training step, about */
#define MOST_STEPS 3
#define MOST_MEMBERS 6

typedef struct Input
{
	char *text;
} Input;

/* A row as it is read; what the next one is relative to. */
typedef struct TextRow
{
	char *label; /* NULL: the unnamed series */
	bool has_time;
	TimestampTz time;
	int64 step;   /* microseconds to the next one, for repeats */
	int months;   /* in addition */
	double value; /* NaN: NULL */
	int past;
	int future;
	float covariates[2 * MOST_WIDTH];
} TextRow;

/* The next part of *text up to a separator, which becomes its end; NULL where there is none. */
static char *
next_part(char **text, char separator)
{
	char *part = *text;
	char *end;

	if (part == NULL)
		return NULL;
	end = strchr(part, separator);
	if (end != NULL)
		*end = '\0';
	*text = end == NULL ? NULL : end + 1;
	return part;
}

static void
read_time(const char *text, TextRow *row)
{
	static const char units[] = "usmhdw";
	static const int64 lengths[] = {
		1, USECS_PER_SEC, USECS_PER_MINUTE, USECS_PER_HOUR, USECS_PER_DAY, 7 * USECS_PER_DAY};
	bool relative = text[0] == '+';
	char *end;
	long long number = strtoll(text + relative, &end, 10);
	const char *unit = *end == '\0' ? NULL : strchr(units, *end);
	Interval interval = {0};

	if (*end == 'M' || *end == 'y')
		interval.month = (int32) Max(Min(number, 100000), -100000) * (*end == 'y' ? 12 : 1);
	else if (pg_mul_s64_overflow(number, unit == NULL ? USECS_PER_DAY : lengths[unit - units],
								 &interval.time))
		interval.time = number;
	row->has_time = true;
	row->step = interval.time;
	row->months = interval.month;
	row->time = DatumGetTimestampTz(
		DirectFunctionCall2(timestamptz_pl_interval, TimestampTzGetDatum(relative ? row->time : 0),
							IntervalPGetDatum(&interval)));
}

static int
read_covariates(char *text, float *covariates)
{
	int count = 0;
	char *part;

	while (count < MOST_WIDTH && (part = next_part(&text, ',')) != NULL)
	{
		double value = part[0] == '\0' ? NAN : strtod(part, NULL);

		/* what the aggregates refuse before a row is kept */
		covariates[count++] = isfinite((float) value) ? (float) value : NAN;
	}
	return count;
}

static void
read_row(char *line, TextRow *row)
{
	char *label = next_part(&line, '|');
	char *time = next_part(&line, '|');
	char *value = next_part(&line, '|');
	char *past = next_part(&line, '|');

	row->label = label[0] == '\0' ? NULL : label;
	row->has_time = false;
	if (time != NULL && time[0] != '\0')
		read_time(time, row);
	row->value = value == NULL || value[0] == '\0' ? NAN : strtod(value, NULL);
	row->past = past == NULL || past[0] == '\0' ? 0 : read_covariates(past, row->covariates);
	row->future =
		line == NULL || line[0] == '\0' ? 0 : read_covariates(line, row->covariates + row->past);
}

/* As the aggregates do: all rows have times or none, and as many covariates as the first. */
static void
append_row(PanelRows *rows, const TextRow *row)
{
	float covariates[2 * MOST_WIDTH];
	bool null = isnan(row->value);
	const char *label =
		row->label == NULL ? NULL : panel_rows_label(rows, row->label, strlen(row->label));

	for (int i = 0; i < (int) lengthof(covariates); i++)
		covariates[i] = i < row->past + row->future ? row->covariates[i] : NAN;
	panel_rows_append(rows, label, row->time, !row->has_time, null ? 0 : row->value, null,
					  rows->past + rows->future > 0 ? covariates : NULL);
}

static void
repeat_row(PanelRows *rows, TextRow *row, int times)
{
	double first = row->value;

	for (int i = 0; i < Min(times, MOST_REPEATS) && rows->count < MOST_ROWS; i++)
	{
		Interval interval = {.time = row->step, .month = row->months};

		if (row->has_time)
			row->time = DatumGetTimestampTz(DirectFunctionCall2(timestamptz_pl_interval,
																TimestampTzGetDatum(row->time),
																IntervalPGetDatum(&interval)));
		row->value = first * (1 + (i * i + i % 7) % 5);
		append_row(rows, row);
	}
	row->value = first;
}

/* The rows of a text, which is not kept. */
static PanelRows *
read_rows(char *text)
{
	PanelRows *rows = NULL;
	TextRow row = {0};
	bool named = false;
	char *line;

	while ((line = next_part(&text, '\n')) != NULL && (rows == NULL || rows->count < MOST_ROWS))
	{
		if (line[0] == '\0')
			continue;
		if (line[0] == '*' && rows != NULL)
		{
			repeat_row(rows, &row, atoi(line + 1));
			continue;
		}
		read_row(line, &row);
		/* the first row says whether series have names: an aggregate has such an argument or not */
		if (rows == NULL)
			named = row.label != NULL;
		if (named != (row.label != NULL))
			row.label = named ? pstrdup("") : NULL;
		if (rows == NULL)
			rows = panel_rows_create(CurrentMemoryContext, row.has_time, row.past, row.future);
		append_row(rows, &row);
	}
	return rows;
}

/* Would training take no longer than an input may? */
static bool
is_cheap(const TrainPlan *plan)
{
	double work = 0;

	for (int i = 0; i < plan->member_count; i++)
	{
		const MemberPlan *member = &plan->members[i];
		const lf_network_config *network = &member->network;
		lf_parameter_table table;
		lf_error error;
		double steps = (network->lookback + network->horizon) / network->patch_length + 1.0;

		if (lf_parameter_table_build(network, &table, &error) != LF_OK)
			return true; /* for the error */
		work += (double) table.total * steps * member->training.batch_size;
	}
	return work <= MOST_WORK && plan->member_count <= MOST_MEMBERS;
}

/* The plan, as train.c makes it. */
static TrainPlan *
make_plan(const PanelRows *rows, const TrainOptions *options)
{
	Panel *panel = training_panel(rows, options);
	ModelCovariates covariates = {
		.past = panel->past, .future = panel->future, .calendar = options->calendar};

	if (panel->count == 0)
		return NULL;
	return plan_training(panel, options, covariates_channels(&covariates, &panel->frequency),
						 covariates_future(&covariates, &panel->frequency));
}

/* A model's way through its bytes to its forecasts, which must be numbers. */
static void
use_model(const bytea *bytes)
{
	Model *model = model_decode(bytes);
	ForecastRequest request = {.interval.confidence = 0.9};
	int64 count;
	History *histories = history_of_model(model, NULL, 0, NULL, &count);
	int horizon;
	ForecastRow *rows;

	if (model->covariates.future > 0)
		request.horizon = (int) Min(model->series[0].covered - model->series[0].length, 3);
	rows = forecast_run(model, histories, count, &request, &horizon);
	for (int64 i = 0; i < count * horizon; i++)
	{
		const ForecastInterval *interval = &rows[i].interval;

		if (!isfinite(rows[i].forecast) ||
			(interval->known && !(interval->lower <= interval->upper)))
			fuzz_finding("step %d forecasts %g, from %g to %g", rows[i].step, rows[i].forecast,
						 interval->lower, interval->upper);
	}
}

static void
set_zone(const char *zone)
{
	(void) set_config_option("timezone", zone, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_LOCAL, true,
							 ERROR, false);
}

static void
train(void *argument)
{
	char *text = ((Input *) argument)->text;
	TrainOptions options;
	TrainPlan *plan;
	char *json;
	char *end;

	if (text[0] == '@')
		set_zone(next_part(&text, '\n') + 1);
	if (text == NULL)
		return;
	json = text;
	end = strstr(text, "\n\n");
	text = end == NULL ? NULL : end + 2;
	if (end != NULL)
		*end = '\0';
	options_parse(&options, json_parse(json));
	(void) options_to_jsonb(&options);
	if (text == NULL || text[0] == '\0')
		return;
	plan = make_plan(read_rows(pstrdup(text)), &options);
	if (plan == NULL || !is_cheap(plan))
		return;
	options.max_steps =
		options.max_steps == OPTION_AUTO ? MOST_STEPS : Min(options.max_steps, MOST_STEPS);
	options.workers = 1;
	use_model(train_model(read_rows(text), NULL, &options));
}

static void
run_options(const uint8 *data, size_t size)
{
	MemoryContext context = fuzz_context_create(CurrentMemoryContext, "fuzz input", 0, 0, 0);
	Input input;

	/* text in a database is of its encoding and without zeros */
	if (pg_verify_mbstr(GetDatabaseEncoding(), (const char *) data, (int) size, true) &&
		memchr(data, '\0', size) == NULL)
	{
		input.text = MemoryContextAllocZero(context, size + 1);
		memcpy(input.text, data, size);
		(void) fuzz_step("train", train, &input);
	}
	MemoryContextDelete(context);
}

static size_t
mutate_options(uint8 *data, size_t size, size_t most, unsigned int seed)
{
	uint64 random = seed;

	if (mutate_random(&random, 2) == 0)
		return LLVMFuzzerMutate(data, size, most);
	return mutate_text(data, size, most, &random);
}

const FuzzTarget fuzz_target_options = {
	.name = "options", .run = run_options, .mutate = mutate_options};
