/*
 * turns.c
 *	  Which networks are trained by all processes together, and in which order.
 *
 * Networks that are trained side by side need not wait for each other, so that is
 * best as long as all processes have one. But where there are fewer networks than
 * processes, or one is as large as all others, processes would stand idle.
 */
#include "postgres.h"

#include <math.h>

#include "storage/shmem.h"

#include "train/turns.h"

/* What is left of the speed of processes that wait for each other in every batch. */
#define TOGETHER_SPEED 0.9

Size
schedule_bytes(int members)
{
	return add_size(offsetof(TrainSchedule, order), mul_size(sizeof(int), members));
}

/* Networks by the work they are, most first; equal ones in their order. */
static void
order_by_work(const MemberSize *sizes, int members, int *order)
{
	for (int i = 0; i < members; i++)
	{
		int place = i;

		for (; place > 0 && sizes[order[place - 1]].work < sizes[i].work; place--)
			order[place] = order[place - 1];
		order[place] = i;
	}
}

/* Time, in operations of one process, of a network that all train together. */
static double
time_together(const MemberSize *size, int processes)
{
	int64 rounds = (size->micro_batches + processes - 1) / processes;

	return size->work * (double) rounds / (double) size->micro_batches / TOGETHER_SPEED;
}

/* Time until the networks of the order from `first` on are done, each by who is free first. */
static double
time_apart(const MemberSize *sizes, const int *order, int first, int members, int processes)
{
	double *busy = palloc0(sizeof(double) * processes);
	double last = 0;

	for (int i = first; i < members; i++)
	{
		int free = 0;

		for (int j = 1; j < processes; j++)
			if (busy[j] < busy[free])
				free = j;
		busy[free] += sizes[order[i]].work;
		last = Max(last, busy[free]);
	}
	pfree(busy);
	return last;
}

void
schedule_fill(TrainSchedule *schedule, const MemberSize *sizes, int members, int processes)
{
	double before = 0; /* time of those that are trained together */
	double least = INFINITY;

	order_by_work(sizes, members, schedule->order);
	schedule->processes = processes;
	schedule->together = 0;
	for (int i = 0; i <= members; i++)
	{
		double time = before + time_apart(sizes, schedule->order, i, members, processes);

		if (time < least)
		{
			schedule->together = i;
			least = time;
		}
		if (i < members)
			before += time_together(&sizes[schedule->order[i]], processes);
	}
	schedule->rounds =
		schedule->together + (members - schedule->together + processes - 1) / processes;
}

double
schedule_time(const TrainSchedule *schedule, const MemberSize *sizes, int members)
{
	double time =
		time_apart(sizes, schedule->order, schedule->together, members, schedule->processes);

	for (int i = 0; i < schedule->together; i++)
		time += time_together(&sizes[schedule->order[i]], schedule->processes);
	return time;
}

Size
schedule_memory(const TrainSchedule *schedule, const MemberSize *sizes, int members)
{
	Size *largest = palloc0(sizeof(Size) * schedule->processes); /* of those apart, descending */
	Size apart = 0;
	Size most = 0;
	Size shared = 0;

	for (int i = 0; i < schedule->together; i++)
	{
		const MemberSize *size = &sizes[schedule->order[i]];

		most = Max(most, mul_size(size->own, schedule->processes));
		shared = Max(shared, size->shared);
	}
	for (int i = schedule->together; i < members; i++)
	{
		Size bytes = sizes[schedule->order[i]].alone;

		for (int j = 0; j < schedule->processes; j++)
			if (bytes > largest[j])
			{
				Size smaller = largest[j];

				largest[j] = bytes;
				bytes = smaller;
			}
	}
	for (int j = 0; j < schedule->processes; j++)
		apart = add_size(apart, largest[j]);
	pfree(largest);
	return add_size(Max(most, apart), shared);
}

Size
schedule_shared(const MemberSize *sizes, int members, int processes)
{
	TrainSchedule *schedule = palloc(schedule_bytes(members));
	Size shared = 0;

	for (int fewer = 2; fewer <= processes; fewer++)
	{
		schedule_fill(schedule, sizes, members, fewer);
		for (int i = 0; i < schedule->together; i++)
			shared = Max(shared, sizes[schedule->order[i]].shared);
	}
	pfree(schedule);
	return shared;
}

int
schedule_most_processes(const MemberSize *sizes, int members)
{
	int64 most = members;

	for (int i = 0; i < members; i++)
		most = Max(most, sizes[i].micro_batches);
	return (int) Min(most, PG_INT32_MAX);
}
