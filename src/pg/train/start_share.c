/*
 * start_share.c
 *	  How much of a forecast is the networks', and how much the statistical one that they
 *	  start from.
 *
 * Both forecast the same held-out windows, from what was known before them. Mixtures of the two
 * in quarters are compared; nothing finer, as the windows are the same that tell the model's
 * errors. Two unlike forecasts often err less together, and networks that do not help are not
 * kept. A series of a panel that they could not learn from, as it is too short, goes by its start
 * alone.
 */
#include "postgres.h"

#include <math.h>

#include "storage/shmem.h"

#include "base/interrupts.h"
#include "base/jsonio.h"
#include "base/memory.h"
#include "base/sorting.h"
#include "model/starts.h"
#include "forecast/ensemble.h"
#include "train/held_out.h"
#include "train/tuning.h"

#define SHARES 4             /* parts in which a share is chosen */
#define LEVEL_SAMPLE 4096    /* values that tell where a series was */
#define LEAST_KNOWN 30       /* steps before the tail that do */
#define RECENT_STEPS 7       /* or a season, that tell where it is */
#define PRETRAINED_LESS 0.97 /* of the error of starts that each series chose */
#define FLATTERED 1.25       /* times the networks' error: as much is put down to that */
#define UNSEEN_SHARE 0.5     /* of a forecast then is the pretrained network's at least */
#define GROWTH 32            /* a history that has grown by such a part has its start chosen anew */
#define CLEARLY_LESS 0.99    /* of an error: what is to take its place has to err less */
#define HARDLY_MORE 1.015    /* of the least error */

/* Starts alone are measured on the later half of each series. */
static const PastPart own_past = {.least = 3, .fraction = 2, .most = 40};

HeldOut *
start_windows(const Model *model, const lf_dataset *dataset)
{
	return held_out_past(model, dataset, &own_past);
}

/* The start of the latest held-out windows of a series. */
typedef struct LatestStart
{
	int64 series; /* -1: none yet */
	int64 known;  /* steps that it was chosen on */
	lf_start start;
} LatestStart;

/*
 * Are starts of held-out windows chosen on the steps before the tail, as the networks know no more?
 * Not where there is no tail, or there are no more than a few steps before it.
 */
static bool
chosen_before_tail(const lf_series *series, int64 tail)
{
	return tail > 0 && series->length - tail >= past_first_origin(&own_past, series->length);
}

/*
 * How many steps the start of a held-out window is chosen on: those before the tail, or else before
 * the window. Starts of histories of nearly one length are mostly the same, so one serves until the
 * history has grown by a few per cent. latest: of the window before it in the series; 0: there is
 * none.
 */
static int64
steps_known(const lf_series *series, int64 origin, int64 tail, int64 latest)
{
	if (chosen_before_tail(series, tail))
		return series->length - tail;
	return latest > 0 && origin - latest <= latest / GROWTH ? latest : origin;
}

/*
 * The network is asked about all origins together at which starts will be chosen for the windows
 * of a series, of which this is the first.
 */
static void
foresee_starts(const lf_series *series, const HeldOut *held, int64 first, int64 tail,
			   StartWork *work)
{
	int64_t *lengths;
	int64 windows = 1;
	int64 count = 0;

	while (first + windows < held->count &&
		   held->windows[first + windows].series == held->windows[first].series)
		windows++;
	lengths = palloc(sizeof(int64_t) * windows);
	for (int64 i = 0; i < windows; i++)
	{
		int64 latest = count > 0 ? lengths[count - 1] : 0;
		int64 known = steps_known(series, held->windows[first + i].origin, tail, latest);

		if (known != latest)
			lengths[count++] = known;
	}
	start_work_foresee(work, series->values, lengths, count);
	pfree(lengths);
}

/* Go on to the start of a held-out window. */
static void
next_start(LatestStart *latest, const lf_dataset *dataset, const HeldOut *held, int64 window,
		   int64 tail, StartWork *work)
{
	const lf_window *place = &held->windows[window];
	const lf_series *series = &dataset->series[place->series];
	bool first = place->series != latest->series;
	int64 known = steps_known(series, place->origin, tail, first ? 0 : latest->known);

	if (!first && known == latest->known)
		return;
	if (first)
	{
		work->request.whole = chosen_before_tail(series, tail) ? 0 : series->length;
		foresee_starts(series, held, window, tail, work);
	}
	latest->series = place->series;
	latest->known = known;
	latest->start = start_work_choose(work, series->values, series->observed, known);
}

