/*
 * gates.c
 *	  What the gates of a model's networks do while these read series up to their ends.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "base/errors.h"
#include "base/interrupts.h"
#include "base/kernel_choice.h"
#include "base/memory.h"
#include "time/calendar.h"
#include "time/step_list.h"
#include "model/pretrained.h"
#include "model/starts.h"
#include "forecast/clock_history.h"
#include "forecast/gates.h"

#define MEMORY_HINT "Ask for one \"member\", or train with a shorter lookback or smaller layers."

/* What reads for a member. */
typedef struct MemberReader
{
	lf_gates *gates; /* NULL: not made yet, or given up for others */
	Size bytes;
} MemberReader;

/* What lasts from series to series. */
typedef struct GatesRun
{
	const Model *model;
	const GatesRequest *request;
	gates_sink sink;
	void *context;
	MemoryContext lasting; /* of readers */
	MemoryAccount account;
	MemberReader *members;          /* (member_count) */
	lf_universal_gates *pretrained; /* NULL: not made yet */
	lf_start_request asked;         /* of it */
	bool read;                      /* any network has read any series */
} GatesRun;

/* A series as it is, and as it is read: by the wall clock where the model follows that. */
typedef struct ReadSeries
{
	const History *history;
	const History *read;
	lf_series series;
} ReadSeries;

static int
most_layers(const Model *model)
{
	int most = model->pretrained ? lf_universal_shipped.num_layers : 0;

	for (int i = 0; i < model->member_count; i++)
		most = Max(most, model->members[i].network.num_layers);
	return most;
}

void
gates_check_request(const Model *model, const GatesRequest *request)
{
	int layers = most_layers(model);

	if (request->member > model->member_count ||
		(request->member == GATES_PRETRAINED && !model->pretrained))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("the model has no network %d", request->member),
						errdetail("It has %d of its own%s.", model->member_count,
								  model->pretrained ? ", and asks the pretrained network" : ""),
						errhint("\"member\" counts from 1; 0 is the pretrained network.")));
	if (request->layer > layers)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("no network of the model has a layer %d", request->layer),
				 errdetail("The deepest has %d.", layers), errhint("\"layer\" counts from 1.")));
}

/* The time of a step of the read history, 0 its first; past its end a forecast's. */
static void
date_row(const ReadSeries *series, int64 step, GatesRow *row)
{
	const History *read = series->read;
	const Frequency *frequency = &read->frequency;
	int64 ahead = step - (read->length - 1);

	row->has_time = false;
	if (row->padding || frequency->kind == FREQUENCY_NONE)
		return;
	if (frequency->kind == FREQUENCY_LISTED &&
		ahead > step_list_ahead(frequency->listed, read->last_time))
		return;
	/* of irregular steps a model keeps no more than the last one's time */
	if (frequency->kind == FREQUENCY_IRREGULAR && read->times == NULL && ahead < 0)
		return;
	row->has_time = true;
	if (read->times != NULL && step < read->covered)
		row->time = read->times[step];
	else
		row->time = frequency_add(frequency, read->last_time, ahead);
	/* by the wall clock times are what the clocks show */
	if (read != series->history && strcmp(frequency->zone, series->history->frequency.zone) != 0)
		row->time = calendar_time_of_local((Timestamp) row->time,
										   calendar_zone(series->history->frequency.zone));
}

static bool
wanted(const GatesRequest *request, int member)
{
	return request->member < 0 || request->member == member;
}

/* Give up the readers of all members: they are made again when they are needed. */
static void
drop_readers(GatesRun *run)
{
	for (int m = 0; m < run->model->member_count; m++)
	{
		MemberReader *reader = &run->members[m];

		if (reader->gates == NULL)
			continue;
		lf_gates_free(reader->gates);
		account_give(&run->account, reader->bytes);
		reader->gates = NULL;
	}
}

/* The reader of a member's gates: kept from series to series, as far as there is memory for all. */
static lf_gates *
member_gates(GatesRun *run, int number)
{
	const ModelMember *member = &run->model->members[number];
	MemberReader *reader = &run->members[number];
	lf_allocator allocator = context_allocator(run->lasting);
	lf_gates_spec spec = {.network = member->network,
						  .scaling = member->scaling,
						  .parameters = member->parameters,
						  .kernels = instructions_kernels()};
	size_t bytes = 0;
	lf_error error;
	lf_status status;

	if (reader->gates != NULL)
		return reader->gates;
	status = lf_gates_bytes(&spec, &bytes, &error);
	if (status == LF_OK)
	{
		if (!memory_allowed(add_size(run->account.held, bytes)))
			drop_readers(run);
		account_take(&run->account, bytes);
		reader->bytes = bytes;
		status = lf_gates_create(&spec, &allocator, &core_interrupt, &reader->gates, &error);
	}
	if (status != LF_OK)
		throw_core_error(status, &error);
	return reader->gates;
}

/* All rows of one cell of a member. */
static void
put_member_cell(GatesRun *run, const ReadSeries *series, int number, int cell)
{
	const lf_network_config *network = &run->model->members[number].network;
	int directions = network->bidirectional ? 2 : 1;
	int steps = network->lookback / network->patch_length;
	GatesRow row = {.label = series->history->label,
					.member = number + 1,
					.transform = run->model->members[number].scaling.transform,
					.layer = cell / directions + 1,
					.reverse = cell % directions == 1,
					.units = network->hidden_size};

	if (run->request->layer > 0 && run->request->layer != row.layer)
		return;
	for (int t = 0; t < steps; t++)
	{
		/* the last step of the series in the patch */
		int64 last = series->read->length - (int64) (steps - 1 - t) * network->patch_length - 1;

		check_interrupts();
		row.step = t - (steps - 1);
		row.padding = last < 0;
		date_row(series, last, &row);
		row.values = lf_gates_at(run->members[number].gates, cell, t);
		run->sink(run->context, &row);
	}
}

