/*
 * mutate.c
 *	  Mutations that know what numbers, words and a model's bytes look like.
 *
 * Random bytes hardly ever get past a checksum, nor past a parser of JSON. So most mutations of a
 * model change one part of it and make length and checksum right again, and most mutations of text
 * put a number for a number and a word for a word.
 */
#include "postgres.h"

#include <ctype.h>

#include "fuzz.h"
#include "model/format.h"
#include "model/safetensors.h"

static const char *const numbers[] = {"0",
									  "-0",
									  "1",
									  "-1",
									  "2",
									  "3",
									  "5",
									  "7",
									  "8",
									  "12",
									  "24",
									  "60",
									  "100",
									  "127",
									  "128",
									  "255",
									  "256",
									  "999",
									  "1000",
									  "1001",
									  "4096",
									  "10000",
									  "10001",
									  "32767",
									  "65535",
									  "65536",
									  "1000000",
									  "2147483646",
									  "2147483647",
									  "2147483648",
									  "-2147483648",
									  "4294967295",
									  "4294967296",
									  "9223372036854775807",
									  "9223372036854775808",
									  "-9223372036854775808",
									  "18446744073709551615",
									  "18446744073709551616",
									  "0.5",
									  "0.999",
									  "1e-9",
									  "1e-300",
									  "4.9e-324",
									  "1e-400",
									  "1e9",
									  "1e18",
									  "1e30",
									  "1.7976931348623157e308",
									  "1e400",
									  "-1e308",
									  "0.1e1",
									  "3.0",
									  "1e15000"};

static const char *const words[] = {
	"null",     "true",      "false",    "auto",          "none",    "lstm",     "gru",
	"rnn",      "direct",    "parallel", "recursive",     "last",    "sequence", "mean",
	"instance", "season",    "standard", "minmax",        "log",     "log1p",    "mae",
	"huber",    "quantile",  "gaussian", "student_t",     "fixed",   "days",     "business days",
	"months",   "irregular", "UTC",      "Europe/Berlin", "1 month", "zero",     "sum",
	"model",    "F32",       "F64",      "I64",           "U8"};

/* What a slot of a tensor may hold. */
static const double doubles[] = {0,        -0.0,         1,      -1,    0.5,    1e-300,
								 4.9e-324, 1e30,         -1e30,  1e300, -1e300, 1e308,
								 -1e308,   2147483648.0, 9.3e18, 1000,  3};
static const int64 integers[] = {0,
								 1,
								 2,
								 -1,
								 5,
								 100,
								 PG_INT32_MAX,
								 PG_INT32_MIN,
								 (int64) PG_INT32_MAX + 1,
								 PG_INT64_MAX,
								 PG_INT64_MIN,
								 PG_INT64_MAX - 1,
								 -211813488000000000,
								 9223371331200000000,
								 9223371331199999999,
								 10000000,
								 10000001,
								 86400000000};