double *
forecast_starts(const TrainPlan *plan, const lf_dataset *dataset, const HeldOut *held,
				StartWork *work)
{
	double *forecasts = huge_array(held->count, held->horizon, sizeof(double));
	int64 tail = holdout_steps(&plan->holdout);
	lf_start starts[LF_START_TOGETHER];
	StartSeries series[LF_START_TOGETHER];
	LatestStart latest = {.series = -1};
	int waiting = 0;

	for (int64 i = 0; i < held->count; i++)
	{
		const lf_window *window = &held->windows[i];

		check_interrupts();
		next_start(&latest, dataset, held, i, tail, work);
		starts[waiting] = latest.start;
		series[waiting] = (StartSeries){.start = &starts[waiting],
										.values = dataset->series[window->series].values,
										.length = window->origin};
		if (++waiting < LF_START_TOGETHER && i < held->count - 1)
			continue;
		start_work_forecast_several(work, series, waiting, held->horizon, 0, NULL,
									forecasts + (i + 1 - waiting) * held->horizon, NULL);
		waiting = 0;
	}
	work->request.whole = 0;
	return forecasts;
}

/*
 * The error of a mixture: squares where means are forecast; each series counts by its own scale.
 * Those that networks did not learn from say nothing of them.
 */
static double
mixture_error(const Model *model, const HeldOut *held, const double *starts, double share,
			  bool squares)
{
	double sum = 0;

	for (int64 i = 0; i < held->count * held->horizon; i++)
	{
		double scale = held->scales[i / held->horizon];
		double error;

		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (!held->observed[i] || !(scale > 0) ||
			(model->member_count > 0 &&
			 !model->series[held->windows[i / held->horizon].series].learned))
			continue;
		error = fabs(held->actual[i] - predict_mixed(share, starts[i], held->forecast[i])) / scale;
		sum += squares ? error * error : error;
	}
	return sum;
}

/*
 * The share of least error, and that error; all, where no mixture errs clearly less than the starts
 * alone, or there are no networks. Of mixtures that err nearly alike the most even one is taken:
 * two unlike forecasts err less together, and held-out windows do not tell small differences. keep:
 * also in place of the starts alone, which otherwise spare a model its networks.
 */
static double
choose_share(const Model *model, const HeldOut *held, const double *starts, bool squares, bool keep,
			 double *least)
{
	double errors[SHARES + 1];
	int best = SHARES;

	if (model->member_count == 0)
	{
		*least = mixture_error(model, held, starts, 1, squares);
		return 1;
	}
	for (int part = 0; part <= SHARES; part++)
		errors[part] = mixture_error(model, held, starts, part / (double) SHARES, squares);
	if (errors[0] < errors[SHARES])
		best = 0;
	for (int part = 1; part < SHARES; part++)
		if (errors[part] < (best == SHARES && !keep ? CLEARLY_LESS : 1) * errors[best])
			best = part;
	*least = errors[best];
	for (int part = 1; part < SHARES && (keep || best < SHARES); part++)
		if (errors[part] < HARDLY_MORE * *least && abs(2 * part - SHARES) < abs(2 * best - SHARES))
			best = part;
	return best / (double) SHARES;
}

/* Say why an option is as it is, in place of what the plan said. */
static void
add_reason(Model *model, const char *option, const char *text)
{
	StringInfoData json;

	initStringInfo(&json);
	appendBinaryStringInfo(&json, model->reasons, (int) strlen(model->reasons) - 1);
	json_append_key(&json, option);
	json_append_text(&json, text);
	appendStringInfoChar(&json, '}');
	model->reasons = json.data;
}

/* What starts are tried for. */
typedef struct StartTrial
{
	Model *model;
	const TrainPlan *plan;
	const lf_dataset *dataset;
	const HeldOut *held;
	StartWork *work;
	lf_real *tuned; /* weights that were fine-tuned on what lies before the tail; NULL: none */
} StartTrial;

/* The error of forecasts of the held-out windows by themselves. */
static double
error_alone(const StartTrial *trial, const double *starts)
{
	return mixture_error(trial->model, trial->held, starts, 1, trial->work->request.mean);
}

/* The panel with every value's sign turned; other parts are the panel's. */
static lf_dataset
mirror_image(const lf_dataset *dataset)
{
	lf_series *series = huge_array(dataset->count, 1, sizeof(lf_series));

	for (int64 i = 0; i < dataset->count; i++)
	{
		int64 length = dataset->series[i].length;
		double *values = huge_array(length, 1, sizeof(double));

		check_interrupts();
		for (int64 t = 0; t < length; t++)
			values[t] = -dataset->series[i].values[t];
		series[i] = dataset->series[i];
		series[i].values = values;
	}
	return (lf_dataset){.count = dataset->count, .series = series};
}

