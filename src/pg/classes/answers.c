/*
 * answers.c
 *	  What the networks of a model say of sequences together.
 */
#include "postgres.h"

#include <math.h>

#include "storage/shmem.h"
#include "utils/memutils.h"

#include "core/classifier_predictor.h"
#include "core/temperature.h"
#include "base/errors.h"
#include "base/interrupts.h"
#include "base/kernel_choice.h"
#include "classes/answers.h"

#define LEAST_PROBABILITY 1e-30 /* whose logarithm is still a float */

int64
answers_count(const Classifier *classifier, const lf_sequence *sequences, int64 count)
{
	int64 answers = 0;

	for (int64 i = 0; i < count; i++)
		answers += lf_classifier_answers(&classifier->members[0].network, sequences[i].length);
	return answers;
}

/* One network's logits. */
static void
run_network(const Classifier *classifier, int number, const lf_sequence *sequences, int64 count,
			MemoryAccount *account, float *logits)
{
	Scratch scratch = scratch_enter("lstm_forecast network");
	lf_allocator allocator = context_allocator(CurrentMemoryContext);
	const ClassMember *member = &classifier->members[number];
	lf_classifier_predictor_spec spec = {.network = member->network,
										 .parameters = member->parameters,
										 .difference_scales = classifier->difference_scales,
										 .max_sequences = count,
										 .kernels = instructions_kernels()};
	lf_classifier_predictor *predictor;
	size_t bytes;
	lf_error error;
	lf_status status;

	for (int64 i = 0; i < count; i++)
		spec.longest = Max(spec.longest, sequences[i].length);
	status = lf_classifier_predictor_bytes(&spec, &bytes, &error);
	if (status == LF_OK)
	{
		account_take(account, bytes);
		status =
			lf_classifier_predictor_create(&spec, &allocator, &core_interrupt, &predictor, &error);
	}
	if (status != LF_OK)
		throw_core_error(status, &error);
	lf_classifier_predictor_begin(predictor, sequences, count, logits);
	do
	{
		let_interrupt_act();
		check_interrupts();
		status = lf_classifier_predictor_step(predictor, &error);
	} while (status == LF_OK || status == LF_INTERRUPTED);
	if (status != LF_DONE)
		throw_core_error(status, &error);
	lf_classifier_predictor_free(predictor);
	account_give(account, bytes);
	scratch_leave(&scratch);
}

/* Add the probabilities that one network gives. */
static void
add_probabilities(const float *logits, int64 answers, int classes, float *sums)
{
	double probabilities[LF_MAX_CLASSES];

	for (int64 i = 0; i < answers; i++)
	{
		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		lf_softmax(logits + i * classes, classes, 1, probabilities);
		for (int c = 0; c < classes; c++)
			sums[i * classes + c] += (float) probabilities[c];
	}
}

float *
answers_logits(const Classifier *classifier, const lf_sequence *sequences, int64 count,
			   MemoryAccount *account)
{
	int classes = classifier->class_count;
	int64 answers = answers_count(classifier, sequences, count);
	Size bytes = mul_size(mul_size(answers, classes), sizeof(float));
	float *logits;
	float *sums;

	account_take(account, bytes);
	logits = palloc_extended(Max(bytes, 1), MCXT_ALLOC_HUGE);
	if (classifier->member_count == 1)
	{
		run_network(classifier, 0, sequences, count, account, logits);
		return logits;
	}
	account_take(account, bytes);
	sums = palloc_extended(Max(bytes, 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (int i = 0; i < classifier->member_count; i++)
	{
		run_network(classifier, i, sequences, count, account, logits);
		add_probabilities(logits, answers, classes, sums);
	}
	for (int64 i = 0; i < answers * classes; i++)
	{
		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		sums[i] = logf(Max(sums[i] / (float) classifier->member_count, (float) LEAST_PROBABILITY));
	}
	pfree(logits);
	account_give(account, bytes);
	return sums;
}
