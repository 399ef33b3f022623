/*
 * planned_size.c
 *	  What is known of a model's size before it is trained.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "storage/shmem.h"

#include "base/interrupts.h"
#include "model/format.h"
#include "model/safetensors.h"
#include "model/size.h"
#include "model/network_table.h"
#include "train/calibration.h"
#include "train/planned_size.h"
#include "train/train_member.h"

/*
 * Bytes of a character in the header: a string in JSON text, which is itself a string in JSON.
 * In encodings but UTF-8, where a character may take more bytes than there, half of those.
 */
static Size
header_halves(unsigned char character)
{
	switch (character)
	{
		case '"':
		case '\\':
			return 2 * 4;
		case '\b':
		case '\f':
		case '\n':
		case '\r':
		case '\t':
			return 2 * 3;
		default:
			break;
	}
	if (character < ' ')
		return 2 * strlen("\\\\u0001");
	return IS_HIGHBIT_SET(character) && GetDatabaseEncoding() != PG_UTF8 ? 1 : 2;
}

/* Bytes that the header has for a text, at least. */
static Size
text_bytes(const char *text)
{
	Size halves = 0;

	for (const char *at = text; *at != '\0'; at++)
		halves += header_halves((unsigned char) *at);
	return strlen("\\\"\\\",") + halves / 2;
}

/* Bytes that the header has for a series, at least: its name, and anchors of its own. */
static Size
description_bytes(const GridSeries *series, const Frequency *model)
{
	Size bytes = series->label == NULL ? strlen("null") : text_bytes(series->label);

	if (!model_anchors_equal(&series->frequency, model))
		bytes += strlen("{\\\"month_end\\\":true,\\\"month_day\\\":0,"
						"\\\"month_weekday\\\":0,\\\"month_nth\\\":0,"
						"\\\"month_any\\\":true,\\\"tolerance\\\":0,"
						"\\\"time_of_day\\\":0,\\\"zone\\\":\\\"\\\"},");
	return bytes;
}

/* Bytes that a model keeps of a series beside that. */
static Size
series_bytes(const GridSeries *series, int lookback, int member_count)
{
	Size fields =
		MODEL_SERIES_FIELDS + 1 + MODEL_ERROR_FIELDS + (Size) MODEL_SCALER_FIELDS * member_count;
	Size width = sizeof(float4) * (Size) (series->past + series->future);
	Size kept = Min(series->length, lookback);
	Size covered = kept + series->covered - series->length;

	return add_size(sizeof(float8) * (fields + kept), mul_size(width, covered));
}

/* A model of more series could not be read. */
static void
check_series_count(int64 count)
{
	if (count > MODEL_MAX_SERIES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("model has too many series"),
				 errdetail("There are %lld, and may be %d.", (long long) count, MODEL_MAX_SERIES),
				 errhint("Train several models, each on a part of the series.")));
}

void
check_planned_size(const TrainPlan *plan, const Panel *panel, const lf_dataset *dataset)
{
	lf_calibration calibration = calibration_planned(plan, dataset, panel->missing == 0);
	int64 lookback = lf_calibration_memory(&calibration);
	Size header = 0;
	Size bytes = sizeof(float4) * (Size) calibration.horizon * calibration.points;
	/* halves, unless an option says what the networks are */
	Size weight = plan->options.networks_given ? sizeof(float4) : sizeof(uint16);

	check_series_count(panel->count);
	for (int i = 0; i < plan->member_count; i++)
	{
		check_interrupts();
		bytes = add_size(bytes, mul_size(weight, network_weights(&plan->members[i].network)));
		lookback = Max(lookback, plan->members[i].network.lookback);
	}
	for (int64 i = 0; i < panel->count; i++)
	{
		check_interrupts();
		header = add_size(header, description_bytes(panel->series[i], &panel->frequency));
		bytes = add_size(bytes, series_bytes(panel->series[i], lookback, plan->member_count));
	}
	for (int64 i = 0; i < panel->skipped_count; i++)
	{
		check_interrupts();
		header = add_size(header, text_bytes(panel->skipped[i].label));
		header += strlen("{\\\"series\\\":,\\\"message\\\":\\\"\\\"},");
	}
	safetensors_check_header(header);
	check_model_size(add_size(header, bytes));
}
