/*
 * safetensors.h
 *	  The container: named tensors and string metadata in a flat run of bytes.
 *
 *		8 bytes		length of the header, little-endian
 *		header		JSON, UTF-8, padded with spaces to a multiple of 8 bytes:
 *					{"__metadata__": {name: string, ...},
 *					 tensor: {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ...}
 *		the rest	the tensors' values, little-endian, row by row, without gaps
 *
 * As defined at https://github.com/huggingface/safetensors. Nothing here knows
 * what the tensors mean.
 */
#ifndef LSTM_FORECAST_SAFETENSORS_H
#define LSTM_FORECAST_SAFETENSORS_H

#include "postgres.h"
#include "lib/stringinfo.h"
#include "utils/jsonb.h"

#include "base/compat.h"

#define SAFETENSORS_LENGTH_BYTES 8
#define SAFETENSORS_MAX_HEADER (100 * 1000 * 1000) /* that of the reference implementation */
#define SAFETENSORS_MAX_DIMENSIONS 4

typedef enum SafetensorsType
{
	SAFETENSORS_U8,
	SAFETENSORS_F16,
	SAFETENSORS_F32,
	SAFETENSORS_F64,
	SAFETENSORS_I64
} SafetensorsType;

typedef struct SafetensorsTensor
{
	char *name;
	SafetensorsType type;
	int dimensions;
	int64 shape[SAFETENSORS_MAX_DIMENSIONS];
	size_t count; /* values */
	size_t begin; /* first byte, from the start of the tensors' part */
	size_t end;   /* byte after the last */
} SafetensorsTensor;

/* A file in the making: first metadata, then tensors in the order of their bytes. */
typedef struct SafetensorsWriter
{
	StringInfoData header; /* in the database's encoding, not closed yet */
	size_t bytes;          /* of the tensors so far */
	bool in_metadata;
} SafetensorsWriter;

extern void safetensors_begin(SafetensorsWriter *writer);

/* Add a string to the metadata; before the first tensor. */
extern void safetensors_add_metadata(SafetensorsWriter *writer, const char *name,
									 const char *value);

/*
 * Announce a tensor of one dimension or more; returns where its bytes belong,
 * from the start of the tensors' part.
 */
extern size_t safetensors_add_tensor(SafetensorsWriter *writer, const char *name,
									 SafetensorsType type, int dimensions, const int64 *shape);

/* Raise 54000 for a header of more bytes than there may be: it has a description of every series.
 */
extern void safetensors_check_header(size_t bytes);

/* Close the header: its text in UTF-8, padded, *length bytes. More than the limit raises 54000. */
extern char *safetensors_end(SafetensorsWriter *writer, size_t *length);

/* The header's length to and from its 8 bytes. */
extern void safetensors_put_length(char *bytes, uint64 length);
extern uint64 safetensors_get_length(const char *bytes);

/* Copy count values between memory and file; either side may be unaligned. */
extern void safetensors_copy(void *to, const void *from, size_t count, SafetensorsType type);

/* A file that was read. Nothing points into its bytes but data. */
typedef struct SafetensorsFile
{
	Jsonb *header;
	int64 count;
	SafetensorsTensor *tensors; /* by name */
	const char *data;           /* the tensors' part of the bytes read */
} SafetensorsFile;

/*
 * Read the container and check every length and offset: the tensors lie within
 * the bytes, one behind the other, and each is as long as its shape says. NULL,
 * with a sentence in *problem, when something does not hold. A header that is
 * no JSON raises 22P02, one that the database's encoding cannot hold 22P05, one that would
 * take more memory than lstm_forecast.max_memory 54000.
 */
extern SafetensorsFile *safetensors_read(const char *bytes, size_t size, const char **problem);

/* The metadata of that name, copied; NULL when there is none. */
extern char *safetensors_metadata(const SafetensorsFile *file, const char *name);

/* The tensor of that name, or NULL. */
extern const SafetensorsTensor *safetensors_find(const SafetensorsFile *file, const char *name);

#endif
