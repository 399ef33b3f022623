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
#include "time/calendar.h"
#include "time/frequency_infer.h"
#include "time/step_list.h"
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
	const Frequency *frequency;
	int64 rows;
	int64 voter; /* number of a series that shows it */
} Ballot;

/* A number that counts as often as it has rows. */
typedef struct WeightedGap
{
	int64 gap;
	int64 rows;
} WeightedGap;

static int
compare_labels(const void *a, const void *b)
{
	check_interrupts();
	return compare_series_labels(((const Candidate *) a)->label, ((const Candidate *) b)->label);
}

/* By kind, count and open times; gaps of irregular ones differ, and that is no reason to disagree.
 */
static int
compare_intervals(const Frequency *a, const Frequency *b)
{
	if (a->kind != b->kind)
		return (a->kind > b->kind) - (a->kind < b->kind);
	if (a->kind == FREQUENCY_IRREGULAR)
		return 0;
	if (a->count != b->count)
		return (a->count > b->count) - (a->count < b->count);
	if (a->open_count != b->open_count)
		return a->open_count - b->open_count;
	return memcmp(a->open, b->open, sizeof(OpenRun) * a->open_count);
}

/* By frequency, the series that comes first in front. */
static int
compare_ballots(const void *a, const void *b)
{
	const Ballot *left = a;
	const Ballot *right = b;

	int order = compare_intervals(left->frequency, right->frequency);

	if (order != 0)
		return order;
	return (left->voter > right->voter) - (left->voter < right->voter);
}

static int
compare_gaps(const void *a, const void *b)
{
	int64 left = ((const WeightedGap *) a)->gap;
	int64 right = ((const WeightedGap *) b)->gap;

	return (left > right) - (left < right);
}

static int
compare_skipped(const void *a, const void *b)
{
	check_interrupts();
	return strcmp(((const SkippedSeries *) a)->label, ((const SkippedSeries *) b)->label);
}

/* What is on its way to a panel, beside its series. */
typedef struct Making
{
	Panel *panel;
	const PanelRequest *request;
	Size held;              /* bytes of rows and series */
	int64 skipped_capacity; /* of the panel's array */
} Making;

/* Leave out a series for its fault, or raise that. */
static void
skip_series(Making *making, const char *label, const Fault *fault)
{
	Panel *panel = making->panel;

	if (making->request->on_error == ON_ERROR_ERROR)
		fault_throw(fault);
	making->held = add_size(making->held, sizeof(SkippedSeries) + fault_bytes(fault));
	check_memory_limit(making->held, "laying out rows", SERIES_MEMORY_HINT);
	if (panel->skipped_count == making->skipped_capacity)
	{
		making->skipped_capacity = Max(16, 2 * making->skipped_capacity);
		panel->skipped =
			panel->skipped == NULL
				? palloc(making->skipped_capacity * sizeof(SkippedSeries))
				: repalloc_huge(panel->skipped, making->skipped_capacity * sizeof(SkippedSeries));
	}
	panel->skipped[panel->skipped_count++] = (SkippedSeries){.label = label, .fault = *fault};
}

/* The fault of a series whose rows say nothing. */
static void
set_empty(Fault *fault, const char *label)
{
	fault_set(fault, ERRCODE_DATA_EXCEPTION, "no observation%s", series_place(label));
	fault_add_detail(fault, "The value of each of its rows is null.");
	fault_add_hint(fault, "Give rows with values that are not null.");
}

/* What to do with rows of equal time. */
static OrderRequest
order_request(const PanelRows *rows, const PanelRequest *request)
{
	return (OrderRequest){.duplicates = request->duplicates,
						  .columns = rows->columns,
						  .categories = rows->categories,
						  .trained = request->fixed != NULL};
}

/* The series with an observation, in order. Returns how many there are. */
static int64
order_series(Making *making, const PanelRows *rows, Candidate *candidates)
{
	OrderRequest order = order_request(rows, making->request);
	int64 count = 0;

	for (int64 i = 0; i < rows->series_count; i++)
	{
		candidates[i].label = rows->labels[i];
		candidates[i].rows = rows->series[i];
	}
	qsort(candidates, rows->series_count, sizeof(Candidate), compare_labels);
	for (int64 i = 0; i < rows->series_count; i++)
	{
		Candidate candidate = {.label = candidates[i].label, .rows = candidates[i].rows};
		Fault fault = {0};

		check_interrupts();
		if (candidate.rows->fault != NULL)
			fault = *candidate.rows->fault;
		else
			candidate.ordered =
				series_order(candidate.rows, candidate.label, &order, making->held, &fault);
		if (fault.code == 0 && candidate.ordered.count > 0)
		{
			candidates[count++] = candidate;
			making->held = add_size(making->held, ordered_bytes(&candidate.ordered));
			continue;
		}
		series_order_free(&candidate.ordered);
		if (fault.code == 0 && making->request->on_error == ON_ERROR_ERROR)
		{
			if (making->panel->empty++ == 0)
				making->panel->first_empty = candidate.label;
		}
		else
		{
			if (fault.code == 0)
				set_empty(&fault, candidate.label);
			skip_series(making, candidate.label, &fault);
		}
	}
	return count;
}

