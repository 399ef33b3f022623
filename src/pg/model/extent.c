/*
 * extent.c
 *	  From when to when the series of a model reach.
 */
#include "postgres.h"

#include "base/interrupts.h"
#include "model/extent.h"

TimestampTz
model_first_time(const Model *model)
{
	TimestampTz first = model->series_count > 0 ? model->series[0].first_time : 0;

	for (int64 i = 1; i < model->series_count; i++)
	{
		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		first = Min(first, model->series[i].first_time);
	}
	return first;
}

TimestampTz
model_latest_time(const Model *model)
{
	TimestampTz latest = model->series_count > 0 ? model->series[0].last_time : 0;

	for (int64 i = 1; i < model->series_count; i++)
	{
		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		latest = Max(latest, model->series[i].last_time);
	}
	return latest;
}

bool
model_series_ended(const Model *model, const ModelSeries *series, TimestampTz latest)
{
	return model->frequency.kind != FREQUENCY_NONE &&
		   frequency_behind(&series->frequency, series->last_time, latest) > model->horizon;
}
