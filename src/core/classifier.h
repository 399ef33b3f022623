/*
 * classifier.h
 *	  A network that tells classes of sequences: what it is, and a run of it.
 *
 * A sequence is n = ceil(length / w) patches. Layer by layer:
 *	 z_t = ReLU(E patch_t + e)			where w > 1, else the raw step
 *	 states = stack(z_1 .. z_n)
 *	 last:		logits = head(h_n forward, h_1 reverse)		one answer a sequence
 *	 sequence:	logits of step t = head(h_t forward, h_t reverse)		one answer a step
 *
 * Sequences of unlike length go through the stack side by side, each from its own first to its own
 * last step in either direction, as PyTorch's packed sequences do: what stands beside it changes
 * nothing of a sequence's answer but its rounding.
 *
 * Letters: K classes, C channels, D inputs a step: C, or with differences 2 * C, the values first;
 * w patch_length, d hidden_size, F = directions * d.
 */
#ifndef LF_CLASSIFIER_H
#define LF_CLASSIFIER_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "config.h"
#include "interrupt.h"
#include "kernels.h"
#include "parameters.h"
#include "random.h"
#include "real.h"
#include "status.h"

#define LF_MAX_CLASSES 1000
#define LF_MAX_CHANNELS 1000
#define LF_UNLABELLED (-1)

typedef struct lf_classifier_config
{
	lf_cell_kind cell;
	int hidden_size;
	int num_layers;
	bool bidirectional;
	double dropout;   /* between layers and before the head; [0, 1) */
	int channels;     /* C, values a step */
	bool differences; /* beside them the network reads how far each is from the step before */
	int classes;      /* K, from 2 on */
	lf_supervision_kind supervision;
	int patch_length; /* 1: step by step, no embedding; more only with LF_SUPERVISION_LAST */
} lf_classifier_config;

/* One sequence, the caller's. Values are finite, and in network units: standardised. */
typedef struct lf_sequence
{
	int length;            /* steps, 1 .. LF_MAX_LOOKBACK */
	const float *values;   /* (length, C), step by step */
	const int32_t *labels; /* (1), with LF_SUPERVISION_SEQUENCE (length): 0 .. K - 1, or
							* LF_UNLABELLED; NULL where only answers are wanted */
} lf_sequence;

/*
 * Check the configuration and list its tensors:
 *
 *	 embedding.weight (d, w * D), embedding.bias (d): where patch_length > 1
 *	 weight_ih_l{k}[_reverse], weight_hh_..., bias_ih_..., bias_hh_...: the stack, as torch.nn.LSTM
 *	 head.weight (K, F), head.bias (K)
 *
 * A step of a patch that lies behind the sequence's end is zero. LF_ERROR_CONFIG with a text that
 * names the option when values are out of range or do not go together.
 */
extern lf_status lf_classifier_table_build(const lf_classifier_config *config,
										   lf_parameter_table *table, lf_error *error);

/* D: numbers that the network reads a step. */
extern int lf_classifier_inputs(const lf_classifier_config *config);

/* Answers that a sequence has: 1, or its length. */
extern int lf_classifier_answers(const lf_classifier_config *config, int length);

/* Floating-point operations of forward and backward for one sequence, for sizing work. */
extern double lf_classifier_flops(const lf_classifier_config *config, int length);

#endif
