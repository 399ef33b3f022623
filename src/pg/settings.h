/*
 * settings.h
 *	  The extension's configuration settings, all under the prefix lstm_forecast.
 */
#ifndef LSTM_FORECAST_SETTINGS_H
#define LSTM_FORECAST_SETTINGS_H

/* lstm_forecast.max_memory, in kB: the most that one training or forecast may take. */
extern int setting_max_memory;

extern void settings_define(void);

#endif
