/*
 * kernels.h
 *	  The inner loops of a recurrent layer, one table of functions per instruction set.
 *
 * kernels_simd.h is the one source of the register-tiled kernels; the files
 * kernels_avx512.c, kernels_avx2.c compile it for their vector width.
 * kernels_plain.c is plain C for every other CPU, for double, and as the
 * reference that the others are tested against; its cells are in cell_lstm.c,
 * cell_gru.c and cell_rnn.c, each with its equations.
 *
 * B rows of a batch, D inputs, H hidden units, P = lf_padded(kernels, H) units
 * with padding. State rows (h, c) are P apart; padded units stay exactly zero in
 * h and c. cell.h tells how gate rows and packed weights lie.
 */
#ifndef LF_KERNELS_H
#define LF_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "real.h"

/* Both are defined in cell.h. */
typedef struct lf_cell_kernels lf_cell_kernels;
typedef struct lf_product_kernels lf_product_kernels;

typedef struct lf_kernels
{
	const char *name;               /* "avx512", "avx2", "plain" */
	int width;                      /* reals in a vector: hidden sizes are padded to a multiple */
	double flops_per_second;        /* a low estimate of one core, for sizing interruptible work */
	const lf_cell_kernels *cell[3]; /* by lf_cell_kind */
	const lf_product_kernels *product;
} lf_kernels;

/* The best table this CPU can run. */
extern const lf_kernels *lf_kernels_best(void);

/* By name; NULL when it was not built or this CPU cannot run it. For tests and benchmarks. */
extern const lf_kernels *lf_kernels_named(const char *name);

static inline size_t
lf_padded(const lf_kernels *kernels, size_t units)
{
	return (units + kernels->width - 1) / kernels->width * kernels->width;
}

#endif
