/*
 * canvas.c
 *	  SVG elements in the colours of a theme.
 */
#include "postgres.h"

#include "chart/canvas.h"
#include "chart/chart_options.h"
#include "chart/svg_text.h"

#define FONTS "'Helvetica Neue',Helvetica,Arial,sans-serif"

typedef struct InkColour
{
	const char *name; /* of its class, after "lf-" */
	const char *light;
	const char *dark;
} InkColour;

/* Text has a contrast of 4.5 and more to the paper in both themes, lines of data of 3 and more. */
static const InkColour colours[INK_COUNT] = {
	[INK_PAPER] = {"paper", "#ffffff", "#15181c"}, [INK_TEXT] = {"text", "#1f2328", "#e6e8eb"},
	[INK_MUTED] = {"muted", "#5f666e", "#a3abb3"}, [INK_LINE] = {"line", "#2b3138", "#dfe3e7"},
	[INK_GRID] = {"grid", "#e8eaed", "#2b3036"},   [INK_AXIS] = {"axis", "#b4bac1", "#565e67"},
	[INK_FORECAST] = {"fc", "#0a63ad", "#63b3ff"}, [INK_NAIVE] = {"naive", "#7d858d", "#8b939b"},
};

/* fill or stroke in a colour; other: a class beside, or NULL. */
static void
append_paint(Canvas *canvas, const char *property, Ink ink, const char *other)
{
	const InkColour *colour = &colours[ink];
	StringInfo svg = &canvas->svg;

	if (canvas->theme == THEME_AUTO)
		appendStringInfo(svg, " class=\"%s%slf-%c-%s\"", other != NULL ? other : "",
						 other != NULL ? " " : "", property[0], colour->name);
	else if (other != NULL)
		appendStringInfo(svg, " class=\"%s\"", other);
	appendStringInfo(svg, " %s=\"%s\"", property,
					 canvas->theme == THEME_DARK ? colour->dark : colour->light);
}

static void
append_attribute(Canvas *canvas, const char *name, double value)
{
	appendStringInfo(&canvas->svg, " %s=\"", name);
	svg_append_number(&canvas->svg, value);
	appendStringInfoChar(&canvas->svg, '"');
}

/* The classes' colours for who prefers dark. */
static void
append_style(Canvas *canvas)
{
	if (canvas->theme != THEME_AUTO)
		return;
	appendStringInfoString(&canvas->svg, "<style>@media (prefers-color-scheme:dark){");
	for (int ink = 0; ink < INK_COUNT; ink++)
		appendStringInfo(&canvas->svg, ".lf-f-%s{fill:%s}.lf-s-%s{stroke:%s}", colours[ink].name,
						 colours[ink].dark, colours[ink].name, colours[ink].dark);
	appendStringInfoString(&canvas->svg, "}</style>\n");
}

/* <name>text</name> */
static void
append_element(Canvas *canvas, const char *name, const char *text)
{
	appendStringInfo(&canvas->svg, "<%s>", name);
	svg_append_text(&canvas->svg, text);
	appendStringInfo(&canvas->svg, "</%s>\n", name);
}

void
canvas_begin(Canvas *canvas, int theme, double width, double height, const char *title,
			 const char *description)
{
	initStringInfo(&canvas->svg);
	canvas->theme = theme;
	appendStringInfoString(&canvas->svg, "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\"");
	append_attribute(canvas, "width", width);
	append_attribute(canvas, "height", height);
	appendStringInfoString(&canvas->svg, " viewBox=\"0 0 ");
	svg_append_number(&canvas->svg, width);
	appendStringInfoChar(&canvas->svg, ' ');
	svg_append_number(&canvas->svg, height);
	appendStringInfoString(&canvas->svg, "\" font-family=\"" FONTS "\">\n");
	append_element(canvas, "title", title);
	append_element(canvas, "desc", description);
	append_style(canvas);
	canvas_box(canvas, 0, 0, width, height, INK_PAPER, 1);
}

void
canvas_end(Canvas *canvas)
{
	appendStringInfoString(&canvas->svg, "</svg>");
}

