/*
 * svg_text.h
 *	  Text and numbers in SVG, and how wide text is.
 *
 * Inside this folder text is UTF-8. What is written is ASCII: all other characters become
 * references, so that the document is the same, and right, in every encoding.
 */
#ifndef LSTM_FORECAST_SVG_TEXT_H
#define LSTM_FORECAST_SVG_TEXT_H

#include "postgres.h"
#include "lib/stringinfo.h"

#define MINUS_SIGN "\xe2\x88\x92"
#define ELLIPSIS "\xe2\x80\xa6"
#define NO_BREAK_SPACE "\xc2\xa0"

/* A text of the database's encoding in UTF-8; where there is no encoding, as it is. */
extern char *svg_utf8(const char *text);

/*
 * Append a text so that it is safe between tags and inside quoted attributes. Characters that XML
 * cannot have, and bytes that are no UTF-8, become U+FFFD; line breaks and tabs a space.
 */
extern void svg_append_text(StringInfo svg, const char *text);

/* Append a coordinate, rounded to a tenth of a pixel, with no needless digit. */
extern void svg_append_number(StringInfo svg, double value);

/* About how many pixels a text is wide in a sans-serif font of a size; rather more than less. */
extern double svg_text_width(const char *text, double size);

/* The text, or its beginning with an ellipsis where it would be wider than so many pixels. */
extern char *svg_fit_text(const char *text, double size, double width);

#endif
