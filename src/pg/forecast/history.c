/*
 * history.c
 *	  What series look like up to the moment of the forecast.
 */
#include "postgres.h"

#include <math.h>

#include "utils/memutils.h"

#include "base/compat.h"
#include "base/interrupts.h"
#include "base/memory.h"
#include "base/nearest.h"
#include "model/covariates.h"
#include "model/scalers.h"
#include "model/starts.h"
#include "plan/glitch.h"
#include "forecast/completion.h"
#include "forecast/history.h"
#include "forecast/misfit.h"

/* By bisection. */
int64
history_find(const Model *model, const char *label)
{
	int64 low = 0;
	int64 high = model->series_count - 1;

	while (low <= high)
	{
		int64 middle = low + (high - low) / 2;
		int order = compare_series_labels(label, model->series[middle].label);

		if (order == 0)
			return middle;
		if (order < 0)
			high = middle - 1;
		else
			low = middle + 1;
	}
	return -1;
}

static History
kept_history(const Model *model, int64 number)
{
	const ModelSeries *series = &model->series[number];
	History history = {.label = series->label,
					   .known = number,
					   .length = series->length,
					   .values = series->history,
					   .covered = series->covered,
					   .covariates = series->covariates,
					   .frequency = series->frequency,
					   .last_time = series->last_time};

	if (history.frequency.kind != FREQUENCY_NONE)
		history.first_time =
			frequency_add(&history.frequency, history.last_time, 1 - history.length);
	return history;
}

static History *
create_histories(int64 count)
{
	Size bytes = mul_size(sizeof(History), Max(count, 1));

	check_memory_limit(bytes, "forecasting", "Forecast fewer series in one call.");
	return palloc_extended(bytes, MCXT_ALLOC_HUGE);
}

void
skip_series(Skipped *skipped, const char *label, const char *why)
{
	if (skipped->count++ > 0)
		return;
	skipped->label = label;
	skipped->why = why;
}

pg_noreturn static void
throw_no_series(const Model *model, const char *label)
{
	NearestName nearest = nearest_name(label, (int) strlen(label));

	for (int64 i = 0; i < model->series_count; i++)
	{
		check_interrupts();
		if (model->series[i].label != NULL)
			nearest_offer(&nearest, model->series[i].label);
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the model has no series \"%s\"", label),
			 errdetail("It was trained on %lld series.", (long long) model->series_count),
			 errhint("%sSELECT series FROM lstm_model_series(model) lists them; a series that the "
					 "model has not seen is forecast from a \"source\" with its rows.",
					 nearest.found == NULL
						 ? ""
						 : psprintf("Perhaps you meant the series \"%s\". ", nearest.found))));
}

History *
history_of_model(const Model *model, char **labels, int label_count, Skipped *skipped, int64 *count)
{
	int64 asked = labels == NULL ? model->series_count : label_count;
	History *histories = create_histories(asked);

	*count = 0;
	for (int64 i = 0; i < asked; i++)
	{
		int64 number = labels == NULL ? i : history_find(model, labels[i]);

		check_interrupts();
		if (number >= 0)
			histories[(*count)++] = kept_history(model, number);
		else if (skipped != NULL)
			skip_series(skipped, labels[i], "the model has no series of that name");
		else
			throw_no_series(model, labels[i]);
	}
	return histories;
}

/* Codes are those of the model's words only where the rows were read as its columns. */
static void
check_categories(const ModelCovariates *covariates, const Panel *panel)
{
	for (int i = 0; i < panel->past + panel->future; i++)
		if (is_category(covariates->categories, i) && !is_category(panel->categories, i))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("covariates are not those of the model"),
					 errdetail("Its column \"%s\" holds categories, and arrays hold numbers.",
							   covariates->names[i]),
					 errhint("Give the rows as a source, a table or a SELECT, instead of an "
							 "aggregate.")));
}

void
history_check_covariates(const Model *model, const Panel *panel)
{
	const ModelCovariates *covariates = &model->covariates;

	if (panel->past == covariates->past && panel->future == covariates->future)
	{
		check_categories(covariates, panel);
		return;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("covariates are not those of the model"),
			 errdetail("The model was trained with %d past and %d future covariates; the rows have "
					   "%d and %d.",
					   covariates->past, covariates->future, panel->past, panel->future),
			 errhint("Give the same covariates in the same order as in the training.")));
}

