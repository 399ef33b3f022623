/*
 * svg_text.c
 *	  Text and numbers in SVG, and how wide text is.
 */
#include "postgres.h"

#include <math.h>

#include "mb/pg_wchar.h"

#include "base/interrupts.h"
#include "chart/svg_text.h"

#define REPLACEMENT 0xfffd
#define LARGEST_COORDINATE 1e6

char *
svg_utf8(const char *text)
{
	if (GetDatabaseEncoding() == PG_UTF8 || GetDatabaseEncoding() == PG_SQL_ASCII)
		return pstrdup(text);
	/* it gives its argument where nothing is to be done */
	return pstrdup(pg_server_to_any(text, (int) strlen(text), PG_UTF8));
}

/* May XML 1.0 have this character? */
static bool
xml_allows(pg_wchar code)
{
	return (code >= 0x20 && code <= 0xd7ff) || (code >= 0xe000 && code <= 0xfffd) ||
		   (code >= 0x10000 && code <= 0x10ffff);
}

/* The next character of a text that has one, and the text after it. */
static pg_wchar
next_character(const char **text)
{
	const unsigned char *bytes = (const unsigned char *) *text;
	int length = pg_utf_mblen(bytes);
	pg_wchar code;

	if ((int) strnlen(*text, length) < length || !pg_utf8_islegal(bytes, length))
	{
		(*text)++;
		return REPLACEMENT;
	}
	*text += length;
	code = utf8_to_unicode(bytes);
	if (code == '\t' || code == '\n' || code == '\r')
		return ' ';
	return xml_allows(code) ? code : REPLACEMENT;
}

void
svg_append_text(StringInfo svg, const char *text)
{
	for (int64 i = 0; *text != '\0'; i++)
	{
		pg_wchar code = next_character(&text);

		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (code == '<' || code == '>' || code == '&' || code == '"' || code == '\'' ||
			code >= 0x7f)
			appendStringInfo(svg, "&#%u;", (unsigned int) code);
		else
			appendStringInfoChar(svg, (char) code);
	}
}

void
svg_append_number(StringInfo svg, double value)
{
	double bounded = fmin(fmax(value, -LARGEST_COORDINATE), LARGEST_COORDINATE);
	long tenths = lround(bounded * 10);

	if (tenths < 0)
		appendStringInfoChar(svg, '-');
	tenths = labs(tenths);
	appendStringInfo(svg, "%ld", tenths / 10);
	if (tenths % 10 != 0)
		appendStringInfo(svg, ".%ld", tenths % 10);
}

/* The width of a character, by the font's size; those of Arial, a little wider. */
static double
character_width(pg_wchar code)
{
	if (code < 0x7f && strchr("iljtfr.,:;'|!()[] /-I", (int) code) != NULL)
		return 0.36;
	if (code < 0x7f && strchr("mwMW%@", (int) code) != NULL)
		return 0.92;
	if (code >= 'A' && code <= 'Z')
		return 0.72;
	if (code < 0x1100)
		return 0.59;
	/* Chinese, Japanese, Korean, and what is pictures */
	return code < 0x2000 || code >= 0x2e80 ? 1.05 : 0.7;
}

double
svg_text_width(const char *text, double size)
{
	double width = 0;

	for (int64 i = 0; *text != '\0'; i++)
	{
		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		width += character_width(next_character(&text));
	}
	return width * size;
}

char *
svg_fit_text(const char *text, double size, double width)
{
	double rest = width - svg_text_width(ELLIPSIS, size);
	const char *next = text;
	const char *end = text;

	if (svg_text_width(text, size) <= width)
		return pstrdup(text);
	while (*next != '\0')
	{
		rest -= character_width(next_character(&next)) * size;
		if (rest < 0)
			break;
		end = next;
	}
	while (end > text && end[-1] == ' ')
		end--;
	return psprintf("%s" ELLIPSIS, pnstrdup(text, end - text));
}
