/*
 * settings.h
 *	  The extension's configuration settings, all under the prefix lstm_forecast.
 */
#ifndef LSTM_FORECAST_SETTINGS_H
#define LSTM_FORECAST_SETTINGS_H

/* lstm_forecast.max_memory, in kB: the most that one training or forecast may take. */
extern int setting_max_memory;

/* lstm_forecast.max_model_size, in kB: the most that a trained model may take. */
extern int setting_max_model_size;

/* lstm_forecast.max_training_time, in ms: the longest that one training may take; 0: no limit. */
extern int setting_max_training_time;

/* lstm_forecast.model_cache, in kB: the most that parsed models of the session may take together.
 */
extern int setting_model_cache;

/* lstm_forecast.max_job_workers: processes that train in the background, in a database, at most. */
extern int setting_max_job_workers;

extern void settings_define(void);

#endif
