/*
 * classifier_read.c
 *	  What a classifier reads of sequences: values, perhaps augmented, their differences, by
 * patches.
 */
#include <string.h>

#include "classifier_private.h"

/* Where step t of row `row` stands in x. */
static lf_real *
step_of(const lf_classifier *classifier, int64_t row, int t)
{
	const lf_classifier_config *config = &classifier->config;
	const size_t D = lf_classifier_inputs(config);
	const int w = config->patch_length;

	return classifier->x + ((t / w) * classifier->rows + row) * w * D + (t % w) * D;
}

/* Behind the values of step t, how far each is from the step before. */
static void
put_differences(const lf_classifier *classifier, const float *scales, int64_t row, int t)
{
	const int C = classifier->config.channels;
	const lf_real *before = step_of(classifier, row, t > 0 ? t - 1 : 0);
	lf_real *x = step_of(classifier, row, t);

	for (int c = 0; c < C; c++)
		x[C + c] = (x[c] - before[c]) * (lf_real) (scales != NULL ? scales[c] : 1);
}

/* A row; what there is of x behind its end is zero. */
static lf_status
read_row(lf_classifier *classifier, const lf_classifier_batch *batch, int64_t row,
		 lf_random *random, lf_interrupt interrupt)
{
	static const lf_augmentation none = {0};
	const lf_classifier_config *config = &classifier->config;
	const lf_augmentation *augmentation = batch->augmentation != NULL ? batch->augmentation : &none;
	const lf_sequence *sequence = &batch->sequences[batch->numbers[row]];
	const size_t D = lf_classifier_inputs(config);
	const int end = classifier->steps * config->patch_length;
	lf_augmented augmented = {0};

	if (batch->augmentation != NULL)
		augmented = lf_augmentation_draw(augmentation, random);
	for (int t = 0; t < end; t++)
	{
		lf_real *x = step_of(classifier, row, t);

		if (lf_interrupted(interrupt))
			return LF_INTERRUPTED;
		if (t >= sequence->length)
		{
			memset(x, 0, D * sizeof(lf_real));
			continue;
		}
		lf_augmentation_step(augmentation, &augmented, sequence->values, sequence->length,
							 config->channels, t, random, x);
		if (config->differences)
			put_differences(classifier, batch->difference_scales, row, t);
	}
	return LF_OK;
}

/* How many rows have each patch, and how many answers there are. */
static void
count_active(lf_classifier *classifier, const lf_classifier_batch *batch)
{
	const lf_classifier_config *config = &classifier->config;
	int64_t active = batch->rows;

	classifier->answers = 0;
	for (int t = 0; t < classifier->steps; t++)
	{
		while (lf_classifier_patches(config, batch->sequences[batch->numbers[active - 1]].length) <=
			   t)
			active--;
		classifier->active[t] = active;
		classifier->answers += active;
	}
	if (config->supervision == LF_SUPERVISION_LAST)
		classifier->answers = batch->rows;
}

lf_status
lf_classifier_read(lf_classifier *classifier, const lf_classifier_batch *batch,
				   lf_interrupt interrupt)
{
	lf_random random = batch->random;

	classifier->rows = batch->rows;
	classifier->steps =
		lf_classifier_patches(&classifier->config, batch->sequences[batch->numbers[0]].length);
	count_active(classifier, batch);
	for (int64_t row = 0; row < batch->rows; row++)
		if (read_row(classifier, batch, row, &random, interrupt) != LF_OK)
			return LF_INTERRUPTED;
	return LF_OK;
}