/* How much starts that are the network's err, with these weights, on the mirror image. */
static double
mirrored_error(const StartTrial *trial, const lf_dataset *image, const lf_real *weights)
{
	const HeldOut *held = trial->held;
	double *forecasts;
	double error;

	start_work_load(trial->work, weights);
	forecasts = forecast_starts(trial->plan, image, held, trial->work);
	for (int64 i = 0; i < held->count * held->horizon; i++)
		forecasts[i] = -forecasts[i];
	error = error_alone(trial, forecasts);
	pfree(forecasts);
	return error;
}

/*
 * Do fine-tuned weights err less on the mirror image, too? Those that do not have learned little
 * but where all series went together. That makes forecasts of any one time better, or worse, by
 * much, but the held-out windows are all of one time, and the next may turn.
 */
static bool
better_mirrored(const StartTrial *trial)
{
	Scratch scratch = scratch_enter("lstm_forecast mirror image");
	lf_dataset image = mirror_image(trial->dataset);
	double before = mirrored_error(trial, &image, trial->model->weights);
	double after = mirrored_error(trial, &image, trial->tuned);

	scratch_leave(&scratch);
	ereport(DEBUG1, (errmsg_internal("fine-tuned, mirror image: %g instead of %g", after, before)));
	return after < CLEARLY_LESS * before;
}

/*
 * Put forecasts by the fine-tuned weights in the place of those of the pretrained network by
 * others, where they err clearly less on the held-out windows, which neither have seen. Says by how
 * much: the quotient of the errors; 1: the others are as good.
 */
static double
try_tuned(const StartTrial *trial, double *alone)
{
	double before;
	double *theirs;
	double after;
	bool better;

	if (trial->tuned == NULL)
		return 1;
	before = error_alone(trial, alone);
	start_work_load(trial->work, trial->tuned);
	theirs = forecast_starts(trial->plan, trial->dataset, trial->held, trial->work);
	after = error_alone(trial, theirs);
	ereport(DEBUG1, (errmsg_internal("fine-tuned: %g instead of %g", after, before)));
	better = after < CLEARLY_LESS * before && better_mirrored(trial);
	if (better)
		memcpy(alone, theirs, sizeof(double) * trial->held->count * trial->held->horizon);
	pfree(theirs);
	return better ? after / before : 1;
}

/* The model's starts are the pretrained network's, with the weights that it has tried last. */
static void
take_tuned(const StartTrial *trial, double quotient)
{
	trial->model->weights = trial->tuned;
	add_reason(trial->model, "pretrained",
			   psprintf("fine-tuned on the rows: it erred %.0f %% less on the held-out windows",
						100 * (1 - quotient)));
}

/*
 * The same from starts that are all the pretrained network's, fine-tuned or not, where these err
 * clearly less than those that each series has chosen: of many series together the held-out windows
 * tell more than the past of each. Where the same windows had stopped the networks' training, these
 * err less on them than anywhere else: then the network that has never seen them has half of the
 * forecast, unless it errs much more. `starts` then become theirs, and so do those that `work`
 * chooses from now on.
 */
static double
try_pretrained(const StartTrial *trial, double *starts, double share, double least)
{
	const Model *model = trial->model;
	const HeldOut *held = trial->held;
	StartWork *work = trial->work;
	bool squares = work->request.mean;
	double *alone;
	double quotient;
	bool flattered;
	double other;
	double error;

	/* of counts means are forecast, and what the network knows are medians */
	if (work->request.network == NULL || work->request.only || model_counts(model) ||
		trial->dataset->count < MANY_SERIES)
		return share;
	work->request.only = true;
	alone = forecast_starts(trial->plan, trial->dataset, held, work);
	quotient = try_tuned(trial, alone);
	other = choose_share(model, held, alone, squares, true, &error);
	flattered =
		model->member_count > 0 && trial->plan->holdout.shared &&
		error_alone(trial, alone) <= FLATTERED * mixture_error(model, held, alone, 0, squares);
	work->request.only = flattered || error < PRETRAINED_LESS * least;
	if (work->request.only)
	{
		share = flattered ? Max(other, UNSEEN_SHARE) : other;
		memcpy(starts, alone, sizeof(double) * held->count * held->horizon);
	}
	if (work->request.only && quotient < 1)
		take_tuned(trial, quotient);
	start_work_load(work, model->weights);
	pfree(alone);
	return share;
}