static void
throw_no_history(const Model *model, const PanelRows *rows)
{
	int64 longest = model_least_history(model);

	ereport(ERROR,
			(errcode(ERRCODE_DATA_EXCEPTION), errmsg("history has no observation to forecast from"),
			 errdetail("%lld rows were read, none with a value.", (long long) rows->count),
			 errhint("Give the latest rows of the series; the model reads up to %lld steps.",
					 (long long) longest)));
}

History *
history_of_panel(const Model *model, const Panel *panel)
{
	History *histories = create_histories(panel->count);

	for (int64 i = 0; i < panel->count; i++)
	{
		const GridSeries *series = panel->series[i];

		check_interrupts();
		histories[i] = (History){.label = series->label,
								 .known = history_find(model, series->label),
								 .length = series->length,
								 .values = series->values,
								 .covered = series->covered,
								 .covariates = series->covariates,
								 .frequency = series->frequency,
								 .first_time = series->first_time,
								 .last_time = series->last_time,
								 .times = series->times,
								 .fresh = series};
	}
	return histories;
}

/* Without timestamps nobody could tell what the forecasts are forecasts of. */
static void
throw_no_times(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the model was trained with timestamps, and the history has none"),
			 errdetail("Its forecasts are dated after the history's last timestamp."),
			 errhint("Write lstm_forecast(model, ts, value), or name the \"time_column\".")));
}

lf_series
history_kept(const Model *model, int64 number)
{
	if (number < 0)
		return (lf_series){0};
	return (lf_series){.length = model->series[number].length,
					   .values = model->series[number].history};
}

void
history_glitches(const Model *model, Panel *panel)
{
	lf_series *known;
	Glitches glitches;

	if (!glitches_wanted(&model->options))
		return;
	known = palloc_extended(mul_size(sizeof(lf_series), Max(panel->count, 1)), MCXT_ALLOC_HUGE);
	for (int64 i = 0; i < panel->count; i++)
	{
		check_interrupts();
		known[i] = history_kept(model, history_find(model, panel->series[i]->label));
	}
	glitches = glitches_set_aside(panel, model->season, model->horizon, known);
	notice_glitches(&glitches, "Train with the option \"glitches\" set to \"keep\" if the values "
							   "are right.");
	pfree(known);
}

Panel *
history_panel(const Model *model, const PanelRows *rows, HistoryUse use, Skipped *skipped)
{
	PanelRequest request = {.missing = (MissingPolicy) model->options.missing,
							.duplicates = (DuplicatePolicy) model->options.duplicates};
	Panel *panel;

	/* a model trained without timestamps has no grid of its own: the rows' is inferred */
	if (model->frequency.kind != FREQUENCY_NONE)
	{
		if (!rows->has_times)
			throw_no_times();
		request.fixed = &model->frequency;
	}
	panel = panel_build(rows, &request);
	if (skipped == NULL && panel->count == 0)
		throw_no_history(model, rows);
	for (int64 i = 0; skipped != NULL && i < panel->empty; i++)
		skip_series(skipped, panel->first_empty, "none of its rows has a value");
	history_check_covariates(model, panel);
	misfit_check(model, panel, skipped);
	completion_join(model, panel,
					use == HISTORY_OF_FORECAST ? model_steps_read(model) : PG_INT64_MAX);
	/* with the steps before the rows, as these tell what is usual */
	if (use == HISTORY_OF_FORECAST)
		history_glitches(model, panel);
	return panel;
}

lf_scaler **
history_scalers(const Model *model, const History *histories, int64 count)
{
	lf_scaler **scalers = palloc(sizeof(lf_scaler *) * model->member_count);

	for (int m = 0; m < model->member_count; m++)
	{
		const ModelMember *member = &model->members[m];

		scalers[m] = palloc_extended(mul_size(sizeof(lf_scaler), count), MCXT_ALLOC_HUGE);
		for (int64 i = 0; i < count; i++)
		{
			lf_series series = {.length = histories[i].length, .values = histories[i].values};

			check_interrupts();
			if (histories[i].known >= 0)
				scalers[m][i] = member->scalers[histories[i].known];
			else
				scalers[m][i] = scaler_of_unseen(model, member, &series, series.length);
		}
	}
	return scalers;
}

