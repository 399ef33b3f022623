/*
 * step_numbers.c
 *	  Values of any type, numbered: which rows are of the same step.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"

#include "hierarchy/step_numbers.h"

#define FIRST_STEPS 16
#define SHOWN_BYTES 100

typedef struct StepEntry
{
	Datum value;
	int64 number;
	uint32 hash;
	char status;
} StepEntry;

static inline uint32
hash_value(StepNumbers *steps, Datum value)
{
	return DatumGetUInt32(
		FunctionCall1Coll(&steps->type->hash_proc_finfo, steps->collation, value));
}

static inline bool
values_equal(StepNumbers *steps, Datum a, Datum b)
{
	return DatumGetBool(FunctionCall2Coll(&steps->type->eq_opr_finfo, steps->collation, a, b));
}

#define SH_PREFIX step
#define SH_ELEMENT_TYPE StepEntry
#define SH_KEY_TYPE Datum
#define SH_KEY value
#define SH_HASH_KEY(table, key) hash_value((StepNumbers *) (table)->private_data, key)
#define SH_EQUAL(table, a, b) values_equal((StepNumbers *) (table)->private_data, a, b)
#define SH_STORE_HASH
#define SH_GET_HASH(table, entry) (entry)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

StepNumbers *
step_numbers_create(Oid type, MemoryContext context, MemoryAccount *account)
{
	StepNumbers *steps = MemoryContextAllocZero(context, sizeof(StepNumbers));

	steps->context = context;
	steps->account = account;
	steps->type = lookup_type_cache(type, TYPECACHE_HASH_PROC_FINFO | TYPECACHE_EQ_OPR_FINFO);
	if (!OidIsValid(steps->type->hash_proc_finfo.fn_oid) ||
		!OidIsValid(steps->type->eq_opr_finfo.fn_oid))
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("could not tell the steps of type %s apart", format_type_be(type)),
						errhint("Cast the step to a type that can be hashed, such as text.")));
	steps->collation = get_typcollation(type);
	steps->null_step = -1;
	steps->capacity = FIRST_STEPS;
	steps->values = MemoryContextAlloc(context, sizeof(Datum) * FIRST_STEPS);
	steps->steps = step_create(context, FIRST_STEPS, steps);
	account_take(account,
				 sizeof(Datum) * FIRST_STEPS + sizeof(StepEntry) * (Size) steps->steps->size);
	return steps;
}

/* Room for one more number; the old array goes when the new one is there. */
static void
make_room(StepNumbers *steps)
{
	if (steps->count < steps->capacity)
		return;
	account_take(steps->account, mul_size(2 * sizeof(Datum), steps->capacity));
	steps->values = repalloc_huge(steps->values, 2 * sizeof(Datum) * (Size) steps->capacity);
	account_give(steps->account, sizeof(Datum) * (Size) steps->capacity);
	steps->capacity *= 2;
}

/* Number a value that is new. */
static int64
add_step(StepNumbers *steps, Datum value)
{
	step_hash *table = steps->steps;
	const Size held = sizeof(StepEntry) * (Size) table->size;
	const bool grows = table->members >= table->grow_threshold;
	const Size size =
		steps->type->typbyval ? 0 : CHUNK_HEADER + datumGetSize(value, false, steps->type->typlen);
	MemoryContext caller;
	bool found;

	/* it grows to the double, and the old one goes only then */
	account_take(steps->account, add_size(size, grows ? 2 * held : 0));
	caller = MemoryContextSwitchTo(steps->context);
	value = datumCopy(value, steps->type->typbyval, steps->type->typlen);
	MemoryContextSwitchTo(caller);
	step_insert(table, value, &found)->number = steps->count;
	if (grows)
		account_give(steps->account, held);
	steps->values[steps->count] = value;
	return steps->count++;
}

int64
step_number(StepNumbers *steps, Datum value, bool null)
{
	const StepEntry *entry;

	make_room(steps);
	if (null)
	{
		if (steps->null_step < 0)
			steps->null_step = steps->count++;
		return steps->null_step;
	}
	if (steps->type->typlen == -1)
		value = PointerGetDatum(PG_DETOAST_DATUM_PACKED(value));
	entry = step_lookup(steps->steps, value);
	return entry != NULL ? entry->number : add_step(steps, value);
}

char *
step_name(const StepNumbers *steps, int64 number)
{
	Oid function;
	bool variable;
	char *text;
	int length;

	if (number == steps->null_step)
		return pstrdup("null");
	getTypeOutputInfo(steps->type->type_id, &function, &variable);
	text = OidOutputFunctionCall(function, steps->values[number]);
	length = pg_mbcliplen(text, (int) strlen(text), SHOWN_BYTES);
	return length < (int) strlen(text) ? psprintf("%.*s...", length, text) : text;
}
