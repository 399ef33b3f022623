/*
 * train_classes.c
 *	  Rows with labels to a model that tells classes.
 */
#include "postgres.h"

#include <math.h>

#include "mb/pg_wchar.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/interrupts.h"
#include "base/kernel_choice.h"
#include "base/progress_report.h"
#include "classes/class_scale.h"
#include "classes/measure.h"
#include "classes/class_plan.h"
#include "classes/class_workers.h"
#include "classes/train_classes.h"
#include "model/classifier_encode.h"
#include "options/class_options.h"
#include "train/limits.h"
#include "train/workers.h"

/* Two classes at least, or there is nothing to tell. */
static void
check_classes(const ClassData *data, const Pieces *pieces)
{
	if (pieces->count > 0 && data->class_count >= 2)
		return;
	ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION),
					pieces->count == 0 ? errmsg("no row has a label")
									   : errmsg("all labels are \"%s\"", data->labels[0]),
					errdetail("%lld rows of %lld series were read.", (long long) data->rows,
							  (long long) data->count),
					errhint("Give rows of at least two classes.")));
}

/* A model's text is UTF-8, but a database in SQL_ASCII may hold anything. */
static void
check_texts(const ClassData *data, char **names)
{
	for (int i = 0; i < data->class_count + (names == NULL ? 0 : data->channels); i++)
	{
		bool is_label = i < data->class_count;
		const char *text = is_label ? data->labels[i] : names[i - data->class_count];

		if (GetDatabaseEncoding() == PG_SQL_ASCII &&
			!pg_verify_mbstr(PG_UTF8, text, (int) strlen(text), true))
			ereport(ERROR,
					(errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
					 errmsg("%s is not valid UTF-8: \"%s\"",
							is_label ? "label" : "name of a column", text),
					 errdetail("A model keeps texts as UTF-8, and this database has no encoding."),
					 errhint("Give another one, or convert it by convert_from().")));
	}
}

/* What people may not expect of the rows. */
static void
notice_rows(const Classifier *classifier, const ClassHoldout *holdout)
{
	if (classifier->unlabelled > 0)
		ereport(NOTICE, (errmsg("%lld series have no label, and are left out",
								(long long) classifier->unlabelled),
						 errdetail("%lld series are trained on.", (long long) classifier->series)));
	if (holdout->held == 0 && classifier->options.validation_fraction != 0)
		ereport(NOTICE,
				(errmsg("too few labels to hold some out: the model cannot say how good it is"),
				 errdetail("Each class needs at least two %s, all together at least five.",
						   classifier_tells_rows(classifier) ? "rows apart" : "series"),
				 errhint("Give more of them, or measure the model on others with "
						 "lstm_classify().")));
}

/* From when to when rows are, and how many of which series. */
static void
describe_rows(Classifier *classifier, const ClassData *data, const Pieces *pieces)
{
	int64 series = -1;

	classifier->channels = data->channels;
	classifier->class_count = data->class_count;
	classifier->labels = data->labels;
	classifier->has_times = data->has_times;
	for (int64 i = 0; i < pieces->count; i++)
	{
		const ClassSeries *next = &data->series[pieces->piece[i].series];

		check_interrupts();
		if (pieces->piece[i].series == series)
			continue;
		series = pieces->piece[i].series;
		if (data->has_times)
		{
			TimestampTz first = times_at(&next->times, 0);
			TimestampTz last = times_at(&next->times, next->length - 1);
			bool known = classifier->series > 0;

			classifier->first_time = known ? Min(classifier->first_time, first) : first;
			classifier->last_time = known ? Max(classifier->last_time, last) : last;
		}
		classifier->series++;
		classifier->rows += next->length;
		classifier->longest = Max(classifier->longest, next->length);
	}
	classifier->unlabelled = data->count - classifier->series;
}

/* Series that a part has labels of. */
static int64
held_series(const ClassData *data, const Pieces *pieces, const ClassHoldout *holdout)
{
	ClassPart part = holdout->shared ? PART_STOP : PART_TEST;
	int64 count = 0;
	int64 latest = -1;

	if (holdout->folds > 0)
		return holdout->held;
	for (int64 i = 0; i < pieces->count; i++)
	{
		int64 series = pieces->piece[i].series;

		check_interrupts();
		for (int64 row = 0; series != latest && row < data->series[series].length; row++)
			if (holdout_part(holdout, series, row) == part)
			{
				latest = series;
				count++;
			}
	}
	return count;
}

static void
append_log(Classifier *classifier, int member, const ClassOutput *output)
{
	for (int i = 0; i < output->epochs; i++)
	{
		const lf_epoch *epoch = &output->log[i];

		classifier->log[classifier->log_count++] =
			(ModelLogRow){.member = member + 1,
						  .epoch = epoch->epoch,
						  .train_loss = epoch->train_loss,
						  .validation_loss = epoch->validation_loss,
						  .learning_rate = epoch->learning_rate,
						  .seconds = epoch->seconds};
	}
}

