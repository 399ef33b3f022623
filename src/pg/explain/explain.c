/*
 * explain.c
 *	  What a forecast is made of.
 *
 * With a share s of the start in the forecasts of a series, a forecast is s S + (1 - s) N: S the
 * start's, N that of the networks. It begins from S. The rest is (1 - s) (N - S), and that is
 * what the networks say where all parts are neutral, less S, and the effects of the parts on
 * N, each times 1 - s. Without a start (s = 0) it begins from the naive forecast that the networks
 * add to; and where the start is all there is (s = 1) S is explained itself, from the seasonal
 * naive forecast on.
 */
#include "postgres.h"

#include <math.h>

#include "utils/memutils.h"

#include "base/interrupts.h"
#include "forecast/clock_history.h"
#include "forecast/ensemble.h"
#include "model/holiday_effects.h"
#include "forecast/selection.h"
#include "explain/components.h"
#include "explain/effects.h"
#include "explain/explain.h"
#include "explain/parts.h"

#define MEMORY_HINT "Lower \"horizon\", or explain fewer series in one call."

/* Work on many series, and what it needs for each. */
typedef struct Explaining
{
	const Model *model;
	const ExplainRequest *request;
	const History *read; /* as networks and starts read them */
	int64 count;
	lf_scaler **scalers;    /* (members) of (count) */
	SeriesStart *starts;    /* (count); NULL: the model has none */
	int steps;              /* that are forecast from the end of the one that lags most */
	NetworkPaths *networks; /* NULL: no series asks them */
	StartWork *work;        /* NULL: no series has a start */
} Explaining;

/* The components of one series. */
typedef struct Components
{
	Parts parts;
	int steps;
	double *start; /* (steps) */
	double *level;
	double *limit;
	double *effects; /* (parts, steps) */
} Components;

static double
share_of(const Explaining *explaining, int64 number)
{
	return explaining->starts == NULL ? 0 : explaining->starts[number].share;
}

/* Steps of the past that have parts: those that are read of it. */
static int64
reach_of(const Explaining *explaining, int64 number)
{
	const Model *model = explaining->model;
	int64 reach =
		share_of(explaining, number) == 1 ? model_memory(model) : model_longest_lookback(model);

	return Max(1, Min(reach, explaining->read[number].length));
}

static Parts
parts_of(const Explaining *explaining, int64 number)
{
	return parts_make(explaining->model, &explaining->read[number].frequency,
					  reach_of(explaining, number), explaining->steps > explaining->model->horizon);
}

/* The path of a series, of its networks or of its start alone; the ages are those of the parts. */
static lf_attribution
path_of(const Explaining *explaining, int64 number, const Parts *parts)
{
	bool alone = share_of(explaining, number) == 1;

	return (lf_attribution){.parts = alone ? parts->values : parts->count,
							.segments =
								alone ? START_SEGMENTS
									  : network_paths_segments(explaining->model, parts->count),
							.reach = parts->reach,
							.ages = parts->ages,
							.channels = parts->channels};
}

static Components
create_components(const Parts *parts, int steps)
{
	return (Components){.parts = *parts,
						.steps = steps,
						.start = huge_array(steps, 1, sizeof(double)),
						.level = huge_array(steps, 1, sizeof(double)),
						.limit = huge_array(steps, 1, sizeof(double)),
						.effects = huge_array(parts->count, steps, sizeof(double))};
}

/* The forecasts of a round as components, from step `done` on; the values that it gives, (H). */
static void
take_round(const Model *model, double share, const double *start, const Effects *effects, int parts,
		   int done, Components *components, double *values)
{
	double rest = share == 1 ? 1 : 1 - share;

	for (int k = 0; k < model->horizon; k++)
	{
		double begins = start != NULL ? start[k] : effects->naive[k];
		double forecast = start != NULL ? predict_mixed(share, begins, effects->forecast[k])
										: effects->forecast[k];
		int step = done + k;

		values[k] = predict_limited(model, forecast);
		if (step >= components->steps)
			continue;
		components->start[step] = begins;
		components->level[step] = rest * (effects->neutral[k] - begins);
		components->limit[step] = values[k] - forecast;
		for (int part = 0; part < components->parts.count; part++)
			components->effects[(int64) part * components->steps + step] =
				part < parts ? rest * effects->parts[(int64) part * model->horizon + k] : 0;
	}
}

