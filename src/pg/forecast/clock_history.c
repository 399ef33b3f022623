/*
 * clock_history.c
 *	  Histories as networks and starts read them: by the wall clock, where a model follows that,
 *	  and without the effects of holidays, where it knows them.
 */
#include "postgres.h"

#include "storage/shmem.h"

#include "base/interrupts.h"
#include "model/holiday_effects.h"
#include "forecast/clock_history.h"

ClockWindow
clock_history_window(const Model *model, const History *history, int horizon)
{
	return clock_window(model->wall_clock, &history->frequency, history->first_time,
						history->length, (int64) history->lag + horizon);
}

static void
lay_history(const Model *model, const ClockWindow *window, int horizon, History *history,
			MemoryAccount *account)
{
	int width = model->covariates.past + model->covariates.future;
	int64 reach = clock_window_reach(window, (int64) history->lag + horizon);
	int64 numbers = window->known;
	double *values;

	account_take(account, mul_size(sizeof(double) + sizeof(uint8), window->known));
	values = clock_values(window, history->values);
	if (history->covariates != NULL)
	{
		/* what is known beyond the horizon is not read */
		int64 covered = Min(history->covered, history->length + history->lag + horizon);
		float *covariates;

		numbers = wall_clock_number(&window->clock, covered - 1) + 1;
		account_take(account, mul_size(sizeof(float) * (Size) width, numbers));
		covariates = huge_array(numbers, width, sizeof(float));
		clock_lay_covariates(&window->clock, history->covariates, model->covariates.categories,
							 width, covered, covariates, numbers);
		history->covariates = covariates;
	}
	history->values = values;
	history->length = window->known;
	history->covered = numbers;
	history->frequency = clock_frequency(&history->frequency);
	history->first_time = window->clock.shown;
	history->last_time =
		frequency_add(&history->frequency, history->first_time, history->length - 1);
	history->lag = (int) (reach - horizon);
}

/* The values of a history without the effects of holidays. */
static void
leave_out_holidays(const Model *model, History *history, bool fresh, MemoryAccount *account)
{
	HolidaySeries series = {.list = model->covariates.holidays,
							.frequency = &history->frequency,
							.first_time = history->first_time,
							.length = history->length,
							.values = history->values,
							.observed = fresh ? history->fresh->observed : NULL,
							.difference = holiday_difference(model, history->known)};

	account_take(account, mul_size(sizeof(double) + sizeof(uint8), history->length));
	history->values = holiday_values(&series);
}

const History *
clock_histories(const Model *model, const History *histories, int64 count, int horizon,
				MemoryAccount *account)
{
	History *laid;

	if (!model->wall_clock && !model_has_effects(model))
		return histories;
	account_take(account, mul_size(sizeof(History), count));
	laid = huge_array(count, 1, sizeof(History));
	for (int64 i = 0; i < count; i++)
	{
		ClockWindow window = clock_history_window(model, &histories[i], horizon);

		check_interrupts();
		laid[i] = histories[i];
		if (wall_clock_differs(&window.clock))
			lay_history(model, &window, horizon, &laid[i], account);
		if (model_has_effects(model))
			leave_out_holidays(model, &laid[i],
							   histories[i].fresh != NULL && !wall_clock_differs(&window.clock),
							   account);
	}
	return laid;
}
