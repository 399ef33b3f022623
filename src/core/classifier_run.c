/*
 * classifier_run.c
 *	  One run of a classifier: answers, or loss and gradient.
 */
#include <string.h>

#include "classifier_private.h"
#include "cross_entropy.h"
#include "smaller.h"

/* Reals that are walked through between two looks at the interrupt flag. */
#define WALK ((int64_t) 1 << 18)

/* How many rows of so many reals make a walk. */
static int64_t
walk_rows(int64_t reals)
{
	return WALK / reals + 1;
}

static lf_stack_input
stack_input(const lf_classifier *classifier)
{
	const bool embedded = classifier->embedded != NULL;

	return (lf_stack_input){.x = embedded ? classifier->embedded : classifier->x,
							.stride = classifier->stack.shape.inputs,
							.steps = classifier->steps,
							.rows = classifier->rows,
							.active = classifier->active};
}

static lf_state_span
answered_span(const lf_classifier *classifier)
{
	return classifier->config.supervision == LF_SUPERVISION_SEQUENCE ? LF_STATES_ALL
																	 : LF_STATES_FINAL;
}

/* The state row of an answer: among those after every step, step is not 0. */
static int64_t
state_row(const lf_classifier *classifier, const lf_classifier_answer *answer)
{
	return answer->step * classifier->rows + answer->row;
}

/* The first cell of the top layer. */
static int
top_cell(const lf_classifier *classifier)
{
	const lf_stack_shape *shape = &classifier->stack.shape;

	return (shape->layers - 1) * shape->directions;
}

/* Drop head inputs and scale the others up (inverted dropout, as PyTorch does it). */
static void
drop_inputs(lf_classifier *classifier, int64_t first, int64_t count, lf_random *random)
{
	const double dropout = classifier->config.dropout;
	const uint32_t threshold = (uint32_t) (dropout * 4294967296.0);
	const lf_real scale = (lf_real) (1 / (1 - dropout));
	const size_t F = classifier->features;
	lf_real *x = classifier->head_inputs + first * F;
	uint8_t *kept = classifier->kept + first * F;

	for (size_t i = 0; i < count * F; i++)
	{
		kept[i] = lf_random_bits(random) >= threshold;
		x[i] = kept[i] ? x[i] * scale : 0;
	}
}

/* The head's inputs: the top layer's states, both directions side by side. */
static lf_status
gather_states(lf_classifier *classifier, lf_random *random, lf_interrupt interrupt)
{
	const lf_stack *stack = &classifier->stack;
	const size_t H = stack->shape.hidden;
	const int directions = stack->shape.directions;
	const int top = top_cell(classifier);
	const int64_t walk = walk_rows(classifier->features);
	lf_real *x = classifier->head_inputs;
	lf_classifier_answer answer = {0};
	lf_states states;

	lf_tape_states(&classifier->tape, answered_span(classifier), &states);
	for (int64_t first = 0; first < classifier->answers; first += walk)
	{
		const int64_t count = lf_smaller(walk, classifier->answers - first);

		if (lf_interrupted(interrupt))
			return LF_INTERRUPTED;
		for (int64_t i = 0; i < count; i++)
		{
			const int64_t row = state_row(classifier, &answer);

			for (int direction = 0; direction < directions; direction++, x += H)
				memcpy(x, states.h[top + direction] + row * stack->stride, H * sizeof(lf_real));
			lf_classifier_next_answer(classifier, &answer);
		}
		if (random != NULL && classifier->config.dropout > 0)
			drop_inputs(classifier, first, count, random);
	}
	return LF_OK;
}

/* logits (A, K) = head inputs (A, F) W' + b. */
static lf_status
head_forward(lf_classifier *classifier)
{
	const lf_dense *dense = &classifier->dense;
	const int64_t K = classifier->config.classes;
	const int64_t F = classifier->features;
	const lf_real *bias = dense->parameters + classifier->head_bias;
	const int64_t walk = walk_rows(K + F);

	for (int64_t first = 0; first < classifier->answers; first += walk)
	{
		const int64_t count = lf_smaller(walk, classifier->answers - first);
		lf_real *logits = classifier->logits + first * K;
		lf_status status;

		for (int64_t i = 0; i < count; i++)
			memcpy(logits + i * K, bias, K * sizeof(lf_real));
		status = lf_dense_gemm(dense, false, true, count, K, F, classifier->head_inputs + first * F,
							   F, dense->parameters + classifier->head_weight, F, 1, logits, K);
		if (status != LF_OK)
			return status;
	}
	return LF_OK;
}

