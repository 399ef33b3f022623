/*
 * keep.c
 *	  What a model keeps of a training: its networks, their log, and the ends of the series.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "storage/shmem.h"
#include "utils/memutils.h"

#include "model/holiday_effects.h"
#include "model/half.h"
#include "model/network_table.h"
#include "train/keep.h"

/* A full log of a member into the model's rows. */
static void
append_log(Model *model, int member, const MemberOutput *output)
{
	Size bytes = mul_size(sizeof(ModelLogRow), model->log_count + Max(output->epochs, 1));

	model->log = model->log == NULL ? palloc(bytes) : repalloc_huge(model->log, bytes);
	for (int i = 0; i < output->epochs; i++)
	{
		const lf_epoch *epoch = &output->log[i];
		ModelLogRow *row = &model->log[model->log_count++];

		row->member = member + 1;
		row->epoch = epoch->epoch;
		row->train_loss = epoch->train_loss;
		row->validation_loss = epoch->validation_loss;
		row->learning_rate = epoch->learning_rate;
		row->seconds = epoch->seconds;
	}
}

/*
 * Bring the weights of networks that no option describes to half precision, in which they are kept:
 * those that are measured, too, as what is measured is what forecasts.
 */
static void
round_weights(const MemberPlan *plan, const MemberOutput *output)
{
	Size count = network_weights(&plan->network);

	round_to_halves(output->parameters, count);
	round_to_halves(output->refitted, count);
}

void
keep_members(Model *model, const TrainPlan *plan, const MemberOutput *outputs)
{
	model->member_count = plan->member_count;
	model->members = palloc0(sizeof(ModelMember) * plan->member_count);
	for (int i = 0; i < plan->member_count; i++)
	{
		ModelMember *member = &model->members[i];
		const lf_training_config *training = &plan->members[i].training;

		if (!plan->options.networks_given)
			round_weights(&plan->members[i], &outputs[i]);
		member->network = plan->members[i].network;
		member->scaling = plan->members[i].scaling;
		member->loss = training->loss;
		member->schedule = (ModelSchedule){.batch_size = training->batch_size,
										   .max_epochs = training->max_epochs,
										   .max_steps = training->max_steps,
										   .patience = training->patience,
										   .learning_rate = training->learning_rate};
		member->seed = training->seed;
		member->best_epoch = outputs[i].best_epoch;
		member->scalers = outputs[i].scalers;
		member->parameters = outputs[i].parameters;
		append_log(model, i, &outputs[i]);
	}
	model->train_windows = plan->member_count > 0 ? outputs[0].train_windows : 0;
}

/*
 * The last steps of a series, filled. What was filled knows nothing of holidays; as forecasts take
 * all for observed, it gets their effects here.
 */
static const double *
kept_history(const Model *model, const GridSeries *series, int64 length, double difference)
{
	int64 first = series->length - length;
	HolidaySeries steps = {.list = model->covariates.holidays,
						   .frequency = &series->frequency,
						   .first_time = series->first_time,
						   .difference = difference};
	double *filled;
	double *factors;

	if (!model_has_effects(model) || series->observed == NULL)
		return series->values + first;
	factors = holiday_factors(&steps, first, (int) length);
	if (factors == NULL)
		return series->values + first;
	filled = huge_array(length, 1, sizeof(double));
	for (int64 i = 0; i < length; i++)
		filled[i] = series->values[first + i] * (series->observed[first + i] ? 1 : factors[i]);
	pfree(factors);
	return filled;
}

/*
 * What forecasts read of a series: its last steps, as many as the longest
 * lookback and the intervals' spread, and the covariates that are known ahead.
 */
static void
keep_series(const Model *model, const GridSeries *series, ModelSeries *kept)
{
	int64 longest = model_steps_read(model);
	int width = series->past + series->future;

	kept->label = series->label == NULL ? NULL : pstrdup(series->label);
	kept->rows = series->length - series->missing;
	kept->length = Min(series->length, longest);
	kept->history = kept_history(model, series, kept->length, kept->holiday_difference);
	kept->covered = kept->length + series->covered - series->length;
	if (width > 0)
		kept->covariates = series->covariates + (series->length - kept->length) * width;
	kept->first_time = series->first_time;
	kept->last_time = series->last_time;
	kept->frequency = series->frequency;
}

/* The beginning of a message, in whole characters. */
static char *
clip_message(const char *message)
{
	/* a database without an encoding holds UTF-8, as check_names has seen */
	int encoding = GetDatabaseEncoding() == PG_SQL_ASCII ? PG_UTF8 : GetDatabaseEncoding();

	return pnstrdup(message, pg_encoding_mbcliplen(encoding, message, (int) strlen(message),
												   MODEL_LONGEST_MESSAGE));
}

void
keep_panel(Model *model, const Panel *panel)
{
	for (int64 i = 0; i < panel->count; i++)
		keep_series(model, panel->series[i], &model->series[i]);
	model->skipped_count = panel->skipped_count;
	model->skipped =
		palloc_extended(mul_size(sizeof(ModelSkipped), panel->skipped_count), MCXT_ALLOC_HUGE);
	for (int64 i = 0; i < panel->skipped_count; i++)
		model->skipped[i] =
			(ModelSkipped){.label = pstrdup(panel->skipped[i].label),
						   .message = clip_message(panel->skipped[i].fault.message)};
}

void
keep_learned(Model *model, const TrainJob *job)
{
	bool *learned = palloc_extended(model->series_count, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

	for (int i = 0; i < job->member_count; i++)
		mark_learned(job, i, learned);
	for (int64 i = 0; i < model->series_count; i++)
		model->series[i].learned = learned[i];
	pfree(learned);
}
