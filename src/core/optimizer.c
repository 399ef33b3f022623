/*
 * optimizer.c
 *	  Optimizers, learning-rate schedules and gradient clipping.
 *
 * The formulas and the order of their operations are those of torch.optim, so
 * that training can be compared step by step. Everything that is the same for
 * all parameters is computed in double before the loops; the loops have no
 * branch and no dependence between elements, so that the compiler vectorises them.
 */
#include "optimizer.h"

#include <math.h>

#define LF_ADAM_BETA1 0.9
#define LF_ADAM_BETA2 0.999
#define LF_RMSPROP_ALPHA 0.99
#define LF_EPSILON 1e-8
#define LONGEST_WARM_UP 1000 /* or training without an end in sight would never begin */
#define LF_PI 3.14159265358979323846

#ifdef LF_REAL_DOUBLE
#define lf_sqrt sqrt
#else
#define lf_sqrt sqrtf
#endif

static bool
is_adam(lf_optimizer_kind kind)
{
	return kind == LF_OPTIMIZER_ADAM || kind == LF_OPTIMIZER_ADAMW;
}

void
lf_optimizer_layout(lf_optimizer *optimizer, lf_optimizer_kind kind, double weight_decay,
					size_t count, lf_arena *arena)
{
	optimizer->kind = kind;
	optimizer->weight_decay = weight_decay;
	optimizer->count = count;
	optimizer->updates = 0;
	optimizer->first = NULL;
	optimizer->second = NULL;
	if (is_adam(kind))
		optimizer->first = lf_arena_take(arena, count, sizeof(lf_real));
	if (is_adam(kind) || kind == LF_OPTIMIZER_RMSPROP)
		optimizer->second = lf_arena_take(arena, count, sizeof(lf_real));
}

/*
 * Kingma and Ba 2015; with decoupled decay, Loshchilov and Hutter 2019. decay is
 * added to the gradient, keep multiplies the parameters; one of them is neutral.
 * gradient and parameters begin at parameter `from`.
 */
static void
update_adam(const lf_optimizer *optimizer, double rate, const lf_real *restrict gradient,
			size_t from, size_t count, lf_real *restrict parameters)
{
	const bool decoupled = optimizer->kind == LF_OPTIMIZER_ADAMW;
	const double decay = decoupled ? 0.0 : optimizer->weight_decay;
	const double keep = decoupled ? 1.0 - rate * optimizer->weight_decay : 1.0;
	const double updates = (double) optimizer->updates;
	lf_real *restrict first = optimizer->first + from;
	lf_real *restrict second = optimizer->second + from;
	const double correction1 = 1.0 - pow(LF_ADAM_BETA1, updates);
	const double correction2 = 1.0 - pow(LF_ADAM_BETA2, updates);
	const lf_real step = (lf_real) (rate / correction1);
	const lf_real root = (lf_real) sqrt(correction2);
	const lf_real blend1 = (lf_real) (1.0 - LF_ADAM_BETA1);
	const lf_real beta2 = (lf_real) LF_ADAM_BETA2;
	const lf_real blend2 = (lf_real) (1.0 - LF_ADAM_BETA2);
	const lf_real epsilon = (lf_real) LF_EPSILON;
	const lf_real decay_real = (lf_real) decay;
	const lf_real keep_real = (lf_real) keep;

	for (size_t i = 0; i < count; i++)
	{
		const lf_real g = gradient[i] + decay_real * parameters[i];
		const lf_real m = first[i] + blend1 * (g - first[i]);
		const lf_real v = beta2 * second[i] + blend2 * g * g;

		first[i] = m;
		second[i] = v;
		parameters[i] = keep_real * parameters[i] - step * m / (lf_sqrt(v) / root + epsilon);
	}
}

static void
update_sgd(size_t count, double rate, double decay, const lf_real *restrict gradient,
		   lf_real *restrict parameters)
{
	const lf_real step = (lf_real) rate;
	const lf_real decay_real = (lf_real) decay;

	for (size_t i = 0; i < count; i++)
		parameters[i] -= step * (gradient[i] + decay_real * parameters[i]);
}

