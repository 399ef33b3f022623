/*
 * parameters.h
 *	  The one table of a network's parameter tensors.
 *
 * Initialisation, optimizer, gradient check, storage and lstm_weights all
 * derive from it: tensors lie behind one another in one flat array of reals, in
 * the table's order, row-major, under PyTorch's names.
 */
#ifndef LF_PARAMETERS_H
#define LF_PARAMETERS_H

#include <stddef.h>

#include "config.h"
#include "random.h"
#include "real.h"
#include "stack.h"
#include "status.h"

#define LF_MAX_PARAMETERS 160
#define LF_PARAMETER_NAME 40
#define LF_COVARIATE_HIDDEN 32 /* K, units between a step's future covariates and its answer */

typedef enum lf_initializer
{
	LF_INIT_ZERO,
	LF_INIT_XAVIER,     /* uniform, by fan in and out; for stacked gates each gate by itself */
	LF_INIT_HE,         /* uniform, by fan in, for a ReLU that has to learn fast */
	LF_INIT_ORTHOGONAL, /* each (H, H) gate block a random orthogonal matrix (Saxe et al. 2014) */
	LF_INIT_MEMORY,     /* of a cell's biases: how long its units remember, see config.h */
	LF_INIT_NORMAL      /* standard normal, for position vectors */
} lf_initializer;

typedef struct lf_parameter
{
	char name[LF_PARAMETER_NAME]; /* "weight_ih_l0", "head.weight", ... */
	int dimensions;               /* 1 or 2 */
	size_t shape[2];              /* shape[1] is 1 for vectors */
	size_t blocks;                /* matrices stacked in shape[0]: a cell's gates, else 1 */
	size_t offset;                /* in reals, from the start of the flat array */
	lf_initializer initializer;
	int memory; /* of LF_INIT_MEMORY: lf_network_config's */
} lf_parameter;

typedef struct lf_parameter_table
{
	int count;
	size_t total; /* reals of all tensors */
	lf_parameter entry[LF_MAX_PARAMETERS];
} lf_parameter_table;

/*
 * Check the configuration and list its tensors. D is d, or C where patch_length is 1:
 *
 *	 embedding.weight (d, w*C), embedding.bias (d): where patch_length > 1
 *	 weight_ih_l{k}[_reverse], weight_hh_..., bias_ih_..., bias_hh_...: the stack
 *	 position (m, D): parallel decoder
 *	 decoder.weight_ih_l{k}, ...: recursive decoder
 *	 future.weight (X, W*F_c), future.bias (X): where F_c > 0; W is H_out with the direct
 *		decoder, else w; X is d with the parallel decoder and w > 1, else d * directions
 *	 covariate.weight (K, F_c), covariate.bias (K), covariate.head (K + F_c): where F_c > 0; the
 *		head's first K weights are for the hidden units, the others for the covariates themselves
 *	 head.weight (O*W, d * directions), head.bias (O*W): the first plane's W rows, then the next's;
 *		the recursive decoder has one direction
 *	 skip.weight (H_out, L), skip.bias (H_out): linear_skip
 *
 * LF_ERROR_CONFIG with a text when values are out of range or do not go together.
 */
extern lf_status lf_parameter_table_build(const lf_network_config *config,
										  lf_parameter_table *table, lf_error *error);

/* The entry of that name, or NULL. */
extern const lf_parameter *lf_parameter_find(const lf_parameter_table *table, const char *name);

/*
 * Are these weights as they were before any training? Then every tensor that begins as zeros is
 * that, and the network says what the naive forecast says.
 */
extern bool lf_parameters_fresh(const lf_parameter_table *table, const lf_real *values);

/* Fill the flat array parameters (table->total reals). */
extern void lf_parameters_initialize(const lf_parameter_table *table, lf_random *random,
									 lf_real *parameters);

/* The same for one tensor, at most some tens of milliseconds; all of them in the table's order do
 * the above. */
extern void lf_parameter_initialize(const lf_parameter *parameter, lf_random *random,
									lf_real *parameters);

/*
 * Where the four tensors of a cell lie, which follow one another from its first on: in parameters,
 * in a gradient.
 */
extern lf_cell_weights lf_parameters_of_cell(const lf_parameter *first, const lf_real *parameters);
extern lf_cell_gradients lf_gradients_of_cell(const lf_parameter *first, lf_real *gradient);

#endif
