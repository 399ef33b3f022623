/*
 * components.h
 *	  The names of the components that no part has.
 */
#ifndef LSTM_FORECAST_COMPONENTS_H
#define LSTM_FORECAST_COMPONENTS_H

#include <string.h>

#include "postgres.h"

#define COMPONENT_START "start"           /* what the model begins from */
#define COMPONENT_LEVEL "level"           /* from there to what it says in a neutral situation */
#define COMPONENT_LIMIT "limit"           /* what the options minimum and maximum cut off */
#define COMPONENT_FED "earlier forecasts" /* those that later ones feed on */

/* Is it one of those? */
static inline bool
component_is_fixed(const char *name)
{
	return strcmp(name, COMPONENT_START) == 0 || strcmp(name, COMPONENT_LEVEL) == 0 ||
		   strcmp(name, COMPONENT_LIMIT) == 0;
}

#endif