/* Tieleman and Hinton 2012, with epsilon outside the root. */
static void
update_rmsprop(size_t count, double rate, double decay, const lf_real *restrict gradient,
			   lf_real *restrict second, lf_real *restrict parameters)
{
	const lf_real step = (lf_real) rate;
	const lf_real alpha = (lf_real) LF_RMSPROP_ALPHA;
	const lf_real blend = (lf_real) (1.0 - LF_RMSPROP_ALPHA);
	const lf_real epsilon = (lf_real) LF_EPSILON;
	const lf_real decay_real = (lf_real) decay;

	for (size_t i = 0; i < count; i++)
	{
		const lf_real g = gradient[i] + decay_real * parameters[i];
		const lf_real v = alpha * second[i] + blend * g * g;

		second[i] = v;
		parameters[i] -= step * g / (lf_sqrt(v) + epsilon);
	}
}

void
lf_optimizer_advance(lf_optimizer *optimizer)
{
	optimizer->updates++;
}

void
lf_optimizer_slice(const lf_optimizer *optimizer, double learning_rate, const lf_real *gradient,
				   size_t from, size_t count, lf_real *parameters)
{
	const double decay = optimizer->weight_decay;

	gradient += from;
	parameters += from;
	switch (optimizer->kind)
	{
		case LF_OPTIMIZER_ADAM:
		case LF_OPTIMIZER_ADAMW:
			update_adam(optimizer, learning_rate, gradient, from, count, parameters);
			break;
		case LF_OPTIMIZER_SGD:
			update_sgd(count, learning_rate, decay, gradient, parameters);
			break;
		case LF_OPTIMIZER_RMSPROP:
			update_rmsprop(count, learning_rate, decay, gradient, optimizer->second + from,
						   parameters);
			break;
	}
}

void
lf_optimizer_update(lf_optimizer *optimizer, double learning_rate, const lf_real *gradient,
					lf_real *parameters)
{
	lf_optimizer_advance(optimizer);
	lf_optimizer_slice(optimizer, learning_rate, gradient, 0, optimizer->count, parameters);
}

/* Sum of squares in double; eight partial sums, as a single one could not be vectorised. */
static double
square_sum(const lf_real *values, size_t count)
{
	double partial[8] = {0};
	double sum = 0;
	size_t i = 0;

	for (; i + 8 <= count; i += 8)
		for (int k = 0; k < 8; k++)
			partial[k] += (double) values[i + k] * values[i + k];
	for (; i < count; i++)
		sum += (double) values[i] * values[i];
	for (int k = 0; k < 8; k++)
		sum += partial[k];
	return sum;
}

double
lf_gradient_clip(lf_real *gradient, size_t count, double limit)
{
	const double norm = sqrt(square_sum(gradient, count));
	/* the small addend is PyTorch's, against a division by zero */
	const double coefficient = limit / (norm + 1e-6);

	if (limit > 0 && coefficient < 1.0)
	{
		const lf_real factor = (lf_real) coefficient;

		for (size_t i = 0; i < count; i++)
			gradient[i] *= factor;
	}
	return norm;
}

/* From start to end along half a cosine wave, fraction in [0, 1]. */
static double
anneal(double start, double end, double fraction)
{
	return end + (start - end) / 2.0 * (1.0 + cos(LF_PI * fraction));
}

/* Smith and Topin 2018, as PyTorch's OneCycleLR with div_factor 25 and final_div_factor 400. */
static double
onecycle_rate(double peak, int64_t step, int64_t total)
{
	const double top = 0.3 * (double) total - 1.0;
	const double last = (double) total - 1.0;

	if ((double) step <= top)
		return anneal(peak / 25.0, peak, (double) step / top);
	return anneal(peak, peak / 10000.0, ((double) step - top) / (last - top));
}

double
lf_schedule_rate(lf_schedule_kind kind, double peak, int64_t step, int64_t total)
{
	const int64_t warm_up = total / 50 < LONGEST_WARM_UP ? total / 50 : LONGEST_WARM_UP;

	if (step >= total)
		step = total - 1;
	switch (kind)
	{
		case LF_SCHEDULE_COSINE:
			if (step < warm_up)
				return peak * (double) (step + 1) / (double) (warm_up + 1);
			return anneal(peak, 0.0, (double) (step - warm_up) / (double) (total - warm_up));
		case LF_SCHEDULE_ONECYCLE:
			return onecycle_rate(peak, step, total);
		case LF_SCHEDULE_STEP:
			return peak * pow(0.8, floor(10.0 * (double) step / (double) total));
		case LF_SCHEDULE_CONSTANT:
			break;
	}
	return peak;
}
