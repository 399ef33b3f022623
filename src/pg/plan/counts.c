/*
 * counts.c
 *	  What a loss of counts asks of the data and of other options.
 *
 * What lies below zero is no count, and what is not whole no number of pieces: one such value would
 * be learned as if it were 0, or make a likelihood of what cannot be. Such a network has one
 * scaling, which divides by the level of a window and leaves zero where it is.
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "core/loss.h"
#include "base/interrupts.h"
#include "plan/plan_private.h"

#define LARGEST_COUNT 1e15 /* beyond, doubles do not tell whole numbers apart */
#define LEAST_AMOUNT 1e-3  /* that the largest is: windows are measured in 1 and their mean */

static bool
of_counts(int loss)
{
	return loss != OPTION_AUTO && lf_loss_of_counts((lf_loss_kind) loss);
}

/* The value of a series that is no count, with its time. */
pg_noreturn static void
throw_value(const GridSeries *series, int64 step, int loss)
{
	double value = series->values[step];
	const char *when = psprintf("Step %lld", (long long) step + 1);

	if (series->frequency.kind != FREQUENCY_NONE)
		when = psprintf("The value at %s", timestamptz_to_str(series_time(series, step)));
	ereport(ERROR,
			(errcode(ERRCODE_DATA_EXCEPTION),
			 errmsg("option \"loss\" is \"%s\", but a value is %s", options_word("loss", loss),
					value < 0               ? "below zero"
					: value > LARGEST_COUNT ? "too large to be counted"
											: "no whole number"),
			 errdetail("%s%s is %g.", when, series_place(series->label), value),
			 value < 0 || value > LARGEST_COUNT
				 ? errhint("Leave \"loss\" out, or set it to \"mae\" or \"student_t\".")
				 : errhint("Set \"loss\" to \"tweedie\" for amounts that may be zero, or leave "
						   "it out.")));
}

/* Amounts of which a unit is far more than all there are: forecasts would be some of the unit. */
static void
check_amounts(double largest)
{
	if (largest > 0 && largest < LEAST_AMOUNT)
		ereport(
			ERROR,
			(errcode(ERRCODE_DATA_EXCEPTION),
			 errmsg("option \"loss\" is \"tweedie\", but all values are far below 1"),
			 errdetail("The largest is %g, and must be %g at least.", largest, LEAST_AMOUNT),
			 errhint("Give them in a smaller unit, as by value * 1e6, or leave \"loss\" out.")));
}

/* Every observed value is one that this loss is of. */
static void
check_values(const PlanFacts *facts, int loss)
{
	bool whole = loss != LF_LOSS_TWEEDIE;
	double largest = 0;

	for (int64 s = 0; s < facts->panel->count; s++)
	{
		const GridSeries *series = facts->panel->series[s];

		for (int64 i = 0; i < series->length; i++)
		{
			double value = series->values[i];

			if (i % INTERRUPT_ROWS == 0)
				check_interrupts();
			if (series_observed(series, i) &&
				(value < 0 || value > LARGEST_COUNT || (whole && (double) (int64) value != value)))
				throw_value(series, i, loss);
			if (series_observed(series, i))
				largest = Max(largest, value);
		}
	}
	if (!whole)
		check_amounts(largest);
}

void
plan_check_counts(const PlanFacts *facts, const TrainOptions *options)
{
	int members = options_member_count(options);

	if (of_counts(options->loss))
		check_values(facts, options->loss);
	for (int i = 0; i < members; i++)
	{
		TrainOptions own;

		options_of_member(options, i, &own);
		if (of_counts(own.loss) && own.loss != options->loss)
			check_values(facts, own.loss);
	}
}

void
plan_check_counts_scaling(const TrainOptions *own)
{
	bool counts = of_counts(own->loss);
	const char *loss = own->loss == OPTION_AUTO ? "mae" : options_word("loss", own->loss);

	if (counts && own->transform != OPTION_AUTO && own->transform != LF_TRANSFORM_NONE)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("option \"transform\" is \"%s\", but \"loss\" is \"%s\"",
							   options_word("transform", own->transform), loss),
						errdetail("The logarithm of a count is no count."),
						errhint("Leave one of them out.")));
	if (own->normalization != OPTION_AUTO && counts != (own->normalization == LF_NORMALIZE_COUNT))
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"normalization\" is \"%s\", but \"loss\" is \"%s\"",
					options_word("normalization", own->normalization), loss),
			 errdetail("The losses of counts, and only they, go with the normalization \"count\"."),
			 errhint("Leave one of them out.")));
}
