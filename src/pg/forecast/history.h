/*
 * history.h
 *	  What series look like up to the moment of the forecast.
 */
#ifndef LSTM_FORECAST_HISTORY_H
#define LSTM_FORECAST_HISTORY_H

#include "postgres.h"
#include "datatype/timestamp.h"

#include "base/memory.h"
#include "forecast/ensemble.h"
#include "rows/panel.h"
#include "model/model.h"

typedef struct History
{
	const char *label; /* NULL: unnamed */
	int64 known;       /* the model's series of that name; -1: it has never seen it */
	int64 length;
	const double *values;    /* (length) filled */
	int64 covered;           /* steps with future covariates, >= length */
	const float *covariates; /* (covered, past + future) the user's; NULL: none */
	Frequency frequency;     /* FREQUENCY_NONE: forecasts carry no timestamp */
	TimestampTz first_time;  /* of values[0]; undefined for FREQUENCY_NONE */
	TimestampTz last_time;
	const TimestampTz *times; /* FREQUENCY_IRREGULAR: (covered), where known; else NULL */
	int lag; /* steps after the last one that are forecast, but lie before the forecast's origin */
	const GridSeries *fresh; /* the rows that it is of; NULL: the model's own */
} History;

/* Series that are left out because they cannot be forecast. All zero: none. */
typedef struct Skipped
{
	int64 count;
	const char *label; /* of the first one; NULL: unnamed */
	const char *why;   /* of that, to follow a colon */
} Skipped;

/* Leave out another series; label and why are kept as pointers where it is the first. */
extern void skip_series(Skipped *skipped, const char *label, const char *why);

/*
 * The histories that the model itself keeps: of all its series, or of those
 * named. A name that it does not have is skipped; skipped NULL: raises 22023.
 */
extern History *history_of_model(const Model *model, char **labels, int label_count,
								 Skipped *skipped, int64 *count);

/* 22023 where the covariates of a panel are not as many as the model's. */
extern void history_check_covariates(const Model *model, const Panel *panel);

/* What fresh rows are for. */
typedef enum HistoryUse
{
	HISTORY_OF_FORECAST, /* the last steps are read */
	HISTORY_OF_BACKTEST  /* those before each of many origins, where glitches show or do not */
} HistoryUse;

/* The number of the model's series of that name (NULL: unnamed); -1: there is none. */
extern int64 history_find(const Model *model, const char *label);

/*
 * Lay fresh rows on the model's grid, and put the steps that the model keeps before those that join
 * them (completion.h); glitches are set aside for a forecast. Raises 22023 where the rows have no
 * timestamps, but the model has, and where the covariates are not those of the model. Series
 * without an observation are skipped; skipped NULL: raises 22000 when there is no other.
 */
extern Panel *history_panel(const Model *model, const PanelRows *rows, HistoryUse use,
							Skipped *skipped);

/*
 * Set aside what cannot be true, by what is usual in the series that the model knows, unless it
 * was trained to keep that (plan/glitch.h). A NOTICE tells of it.
 */
extern void history_glitches(const Model *model, Panel *panel);

/* The steps that the model keeps of its series of that number; of none (-1), no steps. */
extern lf_series history_kept(const Model *model, int64 number);

/* A history a series of a panel with the model's covariates. */
extern History *history_of_panel(const Model *model, const Panel *panel);

/*
 * For each network of the model the scalers of these histories: the model's own
 * where it knows the series, else fitted on the history.
 */
extern lf_scaler **history_scalers(const Model *model, const History *histories, int64 count);

/*
 * The starts of these histories, and their shares: the model's own where it knows the series, else
 * chosen on the history. NULL where the model has none. Interruptible.
 */
extern SeriesStart *history_starts(const Model *model, const History *histories, int64 count);

/*
 * Ask for these histories, their scalers and the series that history_series makes of all of them.
 */
extern void histories_take(MemoryAccount *account, const Model *model, const History *histories,
						   int64 count, int64 longest, int64 steps);

/*
 * The core's series of a history, with room for `steps` more values and channels for
 * as many: the user's covariates as far as they are known, then as at the last step;
 * the calendar's all the way. Only the last `longest` steps are taken.
 */
extern lf_series history_series(const Model *model, const History *history, int64 longest,
								int64 steps);

#endif
