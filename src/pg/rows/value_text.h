/*
 * value_text.h
 *	  The text of a value of any type.
 *
 * It is what the output function of the type writes; that function is not called for text. Blanks
 * that fill up char(n) are none of it, as a cast to text leaves them out.
 */
#ifndef LSTM_FORECAST_VALUE_TEXT_H
#define LSTM_FORECAST_VALUE_TEXT_H

#include "postgres.h"

#include "fmgr.h"

/* Bytes, without a zero at the end. */
typedef struct ValueText
{
	const char *bytes;
	Size length;
} ValueText;

/* How values of a type become texts. */
typedef struct ValueWriter
{
	FmgrInfo output;
	bool is_text;
	bool is_padded;
} ValueWriter;

/* For values of this type; in a memory context that lives as long as the writer. */
extern void value_writer_init(ValueWriter *writer, Oid type, MemoryContext context);

/* The text of a value that is not NULL; it may lie in the value, or in CurrentMemoryContext. */
extern ValueText value_text(ValueWriter *writer, Datum value);

#endif
