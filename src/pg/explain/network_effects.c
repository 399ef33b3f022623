/*
 * network_effects.c
 *	  Effects of parts on what the networks of a model say.
 *
 * The path is walked by all networks together: at each of its points there is the median of what
 * they say, as in a forecast. So what is explained is the forecast, and not one network of several.
 */
#include "postgres.h"

#include "base/interrupts.h"
#include "base/memory.h"
#include "forecast/ensemble.h"
#include "forecast/predictor.h"
#include "explain/effects.h"

/* Floating-point operations of a path, as lf_network_flops counts them: some 50 ms. */
#define MOST_FLOPS 5e9
#define LEAST_SEGMENTS 2

#define MEDIAN_SLICE 4096 /* cells between two looks at interrupts */

struct NetworkPaths
{
	const Model *model;
	MemoryContext memory;
	int64 points; /* room for so many */
	PathRoom room;
	lf_predictor **members; /* NULL: not made yet */
	double **forecasts;     /* (members) of (points, H) */
	double **naive;         /* (members) of (H) */
	double *median;         /* (points, H) */
	lf_window *windows;     /* (points) all the same */
};

Effects
effects_create(int parts, int horizon)
{
	return (Effects){.naive = huge_array(horizon, 1, sizeof(double)),
					 .neutral = huge_array(horizon, 1, sizeof(double)),
					 .forecast = huge_array(horizon, 1, sizeof(double)),
					 .parts = huge_array(parts, horizon, sizeof(double))};
}

int
network_paths_segments(const Model *model, int parts)
{
	int segments = LF_ATTRIBUTION_SEGMENTS;
	double flops = 0;

	for (int m = 0; m < model->member_count; m++)
		flops += lf_network_flops(&model->members[m].network);
	while (segments > LEAST_SEGMENTS && flops * segments * parts > MOST_FLOPS)
		segments /= 2;
	return segments;
}

Size
network_paths_bytes(const Model *model, int64 points, const PathRoom *room)
{
	Size cells = mul_size(points, model->horizon);
	Size bytes = mul_size(sizeof(lf_window), points);
	Size networks = 0;

	bytes = add_size(bytes, mul_size(sizeof(double) * (model->member_count + 1), cells));
	for (int m = 0; m < model->member_count; m++)
	{
		Size own = predictor_bytes(&model->members[m], room->rows);

		networks = room->keep ? add_size(networks, own) : Max(networks, own);
	}
	return add_size(bytes, networks);
}

NetworkPaths *
network_paths_begin(const Model *model, int64 points, const PathRoom *room)
{
	NetworkPaths *paths = palloc(sizeof(NetworkPaths));

	*paths = (NetworkPaths){.model = model,
							.memory = CurrentMemoryContext,
							.points = points,
							.room = *room,
							.members = palloc0(sizeof(lf_predictor *) * model->member_count),
							.forecasts = palloc(sizeof(double *) * model->member_count),
							.naive = palloc(sizeof(double *) * model->member_count),
							.median = huge_array(points, model->horizon, sizeof(double)),
							.windows = huge_array(points, 1, sizeof(lf_window))};
	for (int m = 0; m < model->member_count; m++)
	{
		paths->forecasts[m] = huge_array(points, model->horizon, sizeof(double));
		paths->naive[m] = huge_array(model->horizon, 1, sizeof(double));
	}
	return paths;
}

/* The predictor of a network, which then reads this dataset. */
static lf_predictor *
aim(NetworkPaths *paths, int member, const lf_dataset *dataset, const lf_scaler *scaler)
{
	lf_predictor **kept = &paths->members[member];

	if (*kept == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(paths->memory);

		*kept = create_predictor(&paths->model->members[member], dataset, scaler, paths->room.rows,
								 NULL, 0);
		MemoryContextSwitchTo(caller);
	}
	lf_predictor_retarget(*kept, dataset, scaler, 0, NULL);
	return *kept;
}

/* What an ensemble says, of many cells: the median, or of counts the mean. */
static void
take_median(const Model *model, double *const *members, int64 cells, double *median)
{
	int count = model->member_count;
	const double **slice = palloc(sizeof(double *) * count);

	for (int64 done = 0; done < cells; done += MEDIAN_SLICE)
	{
		check_interrupts();
		for (int i = 0; i < count; i++)
			slice[i] = members[i] + done;
		predict_summary(model)(slice, count, Min(MEDIAN_SLICE, cells - done), median + done);
	}
	pfree(slice);
}

void
network_effects(NetworkPaths *paths, const lf_series *series, const lf_scaler *const *scalers,
				const lf_attribution *attribution, Effects *effects)
{
	const Model *model = paths->model;
	lf_dataset dataset = {.count = 1, .series = series};
	int64 points = lf_attribution_points(attribution);
	int horizon = model->horizon;

	Assert(points <= paths->points);
	for (int64 i = 0; i < points; i++)
		paths->windows[i] = (lf_window){.series = 0, .origin = series->length};
	for (int m = 0; m < model->member_count; m++)
	{
		lf_predictor *predictor = aim(paths, m, &dataset, scalers[m]);

		lf_predictor_attribute(predictor, attribution);
		run_predictor(predictor, paths->windows, points, paths->forecasts[m], NULL, NULL);
		lf_predictor_unchanged(predictor, paths->naive[m]);
		if (paths->room.keep)
			continue;
		lf_predictor_free(predictor);
		paths->members[m] = NULL;
	}
	take_median(model, paths->forecasts, points * horizon, paths->median);
	take_median(model, paths->naive, horizon, effects->naive);
	memcpy(effects->neutral, paths->median, sizeof(double) * horizon);
	memcpy(effects->forecast, paths->median + (points - 1) * horizon, sizeof(double) * horizon);
	lf_attribution_effects(attribution, paths->median, horizon, effects->parts);
}
