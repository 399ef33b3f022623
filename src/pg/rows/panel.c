/*
 * panel.c
 *	  From rows of many series to series on grids of one frequency.
 *
 * Every series is brought in order and asked for its own frequency first; then
 * they vote, each with its rows, and are laid. A series that shows another
 * frequency than the common one is tried on the common one's grid: a weekly
 * series among daily ones is a daily series with holes.
 */
#include "postgres.h"

#include "storage/shmem.h"
#include "utils/memutils.h"

#include "base/interrupts.h"
#include "base/memory.h"
#include "time/frequency_infer.h"
#include "rows/panel.h"

#define LEAST_VOTING_ROWS 3 /* fewer timestamps show no frequency: frequency_infer */

/* One series on its way. */
typedef struct Candidate
{
	const char *label;
	RowSet *rows;
	OrderedRows ordered;
	Frequency frequency; /* its own, then the common one at its anchors */
} Candidate;

/* What series vote for. */
typedef struct Ballot
{
	FrequencyKind kind;
	int64 count; /* 0 for FREQUENCY_IRREGULAR: gaps differ, and that is no reason to disagree */
	int64 rows;
	int64 voter; /* number of a series that shows it */
} Ballot;

/* A number that counts as often as it has rows. */
typedef struct WeightedGap
{
	int64 gap;
	int64 rows;
} WeightedGap;

/* Bytewise, so that the order is the same in every database; the unnamed series comes first. */
static int
compare_labels(const void *a, const void *b)
{
	const char *left = ((const Candidate *) a)->label;
	const char *right = ((const Candidate *) b)->label;

	check_interrupts();
	if (left == NULL || right == NULL)
		return (left != NULL) - (right != NULL);
	return strcmp(left, right);
}

/* By frequency, the series that comes first in front. */
static int
compare_ballots(const void *a, const void *b)
{
	const Ballot *left = a;
	const Ballot *right = b;

	if (left->kind != right->kind)
		return (left->kind > right->kind) - (left->kind < right->kind);
	if (left->count != right->count)
		return (left->count > right->count) - (left->count < right->count);
	return (left->voter > right->voter) - (left->voter < right->voter);
}

static int
compare_gaps(const void *a, const void *b)
{
	int64 left = ((const WeightedGap *) a)->gap;
	int64 right = ((const WeightedGap *) b)->gap;

	return (left > right) - (left < right);
}

static bool
same_interval(const Frequency *a, const Frequency *b)
{
	return a->kind == b->kind && a->count == b->count;
}

/* What to do with rows of equal time. */
static OrderRequest
order_request(const PanelRows *rows, const PanelRequest *request)
{
	return (OrderRequest){.duplicates = request->duplicates,
						  .columns = rows->columns,
						  .trained = request->fixed != NULL};
}

/*
 * The series with an observation, in order. Returns how many there are. *held: bytes that
 * the rows take, and then those in order, too. *first_empty: label of the first one without.
 */
static int64
order_series(const PanelRows *rows, const PanelRequest *request, Candidate *candidates, Size *held,
			 const char **first_empty)
{
	OrderRequest order = order_request(rows, request);
	int64 count = 0;

	for (int64 i = 0; i < rows->series_count; i++)
	{
		candidates[i].label = rows->labels[i];
		candidates[i].rows = rows->series[i];
	}
	qsort(candidates, rows->series_count, sizeof(Candidate), compare_labels);
	for (int64 i = 0; i < rows->series_count; i++)
	{
		Candidate candidate = candidates[i];

		check_interrupts();
		candidate.ordered = series_order(candidate.rows, candidate.label, &order, *held);
		if (candidate.ordered.count > 0)
		{
			candidates[count++] = candidate;
			*held = add_size(*held, ordered_bytes(&candidate.ordered));
		}
		else
		{
			if (*first_empty == NULL)
				*first_empty = candidate.label;
			series_order_free(&candidate.ordered);
		}
	}
	return count;
}

