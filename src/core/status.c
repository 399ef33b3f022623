/*
 * status.c
 *	  Fills the record that explains a failure.
 */
#include "status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Copy text, cut to fit; NULL empties. The two may overlap, so a caller can build on error itself.
 */
static void
copy_text(char target[LF_ERROR_TEXT], const char *text)
{
	size_t length = text == NULL ? 0 : strnlen(text, LF_ERROR_TEXT - 1);

	if (length > 0)
		memmove(target, text, length);
	target[length] = '\0';
}

lf_status
lf_fail(lf_error *error, lf_status status, const char *message, const char *detail,
		const char *hint)
{
	if (error != NULL)
	{
		copy_text(error->message, message);
		copy_text(error->detail, detail);
		copy_text(error->hint, hint);
	}
	return status;
}

const char *
lf_format(char text[LF_ERROR_TEXT], const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (vsnprintf(text, LF_ERROR_TEXT, format, arguments) < 0)
		text[0] = '\0';
	va_end(arguments);
	return text;
}
