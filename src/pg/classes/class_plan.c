/*
 * class_plan.c
 *	  Sizes and training of networks that tell classes, as far as options leave them open.
 */
#include "postgres.h"

#include <math.h>

#include "lib/stringinfo.h"

#include "base/interrupts.h"
#include "base/jsonio.h"
#include "classes/class_plan.h"

#define HIDDEN 64
#define PATCHES 24 /* of a series of usual length, whose rows networks read in patches */
#define LEARNING_RATE 3e-3
#define MOST_BATCH 32
#define STEPS 500 /* of the optimizer, of one network: these small sets want, not epochs */
#define LEAST_EPOCHS 10
#define PATIENCE                                                                                   \
	0.4 /* of the epochs: as the rate goes down to zero, the best weights come late                \
		 */
#define LEAST_PATIENCE 8
#define MANY_SERIES 1000 /* that need no others made of them */

void
class_plan_check(const TrainOptions *options)
{
	switch (options->normalization)
	{
		case OPTION_AUTO:
		case LF_NORMALIZE_STANDARD:
		case LF_NORMALIZE_INSTANCE:
			return;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("normalization \"%s\" does not apply to classes",
							options_word("normalization", options->normalization)),
					 errhint("Set it to \"standard\", by which a column is standardised over all "
							 "series, or to \"instance\", by which it is in each series.")));
	}
}

/* Choose an option that is open, and say why. */
static void
choose(int *option, int value, const char *name, const char *why, StringInfo reasons)
{
	if (*option != OPTION_AUTO)
		return;
	*option = value;
	json_add_text(reasons, name, why);
}

static int
compare_lengths(const void *a, const void *b)
{
	check_interrupts();
	return *(const int *) a - *(const int *) b;
}

/* The length that half of the sequences to train on do not reach. */
static int
usual_length(const ClassSequences *sequences)
{
	int64 count = sequences->part[PART_TRAIN].count;
	int *lengths = huge_array(count, 1, sizeof(int));
	int usual;

	for (int64 i = 0; i < count; i++)
		lengths[i] = sequences->sequence[sequences->part[PART_TRAIN].first + i].length;
	qsort(lengths, count, sizeof(int), compare_lengths);
	usual = lengths[count / 2];
	pfree(lengths);
	return usual;
}

/* What networks are. */
static void
choose_network(TrainOptions *options, const ClassSequences *sequences, StringInfo reasons)
{
	int length = usual_length(sequences);
	bool rows = options->supervision == LF_SUPERVISION_SEQUENCE;

	choose(&options->hidden_size, HIDDEN, "hidden_size", "what is usual", reasons);
	choose(
		&options->patch_length, rows ? 1 : Max(1, (length + PATCHES / 2) / PATCHES), "patch_length",
		rows ? "each row has a label" : psprintf("half of the series have %d rows or more", length),
		reasons);
	choose(&options->normalization, LF_NORMALIZE_STANDARD, "normalization",
		   "the level of a series may tell its class", reasons);
	if (options->ensemble_size == OPTION_AUTO)
		options->ensemble_size = OPTION_DEFAULT_ENSEMBLE;
}

/* Steps in which so many sequences are seen once. */
static int64
steps_of_epoch(const TrainOptions *options, int64 sequences)
{
	return (sequences + options->batch_size - 1) / options->batch_size;
}

/* How they are trained on so many sequences; folds: of which each leaves out a part of few. */
static void
choose_training(TrainOptions *options, int64 sequences, bool folds, StringInfo reasons)
{
	int64 steps;

	if (folds)
		json_add_text(reasons, "validation_fraction",
					  "series are few, so that each network leaves out another part of them");
	else if (isnan(options->validation_fraction))
		options->validation_fraction = DEFAULT_CLASS_VALIDATION;
	if (isnan(options->learning_rate))
		options->learning_rate = LEARNING_RATE;
	choose(&options->batch_size, (int) Min(sequences, MOST_BATCH), "batch_size",
		   psprintf("there are %lld sequences", (long long) sequences), reasons);
	steps = steps_of_epoch(options, sequences);
	choose(&options->max_epochs, (int) Max((STEPS + steps - 1) / steps, LEAST_EPOCHS), "max_epochs",
		   steps == 1 ? "an epoch is one step"
					  : psprintf("an epoch has %lld steps", (long long) steps),
		   reasons);
	if (folds)
		choose(&options->patience, 0, "patience", "series are few, and none is spared to stop by",
			   reasons);
	choose(&options->patience,
		   Max(LEAST_PATIENCE, (int) floor(options->max_epochs * PATIENCE + 0.5)), "patience",
		   "two fifths of the epochs", reasons);
}

/* Of few series others of the same class are made; a row's label belongs to its very row. */
static lf_augmentation
augmentation_for(const TrainOptions *options, int64 sequences)
{
	if (options->supervision == LF_SUPERVISION_SEQUENCE || sequences >= MANY_SERIES)
		return (lf_augmentation){0};
	return lf_augmentation_light;
}

ClassPlan
class_plan(const TrainOptions *options, const ClassData *data, const ClassSequences *sequences)
{
	ClassPlan plan = {.options = *options};
	TrainOptions *chosen = &plan.options;
	bool folds = sequences->folds > 0;
	int64 all = sequences->part[PART_TRAIN].count;
	int64 trained = folds ? all - all / sequences->folds : all;
	StringInfoData reasons;

	initStringInfo(&reasons);
	appendStringInfoChar(&reasons, '{');
	choose_network(chosen, sequences, &reasons);
	choose_training(chosen, trained, folds, &reasons);
	appendStringInfoChar(&reasons, '}');
	plan.reasons = reasons.data;
	plan.training = (ClassTraining){.members = chosen->ensemble_size,
									.refit = chosen->refit,
									.augmentation = augmentation_for(chosen, trained),
									.max_seconds = chosen->max_seconds,
									.log_seconds = chosen->log_seconds};
	plan.training.network = (lf_classifier_config){
		.cell = (lf_cell_kind) chosen->cell,
		.hidden_size = chosen->hidden_size,
		.num_layers = chosen->num_layers,
		.bidirectional = chosen->bidirectional,
		.dropout = chosen->dropout,
		.channels = data->channels,
		.differences = true,
		.classes = data->class_count,
		.supervision = (lf_supervision_kind) chosen->supervision,
		.patch_length = chosen->patch_length,
	};
	plan.training.training = (lf_training_config){
		.optimizer = (lf_optimizer_kind) chosen->optimizer,
		.learning_rate = chosen->learning_rate,
		.schedule = (lf_schedule_kind) chosen->schedule,
		.weight_decay = chosen->weight_decay,
		.gradient_clip = chosen->gradient_clip,
		.batch_size = chosen->batch_size,
		.steps_per_epoch = (int) steps_of_epoch(chosen, trained),
		.max_epochs = chosen->max_epochs,
		.max_steps = chosen->max_steps == OPTION_AUTO ? 0 : chosen->max_steps,
		.patience = chosen->patience,
		.seed = (uint64) chosen->seed * UINT64CONST(0x9E3779B97F4A7C15),
	};
	return plan;
}
