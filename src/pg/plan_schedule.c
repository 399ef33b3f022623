/*
 * plan_schedule.c
 *	  How wide a network is and how long it is trained.
 */
#include "postgres.h"

#include <math.h>

#include "plan_private.h"

#define EPOCH_STEPS 100 /* batches between two validations, at most */
#define LEAST_STEPS 600
#define MOST_STEPS 2000
#define MOST_PANEL_STEPS 4000
#define PASSES 30
#define MANY_SERIES 30 /* whose windows differ so much that large steps do not overfit */
#define FAST_RATE 5e-3
#define SLOW_RATE 1e-3
#define NARROW 64
#define WIDE 128
#define WIDE_WINDOWS 50000 /* of a panel, from which a wide network pays */

/* About thirty passes over the windows, within bounds that keep training at seconds or minutes. */
static int64
auto_steps(const PlanFacts *facts, int64 pass)
{
	int64 most = facts->dataset.count > 1 ? MOST_PANEL_STEPS : MOST_STEPS;

	return Max(LEAST_STEPS, Min(most, PASSES * pass));
}

static void
plan_width(PlanFacts *facts, TrainOptions *options, int64 windows)
{
	if (options->hidden_size != OPTION_AUTO)
		return;
	options->hidden_size = facts->dataset.count > 1 && windows >= WIDE_WINDOWS ? WIDE : NARROW;
}

/* The steps, epochs and patience that options leave open follow from the number of windows. */
void
plan_schedule(PlanFacts *facts, TrainOptions *options, int64 windows, lf_training_config *training)
{
	int64 pass;
	int64 steps;

	plan_width(facts, options, windows);
	if (options->batch_size == OPTION_AUTO)
		options->batch_size = windows < 256 ? 32 : windows < 20000 ? 64 : 128;
	pass = Max(1, (windows + options->batch_size - 1) / options->batch_size);
	training->steps_per_epoch = (int) Min(pass, EPOCH_STEPS);
	if (options->max_steps != OPTION_AUTO)
		steps = options->max_steps;
	else if (options->max_epochs != OPTION_AUTO)
		steps = (int64) options->max_epochs * training->steps_per_epoch;
	else
		steps = auto_steps(facts, pass);
	if (steps < training->steps_per_epoch)
		training->steps_per_epoch = (int) steps;
	if (options->max_epochs == OPTION_AUTO)
		options->max_epochs = (int) Min(
			(steps + training->steps_per_epoch - 1) / training->steps_per_epoch, PG_INT32_MAX);
	options->max_epochs = (int) Min(options->max_epochs, (steps + training->steps_per_epoch - 1) /
															 training->steps_per_epoch);
	if (options->max_steps == OPTION_AUTO)
		options->max_steps =
			(int) Min((int64) options->max_epochs * training->steps_per_epoch, PG_INT32_MAX);
	if (options->patience == OPTION_AUTO)
		options->patience = Max(10, options->max_epochs / 3);

	training->optimizer = (lf_optimizer_kind) options->optimizer;
	if (isnan(options->learning_rate))
		options->learning_rate = facts->dataset.count >= MANY_SERIES ? FAST_RATE : SLOW_RATE;
	training->learning_rate = options->learning_rate;
	training->schedule = (lf_schedule_kind) options->schedule;
	training->weight_decay = options->weight_decay;
	training->gradient_clip = options->gradient_clip;
	training->batch_size = options->batch_size;
	training->max_epochs = options->max_epochs;
	training->max_steps = options->max_steps;
	training->patience = options->patience;
}
