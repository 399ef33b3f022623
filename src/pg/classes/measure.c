/*
 * measure.c
 *	  The temperature of a model's probabilities, and figures on what was held out.
 */
#include "postgres.h"

#include <math.h>

#include "storage/shmem.h"
#include "utils/memutils.h"

#include "core/temperature.h"
#include "base/errors.h"
#include "base/interrupts.h"
#include "classes/answers.h"
#include "classes/measure.h"

/* Answers that have a label. */
typedef struct Labelled
{
	int64 count;
	float *logits; /* (count, K) */
	int32 *labels; /* (count) */
} Labelled;

/* Append the answers of some sequences that have a label, to room that is there. */
static void
ask(const Classifier *classifier, const lf_sequence *sequences, int64 count, MemoryAccount *account,
	Labelled *labelled)
{
	MemoryAccount own = *account;
	float *logits = answers_logits(classifier, sequences, count, &own);
	int classes = classifier->class_count;
	const float *next = logits;

	for (int64 s = 0; s < count; s++)
	{
		int answers = lf_classifier_answers(&classifier->members[0].network, sequences[s].length);

		check_interrupts();
		for (int k = 0; k < answers; k++, next += classes)
			if (sequences[s].labels[k] != LF_UNLABELLED)
			{
				memcpy(labelled->logits + labelled->count * classes, next, sizeof(float) * classes);
				labelled->labels[labelled->count++] = sequences[s].labels[k];
			}
	}
	pfree(logits);
}

/* Room for so many answers. */
static Labelled
make_room(int64 count, int classes, MemoryAccount *account)
{
	account_take(account, mul_size(add_size(sizeof(int32), sizeof(float) * classes), count));
	return (Labelled){.logits = huge_array(Max(count, 1), classes, sizeof(float)),
					  .labels = huge_array(Max(count, 1), 1, sizeof(int32))};
}

/* The answers of one part. */
static Labelled
ask_part(const Classifier *classifier, const ClassSequences *sequences, int part,
		 MemoryAccount *account)
{
	Labelled labelled = make_room(sequences->part[part].labels, classifier->class_count, account);

	ask(classifier, sequences->sequence + sequences->part[part].first, sequences->part[part].count,
		account, &labelled);
	return labelled;
}

/* The answers of each fold by the network that has not seen it. */
static Labelled
ask_folds(const Classifier *classifier, const ClassSequences *sequences, MemoryAccount *account)
{
	Labelled labelled =
		make_room(sequences->part[PART_ALL].labels, classifier->class_count, account);

	for (int fold = 0; fold < sequences->folds; fold++)
	{
		Classifier alone = *classifier;
		int64 count;
		int64 *numbers = class_sequences_of_fold(sequences, fold, true, &count);
		lf_sequence *held = huge_array(count, 1, sizeof(lf_sequence));

		for (int64 i = 0; i < count; i++)
			held[i] = sequences->sequence[numbers[i]];
		alone.member_count = 1;
		alone.members = &classifier->members[fold];
		ask(&alone, held, count, account, &labelled);
		pfree(held);
		pfree(numbers);
	}
	return labelled;
}

static double
fit_temperature(const Labelled *labelled, int classes)
{
	double temperature = 1;
	lf_status status;

	do
	{
		let_interrupt_act();
		status = lf_temperature_fit(labelled->logits, labelled->labels, labelled->count, classes,
									&core_interrupt, &temperature);
	} while (status == LF_INTERRUPTED);
	return temperature;
}

/* The class that most labels of the training have; of equal ones the first. */
static int
majority_class(const ClassSequences *sequences, int classes)
{
	int majority = 0;

	for (int c = 1; c < classes; c++)
		if (sequences->counts[c] > sequences->counts[majority])
			majority = c;
	return majority;
}

/* How often each class was there, was told, and was told rightly. */
typedef struct Tally
{
	int64 there;
	int64 told;
	int64 right;
} Tally;

static double
macro_f1(const Tally *tally, int classes)
{
	double sum = 0;
	int count = 0;

	for (int c = 0; c < classes; c++)
		if (tally[c].there + tally[c].told > 0)
		{
			sum += 2.0 * (double) tally[c].right / (double) (tally[c].there + tally[c].told);
			count++;
		}
	return count == 0 ? NAN : sum / count;
}

static void
fill_errors(Classifier *classifier, const Labelled *labelled, int majority)
{
	ClassErrors *errors = &classifier->errors;
	int classes = classifier->class_count;
	Tally *tally = palloc0(sizeof(Tally) * classes);
	double *probabilities = palloc(sizeof(double) * classes);
	double *sure = huge_array(labelled->count, 1, sizeof(double));
	bool *right = huge_array(labelled->count, 1, sizeof(bool));
	int64 hits = 0;

	for (int64 i = 0; i < labelled->count; i++)
	{
		int32 label = labelled->labels[i];
		int told = 0;

		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		lf_softmax(labelled->logits + i * classes, classes, classifier->temperature, probabilities);
		for (int c = 1; c < classes; c++)
			if (probabilities[c] > probabilities[told])
				told = c;
		sure[i] = probabilities[told];
		right[i] = told == label;
		hits += right[i];
		tally[label].there++;
		tally[told].told++;
		tally[label].right += right[i];
	}
	errors->answers = labelled->count;
	errors->accuracy = (double) hits / (double) labelled->count;
	errors->majority = (double) tally[majority].there / (double) labelled->count;
	errors->macro_f1 = macro_f1(tally, classes);
	errors->log_loss = lf_log_loss(labelled->logits, labelled->labels, labelled->count, classes,
								   classifier->temperature);
	errors->calibration = lf_expected_calibration_error(sure, right, labelled->count);
}

void
class_measure(Classifier *classifier, const ClassSequences *sequences, bool shared,
			  MemoryAccount *account)
{
	Scratch scratch = scratch_enter("lstm_forecast measuring");
	MemoryAccount own = *account;
	Labelled labelled;

	classifier->temperature = 1;
	classifier->errors.shared = shared;
	classifier->errors.accuracy = classifier->errors.majority = classifier->errors.macro_f1 = NAN;
	classifier->errors.log_loss = classifier->errors.calibration = NAN;
	if (sequences->folds > 0 || sequences->part[PART_STOP].labels > 0)
	{
		labelled = sequences->folds > 0 ? ask_folds(classifier, sequences, &own)
										: ask_part(classifier, sequences, PART_STOP, &own);
		classifier->temperature = fit_temperature(&labelled, classifier->class_count);
		if (sequences->part[PART_TEST].labels > 0)
			labelled = ask_part(classifier, sequences, PART_TEST, &own);
		fill_errors(classifier, &labelled, majority_class(sequences, classifier->class_count));
	}
	scratch_leave(&scratch);
}
