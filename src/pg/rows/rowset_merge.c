/*
 * rowset_merge.c
 *	  Rows of parallel workers into one row set, in the order of their times.
 *
 * A parallel scan hands out pages in pieces, so that of a table in order every worker has
 * rows in order, with gaps that the others' rows fill. Merging them is one pass over their
 * runs; the values then move once each, the last ones first, to where they stay.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "base/interrupts.h"
#include "rows/rowset_merge.h"

#define FIRST_PIECES 16
#define ROWS_A_PIECE 16 /* on average, or moving them would be slower than sorting later */

/* Rows of one set that follow one another in the merged one. */
typedef struct Piece
{
	int64 row;
	int64 count;
	bool from_source;
} Piece;

/* Where the rows of both sets come to lie. */
typedef struct MergePlan
{
	Timeline timeline;
	MemoryContext context; /* of the timeline */
	Piece *pieces;         /* (count) in the order of time */
	int64 count;
	int64 capacity;
	int64 most; /* pieces that there may be */
} MergePlan;

/* One of the sets: the segment that is looked at, and where it begins. */
typedef struct MergeSide
{
	TimeCursor cursor;
	TimeSegment segment; /* less what was taken; count 0: none left */
	int64 row;
	bool is_source;
} MergeSide;

static void
fetch_segment(MergeSide *side)
{
	if (side->segment.count == 0 && !times_next(&side->cursor, INTERRUPT_ROWS, &side->segment))
		side->segment.count = 0;
}

/* How many rows of a segment are before a time. */
static int64
rows_before(const TimeSegment *segment, TimestampTz time)
{
	if (segment->first >= time)
		return 0;
	if (segment_last(segment) < time)
		return segment->count;
	/* unsigned, as the difference may overflow */
	return (int64) (((uint64) time - (uint64) segment->first - 1) / (uint64) segment->step) + 1;
}

/* Let the next rows of a side be the next ones of all. False where there are too many pieces. */
static bool
take_rows(MergePlan *plan, MergeSide *side, int64 count)
{
	TimeSegment *segment = &side->segment;
	TimeRun run = {.first = segment->first, .step = segment->step};
	Times times = {.runs = &run, .run_count = 1, .count = count};
	Piece *last = plan->count > 0 ? &plan->pieces[plan->count - 1] : NULL;

	timeline_append_all(&plan->timeline, plan->context, &times);
	if (last != NULL && last->from_source == side->is_source)
		last->count += count;
	else
	{
		if (plan->count == plan->most)
			return false;
		if (plan->count == plan->capacity)
		{
			plan->capacity *= 2;
			plan->pieces = repalloc_huge(plan->pieces, plan->capacity * sizeof(Piece));
		}
		plan->pieces[plan->count++] =
			(Piece){.row = side->row, .count = count, .from_source = side->is_source};
	}
	side->row += count;
	segment->count -= count;
	if (segment->count > 0)
		segment->first += segment->step * count;
	return true;
}

/* Find the order of all rows, those of the target before others at the same time. */
static bool
plan_merge(const RowSet *target, const RowSet *source, MergePlan *plan)
{
	Times target_times = timeline_times(&target->timeline);
	Times source_times = timeline_times(&source->timeline);
	MergeSide left = {.cursor = times_begin(&target_times)};
	MergeSide right = {.cursor = times_begin(&source_times), .is_source = true};

	for (;;)
	{
		int64 before;
		bool taken;

		fetch_segment(&left);
		fetch_segment(&right);
		if (left.segment.count == 0 && right.segment.count == 0)
			return true;
		if (left.segment.count == 0 || right.segment.count == 0)
		{
			MergeSide *rest = left.segment.count > 0 ? &left : &right;

			taken = take_rows(plan, rest, rest->segment.count);
		}
		else if ((before = rows_before(&right.segment, left.segment.first)) > 0)
			taken = take_rows(plan, &right, before);
		else
			taken = take_rows(plan, &left, Max(rows_before(&left.segment, right.segment.first), 1));
		if (!taken)
			return false;
	}
}

/* Move elements of `width` bytes to their places, the last ones first: none is overwritten. */
static void
move_pieces(const MergePlan *plan, int64 rows, char *target, const char *source, Size width)
{
	int64 end = rows;

	for (int64 i = plan->count - 1; i >= 0; i--)
	{
		const Piece *piece = &plan->pieces[i];

		check_interrupts();
		end -= piece->count;
		if (piece->from_source)
			memcpy(target + end * width, source + piece->row * width, piece->count * width);
		else if (piece->row != end)
			memmove(target + end * width, target + piece->row * width, piece->count * width);
	}
}

/* Merge sets that are in order. False, and nothing done, where that would take many pieces. */
static bool
merge_ordered(RowSet *target, const RowSet *source)
{
	int64 rows = target->count + source->count;
	Size width = sizeof(float) * (Size) target->covariate_count;
	MergePlan plan = {.context = target->context,
					  .pieces = palloc(sizeof(Piece) * FIRST_PIECES),
					  .capacity = FIRST_PIECES,
					  .most = FIRST_PIECES + rows / ROWS_A_PIECE};
	bool planned = plan_merge(target, source, &plan);

	if (planned)
	{
		rowset_reserve(target, source->count);
		move_pieces(&plan, rows, (char *) target->values, (const char *) source->values,
					sizeof(double));
		if (width > 0)
			move_pieces(&plan, rows, (char *) target->covariates, (const char *) source->covariates,
						width);
		timeline_free(&target->timeline);
		target->timeline = plan.timeline;
		target->nulls += source->nulls;
		target->count = rows;
	}
	else
		timeline_free(&plan.timeline);
	pfree(plan.pieces);
	return planned;
}

void
rowset_merge(RowSet *target, const RowSet *source)
{
	if (target->has_times && target->count > 0 && source->count > 0 && !target->timeline.descends &&
		!source->timeline.descends && merge_ordered(target, source))
		return;
	rowset_append_all(target, source);
}
