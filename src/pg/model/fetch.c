/*
 * fetch.c
 *	  A model's bytes from where they are stored.
 *
 * PostgreSQL fetches an out-of-line value without a look at interrupts, 0.2 s for the 100 MB of a
 * wide network. So its parts are fetched one after another here.
 */
#include "postgres.h"

#include "access/detoast.h"
#include "access/table.h"
#include "access/tableam.h"
#include "fmgr.h"

#include "base/compat.h"
#include "base/memory.h"
#include "model/fetch.h"
#include "base/interrupts.h"

/* What lies in a TOAST table, as it is stored there: whole, but perhaps compressed. */
static struct varlena *
fetch_stored(const struct varatt_external *pointer)
{
	int32 size = (int32) VARATT_EXTERNAL_GET_EXTSIZE(*pointer);
	struct varlena *whole = palloc(VARHDRSZ + size);
	struct varlena *part = palloc(VARHDRSZ + INTERRUPT_BYTES);
	Relation table = table_open(pointer->va_toastrelid, AccessShareLock);
	int32 length;

	if (VARATT_EXTERNAL_IS_COMPRESSED(*pointer))
		SET_VARSIZE_COMPRESSED(whole, VARHDRSZ + size);
	else
		SET_VARSIZE(whole, VARHDRSZ + size);
	for (int32 at = 0; at < size; at += length)
	{
		check_interrupts();
		length = Min((int32) INTERRUPT_BYTES, size - at);
		table_relation_fetch_toast_slice(table, pointer->va_valueid, size, at, length, part);
		memcpy(VARDATA(whole) + at, VARDATA(part), length);
	}
	table_close(table, AccessShareLock);
	pfree(part);
	return whole;
}

bytea *
model_fetch(struct varlena *value)
{
	struct varatt_external pointer;
	struct varlena *stored;
	struct varlena *plain;

	/* the bytes may be few, and compressed */
	check_model_memory(toast_raw_datum_size(PointerGetDatum(value)));
	if (!VARATT_IS_EXTERNAL_ONDISK(value))
		return pg_detoast_datum(value);
	VARATT_EXTERNAL_GET_POINTER(pointer, value);
	if (VARATT_EXTERNAL_GET_EXTSIZE(pointer) <= INTERRUPT_BYTES)
		return pg_detoast_datum(value);
	stored = fetch_stored(&pointer);
	plain = pg_detoast_datum(stored);
	if (plain != stored)
		pfree(stored);
	return plain;
}