/* What the start of a series forecasts, (H). */
static void
forecast_start(const Explaining *explaining, const lf_start *start, const lf_series *series,
			   double *forecast)
{
	const StartSeries asked = {.start = start, .values = series->values, .length = series->length};

	start_work_forecast_several(explaining->work, &asked, 1, explaining->model->horizon, 0, NULL,
								forecast, NULL);
}

/* So many of the latest steps of a series: what a start reads, and values alone. */
static lf_series
latest_of(const lf_series *series, int64 steps)
{
	int64 length = Min(series->length, steps);

	return (lf_series){.length = length, .values = series->values + series->length - length};
}

/* Explain one series, round after round as it is forecast. */
static Components
explain_series(const Explaining *explaining, int64 number)
{
	const Model *model = explaining->model;
	int horizon = model->horizon;
	int rounds = (explaining->steps + horizon - 1) / horizon;
	const History *history = &explaining->read[number];
	lf_series series =
		history_series(model, history, model_memory(model), (int64) rounds * horizon);
	double share = share_of(explaining, number);
	Parts parts = parts_of(explaining, number);
	Components components = create_components(&parts, explaining->steps);
	Effects effects = effects_create(parts.count, horizon);
	double *start = share > 0 && share < 1 ? huge_array(horizon, 1, sizeof(double)) : NULL;
	const lf_scaler **scalers = palloc(sizeof(lf_scaler *) * Max(model->member_count, 1));

	for (int m = 0; m < model->member_count; m++)
		scalers[m] = &explaining->scalers[m][number];
	for (int done = 0; done < explaining->steps; done += horizon)
	{
		lf_attribution path = path_of(explaining, number, &parts);

		check_interrupts();
		path.ages = parts_ages(&parts, done);
		path.reach = parts.reach + done;
		if (share == 1)
		{
			lf_series read = latest_of(&series, model_memory(model));

			start_effects(explaining->work, &explaining->starts[number].start, &read, &path,
						  &effects);
		}
		else
			network_effects(explaining->networks, &series, scalers, &path, &effects);
		if (start != NULL)
			forecast_start(explaining, &explaining->starts[number].start, &series, start);
		take_round(model, share, start, &effects, path.parts, done, &components,
				   unconstify(double *, series.values) + series.length);
		series.length += horizon;
		pfree(unconstify(int *, path.ages));
	}
	return components;
}

/* What holidays make of the forecast of a step as a whole. */
static double
whole_effect(const Explaining *explaining, const Components *components, int place, double factor)
{
	double forecast =
		components->start[place] + components->level[place] + components->limit[place];

	for (int part = 0; part < components->parts.count; part++)
		forecast += components->effects[(int64) part * components->steps + place];
	return predict_restored(explaining->model, forecast, factor) - forecast;
}

/* Give the components of a step to the sink; factor: what holidays make of all of them. */
static void
put_step(const Explaining *explaining, const Components *components, int place, double factor,
		 ExplainRow *row)
{
	const ExplainRequest *request = explaining->request;
	const Parts *parts = &components->parts;
	const TrainOptions *options = &explaining->model->options;

	row->component = COMPONENT_START;
	row->value = components->start[place];
	request->sink(request->context, row);
	row->component = COMPONENT_LEVEL;
	row->value = components->level[place];
	request->sink(request->context, row);
	for (int part = 0; part < parts->count; part++)
	{
		check_interrupts();
		row->component = parts->names[part];
		row->value = components->effects[(int64) part * components->steps + place];
		if (part == parts->holidays && factor != 1)
			row->value += whole_effect(explaining, components, place, factor);
		request->sink(request->context, row);
	}
	if (isnan(options->minimum) && isnan(options->maximum))
		return;
	row->component = COMPONENT_LIMIT;
	row->value = components->limit[place];
	request->sink(request->context, row);
}

/* The steps of a series, each at its place among those by the clock. */
static void
put_series(const Explaining *explaining, const History *history, const Components *components)
{
	int horizon = explaining->request->horizon;
	const Model *model = explaining->model;
	ClockWindow window = clock_history_window(model, history, horizon);
	StepPlaces places;

	if (model_has_effects(model))
		step_places_begin(&places, &history->frequency, history->last_time, NULL);
	for (int step = 1; step <= horizon; step++)
	{
		ExplainRow row = {.label = history->label, .step = step};
		double factor = model_has_effects(model)
							? holiday_factor(model->covariates.holidays, &places, step,
											 holiday_difference(model, history->known))
							: 1;

		if (history->frequency.kind != FREQUENCY_NONE)
		{
			row.has_time = true;
			row.time = frequency_add(&history->frequency, history->last_time, step);
		}
		put_step(explaining, components, (int) clock_window_number(&window, step) - 1, factor,
				 &row);
	}
}