/* The networks as they are measured, and their log. */
static void
keep_networks(Classifier *classifier, const ClassPlan *plan, const ClassOutput *outputs)
{
	const lf_training_config *training = &plan->training.training;
	int64 rows = 0;

	classifier->options = plan->options;
	classifier->reasons = plan->reasons;
	classifier->schedule = (ModelSchedule){.batch_size = training->batch_size,
										   .max_epochs = training->max_epochs,
										   .max_steps = training->max_steps,
										   .patience = training->patience,
										   .learning_rate = training->learning_rate};
	classifier->member_count = plan->training.members;
	classifier->members = palloc0(sizeof(ClassMember) * plan->training.members);
	for (int i = 0; i < plan->training.members; i++)
	{
		classifier->members[i] = (ClassMember){.network = plan->training.network,
											   .seed = training->seed + i,
											   .best_epoch = outputs[i].best_epoch,
											   .parameters = outputs[i].parameters};
		rows += outputs[i].epochs;
	}
	classifier->log = huge_array(Max(rows, 1), 1, sizeof(ModelLogRow));
	for (int i = 0; i < plan->training.members; i++)
		append_log(classifier, i, &outputs[i]);
}

/* Standardise by what is trained on. */
static void
scale(Classifier *classifier, ClassData *data, const ClassHoldout *holdout, char **names)
{
	const bool *held = holdout_held_series(data, holdout);

	classifier->names = names;
	classifier->means = palloc(sizeof(double) * data->channels);
	classifier->deviations = palloc(sizeof(double) * data->channels);
	classifier->difference_scales = palloc(sizeof(float) * data->channels);
	class_scale_fit(data, held, names, classifier->means, classifier->deviations);
	classifier->missing =
		class_scale_apply(data, classifier->means, classifier->deviations,
						  classifier->options.normalization == LF_NORMALIZE_INSTANCE);
	class_scale_differences(data, held, classifier->difference_scales);
}

/* Train on rows that are in order. */
static void
train(Classifier *classifier, ClassData *data, const Pieces *pieces, char **names)
{
	const TrainOptions *options = &classifier->options;
	bool rows = classifier_tells_rows(classifier);
	ClassHoldout holdout = holdout_choose(data, rows, options->validation_fraction,
										  options_ensemble_size(options), (uint64) options->seed);
	ClassSequences sequences = class_sequences_build(data, pieces, &holdout, rows);
	TimestampTz started = GetCurrentTimestamp();
	ClassOutput *outputs;
	ClassPlan plan;
	ClassJob job = {.sequences = &sequences, .values = data->values};

	notice_rows(classifier, &holdout);
	scale(classifier, data, &holdout, names);
	classifier->counts = sequences.counts;
	job.weights = weights_of_classes(options, data->labels, sequences.counts, data->class_count);
	plan = class_plan(options, data, &sequences);
	job.training = plan.training;
	job.difference_scales = classifier->difference_scales;
	job.value_count = mul_size(data->rows, data->channels);
	outputs = palloc0(sizeof(ClassOutput) * plan.training.members);
	class_members_train(&job, worker_processes(options->workers), &data->account, outputs);
	notice_training_time(&plan.options, started);
	keep_networks(classifier, &plan, outputs);
	classifier->errors.series = held_series(data, pieces, &holdout);
	report_phase(PROGRESS_MEASURING);
	class_measure(classifier, &sequences, holdout.shared, &data->account);
	for (int i = 0; i < plan.training.members; i++)
		classifier->members[i].parameters = outputs[i].refitted;
}

bytea *
train_classes(const PanelRows *rows, char **names, const TrainOptions *options)
{
	Scratch scratch = scratch_enter("lstm_forecast training");
	Classifier classifier = {.options = *options, .kernel = pstrdup(instructions_kernels()->name)};
	bool by_row = options->supervision == LF_SUPERVISION_SEQUENCE;
	ClassData *data;
	Pieces pieces;
	bytea *bytes;

	report_phase(PROGRESS_PREPARING);
	class_plan_check(options);
	data = class_data_build(rows, !by_row);
	pieces = pieces_cut(data, by_row, options->bidirectional, true);
	check_classes(data, &pieces);
	check_texts(data, names);
	describe_rows(&classifier, data, &pieces);
	train(&classifier, data, &pieces, names);
	MemoryContextSwitchTo(scratch.caller);
	bytes = classifier_encode(&classifier);
	MemoryContextDelete(scratch.memory);
	return bytes;
}
