/*
 * chart_options.h
 *	  How a chart is to look: options as jsonb.
 */
#ifndef LSTM_FORECAST_CHART_OPTIONS_H
#define LSTM_FORECAST_CHART_OPTIONS_H

#include "postgres.h"
#include "datatype/timestamp.h"
#include "pgtime.h"
#include "utils/jsonb.h"

#include "base/compat.h"

#define MOST_BANDS 10 /* nested ones in a chart */

typedef enum ChartTheme
{
	THEME_AUTO, /* light, and dark where the reader's browser prefers that */
	THEME_LIGHT,
	THEME_DARK
} ChartTheme;

typedef struct ChartOptions
{
	char *title;              /* in the database's encoding; NULL: none */
	int width;                /* of the picture, in pixels */
	int height;               /* of a panel; 0: as suits its width */
	int columns;              /* of panels; 0: as many as suit the width */
	int panels;               /* drawn at most */
	int theme;                /* a ChartTheme */
	pg_tz *zone;              /* whose clocks and calendar the time axis shows */
	int season;               /* steps after which the naive forecast repeats; 1: the last value */
	bool naive;               /* is the naive forecast drawn? */
	int levels;               /* that are known of the bands, outermost first */
	double level[MOST_BANDS]; /* in percent */
	bool has_now;
	TimestampTz now; /* where has_now */
} ChartOptions;

/*
 * Read options; NULL: the defaults. What it keeps lies in CurrentMemoryContext. Unknown names and
 * values that are not allowed raise 22023.
 */
extern void chart_options_parse(ChartOptions *options, Jsonb *json);

#endif