void
canvas_group(Canvas *canvas, const char *title)
{
	appendStringInfoString(&canvas->svg, "<g>\n");
	append_element(canvas, "title", title);
}

void
canvas_group_end(Canvas *canvas)
{
	appendStringInfoString(&canvas->svg, "</g>\n");
}

void
canvas_text(Canvas *canvas, double x, double y, TextStyle style, const char *text)
{
	static const char *const anchors[] = {
		[ANCHOR_START] = "", [ANCHOR_MIDDLE] = "middle", [ANCHOR_END] = "end"};

	if (text[0] == '\0')
		return;
	appendStringInfoString(&canvas->svg, "<text");
	append_attribute(canvas, "x", x);
	append_attribute(canvas, "y", y);
	append_attribute(canvas, "font-size", style.size);
	if (style.anchor != ANCHOR_START)
		appendStringInfo(&canvas->svg, " text-anchor=\"%s\"", anchors[style.anchor]);
	if (style.bold)
		appendStringInfoString(&canvas->svg, " font-weight=\"bold\"");
	append_paint(canvas, "fill", style.ink, NULL);
	appendStringInfoChar(&canvas->svg, '>');
	svg_append_text(&canvas->svg, text);
	appendStringInfoString(&canvas->svg, "</text>\n");
}

static void
append_stroke(Canvas *canvas, const char *name, Ink ink, double width, const char *dashes)
{
	append_paint(canvas, "stroke", ink, name);
	append_attribute(canvas, "stroke-width", width);
	if (dashes != NULL)
		appendStringInfo(&canvas->svg, " stroke-dasharray=\"%s\"", dashes);
}

void
canvas_line(Canvas *canvas, double x1, double y1, double x2, double y2, Ink ink, double width,
			const char *dashes)
{
	appendStringInfoString(&canvas->svg, "<line");
	append_attribute(canvas, "x1", x1);
	append_attribute(canvas, "y1", y1);
	append_attribute(canvas, "x2", x2);
	append_attribute(canvas, "y2", y2);
	append_stroke(canvas, NULL, ink, width, dashes);
	appendStringInfoString(&canvas->svg, "/>\n");
}

/* fill-opacity, where it is not full */
static void
append_opacity(Canvas *canvas, double opacity)
{
	if (opacity < 1)
		appendStringInfo(&canvas->svg, " fill-opacity=\"%.2f\"", opacity);
}

void
canvas_box(Canvas *canvas, double x, double y, double width, double height, Ink ink, double opacity)
{
	appendStringInfoString(&canvas->svg, "<rect");
	append_attribute(canvas, "x", x);
	append_attribute(canvas, "y", y);
	append_attribute(canvas, "width", width);
	append_attribute(canvas, "height", height);
	append_paint(canvas, "fill", ink, NULL);
	append_opacity(canvas, opacity);
	appendStringInfoString(&canvas->svg, "/>\n");
}

void
canvas_stroke(Canvas *canvas, const char *name, const StringInfo path, Ink ink, double width,
			  const char *dashes)
{
	if (path->len == 0)
		return;
	appendStringInfoString(&canvas->svg, "<path fill=\"none\" stroke-linejoin=\"round\"");
	if (dashes == NULL)
		appendStringInfoString(&canvas->svg, " stroke-linecap=\"round\"");
	append_stroke(canvas, name, ink, width, dashes);
	appendStringInfo(&canvas->svg, " d=\"%s\"/>\n", path->data);
}

void
canvas_fill(Canvas *canvas, const char *name, const StringInfo path, Ink ink, double opacity)
{
	if (path->len == 0)
		return;
	appendStringInfoString(&canvas->svg, "<path");
	append_paint(canvas, "fill", ink, name);
	append_opacity(canvas, opacity);
	appendStringInfo(&canvas->svg, " d=\"%s\"/>\n", path->data);
}

void
path_append(StringInfo path, char command, double x, double y)
{
	appendStringInfoChar(path, command);
	svg_append_number(path, x);
	appendStringInfoChar(path, ' ');
	svg_append_number(path, y);
}
