/*
 * checkpoint.h
 *	  The state of a pretraining run on disk.
 */
#ifndef CHECKPOINT_H
#define CHECKPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/lstm.h"

/* What a run is of: it goes on only as the same. */
typedef struct checkpoint_origin
{
	int64_t seed;
	int64_t parts; /* of the generator */
	int64_t cell;
	int64_t hidden_size;
	int64_t num_layers;
} checkpoint_origin;

typedef struct checkpoint
{
	checkpoint_origin origin;
	int64_t step;    /* optimizer steps taken */
	int64_t updates; /* as the optimizer counts them */
	size_t count;    /* of each of the following */
	lf_real *parameters;
	lf_real *average;        /* of the parameters of the last steps */
	lf_real *first, *second; /* the optimizer's moments */
} checkpoint;

/* Write all of it to a new file and put that in the old one's place. Exits on errors. */
extern void checkpoint_write(const char *path, const checkpoint *state);

/*
 * Read it back into a state whose origin and count are set; false where there is no such file.
 * Exits where the file is of another origin, or not whole.
 */
extern bool checkpoint_read(const char *path, checkpoint *state);

#endif