/* A number below `below`: SplitMix64. */
uint64
mutate_random(uint64 *random, uint64 below)
{
	uint64 z = *random += UINT64CONST(0x9E3779B97F4A7C15);

	z = (z ^ (z >> 30)) * UINT64CONST(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64CONST(0x94D049BB133111EB);
	return below == 0 ? 0 : (z ^ (z >> 31)) % below;
}

static bool
in_number(uint8 c)
{
	return isdigit(c) || c == '.' || c == '-' || c == '+';
}

static bool
in_word(uint8 c)
{
	return isalpha(c) || c == '_' || c == '/';
}

/* A run of such characters, looked for from a random place on; its length, 0 where there is none.
 */
static size_t
find_run(const uint8 *text, size_t size, bool (*belongs)(uint8), uint64 *random, size_t *begin)
{
	size_t at = mutate_random(random, size);
	size_t end;

	for (size_t i = 0; i < size && !belongs(text[at]); i++)
		at = (at + 1) % size;
	if (size == 0 || !belongs(text[at]))
		return 0;
	while (at > 0 && belongs(text[at - 1]))
		at--;
	for (end = at; end < size && belongs(text[end]); end++)
		;
	*begin = at;
	return end - at;
}

/* Put other bytes for a run; the new size, or the old one where there is no room. */
static size_t
replace_run(uint8 *text, size_t size, size_t most, size_t begin, size_t length, const void *bytes,
			size_t count)
{
	if (size - length + count > most)
		return size;
	memmove(text + begin + count, text + begin + length, size - begin - length);
	memcpy(text + begin, bytes, count);
	return size - length + count;
}

size_t
mutate_text(uint8 *text, size_t size, size_t most, uint64 *random)
{
	bool number = mutate_random(random, 2) == 0;
	bool (*belongs)(uint8) = number ? in_number : in_word;
	size_t begin;
	size_t length = find_run(text, size, belongs, random, &begin);
	char copy[64];
	size_t other;
	size_t other_length;

	if (length == 0)
		return LLVMFuzzerMutate(text, size, most);
	if (mutate_random(random, 3) > 0)
	{
		const char *word = number ? numbers[mutate_random(random, lengthof(numbers))]
								  : words[mutate_random(random, lengthof(words))];

		return replace_run(text, size, most, begin, length, word, strlen(word));
	}
	/* one that stands elsewhere in the text */
	other_length = find_run(text, size, belongs, random, &other);
	other_length = Min(other_length, sizeof(copy));
	memcpy(copy, text + other, other_length);
	return replace_run(text, size, most, begin, length, copy, other_length);
}

/* Put a number that is out of the ordinary into the tensors. */
static void
mutate_slot(uint8 *data, size_t size, uint64 *random)
{
	double d = doubles[mutate_random(random, lengthof(doubles))];
	int64 i = integers[mutate_random(random, lengthof(integers))];
	float f = (float) d;
	const void *value = mutate_random(random, 2) == 0 ? (const void *) &d : (const void *) &i;
	size_t width = sizeof(d);
	size_t slot;

	if (mutate_random(random, 3) == 0)
	{
		value = &f;
		width = sizeof(f);
	}
	if (size < width)
		return;
	slot = mutate_random(random, size / width) * width;
	/* the first slots are numbers of series and history, which matter more than weights */
	if (mutate_random(random, 2) == 0)
		slot = mutate_random(random, Min(size / width, 32)) * width;
	memcpy(data + slot, value, width);
}

/* Make the length of the header and the checksum right. */
static void
mend_model(uint8 *data, size_t size, size_t header)
{
	const size_t digits = SAFETENSORS_LENGTH_BYTES + MODEL_MAGIC_LENGTH;
	char checksum[MODEL_CHECKSUM_DIGITS + 1];

	safetensors_put_length((char *) data, header);
	if (header < MODEL_MAGIC_LENGTH + MODEL_CHECKSUM_DIGITS)
		return;
	memcpy(data + SAFETENSORS_LENGTH_BYTES, MODEL_MAGIC, MODEL_MAGIC_LENGTH);
	snprintf(checksum, sizeof(checksum), "%08x", model_checksum((char *) data, size));
	memcpy(data + digits, checksum, MODEL_CHECKSUM_DIGITS);
}

/*
 * Mutate the header, of *header bytes, and move what lies behind it. A copy is mutated, as its size
 * changes on the way. Returns the new size of the whole.
 */
static size_t
mutate_header(uint8 *data, size_t size, size_t most, uint64 *header, uint64 *random)
{
	uint8 *text = data + SAFETENSORS_LENGTH_BYTES;
	size_t tensors = size - SAFETENSORS_LENGTH_BYTES - *header;
	size_t room = most - SAFETENSORS_LENGTH_BYTES - tensors;
	size_t changed;
	uint8 *copy;

	if (room == 0)
		return size;
	copy = malloc(room);
	if (copy == NULL)
		return size;
	memcpy(copy, text, *header);
	changed = mutate_random(random, 4) > 0 ? mutate_text(copy, *header, room, random)
										   : LLVMFuzzerMutate(copy, *header, room);
	memmove(text + changed, text + *header, tensors);
	memcpy(text, copy, changed);
	free(copy);
	*header = changed;
	return SAFETENSORS_LENGTH_BYTES + changed + tensors;
}

size_t
mutate_model(uint8 *data, size_t size, size_t most, unsigned int seed)
{
	uint64 random = seed;
	uint64 rounds = 1 + mutate_random(&random, 3);
	uint64 header;

	if (size < SAFETENSORS_LENGTH_BYTES || mutate_random(&random, 20) == 0)
		return LLVMFuzzerMutate(data, size, most);
	header = Min(safetensors_get_length((char *) data), size - SAFETENSORS_LENGTH_BYTES);
	for (uint64 i = 0; i < rounds; i++)
	{
		uint8 *tensors = data + SAFETENSORS_LENGTH_BYTES + header;
		uint64 kind = mutate_random(&random, 10);

		if (kind >= 8)
			mutate_slot(tensors, size - (tensors - data), &random);
		else if (kind == 7 && most > (size_t) (tensors - data))
			size = (tensors - data) +
				   LLVMFuzzerMutate(tensors, size - (tensors - data), most - (tensors - data));
		else
			size = mutate_header(data, size, most, &header, &random);
	}
	mend_model(data, size, header);
	return size;
}
