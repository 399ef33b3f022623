/*
 * safetensors.c
 *	  The container: named tensors and string metadata in a flat run of bytes.
 *
 * A header can come from anywhere, so every number in it is checked before it
 * is used, and what is allocated never exceeds what the header's own size pays
 * for. The copying goes by memcpy: bytes in a bytea have no alignment.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "port/pg_bswap.h"

#include "core/arena.h"
#include "base/jsonio.h"
#include "model/safetensors.h"
#include "base/interrupts.h"

#define METADATA_KEY "__metadata__"

/* No tensor is described in fewer bytes: "":{"dtype":"F32","shape":[],"data_offsets":[0,4]} */
#define SMALLEST_ENTRY 50

static const struct
{
	const char *name;
	size_t width;
} type_table[] = {
	[SAFETENSORS_U8] = {"U8", 1},   [SAFETENSORS_F16] = {"F16", 2}, [SAFETENSORS_F32] = {"F32", 4},
	[SAFETENSORS_F64] = {"F64", 8}, [SAFETENSORS_I64] = {"I64", 8},
};

void
safetensors_begin(SafetensorsWriter *writer)
{
	initStringInfo(&writer->header);
	appendStringInfoString(&writer->header, "{\"" METADATA_KEY "\":{");
	writer->bytes = 0;
	writer->in_metadata = true;
}

void
safetensors_add_metadata(SafetensorsWriter *writer, const char *name, const char *value)
{
	Assert(writer->in_metadata);
	json_append_key(&writer->header, name);
	json_append_text(&writer->header, value);
}

static void
close_metadata(SafetensorsWriter *writer)
{
	if (writer->in_metadata)
		appendStringInfoChar(&writer->header, '}');
	writer->in_metadata = false;
}

size_t
safetensors_add_tensor(SafetensorsWriter *writer, const char *name, SafetensorsType type,
					   int dimensions, const int64 *shape)
{
	StringInfo header = &writer->header;
	size_t begin = writer->bytes;
	size_t bytes = type_table[type].width;

	Assert(dimensions >= 1 && dimensions <= SAFETENSORS_MAX_DIMENSIONS);
	close_metadata(writer);
	json_append_key(header, name);
	appendStringInfo(header, "{\"dtype\":\"%s\",\"shape\":[", type_table[type].name);
	for (int i = 0; i < dimensions; i++)
	{
		json_append_separator(header);
		appendStringInfo(header, INT64_FORMAT, shape[i]);
		bytes *= (size_t) shape[i];
	}
	writer->bytes += bytes;
	appendStringInfo(header, "],\"data_offsets\":[%zu,%zu]}", begin, writer->bytes);
	return begin;
}

void
safetensors_check_header(size_t bytes)
{
	if (bytes > SAFETENSORS_MAX_HEADER)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("model has too many series"),
				 errdetail("Their description takes %zu bytes; %d are possible.", bytes,
						   SAFETENSORS_MAX_HEADER),
				 errhint("Train several models, each on a part of the series.")));
}

char *
safetensors_end(SafetensorsWriter *writer, size_t *length)
{
	StringInfo header = &writer->header;
	char *text;
	size_t padded;

	close_metadata(writer);
	appendStringInfoChar(header, '}');
	text = pg_server_to_any(header->data, header->len, PG_UTF8);
	*length = strlen(text);

	/* A database in SQL_ASCII converts nothing and may hold anything. */
	(void) pg_verify_mbstr(PG_UTF8, text, (int) *length, false);

	padded = TYPEALIGN(8, *length);
	safetensors_check_header(padded);
	text = repalloc(text, padded + 1);
	memset(text + *length, ' ', padded - *length);
	text[padded] = '\0';
	*length = padded;
	return text;
}

void
safetensors_put_length(char *bytes, uint64 length)
{
	for (int i = 0; i < SAFETENSORS_LENGTH_BYTES; i++)
		bytes[i] = (char) (length >> (8 * i) & 0xFF);
}

uint64
safetensors_get_length(const char *bytes)
{
	uint64 length = 0;

	for (int i = 0; i < SAFETENSORS_LENGTH_BYTES; i++)
		length |= (uint64) (unsigned char) bytes[i] << (8 * i);
	return length;
}