/* The number of the series whose frequency has most rows behind it; of equals, the finest. */
static int64
elect(const Candidate *candidates, int64 count)
{
	Ballot *ballots = MemoryContextAllocHuge(CurrentMemoryContext, count * sizeof(Ballot));
	int64 cast = 0;
	int64 most = 0;
	int64 winner = 0;
	int64 rows = 0;

	for (int64 i = 0; i < count; i++)
	{
		const Frequency *frequency = &candidates[i].frequency;
		bool irregular = frequency->kind == FREQUENCY_IRREGULAR;

		if (candidates[i].ordered.count >= LEAST_VOTING_ROWS)
			ballots[cast++] = (Ballot){.kind = frequency->kind,
									   .count = irregular ? 0 : frequency->count,
									   .rows = candidates[i].ordered.count,
									   .voter = i};
	}
	qsort(ballots, cast, sizeof(Ballot), compare_ballots);
	for (int64 i = 0, first = 0; i < cast; i++)
	{
		if (ballots[i].kind != ballots[first].kind || ballots[i].count != ballots[first].count)
		{
			first = i;
			rows = 0;
		}
		rows += ballots[i].rows;
		if (rows > most)
		{
			most = rows;
			winner = ballots[first].voter;
		}
	}
	pfree(ballots);
	return winner;
}

/* The median of the series' median gaps, each as often as it has rows; 0 where there is none. */
static int64
common_gap(const Candidate *candidates, int64 count)
{
	WeightedGap *gaps = MemoryContextAllocHuge(CurrentMemoryContext, count * sizeof(WeightedGap));
	int64 found = 0;
	int64 rows = 0;
	int64 before = 0;
	int64 median = 0;

	for (int64 i = 0; i < count; i++)
	{
		Times times = ordered_times(&candidates[i].ordered);

		if (times.count < 2)
			continue;
		gaps[found].gap = frequency_median_gap(&times);
		gaps[found++].rows = times.count;
		rows += times.count;
	}
	qsort(gaps, found, sizeof(WeightedGap), compare_gaps);
	for (int64 i = 0; i < found && 2 * before < rows; i++)
	{
		median = gaps[i].gap;
		before += gaps[i].rows;
	}
	pfree(gaps);
	return median;
}

/* Give all series the kind and count that most rows show, each at its own anchors. */
static void
agree_on_frequency(Candidate *candidates, int64 count, const PanelRequest *request)
{
	Frequency common = candidates[elect(candidates, count)].frequency;

	if (common.kind == FREQUENCY_IRREGULAR)
		common.count = common_gap(candidates, count);
	for (int64 i = 0; i < count; i++)
	{
		check_interrupts();
		if (!same_interval(&candidates[i].frequency, &common))
			candidates[i].frequency =
				series_frequency(&candidates[i].ordered, candidates[i].label, request, &common);
	}
}

/* Is the option's text one that leaves the frequency to the data, or to the median gap? */
static bool
frequency_is_open(const char *text)
{
	const Times none = {0};
	Frequency frequency;

	return text == NULL || !frequency_parse(text, &none, "UTC", &frequency) ||
		   frequency.kind == FREQUENCY_IRREGULAR;
}

/* Bytes of a series, less the values where they are those of the rows. */
static Size
grid_bytes(GridSeries *series)
{
	Size bytes = GetMemoryChunkSpace(series);

	if (series->observed != NULL)
		bytes += GetMemoryChunkSpace(unconstify(double *, series->values)) +
				 GetMemoryChunkSpace(series->observed);
	if (series->covariates != NULL)
		bytes += GetMemoryChunkSpace(series->covariates);
	if (series->times != NULL)
		bytes += GetMemoryChunkSpace(series->times);
	return bytes;
}

/* Bytes that the choice of a frequency takes, with the list of the series that come of it. */
static Size
choice_bytes(int64 count)
{
	return mul_size(sizeof(Candidate) + sizeof(Ballot) + sizeof(GridSeries *), count);
}

/* What is known ahead apart from the rows, of one series after the other. */
typedef struct Ahead
{
	const PanelRows *source;
	OrderRequest order;
	const RowSet *set; /* what is in order now; NULL: nothing */
	OrderedRows ordered;
	AheadRows rows; /* of these, those after the last observation */
} Ahead;

