/*
 * start_text.h
 *	  A start in words.
 */
#ifndef LSTM_FORECAST_START_TEXT_H
#define LSTM_FORECAST_START_TEXT_H

#include "postgres.h"

#include "core/start.h"

/*
 * "exponential smoothing (trend, season)", or of several parts with their weights "0.60 last
 * season and drift + 0.40 drift (logarithms)". In CurrentMemoryContext.
 */
extern char *start_text(const lf_start *start);

#endif
