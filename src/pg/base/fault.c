/*
 * fault.c
 *	  What is wrong with one of many things, to be raised as an error or kept beside the others.
 *
 * Where one faulty series of a panel may be left out, the function that finds the fault returns
 * it, and the caller decides. Nothing is to be caught then, and who found it frees what it took.
 */
#include "postgres.h"

#include "base/fault.h"

static char *format_text(const char *format, va_list arguments) pg_attribute_printf(1, 0);

/* psprintf for a list of arguments. */
static char *
format_text(const char *format, va_list arguments)
{
	size_t length = 256;

	for (;;)
	{
		char *text = palloc(length);
		va_list copy;
		size_t needed;

		va_copy(copy, arguments);
		needed = pvsnprintf(text, length, format, copy);
		va_end(copy);
		if (needed < length)
			return text;
		pfree(text);
		length = needed;
	}
}

void
fault_set(Fault *fault, int code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	*fault = (Fault){.code = code, .message = format_text(format, arguments)};
	va_end(arguments);
}

void
fault_add_detail(Fault *fault, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fault->detail = format_text(format, arguments);
	va_end(arguments);
}

void
fault_add_hint(Fault *fault, const char *hint)
{
	fault->hint = unconstify(char *, hint);
}

Fault
fault_copy(const Fault *fault)
{
	return (Fault){.code = fault->code,
				   .message = pstrdup(fault->message),
				   .detail = fault->detail == NULL ? NULL : pstrdup(fault->detail),
				   .hint = fault->hint == NULL ? NULL : pstrdup(fault->hint)};
}

Size
fault_bytes(const Fault *fault)
{
	Size bytes = strlen(fault->message) + 1;

	if (fault->detail != NULL)
		bytes += strlen(fault->detail) + 1;
	return bytes + (fault->hint == NULL ? 0 : strlen(fault->hint) + 1);
}

void
fault_throw(const Fault *fault)
{
	ereport(ERROR, (errcode(fault->code), errmsg_internal("%s", fault->message),
					fault->detail == NULL ? 0 : errdetail_internal("%s", fault->detail),
					fault->hint == NULL ? 0 : errhint("%s", fault->hint)));
}
