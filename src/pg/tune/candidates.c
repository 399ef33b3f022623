/*
 * candidates.c
 *	  The options among which a tuning chooses.
 *
 * Each candidate is the call's options with its own on top. All are read before any work is done,
 * so that a word that is no option ends the call at once.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "core/config.h"
#include "base/interrupts.h"
#include "base/jsonio.h"
#include "train/limits.h"
#include "tune/candidates.h"

/* They say what the rows are, what of them is forecast, or how long work may take. */
static const char *const fixed_options[] = {"horizon",     "frequency",  "steps",    "time_zone",
											"missing",     "duplicates", "on_error", "workers",
											"max_seconds", "log_seconds"};

static Jsonb *
join(Jsonb *below, Jsonb *above)
{
	return DatumGetJsonbP(
		DirectFunctionCall2(jsonb_concat, JsonbPGetDatum(below), JsonbPGetDatum(above)));
}

Jsonb *
tune_base_options(const TuneBase *base)
{
	Jsonb *options = base->options != NULL ? base->options : json_parse("{}");

	if (base->horizon == OPTION_AUTO)
		return options;
	return join(options, json_parse(psprintf("{\"horizon\": %d}", base->horizon)));
}

static void
read_candidate(TuneCandidate *candidate, Jsonb *given)
{
	candidate->given = given;
	options_parse(&candidate->options, given);
	limit_training_time(&candidate->options);
}

/* Refuse what a candidate must leave as it is. */
static void
check_fixed(Jsonb *own)
{
	for (int i = 0; i < (int) lengthof(fixed_options); i++)
	{
		JsonbValue value;

		if (getKeyJsonValueFromContainer(&own->root, fixed_options[i],
										 (int) strlen(fixed_options[i]), &value) != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("option \"%s\" cannot differ between candidates", fixed_options[i]),
					 errdetail("It says what is measured, or how."),
					 errhint("Set it for all, in \"options\".")));
	}
}

static void
describe_candidate(void *number)
{
	errcontext("candidate %d", *(int *) number);
}

/* Do they come to the same options as one before? */
static bool
is_known(const TuneCandidates *candidates, Jsonb **effective)
{
	Jsonb *own = effective[candidates->count];

	for (int i = 0; i < candidates->count; i++)
	{
		check_interrupts();
		if (compareJsonbContainers(&own->root, &effective[i]->root) == 0 &&
			candidates->list[i].options.networks_given ==
				candidates->list[candidates->count].options.networks_given)
			return true;
	}
	return false;
}

/* The default, and these on top of it. */
static TuneCandidates
make_candidates(const TuneBase *base, Jsonb **own, int count)
{
	TuneCandidates candidates = {.list = palloc(sizeof(TuneCandidate) * (count + 1)), .count = 1};
	Jsonb **effective = palloc(sizeof(Jsonb *) * (count + 1));
	Jsonb *options = tune_base_options(base);
	int number = 0;
	ErrorContextCallback context = {
		.previous = error_context_stack, .callback = describe_candidate, .arg = &number};

	read_candidate(&candidates.list[0], options);
	effective[0] = options_to_jsonb(&candidates.list[0].options);
	error_context_stack = &context;
	while (number < count)
	{
		Jsonb *mine = own[number++];
		TrainOptions alone;

		check_interrupts();
		options_parse(&alone, mine); /* an array, say, would become part of the others' */
		check_fixed(mine);
		read_candidate(&candidates.list[candidates.count], join(options, mine));
		effective[candidates.count] = options_to_jsonb(&candidates.list[candidates.count].options);
		if (!is_known(&candidates, effective))
			candidates.count++;
	}
	error_context_stack = context.previous;
	return candidates;
}

TuneCandidates
tune_candidates(const TuneBase *base, ArrayType *array)
{
	Datum *elements;
	bool *nulls;
	int count;
	Jsonb **own;

	if (ARR_NDIM(array) > 1 ||
		ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)) > TUNE_MOST_CANDIDATES)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"candidates\" must have one dimension and at most %d elements",
						TUNE_MOST_CANDIDATES),
				 errhint("Write them as an array of JSON objects of options, of type jsonb[].")));
	deconstruct_array(array, JSONBOID, -1, false, TYPALIGN_INT, &elements, &nulls, &count);
	own = palloc(sizeof(Jsonb *) * Max(count, 1));
	for (int i = 0; i < count; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("\"candidates\" must not contain nulls"),
					 errdetail("Element %d is null.", i + 1), errhint("Give objects of options.")));
		own[i] = DatumGetJsonbP(elements[i]);
	}
	return make_candidates(base, own, count);
}

/*
 * Options that say what the networks are turn the start off where it is left open: for candidates
 * that differ in one thing, it stays.
 */
static Jsonb *
usual(const TrainOptions *base, const char *option)
{
	bool keep = base->start == OPTION_AUTO && !base->networks_given;

	return json_parse(psprintf("{%s%s}", option, keep ? ", \"start\": true" : ""));
}

TuneCandidates
tune_usual_candidates(const TuneBase *base, int horizon, bool covariates)
{
	static const char *const changes[] = {
		"\"cell\": \"gru\"",
		"\"hidden_size\": 32",
		"\"hidden_size\": 64",
		"\"normalization\": \"last\"",
		"\"normalization\": \"instance\", \"transform\": \"none\"",
		"\"loss\": \"mse\"",
		"\"learning_rate\": 0.003"};
	static const int reaches[] = {2, 4}; /* horizons that are looked back */
	Jsonb *own[lengthof(changes) + lengthof(reaches) + 3];
	int count = 0;
	TrainOptions options;

	options_parse(&options, tune_base_options(base));
	if (!covariates && !options.calendar && options.holidays == NULL)
		own[count++] = json_parse("{\"pretrained\": \"only\"}");
	own[count++] = json_parse("{\"pretrained\": \"none\"}");
	own[count++] = json_parse("{\"start\": false}");
	for (int i = 0; i < (int) lengthof(changes); i++)
		own[count++] = usual(&options, changes[i]);
	for (int i = 0; i < (int) lengthof(reaches); i++)
		own[count++] =
			usual(&options, psprintf("\"lookback\": %d",
									 (int) Min((int64) reaches[i] * horizon, LF_MAX_LOOKBACK)));
	return make_candidates(base, own, count);
}
