/*
 * pretrained.h
 *	  The network that ships with the extension.
 */
#ifndef LSTM_FORECAST_PRETRAINED_H
#define LSTM_FORECAST_PRETRAINED_H

#include "postgres.h"

#include "core/start.h"
#include "core/universal.h"
#include "core/universal_gates.h"
#include "model/model.h"

/* Groups of steps that it forecasts at most; of longer horizons it is no part. */
#define PRETRAINED_MOST_GROUPS 512

/* Tells weights from others: the CRC-32C of the file in hexadecimal digits. A model that needs them
 * names it. */
extern const char *pretrained_checksum(void);

/* Its tensors, and the name of one in a model's file. */
extern const lf_parameter_table *pretrained_table(void);
extern char *pretrained_tensor_name(const lf_parameter *entry);

/* Its weights, in the table's order; the process's, for as long as it lives. */
extern const lf_real *pretrained_weights(void);

/*
 * The options by which a model that is nothing but this network forecasts rows at once, whatever
 * options its bytes hold: no network is trained, which not everybody may do, and intervals are the
 * network's own, as errors in the past would take many forecasts more. horizon: 0 goes by the
 * frequency.
 */
extern TrainOptions pretrained_options(int horizon);

/* A model that is nothing but this network, as bytes; the process's, for as long as it lives. */
extern bytea *pretrained_encoded(void);

/* Are these those bytes, rather than others that are alike? */
extern bool pretrained_is_encoded(const void *bytes);

/* Is the horizon one that it forecasts at once? */
extern bool pretrained_reaches(int season, int horizon);

/* Bytes of pretrained_network. */
extern Size pretrained_bytes(const lf_start_request *request);

/*
 * The network, ready to forecast what the request says, in CurrentMemoryContext: one block, which
 * pfree gives back. NULL where the horizon is too long for it. weights: those of a training that
 * began with the shipped ones, kept by pointer; NULL: the shipped ones.
 */
extern lf_universal *pretrained_network(const lf_start_request *request, const lf_real *weights);

/* The same, of the network with its gates kept, where it reaches the horizon. */
extern Size pretrained_gates_bytes(const lf_start_request *request);
extern lf_universal_gates *pretrained_gates(const lf_start_request *request,
											const lf_real *weights);

#endif
