/*
 * effects.h
 *	  Effects of parts on one forecast: of the networks, and of a start.
 */
#ifndef LSTM_FORECAST_EFFECTS_H
#define LSTM_FORECAST_EFFECTS_H

#include "postgres.h"

#include "core/attribution.h"
#include "model/starts.h"
#include "model/model.h"

/* Segments of a start's path: what it does is simple. */
#define START_SEGMENTS 4

/* What is said of the steps of the model's horizon, H, from one origin; in the data's units. */
typedef struct Effects
{
	double *naive;    /* (H) what it begins from: the seasonal naive forecast, or a level */
	double *neutral;  /* (H) the forecast where no part is there */
	double *forecast; /* (H) the forecast */
	double *parts;    /* (parts, H) the effect of each: with neutral they add up to the forecast */
} Effects;

/* Room for them, in CurrentMemoryContext. */
extern Effects effects_create(int parts, int horizon);

/* The networks of a model, ready for paths. */
typedef struct NetworkPaths NetworkPaths;

/*
 * The segments of a path of so many parts: LF_ATTRIBUTION_SEGMENTS, of large networks fewer, two at
 * least, so that a forecast is explained in some 50 ms. By the networks alone: the same everywhere.
 */
extern int network_paths_segments(const Model *model, int parts);

/* How fast paths are walked, and in how much memory: the effects are the same. */
typedef struct PathRoom
{
	int64 rows; /* points that a network takes at once */
	bool keep;  /* networks stay packed from one path to the next */
} PathRoom;

/* Bytes that paths of at most so many points take. */
extern Size network_paths_bytes(const Model *model, int64 points, const PathRoom *room);

/* Make room for them, in CurrentMemoryContext. */
extern NetworkPaths *network_paths_begin(const Model *model, int64 points, const PathRoom *room);

/*
 * The effects on the median of all networks at the end of a series; scalers: (members) of one
 * scaler each. Core's errors; interruptible; scratch is freed.
 */
extern void network_effects(NetworkPaths *paths, const lf_series *series,
							const lf_scaler *const *scalers, const lf_attribution *attribution,
							Effects *effects);

/* Bytes that start_effects takes for a series of that length. */
extern Size start_effects_bytes(int horizon, int64 length, int64 points);

/*
 * The effects on a start's forecast at the end of a series, beyond those on the seasonal naive one:
 * on the path values grow from the mean of the last season. The attribution has no parts but those
 * of values. Interruptible; scratch is freed.
 */
extern void start_effects(StartWork *work, const lf_start *start, const lf_series *series,
						  const lf_attribution *attribution, Effects *effects);

#endif