/* Let a member read a series. */
static void
read_member(GatesRun *run, const ReadSeries *series, int number, const lf_scaler *scaler)
{
	const lf_network_config *network = &run->model->members[number].network;
	lf_dataset dataset = {.count = 1, .series = &series->series};
	lf_window window = {.series = 0, .origin = series->series.length};
	lf_gates *gates = member_gates(run, number);
	lf_error error;
	lf_status status;

	lf_gates_begin(gates, &dataset, scaler, window);
	do
	{
		let_interrupt_act();
		status = lf_gates_step(gates, &error);
	} while (status == LF_OK || status == LF_INTERRUPTED);
	if (status != LF_DONE)
		throw_core_error(status, &error);
	for (int cell = 0; cell < network->num_layers * (network->bidirectional ? 2 : 1); cell++)
		put_member_cell(run, series, number, cell);
	run->read = true;
}

/* All rows of one layer of the pretrained network in one reading. */
static void
put_pretrained_layer(GatesRun *run, const ReadSeries *series, int layer, int reading)
{
	const lf_universal_gates *gates = run->pretrained;
	int64 group = lf_universal_group(run->asked.season);
	GatesRow row = {.label = series->history->label,
					.member = GATES_PRETRAINED,
					.transform = reading > 0 ? LF_TRANSFORM_LOG : LF_TRANSFORM_NONE,
					.layer = layer + 1,
					.units = gates->network.config.hidden_size};

	if (run->request->layer > 0 && run->request->layer != row.layer)
		return;
	for (int t = 0; t < gates->past + gates->ahead; t++)
	{
		check_interrupts();
		row.step = t - (gates->past - 1);
		row.padding = t < gates->empty;
		date_row(series, series->read->length - 1 + row.step * group, &row);
		row.values = lf_universal_gates_at(gates, layer, t, reading);
		run->sink(run->context, &row);
	}
}

/* Let the pretrained network read a series. */
static void
read_pretrained(GatesRun *run, const ReadSeries *series)
{
	const lf_universal_window window = {.values = series->series.values,
										.length = series->series.length,
										.season = run->asked.season,
										.second = run->asked.second};
	lf_status status;

	if (run->pretrained == NULL)
	{
		MemoryContext own = MemoryContextSwitchTo(run->lasting);

		account_take(&run->account, pretrained_gates_bytes(&run->asked));
		run->pretrained = pretrained_gates(&run->asked, run->model->weights);
		MemoryContextSwitchTo(own);
	}
	do
	{
		let_interrupt_act();
		status =
			lf_universal_gates_read(run->pretrained, &window, run->asked.horizon, &core_interrupt);
	} while (status == LF_INTERRUPTED);
	for (int reading = 0; reading < run->pretrained->readings; reading++)
		for (int layer = 0; layer < run->pretrained->network.config.num_layers; layer++)
			put_pretrained_layer(run, series, layer, reading);
	run->read = true;
}

/* Does the start of a series ask the pretrained network, within its reach? */
static bool
asks_pretrained(const GatesRun *run, const History *read)
{
	const Model *model = run->model;
	SeriesStart *starts;

	if (!model->pretrained || !wanted(run->request, GATES_PRETRAINED) || read->length == 0 ||
		!pretrained_reaches(model->season, model->horizon))
		return false;
	starts = history_starts(model, read, 1);
	return starts != NULL && starts->share > 0 && start_pretrained(&starts->start);
}

static void
read_series(GatesRun *run, const History *history)
{
	const Model *model = run->model;
	Scratch scratch = scratch_enter("lstm_forecast gates of a series");
	Size before = run->account.held;
	int64 longest = model_memory(model);
	ReadSeries series = {.history = history};
	lf_scaler **scalers;
	Size taken;

	series.read = clock_histories(model, history, 1, model->horizon, &run->account);
	histories_take(&run->account, model, series.read, 1, longest, model->horizon);
	taken = run->account.held - before;
	series.series = history_series(model, series.read, longest, model->horizon);
	scalers = history_scalers(model, series.read, 1);
	for (int m = 0; m < model->member_count; m++)
		if (wanted(run->request, m + 1))
			read_member(run, &series, m, scalers[m]);
	if (asks_pretrained(run, series.read))
		read_pretrained(run, &series);
	account_give(&run->account, taken);
	scratch_leave(&scratch);
}

static void
notice_none(const Model *model)
{
	ereport(NOTICE,
			(errmsg("no network reads these series: there are no gates"),
			 model->member_count > 0
				 ? errdetail("The pretrained network has no part in their forecasts.")
				 : errdetail("The model is its start alone, which asks no network for them."),
			 errhint("lstm_model_series(model) tells the start of each series; train with the "
					 "option \"start\" false for networks.")));
}

void
gates_run(const Model *model, const History *histories, int64 count, const GatesRequest *request,
		  gates_sink sink, void *context)
{
	GatesRun run = {
		.model = model,
		.request = request,
		.sink = sink,
		.context = context,
		.lasting = CurrentMemoryContext,
		.account = {.held = request->held, .what = "looking at gates", .hint = MEMORY_HINT},
		.members = palloc0(sizeof(MemberReader) * Max(model->member_count, 1)),
		.asked = starts_request(model)};

	for (int64 i = 0; i < count; i++)
	{
		check_interrupts();
		read_series(&run, &histories[i]);
	}
	if (!run.read && count > 0)
		notice_none(model);
}