/*
 * Has a series come to a level that it never had before the tail? Then the held-out windows are of
 * its jump, which nobody could foresee, and the networks have not seen what it is now. Some
 * thousands of its values are looked at.
 */
static bool
at_new_level(const lf_series *series, int64 tail, int season)
{
	int64 known = series->length - tail;
	int64 places = Min(known, LEVEL_SAMPLE);
	int recent = (int) Min(Max(season, RECENT_STEPS), tail);
	double *values = palloc(sizeof(double) * Max(places, recent));
	double lowest, highest, now;

	if (tail <= 0 || known < LEAST_KNOWN)
		return false;
	for (int64 i = 0; i < places; i++)
		values[i] = series->values[lf_evenly_spaced(known - 1, places, i)];
	qsort(values, places, sizeof(double), compare_doubles);
	lowest = values[places / 100];
	highest = values[places - 1 - places / 100];
	memcpy(values, series->values + series->length - recent, sizeof(double) * recent);
	qsort(values, recent, sizeof(double), compare_doubles);
	now = values[recent / 2];
	pfree(values);
	return Max(lowest - now, now - highest) > (highest - lowest) / 2;
}

static void
drop_networks(Model *model, const char *why)
{
	model->member_count = 0;
	model->log_count = 0;
	model->train_windows = 0;
	add_reason(model, "start", why);
}

/* The starts that forecast: each chosen on all steps of its series. */
static void
choose_starts(Model *model, const lf_dataset *dataset, StartWork *work)
{
	for (int64 i = 0; i < dataset->count; i++)
	{
		const lf_series *series = &dataset->series[i];

		check_interrupts();
		model->series[i].start =
			start_work_choose(work, series->values, series->observed, series->length);
	}
}

/* The share is known: choose what it needs. */
static void
settle_starts(Model *model, const lf_dataset *dataset, StartWork *work)
{
	model->starts = model_needs_starts(model);
	if (model->starts)
		choose_starts(model, dataset, work);
	start_work_end(work);
	model->pretrained = starts_pretrained(model);
}

void
keep_share(Model *model, const lf_dataset *dataset)
{
	lf_start_request request = starts_request(model);

	settle_starts(model, dataset, start_work_begin(&request, model->pretrained, model->weights));
}

void
take_starts(Model *model, const TrainPlan *plan, const lf_dataset *dataset, lf_real *tuned,
			HeldOut *held)
{
	lf_start_request request = starts_request(model);
	StartWork *work;
	double *starts;
	StartTrial trial;
	/* windows that ended the networks' training flatter them, and among few of them hardly anything
	 * is sold */
	bool flattered = model->member_count > 0 && model_counts(model) && plan->holdout.shared;
	bool moved = model->member_count > 0 && dataset->count == 1 &&
				 at_new_level(dataset->series, holdout_steps(&plan->holdout), model->season);
	double least;

	if (request.only)
		request.together = (int) Min(LF_START_TOGETHER, Max(held->count, 1));
	work = start_work_begin(&request, model->pretrained, model->weights);
	/* the starts of windows of one series are chosen by much the same forecasts */
	start_work_keep(work);
	starts = forecast_starts(plan, dataset, held, work);
	trial = (StartTrial){.model = model,
						 .plan = plan,
						 .dataset = dataset,
						 .held = held,
						 .work = work,
						 .tuned = tuned};
	model->start_share = 1;
	if (!moved && !flattered)
	{
		model->start_share = choose_share(model, held, starts, request.mean, false, &least);
		model->start_share = try_pretrained(&trial, starts, model->start_share, least);
	}
	model->errors.start = held_out_errors(held, starts, 0, held->count);
	settle_starts(model, dataset, work);
	if (model->start_share == 1 && model->member_count > 0)
		drop_networks(
			model, moved       ? "the series has come to a level that the networks have not "
								 "learned, and they are not kept"
				   : flattered ? "the few held-out windows ended the networks' training, too, and "
								 "cannot show that they err less on counts"
							   : "the networks erred no less on the held-out windows, and are "
								 "not kept");
	for (int64 i = 0; i < held->count * held->horizon; i++)
	{
		double share;

		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		share = model_start_share(model, held->windows[i / held->horizon].series);
		held->forecast[i] =
			predict_limited(model, predict_mixed(share, starts[i], held->forecast[i]));
	}
	pfree(starts);
}