SeriesStart *
history_starts(const Model *model, const History *histories, int64 count)
{
	lf_start_request request = starts_request(model);
	StartWork *work = NULL; /* made for the first series that the model has never seen */
	SeriesStart *starts;

	if (!model->starts)
		return NULL;
	request.only |= starts_tell(model);
	starts = palloc_extended(mul_size(sizeof(SeriesStart), count), MCXT_ALLOC_HUGE);
	for (int64 i = 0; i < count; i++)
	{
		check_interrupts();
		starts[i].share = model_start_share(model, histories[i].known);
		if (histories[i].known >= 0)
		{
			starts[i].start = model->series[histories[i].known].start;
			continue;
		}
		if (work == NULL)
			work = start_work_begin(&request, model->pretrained, model->weights);
		starts[i].start = start_work_choose(work, histories[i].values, NULL, histories[i].length);
	}
	if (work != NULL)
		start_work_end(work);
	return starts;
}

/* The raw covariates from step `from` on for so many steps, the last known row repeated. */
static float *
extended_covariates(const Model *model, const History *history, int64 from, int64 steps)
{
	const ModelCovariates *covariates = &model->covariates;
	int width = covariates->past + covariates->future;
	float *raw = palloc_extended(mul_size(mul_size(sizeof(float), width), steps), MCXT_ALLOC_HUGE);

	for (int64 step = 0; step < steps; step++)
	{
		int64 past_row = Min(from + step, history->length - 1);
		int64 future_row = Min(from + step, history->covered - 1);

		if (step % INTERRUPT_ROWS == 0)
			check_interrupts();
		memcpy(raw + step * width, history->covariates + past_row * width,
			   sizeof(float) * covariates->past);
		memcpy(raw + step * width + covariates->past,
			   history->covariates + future_row * width + covariates->past,
			   sizeof(float) * covariates->future);
	}
	return raw;
}

/* The times of irregular steps from step `from` on, beyond the last known one by the median gap. */
static TimestampTz *
extended_times(const History *history, int64 from, int64 steps)
{
	TimestampTz *times = palloc_extended(mul_size(sizeof(TimestampTz), steps), MCXT_ALLOC_HUGE);
	int64 last = history->covered - 1;

	for (int64 step = 0; step < steps; step++)
		times[step] = from + step <= last ? history->times[from + step]
										  : frequency_add(&history->frequency, history->times[last],
														  from + step - last);
	return times;
}

/* Bytes of the core's series, and of what making it takes, which is no more. */
static Size
series_bytes(const Model *model, const History *history, int64 longest, int64 steps)
{
	int channels = covariates_channels(&model->covariates, &history->frequency);

	return mul_size(sizeof(double) + sizeof(float) * (Size) channels,
					Min(history->length, longest) + steps);
}

void
histories_take(MemoryAccount *account, const Model *model, const History *histories, int64 count,
			   int64 longest, int64 steps)
{
	Size each = sizeof(History) + sizeof(lf_series) + sizeof(lf_scaler) * model->member_count +
				sizeof(SeriesStart);
	Size largest = 0;

	account_take(account, mul_size(each, count));
	for (int64 i = 0; i < count; i++)
	{
		Size bytes = series_bytes(model, &histories[i], longest, steps);

		check_interrupts();
		account_take(account, bytes);
		largest = Max(largest, bytes);
	}
	account_take(account, largest);
}

lf_series
history_series(const Model *model, const History *history, int64 longest, int64 steps)
{
	const Frequency *frequency = &history->frequency;
	int64 length = Min(history->length, longest);
	int64 from = history->length - length;
	double *values = palloc_extended(mul_size(sizeof(double), length + steps), MCXT_ALLOC_HUGE);
	lf_series series = {.length = length, .values = values, .covered = length + steps};
	TimestampTz *times = NULL;
	TimestampTz first_time = history->first_time;
	float *raw = NULL;

	memcpy(values, history->values + from, sizeof(double) * length);
	if (history->covariates != NULL)
		raw = extended_covariates(model, history, from, series.covered);
	if (history->times != NULL)
		times = extended_times(history, from, series.covered);
	else if (frequency->kind != FREQUENCY_NONE && from > 0)
		first_time = frequency_add(frequency, first_time, from);
	series.covariates = covariates_series(&model->covariates, frequency, first_time, times, raw,
										  series.covered, series.covered);
	if (raw != NULL)
		pfree(raw);
	if (times != NULL)
		pfree(times);
	return series;
}