/* Find the frequency of each by itself. Returns how many are left. */
static int64
find_frequencies(Making *making, Candidate *candidates, int64 count)
{
	const PanelRequest *request = making->request;
	int64 left = 0;

	for (int64 i = 0; i < count; i++)
	{
		Candidate candidate = candidates[i];
		Fault fault = {0};

		check_interrupts();
		candidate.frequency =
			series_frequency(&candidate.ordered, candidate.label, request, request->fixed, &fault);
		if (fault.code == 0)
		{
			candidates[left++] = candidate;
			continue;
		}
		skip_series(making, candidate.label, &fault);
		making->held -= ordered_bytes(&candidate.ordered);
		series_order_free(&candidate.ordered);
	}
	return left;
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
		if (candidates[i].ordered.count >= LEAST_VOTING_ROWS)
			ballots[cast++] = (Ballot){.frequency = &candidates[i].frequency,
									   .rows = candidates[i].ordered.count,
									   .voter = i};
	}
	qsort(ballots, cast, sizeof(Ballot), compare_ballots);
	for (int64 i = 0, first = 0; i < cast; i++)
	{
		if (compare_intervals(ballots[i].frequency, ballots[first].frequency) != 0)
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

/*
 * Is there a series with rows when others are closed, which has its place on the same steps
 * without closed times?
 */
static bool
some_never_close(const Candidate *candidates, int64 count, const Frequency *common,
				 const PanelRequest *request)
{
	const char *zone = request->zone != NULL ? request->zone : calendar_session_zone();

	for (int64 i = 0; i < count; i++)
	{
		Frequency closing = *common;
		Frequency plain = frequency_without_closing(common);
		Times times = ordered_times(&candidates[i].ordered);

		check_interrupts();
		if (compare_intervals(&candidates[i].frequency, common) != 0 &&
			!frequency_anchor(&closing, &times, zone, true) &&
			frequency_anchor(&plain, &times, zone, true))
			return true;
	}
	return false;
}

/*
 * Of the fiscal years of series, those that tell when years are longer, of the series with the most
 * rows: what one series is too short to show holds for it, too. The given ones where none tells.
 */
static Frequency
fullest_years(const Candidate *candidates, int64 count, const Frequency *common)
{
	Frequency fullest = *common;
	int64 most = 0;

	for (int64 i = 0; i < count; i++)
	{
		const Frequency *frequency = &candidates[i].frequency;

		if (frequency->kind != FREQUENCY_FISCAL || frequency->fiscal.month == 0 ||
			candidates[i].ordered.count <= most)
			continue;
		fullest = *frequency;
		most = candidates[i].ordered.count;
	}
	return fullest;
}

/*
 * Give all series the kind, count and open times that most rows show, each at its own anchors; no
 * closed times where some series has rows then, and the same fiscal years where these fit.
 */
static void
agree_on_frequency(Candidate *candidates, int64 count, const PanelRequest *request)
{
	Frequency common = candidates[elect(candidates, count)].frequency;

	if (common.kind == FREQUENCY_IRREGULAR)
		common.count = common_gap(candidates, count);
	if (frequency_closes(&common) && some_never_close(candidates, count, &common, request))
		common = frequency_without_closing(&common);
	if (common.kind == FREQUENCY_FISCAL)
		common = fullest_years(candidates, count, &common);
	for (int64 i = 0; i < count; i++)
	{
		check_interrupts();
		if (common.kind == FREQUENCY_FISCAL ||
			compare_intervals(&candidates[i].frequency, &common) != 0)
			candidates[i].frequency = series_frequency(&candidates[i].ordered, candidates[i].label,
													   request, &common, NULL);
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

/*
 * Turn to a series, whose rows are in order: its rows ahead, or those without a name, which all
 * series share and which are put in order once. held: bytes that there are already. Sets the fault
 * of the rows ahead.
 */
static void
ahead_of_series(Ahead *ahead, const char *label, const OrderedRows *observed, Size held,
				Fault *fault)
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
			ahead->ordered = series_order(set, label, &ahead->order, held, fault);
		/* one with a fault is so for each series */
		ahead->set = fault->code == 0 ? set : NULL;
	}
	ahead->rows = (AheadRows){.rows = &ahead->ordered, .count = ahead->ordered.tail};
	if (ahead->rows.count > 0 && observed->has_times)
	{
		ahead->rows.first =
			times_until(&ahead->ordered.times, times_at(&observed->times, observed->count - 1));
		ahead->rows.count -= ahead->rows.first;
	}
}

/* Lay one candidate on its grid. NULL, with the fault, where that cannot be. */
static GridSeries *
lay_candidate(Candidate *candidate, SeriesLayout *layout, Ahead *ahead, Fault *fault)
{
	layout->label = candidate->label;
	layout->frequency = candidate->frequency;
	if (ahead->source != NULL)
	{
		ahead_of_series(ahead, layout->label, &candidate->ordered, layout->held, fault);
		layout->ahead = &ahead->rows;
		if (fault->code != 0)
			return NULL;
	}
	return series_lay(&candidate->ordered, layout, fault);
}

/* Lay the candidates on their grids, as the layout says but for what each has of its own. */
static void
lay_series(Making *making, SeriesLayout layout, const PanelRows *rows, Candidate *candidates,
		   int64 count)
{
	Panel *panel = making->panel;
	Ahead ahead = {.source = rows->ahead, .order = order_request(rows, making->request)};

	if (rows->categories != NULL)
		ahead.order.categories += panel_rows_past(rows);
	panel->series =
		MemoryContextAllocHuge(CurrentMemoryContext, Max(count, 1) * sizeof(GridSeries *));
	for (int64 i = 0; i < count; i++)
	{
		GridSeries *series;
		Fault fault = {0};

		check_interrupts();
		layout.held = making->held;
		series = lay_candidate(&candidates[i], &layout, &ahead, &fault);
		if (series != NULL)
		{
			panel->series[panel->count++] = series;
			panel->missing += series->missing;
			making->held = add_size(making->held, grid_bytes(series));
		}
		else
			skip_series(making, candidates[i].label, &fault);
		making->held -= ordered_bytes(&candidates[i].ordered);
		series_order_free(&candidates[i].ordered);
	}
	series_order_free(&ahead.ordered);
}

/*
 * The listed steps from the first row of all series on: of those before nothing is known, and a
 * model need not keep them.
 */
static const Times *
steps_from_first(const Times *list, const Candidate *candidates, int64 count)
{
	TimestampTz first = times_at(list, list->count - 1);
	Times *steps = palloc(sizeof(Times));
	int64 number;
	bool exact;

	for (int64 i = 0; i < count; i++)
		first = Min(first, times_at(&candidates[i].ordered.times, 0));
	number = Max(0, step_list_index(list, first, &exact));
	*steps = times_slice(list, number, list->count - number);
	return steps;
}

Panel *
panel_build(const PanelRows *rows, const PanelRequest *wanted)
{
	PanelRequest own = *wanted;
	const PanelRequest *request = &own;
	Panel *panel = palloc0(sizeof(Panel));
	Making making = {.panel = panel,
					 .request = request,
					 .held = add_size(panel_rows_bytes(rows), choice_bytes(rows->series_count))};
	Candidate *candidates;
	SeriesLayout layout = {.origin =
							   request->fixed != NULL ? FREQUENCY_OF_MODEL : FREQUENCY_OF_SERIES,
						   .past = panel_rows_past(rows),
						   .future = panel_rows_future(rows),
						   .statics = rows->statics,
						   .categories = rows->categories,
						   .missing = request->missing};
	int64 count;

	check_memory_limit(making.held, "laying out rows", SERIES_MEMORY_HINT);
	candidates = MemoryContextAllocHuge(CurrentMemoryContext,
										Max(rows->series_count, 1) * sizeof(Candidate));
	panel->past = layout.past;
	panel->future = layout.future;
	panel->statics = layout.statics;
	panel->categories = rows->categories;
	panel->holidays = rows->holidays;
	panel->rows = rows->count;
	count = order_series(&making, rows, candidates);
	if (own.steps != NULL)
		own.steps = steps_from_first(own.steps, candidates, count);
	count = find_frequencies(&making, candidates, count);
	if (count > 1 && rows->has_times && request->fixed == NULL && request->steps == NULL &&
		frequency_is_open(request->frequency))
	{
		agree_on_frequency(candidates, count, request);
		layout.origin = FREQUENCY_OF_PANEL;
	}
	lay_series(&making, layout, rows, candidates, count);
	pfree(candidates);
	if (panel->skipped_count > 1)
		qsort(panel->skipped, panel->skipped_count, sizeof(SkippedSeries), compare_skipped);
	if (panel->count > 0)
		panel->frequency = panel->series[0]->frequency;
	else if (panel->skipped_count > 0)
		fault_throw(&panel->skipped[0].fault);
	panel->bytes = making.held;
	return panel;
}

Panel
panel_shared(const Panel *panel)
{
	Panel shared = *panel;
	Size bytes = mul_size(sizeof(GridSeries *), panel->count);

	shared.series = palloc_extended(bytes, MCXT_ALLOC_HUGE);
	memcpy(shared.series, panel->series, bytes);
	shared.bytes = add_size(panel->bytes, bytes);
	return shared;
}