static lf_status
forward(lf_classifier *classifier, const lf_classifier_batch *batch, lf_random *random)
{
	const lf_dense *dense = &classifier->dense;
	lf_status status = lf_classifier_read(classifier, batch, dense->interrupt);
	lf_stack_input input;

	if (status == LF_OK && classifier->embedded != NULL)
		status = lf_rectifier_forward(dense, &classifier->embedding, classifier->x,
									  classifier->steps * classifier->rows, classifier->embedded);
	if (status != LF_OK)
		return status;
	input = stack_input(classifier);
	status = lf_stack_forward(&classifier->stack, &classifier->tape, &input, NULL, random,
							  dense->interrupt);
	if (status == LF_OK)
		status = gather_states(classifier, random, dense->interrupt);
	if (status == LF_OK)
		status = head_forward(classifier);
	return status;
}

lf_status
lf_classifier_forward(lf_classifier *classifier, const lf_classifier_batch *batch,
					  lf_interrupt interrupt)
{
	classifier->dense.interrupt = interrupt;
	classifier->dense.gradient = NULL;
	return forward(classifier, batch, NULL);
}

/* The labels of the answers. */
static void
read_labels(lf_classifier *classifier, const lf_classifier_batch *batch)
{
	lf_classifier_answer answer = {0};

	for (int64_t i = 0; i < classifier->answers; i++)
	{
		classifier->labels[i] = batch->sequences[batch->numbers[answer.row]].labels[answer.step];
		lf_classifier_next_answer(classifier, &answer);
	}
}

/* The sum of the loss over all answers; with scale their derivative takes the logits' place. */
static lf_status
sum_loss(lf_classifier *classifier, const double *class_weights, const double *scale, double *loss)
{
	const int classes = classifier->config.classes;
	const int64_t walk = walk_rows(classes);

	*loss = 0;
	for (int64_t first = 0; first < classifier->answers; first += walk)
	{
		lf_real *logits = classifier->logits + first * classes;

		if (lf_interrupted(classifier->dense.interrupt))
			return LF_INTERRUPTED;
		*loss += lf_cross_entropy_sum(
			logits, classifier->labels + first, lf_smaller(walk, classifier->answers - first),
			classes, class_weights, scale != NULL ? *scale : 1, scale != NULL ? logits : NULL);
	}
	return LF_OK;
}

lf_status
lf_classifier_measure(lf_classifier *classifier, const lf_classifier_batch *batch,
					  const double *class_weights, lf_interrupt interrupt, double *loss,
					  double *weight)
{
	classifier->dense.interrupt = interrupt;
	read_labels(classifier, batch);
	*weight = lf_cross_entropy_weight(classifier->labels, classifier->answers, class_weights);
	return sum_loss(classifier, class_weights, NULL, loss);
}

/* From the logits' derivative to that of the head's weights and inputs. */
static lf_status
head_backward(lf_classifier *classifier)
{
	const lf_dense *dense = &classifier->dense;
	const int64_t K = classifier->config.classes;
	const int64_t F = classifier->features;
	const int64_t walk = walk_rows(K + F);

	for (int64_t first = 0; first < classifier->answers; first += walk)
	{
		const int64_t count = lf_smaller(walk, classifier->answers - first);
		const lf_real *d_logits = classifier->logits + first * K;
		const lf_real *x = classifier->head_inputs + first * F;
		lf_status status;

		lf_dense_add_columns(count, K, d_logits, K, dense->gradient + classifier->head_bias);
		status = lf_dense_gemm(dense, true, false, K, F, count, d_logits, K, x, F, 1,
							   dense->gradient + classifier->head_weight, F);
		if (status == LF_OK)
			status = lf_dense_gemm(dense, false, false, count, F, K, d_logits, K,
								   dense->parameters + classifier->head_weight, F, 0,
								   classifier->d_head_inputs + first * F, F);
		if (status != LF_OK)
			return status;
	}
	return LF_OK;
}

