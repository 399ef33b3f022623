/*
 * gates.h
 *	  What the gates of a model's networks do while these read series up to their ends.
 */
#ifndef LSTM_FORECAST_GATES_H
#define LSTM_FORECAST_GATES_H

#include "postgres.h"
#include "datatype/timestamp.h"

#include "core/gates.h"
#include "forecast/history.h"
#include "model/model.h"

#define GATES_PRETRAINED 0 /* the number of the pretrained network among a model's members */

typedef struct GatesRequest
{
	int member; /* from 1; GATES_PRETRAINED; -1: all */
	int layer;  /* from 1; 0: all */
	Size held;  /* bytes that there are already, of the rows */
} GatesRequest;

/* One cell of a network after one of its steps. */
typedef struct GatesRow
{
	const char *label; /* of the series; NULL: unnamed */
	int member;        /* from 1; GATES_PRETRAINED */
	lf_transform transform;
	int layer; /* from 1 */
	bool reverse;
	int step;     /* 0: the last before the forecast, earlier ones below; above: forecast */
	bool padding; /* it lies wholly before the series begins */
	bool has_time;
	TimestampTz time; /* of its last step of the series */
	int units;
	lf_gate_values values; /* (units) each */
} GatesRow;

/* Takes one row, which is good until it returns. */
typedef void (*gates_sink)(void *context, const GatesRow *row);

/* Raise 22023 where the model has no network, or no layer, of a number that is asked for. */
extern void gates_check_request(const Model *model, const GatesRequest *request);

/*
 * Let the networks read every history, series by series, and give their rows to the sink: of all
 * members, and of the pretrained network where the start of the series asks it. Where no network
 * read any series a NOTICE says so. Raises 54000 where a network takes too much memory.
 * Interruptible.
 */
extern void gates_run(const Model *model, const History *histories, int64 count,
					  const GatesRequest *request, gates_sink sink, void *context);

#endif
