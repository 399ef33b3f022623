/*
 * training.c
 *	  How wide a network is and how long it is trained.
 */
#include "postgres.h"

#include <math.h>

#include "plan/plan_private.h"

#define LEAST_EPOCH_STEPS 25 /* batches between two validations, where a pass is no shorter */
#define EPOCHS 80            /* validations of a long training */
#define LEAST_STEPS 600
#define SHORT_STEPS 2000 /* enough for thirty passes */
#define MOST_STEPS 16000 /* enough for four */
#define PASSES 30
#define LONG_PASSES 4
#define ENOUGH_HORIZONS 4 /* of training windows, lest they are learned by heart */
#define SMALL_WIDTH 16    /* of up to so many windows a wider network learns nothing more ... */
#define SMALL_WINDOWS 1000
#define MEDIUM_WIDTH 32
#define MEDIUM_WINDOWS 4000
#define WIDTH 64                       /* ... and its model is several times as large */
#define MANY_SERIES 100                /* with so many windows and ... */
#define MANY_WINDOWS 100000            /* ... series, which differ, large steps do not overfit */
#define MOST_EPOCHS (PG_INT32_MAX - 1) /* the refit is one more */
#define FAST_RATE 2e-3
#define SLOW_RATE 1e-3

/*
 * Thirty passes over few windows, at most SHORT_STEPS; of many series, whose
 * windows are not all alike, four passes, at most MOST_STEPS: training takes
 * seconds, of a large panel a minute.
 */
static int64
auto_steps(const PlanFacts *facts, int64 pass)
{
	int64 steps = Max(LEAST_STEPS, Min(SHORT_STEPS, PASSES * pass));

	if (facts->capable > FEW_SERIES)
		steps = Max(steps, Min(MOST_STEPS, LONG_PASSES * pass));
	return steps;
}

/*
 * Without a tail nothing says when the windows are learned by heart. Where they
 * span less than ENOUGH_HORIZONS, which overlapping windows soon are, a network
 * takes only some steps from the naive forecast that it starts from.
 */
static int64
steps_unjudged(int64 steps, int64 pass, int64 windows, int horizon)
{
	double horizons = (double) windows / horizon;

	if (horizons >= ENOUGH_HORIZONS)
		return steps;
	return Max(1, (int64) ((double) (PASSES * pass) * horizons / ENOUGH_HORIZONS));
}

static int
auto_width(int64 windows)
{
	if (windows < SMALL_WINDOWS)
		return SMALL_WIDTH;
	return windows < MEDIUM_WINDOWS ? MEDIUM_WIDTH : WIDTH;
}

/* The steps, epochs and patience that options leave open follow from the number of windows. */
void
plan_schedule(const PlanFacts *facts, TrainOptions *options, int64 windows, bool has_tail,
			  lf_training_config *training)
{
	int64 pass;
	int64 steps;
	int64 epochs;

	if (options->hidden_size == OPTION_AUTO)
		options->hidden_size = auto_width(windows);
	if (options->batch_size == OPTION_AUTO)
		options->batch_size = windows < 256 ? 32 : 64;
	pass = Max(1, (windows + options->batch_size - 1) / options->batch_size);
	if (options->max_steps != OPTION_AUTO)
		steps = options->max_steps;
	else
		steps = auto_steps(facts, pass);
	if (options->max_steps == OPTION_AUTO && !has_tail)
		steps = steps_unjudged(steps, pass, windows, options->horizon);
	training->steps_per_epoch = (int) Min(pass, Max(LEAST_EPOCH_STEPS, steps / EPOCHS));
	if (options->max_steps == OPTION_AUTO && options->max_epochs != OPTION_AUTO)
		steps = Min((int64) options->max_epochs * training->steps_per_epoch, PG_INT32_MAX);
	if (steps < training->steps_per_epoch)
		training->steps_per_epoch = (int) steps;
	epochs = Min((steps + training->steps_per_epoch - 1) / training->steps_per_epoch, MOST_EPOCHS);
	if (options->max_epochs == OPTION_AUTO || options->max_epochs > epochs)
		options->max_epochs = (int) epochs;
	if (options->max_steps == OPTION_AUTO)
		options->max_steps =
			(int) Min((int64) options->max_epochs * training->steps_per_epoch, PG_INT32_MAX);
	/* of many short series the weights are best when the steps have become small, at the end */
	if (options->patience == OPTION_AUTO)
		options->patience = facts->capable > FEW_SERIES ? 0 : Max(10, options->max_epochs / 2);

	training->optimizer = (lf_optimizer_kind) options->optimizer;
	if (isnan(options->learning_rate))
		options->learning_rate =
			facts->dataset.count >= MANY_SERIES && windows >= MANY_WINDOWS ? FAST_RATE : SLOW_RATE;
	training->learning_rate = options->learning_rate;
	training->schedule = (lf_schedule_kind) options->schedule;
	training->weight_decay = options->weight_decay;
	training->gradient_clip = options->gradient_clip;
	training->batch_size = options->batch_size;
	training->max_epochs = options->max_epochs;
	training->max_steps = options->max_steps;
	training->patience = options->patience;
}