/* The most points that a path of the networks, or of a start alone, has. */
static int64
most_points(const Explaining *explaining, bool alone)
{
	int64 most = 0;

	for (int64 i = 0; i < explaining->count; i++)
	{
		Scratch scratch;
		Parts parts;
		lf_attribution path;

		check_interrupts();
		if ((share_of(explaining, i) == 1) != alone)
			continue;
		scratch = scratch_enter("lstm_forecast parts");
		parts = parts_of(explaining, i);
		path = path_of(explaining, i, &parts);
		most = Max(most, lf_attribution_points(&path));
		scratch_leave(&scratch);
	}
	return most;
}

/* What is made of all series at once, and of one after the other. */
static void
take_histories(const Explaining *explaining, MemoryAccount *account)
{
	const Model *model = explaining->model;
	Size largest = 0;

	histories_take(account, model, explaining->read, explaining->count, 0, 0);
	for (int64 i = 0; i < explaining->count; i++)
	{
		MemoryAccount one = *account;

		check_interrupts();
		histories_take(&one, model, &explaining->read[i], 1, model_memory(model),
					   explaining->steps + model->horizon);
		largest = Max(largest, one.held - account->held);
	}
	account_take(account, largest);
}

/* The fastest way through paths of so many points that there is memory for, or the smallest one. */
static PathRoom
room_for(const Model *model, int64 points, const MemoryAccount *account)
{
	const PathRoom ways[] = {{points, true}, {points, false}, {1, false}};
	int way = 0;

	while (way + 1 < (int) lengthof(ways) &&
		   !memory_allowed(add_size(account->held, network_paths_bytes(model, points, &ways[way]))))
		way++;
	return ways[way];
}

/* Make ready what the series ask for, within the memory that is allowed. */
static void
prepare(Explaining *explaining, MemoryAccount *account)
{
	const Model *model = explaining->model;
	int64 points = most_points(explaining, false);
	int64 alone = most_points(explaining, true);
	int64 fed = explaining->steps + model->horizon;

	account_take(account, mul_size(sizeof(double) * 2, mul_size(Max(points, alone), fed)));
	if (alone > 0)
		account_take(account, start_effects_bytes(model->horizon, model_memory(model), alone));
	if (model->starts)
	{
		lf_start_request request = starts_request(model);

		account_take(account, start_work_bytes(&request, model->pretrained));
		explaining->work = start_work_begin(&request, model->pretrained, model->weights);
	}
	if (points > 0)
	{
		PathRoom room = room_for(model, points, account);

		account_take(account, network_paths_bytes(model, points, &room));
		explaining->networks = network_paths_begin(model, points, &room);
	}
}

/* The steps that are forecast from the end of the series that lags most behind its clock. */
static int
most_steps(const History *read, int64 count, int horizon)
{
	int lag = 0;

	for (int64 i = 0; i < count; i++)
		lag = Max(lag, read[i].lag);
	return lag + horizon;
}

void
explain_run(const Model *model, History *histories, int64 count, const ExplainRequest *request)
{
	MemoryAccount account = {.held = request->held, .what = "explaining", .hint = MEMORY_HINT};
	Explaining explaining = {.model = model, .request = request, .count = count};

	for (int64 i = 0; i < count; i++)
		(void) selection_check_future(model, &histories[i], request->horizon, NULL);
	changes_make(model, request->changes, histories, count, &account);
	explaining.read = clock_histories(model, histories, count, request->horizon, &account);
	explaining.steps = most_steps(explaining.read, count, request->horizon);
	take_histories(&explaining, &account);
	explaining.scalers = history_scalers(model, explaining.read, count);
	explaining.starts = history_starts(model, explaining.read, count);
	prepare(&explaining, &account);
	for (int64 i = 0; i < count; i++)
	{
		Scratch scratch = scratch_enter("lstm_forecast explanation");
		Components components;

		check_interrupts();
		components = explain_series(&explaining, i);
		put_series(&explaining, &histories[i], &components);
		scratch_leave(&scratch);
	}
}