/* The number of rows, of all times, that are not after the time. */
static int64
rows_until(const Times *times, TimestampTz time)
{
	int64 low = 0;
	int64 high = times->count;

	while (low < high)
	{
		int64 middle = low + (high - low) / 2;

		if (times_at(times, middle) <= time)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * Turn to a series, whose rows are in order: its rows ahead, or those without a name, which all
 * series share and which are put in order once. held: bytes that there are already.
 */
static void
ahead_of_series(Ahead *ahead, const char *label, const OrderedRows *observed, Size held)
{
	RowSet *set = panel_rows_find(ahead->source, label);

	if (set == NULL)
	{
		label = NULL;
		set = panel_rows_find(ahead->source, NULL);
	}
	if (set != ahead->set)
	{
		series_order_free(&ahead->ordered);
		ahead->ordered = (OrderedRows){0};
		/* none has a value, so all are rows after the last observation */
		if (set != NULL)
			ahead->ordered = series_order(set, label, &ahead->order, held);
		ahead->set = set;
	}
	ahead->rows = (AheadRows){.rows = &ahead->ordered, .count = ahead->ordered.tail};
	if (ahead->rows.count > 0 && observed->has_times)
	{
		ahead->rows.first =
			rows_until(&ahead->ordered.times, times_at(&observed->times, observed->count - 1));
		ahead->rows.count -= ahead->rows.first;
	}
}

Panel *
panel_build(const PanelRows *rows, const PanelRequest *request)
{
	Panel *panel = palloc0(sizeof(Panel));
	Candidate *candidates;
	SeriesLayout layout = {
		.origin = request->fixed != NULL ? FREQUENCY_OF_MODEL : FREQUENCY_OF_SERIES,
		.past = panel_rows_past(rows),
		.future = panel_rows_future(rows),
		.missing = request->missing,
		.held = add_size(panel_rows_bytes(rows), choice_bytes(rows->series_count))};
	Ahead ahead = {.source = rows->ahead, .order = order_request(rows, request)};

	check_memory_limit(layout.held, "laying out rows", SERIES_MEMORY_HINT);
	candidates = MemoryContextAllocHuge(CurrentMemoryContext,
										Max(rows->series_count, 1) * sizeof(Candidate));
	panel->past = layout.past;
	panel->future = layout.future;
	panel->rows = rows->count;
	panel->count = order_series(rows, request, candidates, &layout.held, &panel->first_empty);
	panel->empty = rows->series_count - panel->count;
	for (int64 i = 0; i < panel->count; i++)
	{
		check_interrupts();
		candidates[i].frequency =
			series_frequency(&candidates[i].ordered, candidates[i].label, request, request->fixed);
	}
	if (panel->count > 1 && rows->has_times && request->fixed == NULL &&
		frequency_is_open(request->frequency))
	{
		agree_on_frequency(candidates, panel->count, request);
		layout.origin = FREQUENCY_OF_PANEL;
	}

	panel->series =
		MemoryContextAllocHuge(CurrentMemoryContext, Max(panel->count, 1) * sizeof(GridSeries *));
	for (int64 i = 0; i < panel->count; i++)
	{
		check_interrupts();
		layout.label = candidates[i].label;
		layout.frequency = candidates[i].frequency;
		if (rows->ahead != NULL)
		{
			ahead_of_series(&ahead, layout.label, &candidates[i].ordered, layout.held);
			layout.ahead = &ahead.rows;
		}
		panel->series[i] = series_lay(&candidates[i].ordered, &layout);
		panel->missing += panel->series[i]->missing;
		layout.held = add_size(layout.held, grid_bytes(panel->series[i]));
		layout.held -= ordered_bytes(&candidates[i].ordered);
		series_order_free(&candidates[i].ordered);
	}
	series_order_free(&ahead.ordered);
	if (panel->count > 0)
		panel->frequency = panel->series[0]->frequency;
	panel->bytes = layout.held;
	pfree(candidates);
	return panel;
}
