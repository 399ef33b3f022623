/*
 * model_cache.h
 *	  Models that the session has parsed, ready to forecast again.
 *
 * A model is found by its bytes, all of which are compared. Whoever asks holds
 * them, and they alone decide what is parsed from them: so a role never gets
 * anything of a model that it cannot read, and a model that was changed, rolled
 * back or dropped is simply not found any more.
 *
 * The cache takes no more than the setting lstm_forecast.model_cache allows and
 * drops the model that was used longest ago. What a running statement uses stays
 * until the statement has done with it, also beyond the limit.
 */
#ifndef LSTM_FORECAST_MODEL_CACHE_H
#define LSTM_FORECAST_MODEL_CACHE_H

#include "postgres.h"
#include "fmgr.h"

#include "model/model.h"

/*
 * The parsed model of an argument, whole or still compressed or out of line. It
 * stays as it is until the next call with this flinfo, or until flinfo's end.
 * What model_decode raises leaves no trace in the cache.
 */
extern const Model *cached_model(FmgrInfo *flinfo, struct varlena *argument);

/*
 * Whether calls with this flinfo, of one statement, have raised NOTICEs already: the caller's to
 * set, so that a statement over many groups does not say the same thing for each.
 */
extern bool *call_site_noticed(FmgrInfo *flinfo);

#endif
