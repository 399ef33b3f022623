/*
 * target_model.c
 *	  Bytes that may be a model, fed to everything that takes one.
 *
 * Where the bytes can be decoded, the model forecasts, and two of the other statements that take
 * it are run as well; which ones depends on the bytes, as all of them would take too long.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "executor/spi.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "fuzz.h"
#include "model/decode.h"

static const char *const statements[] = {
	"SELECT count(*) FROM public.lstm_forecast($1)",
	"SELECT public.lstm_model_info($1)",
	"SELECT count(*) FROM public.lstm_summary($1)",
	"SELECT count(*) FROM public.lstm_model_series($1)",
	"SELECT count(*) FROM public.lstm_training_log($1)",
	"SELECT count(*) FROM public.lstm_weights($1)",
	"SELECT count(*) FROM public.lstm_gates($1)",
	"SELECT count(*) FROM public.lstm_gates($1, 'reading', 'ts', 'value', 'series')",
	"SELECT count(*) FROM public.lstm_classify($1, 'reading', 'ts', 'series')",
	"SELECT count(*) FROM public.lstm_classify($1, 'reading', 'ts', NULL, '{value,temperature}')",
	"SELECT count(*) FROM public.lstm_explain($1)",
	"SELECT count(*) FROM public.lstm_explain($1, 'reading', 'ts', 'value', 'series')",
	"SELECT count(*) FROM public.lstm_importance($1, 'reading', 'ts', 'value', 'series', "
	"windows => 10, repeats => 1)",
	"SELECT count(*) FROM public.lstm_anomalies($1, 'reading', 'ts', 'value', 'series', "
	"only_anomalies => false)",
	"SELECT count(*) FROM public.lstm_forecast($1, 30, 0.5, ARRAY[0.1, 0.9, 0.5])",
	"SELECT count(*) FROM public.lstm_forecast($1, 3, series => ARRAY['a', 'b'])",
	"SELECT count(*) FROM public.lstm_forecast($1, 'reading', 'ts', 'value')",
	"SELECT count(*) FROM public.lstm_forecast($1, 'reading', 'ts', 'value', 'series')",
	"SELECT count(*) FROM public.lstm_forecast($1, 'reading', 'ts', 'value', 'series', "
	"history => 5, on_missing => 'skip', origin => 'common')",
	"SELECT count(*) FROM public.lstm_forecast($1, 'reading', 'ts', 'value', 'series', "
	"'{weather,temperature}', '{door}')",
	"SELECT count(*) FROM public.lstm_forecast($1, 'SELECT ts, NULL::float8 AS value, series || 1 "
	"AS "
	"series, weather, region, size FROM reading', 'ts', 'value', 'series', '{weather}')",
	"SELECT count(*) FROM public.lstm_forecast($1, 'reading', NULL, 'value', horizon => 20)",
	"SELECT public.lstm_forecast_values($1, value ORDER BY ts) FROM public.reading",
	"SELECT public.lstm_forecast($1, ts, value) FROM public.reading WHERE series = 'a'",
	"SELECT public.lstm_forecast($1, series, ts, value) FROM public.reading",
	"SELECT public.lstm_forecast($1, series, ts, value, ARRAY[temperature], ARRAY[promotion]) FROM "
	"public.reading",
	"SELECT count(*) FROM public.lstm_backtest($1, 'reading', 'ts', 'value', 'series')",
	"SELECT count(*) FROM public.lstm_backtest_forecasts($1, 'reading', 'ts', 'value', 'series', "
	"confidence_level => 0.5, quantiles => ARRAY[0.9, 0.1])",
};

static SPIPlanPtr plans[lengthof(statements)];

static void
begin_model(void)
{
	Oid type = BYTEAOID;

	SPI_connect();
	for (int i = 0; i < (int) lengthof(statements); i++)
	{
		plans[i] = SPI_prepare(statements[i], 1, &type);
		if (plans[i] == NULL)
			elog(ERROR, "could not prepare %s", statements[i]);
		SPI_keepplan(plans[i]);
	}
	SPI_finish();
}

static void
decode(void *bytes)
{
	Classifier *classifier;

	(void) model_decode_any(bytes, &classifier);
}

/* A statement and the bytes that it is about. */
typedef struct Question
{
	int statement;
	bytea *bytes;
} Question;

static void
ask(void *argument)
{
	const Question *question = argument;
	Datum value = PointerGetDatum(question->bytes);

	SPI_connect();
	(void) SPI_execute_plan(plans[question->statement], &value, NULL, true, 0);
	SPI_finish();
}

static void
run_model(const uint8 *data, size_t size)
{
	MemoryContext context = fuzz_context_create(CurrentMemoryContext, "fuzz input", 0, 0, 0);
	bytea *bytes = MemoryContextAlloc(context, VARHDRSZ + size);
	uint32 chosen = hash_bytes(data, (int) size);
	int others = lengthof(statements) - 1;

	SET_VARSIZE(bytes, VARHDRSZ + size);
	memcpy(VARDATA(bytes), data, size);
	if (fuzz_step("decode", decode, bytes))
	{
		int numbers[3] = {0, 1 + chosen % others, 1 + chosen / others % others};

		for (int i = 0; i < (int) lengthof(numbers); i++)
		{
			Question question = {.statement = numbers[i], .bytes = bytes};

			(void) fuzz_step(statements[question.statement], ask, &question);
		}
	}
	MemoryContextDelete(context);
}

const FuzzTarget fuzz_target_model = {
	.name = "model", .begin = begin_model, .run = run_model, .mutate = mutate_model};
