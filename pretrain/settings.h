/*
 * settings.h
 *	  What a pretraining run is asked for on its command line.
 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdint.h>

#include "core/lstm.h"

typedef struct settings
{
	int64_t steps;
	int64_t processes;
	int64_t seed;
	int64_t parts;  /* generator_part, joined */
	int64_t report; /* steps between two checkpoints */
	int64_t hidden;
	int64_t layers;
	double rate;      /* the highest learning rate */
	const char *from; /* weights to begin with; NULL: fresh ones */
	const char *folder;
	lf_universal_config network; /* of that many units and layers */
} settings;

/* Read them; on errors, says what is wrong and exits with status 2. */
extern settings settings_parse(int count, char **arguments);

#endif
