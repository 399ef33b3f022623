/*
 * summary_accuracy.c
 *	  What lstm_summary tells of errors and intervals.
 */
#include "postgres.h"

#include <math.h>

#include "core/loss.h"
#include "model/starts.h"
#include "model/summary.h"
#include "model/words.h"

/* Distributions of counts, by their losses. */
static const char *const count_names[] = {"Poisson", "negative binomial", "Tweedie"};

#define HARDLY 0.005 /* by which errors differ, that people would call the same */

/* How much less or more one error is than that of another forecast; NULL where none can tell. */
static char *
skill_text(double error, double other, const char *forecast)
{
	double skill = 1 - error / other;

	if (!isfinite(skill))
		return NULL;
	if (fabs(skill) < HARDLY)
		return psprintf("as much error as %s", forecast);
	return psprintf("%s %s error than %s", words_percent(fabs(skill)), skill < 0 ? "more" : "less",
					forecast);
}

/* The errors on held-out windows, and those of the naive forecast beside them. */
static void
tell_errors(Summary *summary)
{
	const Model *model = summary->model;
	const ModelErrors *errors = &model->errors;
	const char *naive = model->season > 1 ? "seasonal naive" : "naive";
	const char *repeated =
		model->season > 1
			? psprintf("the value of %s before", words_steps(&model->frequency, model->season))
			: "the last value";

	summary_row(summary, "mean error", words_number(errors->model.mae),
				"how far forecasts lie from the values, in the data's units");
	summary_row(summary, naive, words_number(errors->naive.mae),
				psprintf("the error of repeating %s", repeated));
	summary_row(summary, "skill", skill_text(errors->model.mae, errors->naive.mae, naive), NULL);
	if (model->member_count > 0)
		summary_row(summary, "statistical forecast", words_number(errors->start.mae),
					"its error on the same windows");
	summary_row(summary, "percentage error", words_percent(errors->model.smape / 100),
				"smape, symmetric");
	summary_row(summary, "scaled error", words_number(errors->model.mase),
				"mase: below 1 is less than naive forecasts erred in the rows trained on");
}

void
summary_accuracy(Summary *summary)
{
	const ModelErrors *errors = &summary->model->errors;

	if (summary->model->bare)
		return;
	summary->part = "accuracy";
	if (errors->windows == 0)
	{
		summary_row(summary, "measured on", "nothing", "no rows were held out");
		return;
	}
	summary_row(summary, "measured on", words_count(errors->windows, "held-out window", NULL),
				errors->shared ? "they also ended the training, so errors are a little too small"
							   : "the last part of the rows, before they were trained on");
	tell_errors(summary);
}

/* Do networks, or the pretrained one, give intervals of their own? */
static bool
gives_distribution(const Model *model)
{
	if (model->options.interval != INTERVAL_MODEL)
		return false;
	for (int i = 0; i < model->member_count; i++)
		if (lf_loss_gives_distribution(&model->members[i].loss))
			return true;
	return false;
}

void
summary_intervals(Summary *summary)
{
	const Model *model = summary->model;
	const lf_calibration *calibration = &model->calibration;

	summary->part = "intervals";
	if (model->options.interval == INTERVAL_MODEL && model_counts(model))
		summary_row(summary, "kind",
					psprintf("the %s distribution around the forecast",
							 count_names[model->options.loss - LF_LOSS_POISSON]),
					"of counts it tells more than errors that were made");
	else if (model->bare || starts_tell(model))
		summary_row(summary, "kind", "the quantiles that the pretrained network forecasts", NULL);
	else if (gives_distribution(model))
		summary_row(summary, "kind", "the distribution that the networks forecast", NULL);
	else if (calibration->points == 0)
		summary_row(summary, "kind", "none",
					model->options.interval == INTERVAL_NONE ? "the option interval is none"
															 : "nothing was held out to tell them");
	else
	{
		summary_row(summary, "kind",
					calibration->transform == LF_TRANSFORM_LOG
						? "conformal, relative to the forecast"
						: "conformal",
					"from errors on the held-out rows");
		summary_row(summary, "residuals", psprintf("%s a step", words_integer(calibration->points)),
					NULL);
		summary_row(summary, "reach", words_steps(&model->frequency, calibration->horizon),
					"further ahead they widen with the square root of the distance");
	}
}
