/*
 * model_cache.c
 *	  Models that the session has parsed, ready to forecast again.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "lib/ilist.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/settings.h"
#include "model/fetch.h"
#include "model/decode.h"
#include "forecast/ensemble.h"
#include "forecast/model_cache.h"
#include "base/interrupts.h"

#define MOST_MODELS 1000
#define BUCKETS 256

/* The beginning of a model, which holds its checksum, is as good as the whole to hash. */
#define HASHED_BYTES 128

typedef struct CachedModel
{
	dlist_node in_bucket;
	dlist_node by_use;
	MemoryContext context; /* of everything here and in the model */
	Size size;             /* bytes of the context, when last looked at */
	int pins;              /* calls that use it */
	const bytea *bytes;    /* not extended */
	Model *model;
} CachedModel;

/* What a call site uses, kept in its fn_extra; let go with the memory of the call site. */
typedef struct ModelPin
{
	MemoryContextCallback release;
	CachedModel *cached; /* NULL: none */
	bool noticed;        /* the statement has had its NOTICEs */
} ModelPin;

static dlist_head buckets[BUCKETS];
static dlist_head models = DLIST_STATIC_INIT(models); /* all, the latest used one first */
static int model_count = 0;
static Size total_size = 0;

static void
drop_model(CachedModel *cached)
{
	dlist_delete(&cached->in_bucket);
	dlist_delete(&cached->by_use);
	model_count--;
	total_size -= cached->size;
	MemoryContextDelete(cached->context);
}

/*
 * Keep the latest used models that fit within the limits, and of the others those
 * that a call uses. A model larger than all of the cache drives out no other.
 */
static void
keep_limits(void)
{
	Size limit = (Size) setting_model_cache * 1024;
	Size kept = 0;
	int count = 0;
	dlist_mutable_iter iterator;

	if (total_size <= limit && model_count <= MOST_MODELS)
		return;
	dlist_foreach_modify(iterator, &models)
	{
		CachedModel *cached = dlist_container(CachedModel, by_use, iterator.cur);

		if (cached->size <= limit - kept && count < MOST_MODELS)
		{
			kept += cached->size;
			count++;
		}
		else if (cached->pins == 0)
			drop_model(cached);
	}
}

/* The callback of the call site's memory, also at the end of a statement that failed. */
static void
release_pin(void *argument)
{
	ModelPin *pin = argument;
	CachedModel *cached = pin->cached;

	if (cached == NULL)
		return;
	pin->cached = NULL;
	cached->pins--;

	/* it may have grown: forecasts keep networks ready in it */
	total_size -= cached->size;
	cached->size = MemoryContextMemAllocated(cached->context, true);
	total_size += cached->size;
	keep_limits();
}

static ModelPin *
get_pin(FmgrInfo *flinfo)
{
	ModelPin *pin = flinfo->fn_extra;

	if (pin == NULL)
	{
		pin = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(ModelPin));
		pin->release.func = release_pin;
		pin->release.arg = pin;
		MemoryContextRegisterResetCallback(flinfo->fn_mcxt, &pin->release);
		flinfo->fn_extra = pin;
	}
	return pin;
}

bool *
call_site_noticed(FmgrInfo *flinfo)
{
	return &get_pin(flinfo)->noticed;
}

static bool
has_bytes(const CachedModel *cached, const bytea *bytes)
{
	Size size = VARSIZE(bytes);

	if (VARSIZE(cached->bytes) != size)
		return false;
	for (Size at = 0; at < size; at += INTERRUPT_BYTES)
	{
		check_interrupts();
		if (memcmp((const char *) cached->bytes + at, (const char *) bytes + at,
				   Min(INTERRUPT_BYTES, size - at)) != 0)
			return false;
	}
	return true;
}

static dlist_head *
bucket_of(const bytea *bytes)
{
	return &buckets[hash_bytes((const unsigned char *) bytes,
							   (int) Min(VARSIZE(bytes), HASHED_BYTES)) %
					BUCKETS];
}

static CachedModel *
find_model(dlist_head *bucket, const bytea *bytes)
{
	dlist_iter iterator;

	dlist_foreach(iterator, bucket)
	{
		CachedModel *cached = dlist_container(CachedModel, in_bucket, iterator.cur);

		if (has_bytes(cached, bytes))
			return cached;
	}
	return NULL;
}

/*
 * Parse a model in its own context, which becomes a part of the cache only once
 * nothing can fail any more.
 */
static CachedModel *
add_model(MemoryContext context, dlist_head *bucket, const bytea *bytes)
{
	MemoryContext caller = MemoryContextSwitchTo(context);
	CachedModel *cached = palloc0(sizeof(CachedModel));

	cached->context = context;
	cached->bytes = bytes;
	cached->model = model_decode(bytes);
	predict_keep_ready(cached->model);
	MemoryContextSwitchTo(caller);

	cached->size = MemoryContextMemAllocated(context, true);
	MemoryContextSetParent(context, CacheMemoryContext);
	dlist_push_head(bucket, &cached->in_bucket);
	dlist_push_head(&models, &cached->by_use);
	model_count++;
	total_size += cached->size;
	return cached;
}

const Model *
cached_model(FmgrInfo *flinfo, struct varlena *argument)
{
	ModelPin *pin = get_pin(flinfo);
	MemoryContext context = AllocSetContextCreate(
		CurrentMemoryContext, "lstm_forecast parsed model", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	const bytea *bytes = model_fetch(argument);
	dlist_head *bucket = bucket_of(bytes);
	CachedModel *cached = find_model(bucket, bytes);

	if (cached == NULL && bytes == argument)
		bytes = pg_detoast_datum_copy(argument);
	MemoryContextSwitchTo(caller);
	if (cached == NULL)
		cached = add_model(context, bucket, bytes);
	else
		MemoryContextDelete(context);

	dlist_move_head(&models, &cached->by_use);
	cached->pins++;
	release_pin(pin);
	pin->cached = cached;
	keep_limits();
	return cached->model;
}
