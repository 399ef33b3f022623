/*
 * importance_windows.c
 *	  The windows on which the importance of drivers is measured.
 */
#include "postgres.h"

#include "base/interrupts.h"
#include "backtest/importance_windows.h"

#define LEAST_HELD_OUT 20    /* windows later than the training; of fewer, chance says more */
#define SAMPLE_STREAM 0x1e5a /* of random numbers */

/* The origins of one series. */
typedef struct Origins
{
	int64 first;
	int64 count;
} Origins;

/* Those whose targets are observed, of a series of the panel. */
static Origins
origins_of(const Model *model, const History *history, const OriginSample *sample)
{
	int64 last = history->length - model->horizon;
	int64 first = Max(1, Min(model_least_history(model), last));

	if (sample->held_out)
		first = model->frequency.kind == FREQUENCY_NONE ? history->length
														: test_first_origin(model, history);
	else
		first = Max(first, last - sample->request->windows + 1);
	return (Origins){.first = Min(first, history->length), .count = Max(0, last - first + 1)};
}

static int64
count_origins(const Model *model, const History *histories, int64 count, const OriginSample *sample)
{
	int64 total = 0;

	for (int64 i = 0; i < count; i++)
	{
		check_interrupts();
		total += origins_of(model, &histories[i], sample).count;
	}
	return total;
}

static void
throw_no_windows(const Model *model)
{
	ereport(
		ERROR,
		(errcode(ERRCODE_DATA_EXCEPTION), errmsg("source is too short to measure importance on"),
		 errdetail("There have to be two windows, and no series has %d steps.", model->horizon + 2),
		 errhint("Give more rows.")));
}

static void
notice_trained(const Model *model, int64 later)
{
	ereport(NOTICE,
			(errmsg("importance is measured on rows that the model was trained on"),
			 model->frequency.kind == FREQUENCY_NONE
				 ? errdetail("Without timestamps nothing tells which rows are later.")
				 : errdetail("Only %lld windows are later than its training; there should be %d.",
							 (long long) later, LEAST_HELD_OUT),
			 errhint("It says what the model relies on, but not how well that holds for new rows: "
					 "for that, train on the earlier rows, and give all of them here.")));
}

OriginSample
origin_sample(const Model *model, const Panel *panel, const ImportanceRequest *request)
{
	OriginSample sample = {.request = request,
						   .held_out = true,
						   .random = lf_random_seed((uint64) request->seed, SAMPLE_STREAM)};
	History *histories = history_of_panel(model, panel);

	sample.total = count_origins(model, histories, panel->count, &sample);
	if (sample.total < LEAST_HELD_OUT)
	{
		int64 later = sample.total;

		sample.held_out = false;
		sample.total = count_origins(model, histories, panel->count, &sample);
		if (sample.total < 2)
			throw_no_windows(model);
		notice_trained(model, later);
	}
	sample.wanted = Min(sample.total, request->windows);
	pfree(histories);
	return sample;
}

/* The place among all origins of the next window, by chance in its part of them. */
static int64
next_place(OriginSample *sample)
{
	int64 begin = sample->total * sample->chosen / sample->wanted;
	int64 end = sample->total * (sample->chosen + 1) / sample->wanted;

	return begin + (int64) lf_random_below(&sample->random, (uint64) (end - begin));
}

int64
sample_origins(ModelTest *test, int64 number)
{
	OriginSample *sample = test->chooser;
	Origins origins = origins_of(test->model, &test->histories[number], sample);
	int64 first = origins.first;
	int fold = 0;

	while (sample->chosen < sample->wanted)
	{
		lf_random before = sample->random;
		int64 place = next_place(sample) - sample->passed;

		if (place >= origins.count)
		{
			sample->random = before; /* it is drawn again for the next series */
			break;
		}
		if (fold++ == 0)
			first = origins.first + place;
		test_append_window(test, number, origins.first + place, fold);
		sample->chosen++;
		if (sample->chosen % 1024 == 0)
			check_interrupts();
	}
	sample->passed += origins.count;
	return first;
}
