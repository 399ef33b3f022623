/*
 * holdout.c
 *	  Which labels are held out of a training: to end it in time, and to measure it.
 */
#include "postgres.h"

#include <math.h>

#include "storage/shmem.h"

#include "base/interrupts.h"
#include "classes/holdout.h"
#include "core/classifier.h"
#include "core/random.h"

#define LEAST_SERIES 20  /* labelled ones from which on series are held out, not blocks of rows */
#define BLOCKS 50        /* of all rows */
#define SHORTEST_BLOCK 4 /* rows */
#define LONGEST_BLOCK 500
#define LEAST_UNITS 5  /* with a label: of fewer none is held out */
#define FEW_SERIES 200 /* of fewer with one label each network leaves out another part */
#define MOST_FOLDS 10
#define MOST_SHARED 99 /* held-out units that end the training and measure it */

/* A unit and what it is held out as one of. */
typedef struct Unit
{
	int64 number;
	int32 stratum; /* class */
	uint32 chance;
} Unit;

static int
compare_units(const void *a, const void *b)
{
	const Unit *x = a;
	const Unit *y = b;

	check_interrupts();
	if (x->stratum != y->stratum)
		return x->stratum < y->stratum ? -1 : 1;
	if (x->chance != y->chance)
		return x->chance < y->chance ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

/* Rows with each class. */
static int64 *
count_rows(const ClassData *data)
{
	int64 *counts = palloc0(sizeof(int64) * data->class_count);

	for (int64 s = 0; s < data->count; s++)
		for (int64 i = 0; i < data->series[s].length; i++)
			if (data->series[s].classes[i] != LF_UNLABELLED)
				counts[data->series[s].classes[i]]++;
	return counts;
}

/* The rarest class among rows: where that is held out and where not decides whether it is in both
 * parts. */
static int32
rarest_class(const ClassSeries *series, int64 from, int64 to, const int64 *counts)
{
	int32 rarest = LF_UNLABELLED;

	for (int64 i = from; i < to; i++)
	{
		int32 class = series->classes[i];

		if (class != LF_UNLABELLED && (rarest == LF_UNLABELLED || counts[class] < counts[rarest]))
			rarest = class;
	}
	return rarest;
}

/* Series with a label a row that has one. */
static int64
labelled_series(const ClassData *data, const int64 *counts)
{
	int64 labelled = 0;

	for (int64 s = 0; s < data->count; s++)
		labelled += rarest_class(&data->series[s], 0, data->series[s].length, counts) >= 0;
	return labelled;
}

/* Say what a unit is: a series, or a block of rows. */
static void
lay_units(ClassHoldout *holdout, ClassData *data, bool rows, const int64 *counts)
{
	holdout->units = data->count;
	if (!rows || labelled_series(data, counts) >= LEAST_SERIES)
		return;
	holdout->block = (int) Min(Max(data->rows / BLOCKS, SHORTEST_BLOCK), LONGEST_BLOCK);
	account_take(&data->account, mul_size(sizeof(int64), data->count));
	holdout->first = huge_array(data->count, 1, sizeof(int64));
	holdout->units = 0;
	for (int64 s = 0; s < data->count; s++)
	{
		holdout->first[s] = holdout->units;
		holdout->units += (data->series[s].length + holdout->block - 1) / holdout->block;
	}
}

/* The units that have a label; returns how many. */
static int64
list_units(const ClassHoldout *holdout, const ClassData *data, bool rows, const int64 *counts,
		   lf_random *random, Unit *units)
{
	int64 count = 0;

	for (int64 s = 0; s < data->count; s++)
	{
		const ClassSeries *series = &data->series[s];
		int64 step = holdout->block == 0 ? series->length : holdout->block;

		check_interrupts();
		for (int64 from = 0; from < series->length; from += step)
		{
			int64 to = Min(from + step, series->length);
			int32 stratum = rows ? rarest_class(series, from, to, counts) : series->one;

			if (stratum != LF_UNLABELLED)
				units[count++] = (Unit){
					.number = holdout->block == 0 ? s : holdout->first[s] + from / step,
					.stratum = stratum,
					.chance = lf_random_bits(random),
				};
		}
	}
	return count;
}

/* Of so many of one class the share that is held out: at least one, and one is left. */
static int64
held_of(int64 count, double fraction)
{
	int64 held = (int64) floor((double) count * fraction + 0.5);

	return Min(Max(held, 1), count - 1);
}

/* Hold out of each stratum; halves: every second one is to be measured on. */
static void
hold_units(ClassHoldout *holdout, const Unit *units, int64 count, double fraction, bool halves)
{
	int64 first = 0;

	holdout->held = 0;
	for (int64 i = 1; i <= count; i++)
	{
		int64 held;

		if (i < count && units[i].stratum == units[first].stratum)
			continue;
		held = held_of(i - first, fraction);
		for (int64 k = 0; k < held; k++, holdout->held++)
			holdout->part[units[first + k].number] =
				halves && holdout->held % 2 != 0 ? PART_TEST : PART_STOP;
		first = i;
	}
}

/* Let each network leave out another part, in which each class has its share. */
static void
fold_units(ClassHoldout *holdout, const Unit *units, int64 count, int folds)
{
	holdout->folds = folds;
	holdout->held = count;
	holdout->shared = false;
	for (int64 i = 0; i < count; i++)
		holdout->fold[units[i].number] = (uint8) (i % folds);
}

/* Hold out a share, in halves where that is many. */
static void
hold_share(ClassHoldout *holdout, const Unit *units, int64 count, double fraction)
{
	hold_units(holdout, units, count, fraction, false);
	holdout->shared = holdout->held <= MOST_SHARED;
	if (!holdout->shared)
		hold_units(holdout, units, count, fraction, true);
}

ClassHoldout
holdout_choose(ClassData *data, bool rows, double fraction, int members, uint64 seed)
{
	int64 *counts = rows ? count_rows(data) : NULL;
	lf_random random = lf_random_seed(seed, 0);
	ClassHoldout holdout = {.shared = true};
	Unit *units;
	int64 count;

	lay_units(&holdout, data, rows, counts);
	account_take(&data->account, mul_size(sizeof(Unit) + 2, holdout.units));
	holdout.part = huge_array(holdout.units, 1, 1);
	holdout.fold = huge_array(holdout.units, 1, 1);
	memset(holdout.part, PART_TRAIN, holdout.units);
	memset(holdout.fold, 0, holdout.units);
	units = huge_array(holdout.units, 1, sizeof(Unit));
	count = list_units(&holdout, data, rows, counts, &random, units);
	qsort(units, count, sizeof(Unit), compare_units);
	if (count < LEAST_UNITS || fraction == 0)
		;
	else if (isnan(fraction) && !rows && members > 1 && count < FEW_SERIES)
		fold_units(&holdout, units, count, (int) Min(Min(members, MOST_FOLDS), count));
	else
		hold_share(&holdout, units, count, isnan(fraction) ? DEFAULT_CLASS_VALIDATION : fraction);
	pfree(units);
	return holdout;
}

bool *
holdout_held_series(const ClassData *data, const ClassHoldout *holdout)
{
	bool *held;

	if (holdout->block > 0)
		return NULL;
	held = palloc_extended(data->count, MCXT_ALLOC_HUGE);
	for (int64 s = 0; s < data->count; s++)
		held[s] = holdout->part[s] != PART_TRAIN;
	return held;
}
