/*
 * network_table.h
 *	  The table of a network's tensors, which the core builds.
 */
#ifndef LSTM_FORECAST_NETWORK_TABLE_H
#define LSTM_FORECAST_NETWORK_TABLE_H

#include "postgres.h"

#include "core/parameters.h"

/* The tensors of a network, in CurrentMemoryContext; raises the core's errors about it. */
extern lf_parameter_table *network_table(const lf_network_config *network);

/* How many weights a network has; likewise. */
extern Size network_weights(const lf_network_config *network);

#endif
