/*
 * format.c
 *	  What writing and reading a model's bytes share.
 */
#include "postgres.h"

#include "port/pg_crc32c.h"

#include "base/interrupts.h"
#include "model/format.h"
#include "model/safetensors.h"

#define LONGEST_DETAIL 320

const char *const model_frequency_words[MODEL_FREQUENCY_WORDS] = {
	[FREQUENCY_NONE] = "none",           [FREQUENCY_FIXED] = "fixed",
	[FREQUENCY_DAYS] = "days",           [FREQUENCY_BUSINESS_DAYS] = "business days",
	[FREQUENCY_OPEN] = "open",           [FREQUENCY_MONTHS] = "months",
	[FREQUENCY_FISCAL] = "fiscal",       [FREQUENCY_LISTED] = "listed",
	[FREQUENCY_IRREGULAR] = "irregular",
};

void
model_throw_invalid(const char *detail, ...)
{
	char text[LONGEST_DETAIL];
	va_list arguments;

	va_start(arguments, detail);
	vsnprintf(text, sizeof(text), detail, arguments);
	va_end(arguments);
	ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
					errmsg("not an lstm_forecast model"), errdetail_internal("%s", text),
					errhint("Models are made by lstm_train() and must be stored unchanged.")));
}

char *
model_tensor_name(int count, int member, const char *parameter)
{
	return count == 1 ? pstrdup(parameter) : psprintf("%d.%s", member, parameter);
}

uint32
model_checksum(const char *bytes, size_t size)
{
	const size_t digits = SAFETENSORS_LENGTH_BYTES + MODEL_MAGIC_LENGTH;
	const size_t rest = digits + MODEL_CHECKSUM_DIGITS;
	pg_crc32c crc;

	INIT_CRC32C(crc);
	COMP_CRC32C(crc, bytes, digits);
	COMP_CRC32C(crc, MODEL_CHECKSUM_ZEROS, MODEL_CHECKSUM_DIGITS);
	for (size_t at = rest; at < size; at += INTERRUPT_BYTES)
	{
		check_interrupts();
		COMP_CRC32C(crc, bytes + at, Min(INTERRUPT_BYTES, size - at));
	}
	FIN_CRC32C(crc);
	return crc;
}

bool
model_anchors_equal(const Frequency *frequency, const Frequency *model)
{
	return frequency->month_end == model->month_end && frequency->month_day == model->month_day &&
		   frequency->month_nth == model->month_nth &&
		   frequency->month_weekday == model->month_weekday &&
		   frequency->month_any == model->month_any &&
		   memcmp(&frequency->fiscal, &model->fiscal, sizeof(FiscalYear)) == 0 &&
		   frequency->tolerance == model->tolerance && frequency->has_time == model->has_time &&
		   (!frequency->has_time || frequency->time_of_day == model->time_of_day) &&
		   strcmp(frequency->zone, model->zone) == 0;
}
