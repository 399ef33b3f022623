/*
 * importance.h
 *	  How much a trained model's forecasts owe to each of its drivers, by permutation.
 *
 * A driver of one window is exchanged for that of another window, the whole run of its values, so
 * that what follows what in it stays, and the model forecasts anew: as much as the error grows, the
 * model relied on the driver (Breiman, "Random Forests", 2001; Fisher, Rudin and Dominici, "All
 * Models are Wrong, but Many are Useful", 2019).
 */
#ifndef LSTM_FORECAST_IMPORTANCE_H
#define LSTM_FORECAST_IMPORTANCE_H

#include "postgres.h"

#include "rows/panel.h"
#include "model/model.h"

#define IMPORTANCE_MOST_WINDOWS 100000
#define IMPORTANCE_MOST_REPEATS 1000

typedef struct ImportanceRequest
{
	int windows; /* at most, from 2 */
	int repeats; /* permutations whose errors are averaged, from 1 */
	int64 seed;
} ImportanceRequest;

typedef enum DriverKind
{
	DRIVER_PAST,
	DRIVER_FUTURE,
	DRIVER_STATIC,
	DRIVER_CALENDAR /* all that the timestamp says, together */
} DriverKind;

typedef struct DriverImportance
{
	const char *name;
	DriverKind kind;
	double permuted;   /* the error with the driver permuted */
	double importance; /* that over the error without, minus 1; NaN where that is 0 */
	double deviation;  /* of the importance, from one permutation to the next; NaN of only one */
} DriverImportance;

typedef struct Importances
{
	int64 windows;
	bool held_out; /* they are later than the training */
	bool scaled; /* errors are by the scale of their series, MASE; else in the data's units, MAE */
	double error;
	int count;
	DriverImportance *drivers; /* (count) the most important first */
} Importances;

/* 22023 where the model has no drivers. */
extern void importance_check(const Model *model);

/*
 * Measure it on windows that are later than the training, or where these are too few on the latest
 * ones, of which a NOTICE tells. In CurrentMemoryContext. The same windows and permutations for the
 * same seed. Raises 22000 where there are not two windows, 54000 where one takes too much memory.
 * Interruptible.
 */
extern Importances importance_measure(const Model *model, const Panel *panel,
									  const ImportanceRequest *request);

#endif
