/*
 * model_cache.h
 *	  A model parsed once for a query.
 */
#ifndef LSTM_FORECAST_MODEL_CACHE_H
#define LSTM_FORECAST_MODEL_CACHE_H

#include "postgres.h"
#include "fmgr.h"

#include "model.h"

/*
 * The model of an argument, parsed once for a query as long as the bytes stay
 * the same. It lives as long as flinfo.
 */
extern const Model *cached_model(FmgrInfo *flinfo, struct varlena *argument);

#endif
