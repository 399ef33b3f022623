/*
 * member_fields.h
 *	  What the metadata says of any network, one that forecasts or one that tells classes: its
 *	  layers, and how it was trained.
 */
#ifndef LSTM_FORECAST_MEMBER_FIELDS_H
#define LSTM_FORECAST_MEMBER_FIELDS_H

#include "postgres.h"
#include "lib/stringinfo.h"
#include "utils/jsonb.h"

#include "core/config.h"
#include "model/model.h"

/* The recurrent layers of a network. */
typedef struct MemberLayers
{
	lf_cell_kind cell;
	int hidden_size;
	int num_layers;
	bool bidirectional;
	double dropout; /* 0 .. below 1 */
} MemberLayers;

/* The layers out of a network's JSON object; 22P03 for what is missing or wrong. */
extern MemberLayers member_read_layers(JsonbContainer *object);

/* The fields of a schedule, into the object that is written. */
extern void member_add_schedule(StringInfo json, const ModelSchedule *schedule);

/* Back out of the object; 22P03 for what is missing or wrong. */
extern void member_read_schedule(ModelSchedule *schedule, JsonbContainer *object);

#endif
