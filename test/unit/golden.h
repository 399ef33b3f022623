/*
 * golden.h
 *	  Reads the golden files that test/golden/make_golden.py writes with PyTorch.
 *
 * Plain text: "tensor NAME COUNT" on a line, then COUNT numbers, again and again.
 */
#ifndef GOLDEN_H
#define GOLDEN_H

#include <stddef.h>

#include "core/real.h"

typedef struct golden_tensor
{
	char name[64];
	size_t count;
	lf_real *values;
	struct golden_tensor *next;
} golden_tensor;

/* All tensors of test/golden/NAME.txt (path given by the environment's GOLDEN_DIR); exits on
 * failure. */
extern golden_tensor *golden_read(const char *name);

/* The tensor of that name with exactly count values; exits when there is none. */
extern const lf_real *golden_get(const golden_tensor *file, const char *name, size_t count);

extern void golden_free(golden_tensor *file);

#endif
