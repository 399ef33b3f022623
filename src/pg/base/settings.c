/*
 * settings.c
 *	  The extension's configuration settings.
 */
#include "postgres.h"

#include <limits.h>

#include "utils/guc.h"

#include "base/settings.h"

int setting_max_memory = 1024 * 1024;
int setting_max_model_size = 1024 * 1024;
int setting_max_training_time = 0;
int setting_model_cache = 64 * 1024;
int setting_max_job_workers = 2;

void
settings_define(void)
{
	DefineCustomIntVariable(
		"lstm_forecast.max_memory", "Sets the most memory that one training or forecast may take.",
		"A request for more ends with an error before any work starts.", &setting_max_memory,
		1024 * 1024, 1024, INT_MAX, PGC_SUSET, GUC_UNIT_KB, NULL, NULL, NULL);
	DefineCustomIntVariable(
		"lstm_forecast.max_model_size", "Sets the largest model that a training may give.",
		"A larger one ends with an error, if it can be known before any work starts.",
		&setting_max_model_size, 1024 * 1024, 16, 1024 * 1024, PGC_SUSET, GUC_UNIT_KB, NULL, NULL,
		NULL);
	DefineCustomIntVariable(
		"lstm_forecast.max_training_time", "Sets the longest time that one training may take.",
		"It is the most that the option \"max_seconds\" may be, and its value where it is left "
		"out. Zero sets no limit.",
		&setting_max_training_time, 0, 0, INT_MAX, PGC_SUSET, GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomIntVariable(
		"lstm_forecast.model_cache", "Sets the most memory for models that the session has parsed.",
		"They forecast again without being parsed again. Zero keeps none beyond the statement.",
		&setting_model_cache, 64 * 1024, 0, INT_MAX, PGC_USERSET, GUC_UNIT_KB, NULL, NULL, NULL);
	DefineCustomIntVariable(
		"lstm_forecast.max_job_workers",
		"Sets the most processes that train in the background, in a database.",
		"Each takes one of \"max_worker_processes\". Zero lets jobs be queued, and none begin.",
		&setting_max_job_workers, 2, 0, 64, PGC_SUSET, 0, NULL, NULL, NULL);
	MarkGUCPrefixReserved("lstm_forecast");
}
