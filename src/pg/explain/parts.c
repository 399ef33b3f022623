/*
 * parts.c
 *	  The parts of what a forecast reads, by the names that people know them by.
 */
#include "postgres.h"

#include "base/interrupts.h"
#include "base/memory.h"
#include "model/covariates.h"
#include "time/calendar_features.h"
#include "explain/components.h"
#include "explain/parts.h"

#define SINGLE_UNITS 4 /* seasons or steps that have a part each; then 4 together, then 8, ... */
#define MOST_GROUPS 64

const char *
driver_name(const ModelCovariates *covariates, int number)
{
	if (covariates->names != NULL)
		return covariates->names[number];
	return number < covariates->past ? psprintf("past_%d", number + 1)
									 : psprintf("future_%d", number + 1 - covariates->past);
}

/* A part's name, which no part before it has, and no component that every forecast has. */
static void
add_part(Parts *parts, const char *name)
{
	bool taken = component_is_fixed(name);

	for (int i = 0; i < parts->count && !taken; i++)
		taken = strcmp(parts->names[i], name) == 0;
	parts->names[parts->count++] = taken ? psprintf("%s (driver)", name) : name;
}

/* Units first .. last before the end, in words. */
static const char *
units_name(int64 first, int64 last, const char *unit)
{
	if (last == 1)
		return psprintf("past 1 %s back", unit);
	if (first == last)
		return psprintf("past %lld %ss back", (long long) last, unit);
	return psprintf("past %lld-%lld %ss back", (long long) first, (long long) last, unit);
}

/* The parts of the values. */
static void
add_past(Parts *parts, int season, int64 reach)
{
	bool seasonal = season > 1 && reach >= 2 * (int64) season;
	int64 unit = seasonal ? season : 1;
	int64 units = (reach + unit - 1) / unit;
	int64 done = 0;

	parts->reach = (int) reach;
	parts->ages = huge_array(reach, 1, sizeof(int));
	while (done < units)
	{
		int64 last = done < SINGLE_UNITS ? done + 1 : 2 * done;

		last = Min(last, units);
		for (int64 age = done * unit; age < Min(last * unit, reach); age++)
			parts->ages[age] = parts->count;
		add_part(parts, units_name(done + 1, last, seasonal ? "season" : "step"));
		done = last;
	}
}

/* The parts of the networks' channels. */
static void
add_channels(Parts *parts, const Model *model, const Frequency *frequency)
{
	const ModelCovariates *covariates = &model->covariates;
	int drivers = covariates->past + covariates->future;
	const char *cycles[CALENDAR_CYCLES];
	int cycle_count = covariates->calendar ? calendar_cycle_names(frequency, cycles) : 0;
	int own = covariates_first_channel(covariates, drivers);
	int holidays = covariates_holidays(covariates, frequency);

	if (drivers + cycle_count + holidays == 0)
		return;
	parts->channels = palloc(sizeof(int) * (own + 2 * cycle_count + holidays));
	/* names of drivers are looked at last, so that it is these that are changed */
	for (int i = 0; i < cycle_count; i++)
	{
		parts->channels[own + 2 * i] = parts->count;
		parts->channels[own + 2 * i + 1] = parts->count;
		add_part(parts, cycles[i]);
	}
	for (int i = 0; i < holidays; i++)
		parts->channels[own + 2 * cycle_count + i] = parts->count;
	if (holidays > 0)
	{
		parts->holidays = parts->count;
		add_part(parts, "holidays");
	}
	for (int i = 0; i < drivers; i++)
	{
		check_interrupts();
		for (int k = 0; k < covariates_own_channels(covariates, i); k++)
			parts->channels[covariates_first_channel(covariates, i) + k] = parts->count;
		add_part(parts, driver_name(covariates, i));
	}
}

Parts
parts_make(const Model *model, const Frequency *frequency, int64 reach, bool fed)
{
	const ModelCovariates *covariates = &model->covariates;
	Parts parts = {.fed = -1, .holidays = -1};

	parts.names = palloc(sizeof(char *) * (MOST_GROUPS + 2 + CALENDAR_CYCLES + covariates->past +
										   covariates->future));
	add_past(&parts, model->season, reach);
	if (fed)
	{
		parts.fed = parts.count;
		add_part(&parts, COMPONENT_FED);
	}
	parts.values = parts.count;
	add_channels(&parts, model, frequency);
	return parts;
}

int *
parts_ages(const Parts *parts, int64 fed)
{
	int *ages = huge_array(parts->reach + fed, 1, sizeof(int));

	for (int64 i = 0; i < fed; i++)
		ages[i] = parts->fed;
	memcpy(ages + fed, parts->ages, sizeof(int) * parts->reach);
	return ages;
}