void
safetensors_copy(void *to, const void *from, size_t count, SafetensorsType type)
{
#ifdef WORDS_BIGENDIAN
	for (size_t i = 0; i < count; i++)
	{
		uint16 halfword;
		uint32 word;
		uint64 longword;

		if (type_table[type].width == 2)
		{
			memcpy(&halfword, (const char *) from + 2 * i, 2);
			halfword = pg_bswap16(halfword);
			memcpy((char *) to + 2 * i, &halfword, 2);
		}
		else if (type_table[type].width == 4)
		{
			memcpy(&word, (const char *) from + 4 * i, 4);
			word = pg_bswap32(word);
			memcpy((char *) to + 4 * i, &word, 4);
		}
		else if (type_table[type].width == 8)
		{
			memcpy(&longword, (const char *) from + 8 * i, 8);
			longword = pg_bswap64(longword);
			memcpy((char *) to + 8 * i, &longword, 8);
		}
		else
			((char *) to)[i] = ((const char *) from)[i];
	}
#else
	const size_t size = count * type_table[type].width;

	/* an empty tensor may lie at the very end, where there is nothing to point to */
	for (size_t at = 0; at < size; at += INTERRUPT_BYTES)
	{
		check_interrupts();
		memcpy((char *) to + at, (const char *) from + at, Min(INTERRUPT_BYTES, size - at));
	}
#endif
}

/* A field of a JSON object into *value; false when it is not there. */
static bool
get_field(JsonbContainer *object, const char *key, JsonbValue *value)
{
	return getKeyJsonValueFromContainer(object, key, (int) strlen(key), value) != NULL;
}

/* An array field of 0 to limit whole numbers, none negative; returns how many, -1 when it is not
 * that. */
static int
read_numbers(JsonbContainer *object, const char *key, int64 *numbers, int limit)
{
	JsonbValue array;
	int count;

	if (!get_field(object, key, &array) || array.type != jbvBinary ||
		!JsonContainerIsArray(array.val.binary.data) ||
		JsonContainerSize(array.val.binary.data) > limit)
		return -1;
	count = JsonContainerSize(array.val.binary.data);
	for (int i = 0; i < count; i++)
	{
		JsonbValue *element = getIthJsonbValueFromContainer(array.val.binary.data, i);

		if (!json_value_int64(element, &numbers[i]) || numbers[i] < 0)
			return -1;
	}
	return count;
}

static bool
read_type(JsonbContainer *object, SafetensorsType *type)
{
	JsonbValue value;

	if (!get_field(object, "dtype", &value) || value.type != jbvString)
		return false;
	for (int i = 0; i < lengthof(type_table); i++)
		if (strlen(type_table[i].name) == value.val.string.len &&
			memcmp(type_table[i].name, value.val.string.val, value.val.string.len) == 0)
		{
			*type = (SafetensorsType) i;
			return true;
		}
	return false;
}

/* One entry of the header, against a tensors' part of size bytes. */
static bool
read_tensor(const JsonbValue *entry, size_t size, SafetensorsTensor *tensor)
{
	JsonbContainer *object;
	int64 offsets[2];
	size_t bytes;

	if (entry->type != jbvBinary || !JsonContainerIsObject(entry->val.binary.data))
		return false;
	object = entry->val.binary.data;
	if (!read_type(object, &tensor->type) ||
		read_numbers(object, "data_offsets", offsets, 2) != 2 || offsets[0] > offsets[1] ||
		(uint64) offsets[1] > size)
		return false;
	tensor->dimensions = read_numbers(object, "shape", tensor->shape, SAFETENSORS_MAX_DIMENSIONS);
	if (tensor->dimensions < 0)
		return false;

	tensor->count = 1;
	for (int i = 0; i < tensor->dimensions; i++)
		if (!lf_multiply(tensor->count, (size_t) tensor->shape[i], &tensor->count))
			return false;
	tensor->begin = (size_t) offsets[0];
	tensor->end = (size_t) offsets[1];
	return lf_multiply(tensor->count, type_table[tensor->type].width, &bytes) &&
		   bytes == tensor->end - tensor->begin;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(((const SafetensorsTensor *) a)->name, ((const SafetensorsTensor *) b)->name);
}

