/*
 * candidates.h
 *	  The options among which a tuning chooses.
 */
#ifndef LSTM_FORECAST_CANDIDATES_H
#define LSTM_FORECAST_CANDIDATES_H

#include "postgres.h"
#include "utils/array.h"
#include "utils/jsonb.h"

#include "options/options.h"

#define TUNE_MOST_CANDIDATES 1000

/* Options to try. */
typedef struct TuneCandidate
{
	Jsonb *given;         /* as lstm_train takes them: those of the call and, on top, its own */
	TrainOptions options; /* the same, read */
} TuneCandidate;

typedef struct TuneCandidates
{
	int count;           /* from 1 */
	TuneCandidate *list; /* (count) the first one is the default: the call's options alone */
} TuneCandidates;

/* What the tuning itself fixes, so that candidates are measured on the same steps. */
typedef struct TuneBase
{
	Jsonb *options; /* of the call; NULL: none */
	int horizon;    /* an argument of the call; OPTION_AUTO: none */
} TuneBase;

/* The call's options, with its argument horizon among them, as a JSON object. */
extern Jsonb *tune_base_options(const TuneBase *base);

/*
 * The default and those of an array of JSON objects, without repetitions, in CurrentMemoryContext.
 * An element that is null raises 22004; one that is no object of options, or sets one that decides
 * what is measured, 22023; so do more than TUNE_MOST_CANDIDATES. Interruptible.
 */
extern TuneCandidates tune_candidates(const TuneBase *base, ArrayType *array);

/*
 * The same with a list that suits most data, for a horizon of so many steps. covariates: the rows
 * have some, which the pretrained network does not read.
 */
extern TuneCandidates tune_usual_candidates(const TuneBase *base, int horizon, bool covariates);

#endif
