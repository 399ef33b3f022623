/*
 * start_text.c
 *	  A start in words.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "model/start_text.h"

static const char *const method_words[LF_START_METHODS] = {
	[LF_START_NONE] = "none",
	[LF_START_LAST] = "last value",
	[LF_START_MEAN] = "mean",
	[LF_START_DRIFT] = "drift",
	[LF_START_SEASON] = "last season",
	[LF_START_SEASON_MEAN] = "mean of the last seasons",
	[LF_START_SEASON_DRIFT] = "last season and drift",
	[LF_START_SMOOTHING] = "exponential smoothing",
	[LF_START_PRODUCT] = "exponential smoothing",
	[LF_START_RETURN] = "return to the mean",
	[LF_START_PRETRAINED] = "pretrained network",
	[LF_START_RATE] = "rate times size",
};

/* Another word in brackets, which the first one opens. */
static void
append_detail(StringInfo text, bool *open, const char *word)
{
	appendStringInfo(text, "%s%s", *open ? ", " : " (", word);
	*open = true;
}

static void
append_part(StringInfo text, const lf_start_part *part)
{
	bool smooth = part->method == LF_START_SMOOTHING || part->method == LF_START_PRODUCT;
	double damping = part->parameters[LF_START_DAMPING];
	bool open = false;

	appendStringInfoString(text, method_words[part->method]);
	if (smooth && damping > 0)
		append_detail(text, &open, damping < 1 ? "damped trend" : "trend");
	if (smooth && part->season > 1)
		append_detail(text, &open,
					  part->method == LF_START_PRODUCT ? "multiplicative season" : "season");
	if (part->transform == LF_TRANSFORM_LOG)
		append_detail(text, &open, "logarithms");
	if (open)
		appendStringInfoChar(text, ')');
}

char *
start_text(const lf_start *start)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < start->count; i++)
	{
		if (i > 0)
			appendStringInfoString(&text, " + ");
		if (start->count > 1)
			appendStringInfo(&text, "%.2f ", start->parts[i].weight);
		append_part(&text, &start->parts[i]);
	}
	return text.data;
}