static int
compare_offsets(const void *a, const void *b)
{
	const SafetensorsTensor *x = a;
	const SafetensorsTensor *y = b;

	if (x->begin != y->begin)
		return x->begin < y->begin ? -1 : 1;
	return x->end < y->end ? -1 : x->end > y->end;
}

/* Do the tensors fill size bytes without gap or overlap? Leaves them sorted by offset. */
static bool
are_contiguous(SafetensorsFile *file, size_t size)
{
	size_t next = 0;

	qsort(file->tensors, file->count, sizeof(SafetensorsTensor), compare_offsets);
	for (int64 i = 0; i < file->count; i++)
	{
		if (file->tensors[i].begin != next)
			return false;
		next = file->tensors[i].end;
	}
	return next == size;
}

/* All entries of the header but the metadata. */
static bool
read_tensors(SafetensorsFile *file, size_t header_length, size_t size)
{
	JsonbIterator *iterator = JsonbIteratorInit(&file->header->root);
	JsonbIteratorToken token;
	JsonbValue key;
	JsonbValue entry;

	file->tensors = palloc_extended(sizeof(SafetensorsTensor) * Max(1, JB_ROOT_COUNT(file->header)),
									MCXT_ALLOC_HUGE);
	while ((token = JsonbIteratorNext(&iterator, &key, true)) != WJB_DONE)
	{
		if (token != WJB_KEY)
			continue;
		(void) JsonbIteratorNext(&iterator, &entry, true);
		if (key.val.string.len == strlen(METADATA_KEY) &&
			memcmp(key.val.string.val, METADATA_KEY, key.val.string.len) == 0)
			continue;
		if (!read_tensor(&entry, size, &file->tensors[file->count]))
			return false;
		file->tensors[file->count++].name = pnstrdup(key.val.string.val, key.val.string.len);
	}
	return true;
}

SafetensorsFile *
safetensors_read(const char *bytes, size_t size, const char **problem)
{
	SafetensorsFile *file = palloc0(sizeof(SafetensorsFile));
	uint64 length;
	char *text;

	if (size < SAFETENSORS_LENGTH_BYTES)
	{
		*problem = "It is too short.";
		return NULL;
	}
	length = safetensors_get_length(bytes);
	size -= SAFETENSORS_LENGTH_BYTES;
	if (length > size || length > SAFETENSORS_MAX_HEADER)
	{
		*problem = "The header's length is impossible.";
		return NULL;
	}
	if (!pg_verify_mbstr(PG_UTF8, bytes + SAFETENSORS_LENGTH_BYTES, (int) length, true))
	{
		*problem = "The header is not valid UTF-8.";
		return NULL;
	}
	/* before it is copied; every server encoding has the bytes of ASCII */
	json_check_model_text(bytes + SAFETENSORS_LENGTH_BYTES, length);
	text = pnstrdup(bytes + SAFETENSORS_LENGTH_BYTES, length);
	file->header = json_parse(pg_any_to_server(text, (int) length, PG_UTF8));
	if (!JB_ROOT_IS_OBJECT(file->header))
	{
		*problem = "The header is not a JSON object.";
		return NULL;
	}
	size -= length;
	file->data = bytes + SAFETENSORS_LENGTH_BYTES + length;
	if (!read_tensors(file, length, size))
	{
		*problem = "The header describes a tensor wrongly.";
		return NULL;
	}
	if (!are_contiguous(file, size))
	{
		*problem = "The tensors do not lie one behind the other up to the end.";
		return NULL;
	}
	qsort(file->tensors, file->count, sizeof(SafetensorsTensor), compare_names);
	return file;
}

char *
safetensors_metadata(const SafetensorsFile *file, const char *name)
{
	JsonbValue metadata;
	JsonbValue value;

	if (!get_field(&file->header->root, METADATA_KEY, &metadata) || metadata.type != jbvBinary ||
		!JsonContainerIsObject(metadata.val.binary.data) ||
		!get_field(metadata.val.binary.data, name, &value) || value.type != jbvString)
		return NULL;
	return pnstrdup(value.val.string.val, value.val.string.len);
}

const SafetensorsTensor *
safetensors_find(const SafetensorsFile *file, const char *name)
{
	SafetensorsTensor wanted = {.name = unconstify(char *, name)};

	return bsearch(&wanted, file->tensors, file->count, sizeof(SafetensorsTensor), compare_names);
}