/* The gradient of the head's inputs is that of the states that they were. */
static lf_status
scatter_gradient(lf_classifier *classifier, bool dropped)
{
	const lf_stack *stack = &classifier->stack;
	const lf_interrupt interrupt = classifier->dense.interrupt;
	const int directions = stack->shape.directions;
	const size_t H = stack->shape.hidden;
	const size_t F = classifier->features;
	const lf_real scale = (lf_real) (1 / (1 - classifier->config.dropout));
	lf_states *d_states = &classifier->d_states;
	lf_classifier_answer answer = {0};

	d_states->rows = answered_span(classifier) == LF_STATES_ALL
						 ? classifier->steps * classifier->rows
						 : classifier->rows;
	for (int direction = 0; direction < directions; direction++)
		if (lf_dense_zero(interrupt, d_states->h[top_cell(classifier) + direction],
						  d_states->rows * stack->stride) != LF_OK)
			return LF_INTERRUPTED;
	for (int64_t i = 0; i < classifier->answers; i++)
	{
		const int64_t row = state_row(classifier, &answer);
		lf_real *d_x = classifier->d_head_inputs + i * F;

		if (lf_interrupted(interrupt))
			return LF_INTERRUPTED;
		for (size_t j = 0; dropped && j < F; j++)
			d_x[j] = classifier->kept[i * F + j] ? d_x[j] * scale : 0;
		for (int direction = 0; direction < directions; direction++)
			memcpy(d_states->h[top_cell(classifier) + direction] + row * stack->stride,
				   d_x + direction * H, H * sizeof(lf_real));
		lf_classifier_next_answer(classifier, &answer);
	}
	return LF_OK;
}

/* Zero what the run adds to. */
static lf_status
clear_gradients(lf_classifier *classifier)
{
	const lf_dense *dense = &classifier->dense;

	for (int cell = 0; cell < lf_classifier_cells(classifier); cell++)
	{
		if (lf_interrupted(dense->interrupt))
			return LF_INTERRUPTED;
		lf_stack_zero_cell_gradients(&classifier->stack, cell);
	}
	return lf_dense_zero(dense->interrupt, dense->gradient, classifier->table.total);
}

/* From the states' gradient to that of the stack and what is below it. */
static lf_status
stack_backward(lf_classifier *classifier)
{
	const lf_dense *dense = &classifier->dense;
	const lf_parameter *first = lf_parameter_find(&classifier->table, "weight_ih_l0");
	const lf_stack_input input = stack_input(classifier);
	const lf_stack_gradient gradient = {.span = answered_span(classifier),
										.d_states = &classifier->d_states,
										.d_x = classifier->d_embedded};
	lf_status status = lf_stack_backward(&classifier->stack, &classifier->tape, &input, &gradient,
										 dense->interrupt);

	if (status == LF_OK && classifier->embedded != NULL)
		status = lf_rectifier_backward(dense, &classifier->embedding, classifier->x,
									   classifier->embedded, classifier->steps * classifier->rows,
									   classifier->d_embedded, NULL);
	for (int cell = 0; cell < lf_classifier_cells(classifier) && status == LF_OK; cell++)
	{
		const lf_cell_gradients gradients = lf_gradients_of_cell(first + 4 * cell, dense->gradient);

		if (lf_interrupted(dense->interrupt))
			return LF_INTERRUPTED;
		lf_stack_add_cell_gradients(&classifier->stack, cell, &gradients);
	}
	return status;
}

lf_status
lf_classifier_gradient(lf_classifier *classifier, const lf_classifier_batch *batch,
					   const double *class_weights, double scale, lf_random *random,
					   lf_real *gradient, double *loss, lf_interrupt interrupt)
{
	const lf_random saved_random = random != NULL ? *random : (lf_random){0};
	double sum = 0;
	lf_status status;

	classifier->dense.interrupt = interrupt;
	classifier->dense.gradient = gradient;
	status = clear_gradients(classifier);
	if (status == LF_OK)
		status = forward(classifier, batch, random);
	if (status == LF_OK)
	{
		read_labels(classifier, batch);
		status = sum_loss(classifier, class_weights, &scale, &sum);
	}
	if (status == LF_OK)
		status = head_backward(classifier);
	if (status == LF_OK)
		status = scatter_gradient(classifier, random != NULL && classifier->config.dropout > 0);
	if (status == LF_OK)
		status = stack_backward(classifier);
	if (status != LF_OK)
	{
		if (random != NULL)
			*random = saved_random;
		return status;
	}
	*loss = sum * scale;
	return LF_OK;
}
