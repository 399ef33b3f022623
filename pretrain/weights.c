/*
 * weights.c
 *	  Weights of the universal network as a safetensors file of half precision.
 */
#include "weights.h"

#include <err.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"

#define HEADER_SIZE 16384

static const char *const cell_words[] = {
	[LF_CELL_LSTM] = "lstm", [LF_CELL_GRU] = "gru", [LF_CELL_RNN] = "rnn"};

#define CELLS ((int) (sizeof(cell_words) / sizeof(cell_words[0])))

/* --- half precision --- */

/* To the nearest, ties to even; weights are far from its limits. */
static uint16_t
half_of(float value)
{
	_Float16 half = (_Float16) value;
	uint16_t bits;

	memcpy(&bits, &half, sizeof(bits));
	return bits;
}

static float
float_of(uint16_t bits)
{
	_Float16 half;

	memcpy(&half, &bits, sizeof(half));
	return (float) half;
}

/* --- the header --- */

typedef struct text
{
	size_t length;
	char bytes[HEADER_SIZE];
} text;

static void __attribute__((format(printf, 2, 3))) put(text *text, const char *format, ...)
{
	const size_t room = HEADER_SIZE - text->length;
	va_list arguments;
	int count;

	va_start(arguments, format);
	count = vsnprintf(text->bytes + text->length, room, format, arguments);
	va_end(arguments);
	if (count < 0 || (size_t) count >= room)
		errx(1, "the header of the weights is longer than %d bytes", HEADER_SIZE);
	text->length += (size_t) count;
}

static void
put_metadata(text *text, const lf_universal_config *config, const char *note)
{
	put(text, "\"__metadata__\":{\"cell\":\"%s\",\"hidden_size\":\"%d\",\"num_layers\":\"%d\"",
		cell_words[config->cell], config->hidden_size, config->num_layers);
	put(text, ",\"quantiles\":\"");
	for (int i = 0; i < config->loss.quantile_count; i++)
		put(text, "%s%g", i > 0 ? "," : "", config->loss.quantiles[i]);
	put(text, "\",\"note\":\"%s\"}", note);
}

/* The tensors' names, shapes and places. */
static void
put_tensors(text *text, const lf_parameter_table *table)
{
	size_t offset = 0;

	for (int i = 0; i < table->count; i++)
	{
		const lf_parameter *entry = &table->entry[i];
		const size_t bytes = sizeof(uint16_t) * entry->shape[0] * entry->shape[1];

		put(text, ",\"%s\":{\"dtype\":\"F16\",\"shape\":[%zu", entry->name, entry->shape[0]);
		if (entry->dimensions == 2)
			put(text, ",%zu", entry->shape[1]);
		put(text, "],\"data_offsets\":[%zu,%zu]}", offset, offset + bytes);
		offset += bytes;
	}
	put(text, "}");
}

static void
put_header(text *text, const lf_universal_config *config, const lf_parameter_table *table,
		   const char *note)
{
	text->length = 0;
	put(text, "{");
	put_metadata(text, config, note);
	put_tensors(text, table);
	while (text->length % 8 != 0)
		put(text, " ");
}

/* Open a file and read its header, as a string. */
static FILE *
open_weights(const char *path, text *header)
{
	uint64_t length;
	FILE *file = fopen(path, "rb");

	if (file == NULL)
		err(1, "cannot read \"%s\"", path);
	file_get(file, &length, sizeof(length), 1, path);
	if (length >= HEADER_SIZE)
		errx(1, "\"%s\" holds no weights that this program wrote", path);
	header->length = length;
	file_get(file, header->bytes, 1, length, path);
	header->bytes[length] = '\0';
	return file;
}

/* A value of the metadata, up to its closing quote. */
static const char *
metadata(const char *path, const text *header, const char *key)
{
	char quoted[64];
	const char *found;

	snprintf(quoted, sizeof(quoted), "\"%s\":\"", key);
	found = strstr(header->bytes, quoted);
	if (found == NULL)
		errx(1, "\"%s\" does not say its %s", path, key);
	return found + strlen(quoted);
}

static bool
is_word(const char *value, const char *word)
{
	const size_t length = strlen(word);

	return strncmp(value, word, length) == 0 && value[length] == '"';
}

static void
read_quantiles(const char *path, const char *value, lf_loss *loss)
{
	loss->kind = LF_LOSS_QUANTILE;
	loss->quantile_count = 0;
	for (char *end; loss->quantile_count < LF_MAX_QUANTILES; value = end + 1)
	{
		loss->quantiles[loss->quantile_count++] = strtod(value, &end);
		if (end > value && *end == '"')
			return;
		if (end == value || *end != ',')
			break;
	}
	errx(1, "\"%s\" has no list of at most %d quantiles", path, LF_MAX_QUANTILES);
}

/* --- the file --- */

void
weights_write(const char *path, const lf_universal_config *config, const lf_parameter_table *table,
			  const lf_real *parameters, const char *note)
{
	text header;
	uint64_t length;
	new_file file;

	put_header(&header, config, table, note);
	length = header.length;
	file_begin(&file, path);
	file_put(&file, &length, sizeof(length), 1);
	file_put(&file, header.bytes, 1, length);
	for (size_t i = 0; i < table->total; i++)
	{
		const uint16_t half = half_of((float) parameters[i]);

		file_put(&file, &half, sizeof(half), 1);
	}
	file_end(&file);
}

lf_universal_config
weights_read_shape(const char *path)
{
	lf_universal_config config = {.hidden_size = 0};
	text header;
	FILE *file = open_weights(path, &header);
	const char *cell = metadata(path, &header, "cell");
	int kind = 0;

	fclose(file);
	while (kind < CELLS && !is_word(cell, cell_words[kind]))
		kind++;
	if (kind == CELLS)
		errx(1, "\"%s\" is of a cell that there is not", path);
	config.cell = (lf_cell_kind) kind;
	config.hidden_size = atoi(metadata(path, &header, "hidden_size"));
	config.num_layers = atoi(metadata(path, &header, "num_layers"));
	read_quantiles(path, metadata(path, &header, "quantiles"), &config.loss);
	return config;
}

void
weights_read(const char *path, const lf_universal_config *config, const lf_parameter_table *table,
			 lf_real *parameters)
{
	text header, tensors = {.length = 0};
	FILE *file = open_weights(path, &header);

	put_tensors(&tensors, table);
	if (strstr(header.bytes, tensors.bytes) == NULL)
		errx(1, "\"%s\" is of another network than %d layers of %d units", path, config->num_layers,
			 config->hidden_size);
	for (size_t i = 0; i < table->total; i++)
	{
		uint16_t half;

		file_get(file, &half, sizeof(half), 1, path);
		parameters[i] = float_of(half);
	}
	file_close_at_end(file, path);
}
