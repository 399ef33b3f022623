/*
 * downsample.c
 *	  The points of a long line that make a difference on paper.
 */
#include "postgres.h"

#include <math.h>

#include "base/interrupts.h"
#include "chart/downsample.h"

/* What is known of the part of time that the loop is in. */
typedef struct Bucket
{
	int number; /* -1: none yet */
	bool begins;
	const ChartPoint *kept[POINTS_A_BUCKET]; /* first, lowest, highest, last */
} Bucket;

enum
{
	KEPT_FIRST,
	KEPT_LOWEST,
	KEPT_HIGHEST,
	KEPT_LAST
};

/* Write the bucket's points in the order of time, each once. Returns how many. */
static int
flush_bucket(const Bucket *bucket, DrawnPoint *drawn)
{
	const ChartPoint *low = Min(bucket->kept[KEPT_LOWEST], bucket->kept[KEPT_HIGHEST]);
	const ChartPoint *high = Max(bucket->kept[KEPT_LOWEST], bucket->kept[KEPT_HIGHEST]);
	const ChartPoint *ordered[] = {bucket->kept[KEPT_FIRST], low, high, bucket->kept[KEPT_LAST]};
	int count = 0;

	if (bucket->number < 0)
		return 0;
	for (int i = 0; i < lengthof(ordered); i++)
		if (count == 0 || ordered[i] != drawn[count - 1].point)
			drawn[count++] = (DrawnPoint){.point = ordered[i]};
	drawn[0].begins = bucket->begins;
	return count;
}

/* Take a point into the bucket that it lies in. */
static void
extend_bucket(Bucket *bucket, const ChartPoint *point, int line)
{
	double value = point_value(point, line);

	if (value < point_value(bucket->kept[KEPT_LOWEST], line))
		bucket->kept[KEPT_LOWEST] = point;
	if (value > point_value(bucket->kept[KEPT_HIGHEST], line))
		bucket->kept[KEPT_HIGHEST] = point;
	bucket->kept[KEPT_LAST] = point;
}

int64
downsample(const ChartSeries *series, int line, TimestampTz first, TimestampTz last, int buckets,
		   DrawnPoint *drawn)
{
	double span = (double) last - (double) first;
	Bucket bucket = {.number = -1};
	const ChartPoint *before = NULL;
	int64 count = 0;

	for (int64 i = 0; i < series->count; i++)
	{
		const ChartPoint *point = &series->points[i];
		int number;

		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (isnan(point_value(point, line)))
			continue;
		number = span > 0 ? (int) (((double) point->time - (double) first) / span * buckets) : 0;
		number = Max(0, Min(number, buckets - 1));
		if (number == bucket.number)
			extend_bucket(&bucket, point, line);
		else
		{
			count += flush_bucket(&bucket, drawn + count);
			/* apart by a point without a value, or by a long time */
			bucket = (Bucket){.number = number,
							  .begins = before == NULL || point - before != 1 ||
										(double) point->time - (double) before->time >
											(double) series->gap,
							  .kept = {point, point, point, point}};
		}
		before = point;
	}
	return count + flush_bucket(&bucket, drawn + count);
}
