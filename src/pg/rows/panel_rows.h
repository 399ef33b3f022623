/*
 * panel_rows.h
 *	  Rows of many series as they came, sorted into one row set a series.
 */
#ifndef LSTM_FORECAST_PANEL_ROWS_H
#define LSTM_FORECAST_PANEL_ROWS_H

#include "postgres.h"

#include <math.h>

#include "datatype/timestamp.h"

#include "time/holiday_list.h"
#include "rows/rowset.h"
#include "rows/vocabulary.h"

#define MOST_COVARIATES 1000 /* past and future ones together */

/*
 * Everything is allocated in `context`, in proportion to the rows and labels; what
 * exceeds lstm_forecast.max_memory raises 54000, at the latest a few thousand rows on.
 * past and future are -1 while their number is not known, i.e. as long as all
 * rows have NULL for the whole array; that counts as none, so read them by
 * panel_rows_past and panel_rows_future.
 */
typedef struct PanelRows
{
	MemoryContext context;
	bool has_times;
	bool keep_faults; /* a row that no series can have makes its series faulty: rowset.h */
	int past;         /* covariates a row, known up to now; -1: not known */
	int future;
	int statics; /* of the future ones the last, which are the same in all rows of a series */
	int64 count; /* rows of all series */
	int64 series_count;
	Size series_bytes; /* that series and labels take beside the rows and the index */
	Size time_bytes;   /* that the timestamps take */
	char **labels;     /* (series_count) in the order of arrival; NULL for the unnamed series */
	RowSet **series;   /* (series_count) */
	struct PanelIndex *index; /* finds a label's series; NULL: a view, not asked to */
	Vocabulary **categories;  /* (past + future) of covariates that are codes, NULL for those that
							   * are numbers; NULL: all are */
	const struct SourceColumns *columns; /* that they were read from; NULL: by an aggregate */
	struct ClassLabels *classes;         /* whose numbers the values are; NULL: they are numbers */
	const Times *steps;                  /* that the option "steps" lists; NULL: none */
	const HolidayList *holidays;         /* that the option "holidays" lists; NULL: none */
	struct PanelRows *ahead; /* what alone is known ahead: panel_build; NULL: these rows tell it */
} PanelRows;

static inline int
panel_rows_past(const PanelRows *rows)
{
	return Max(rows->past, 0);
}

static inline int
panel_rows_future(const PanelRows *rows)
{
	return Max(rows->future, 0);
}

/* Bytes that the rows take, with all that belongs to them, and those known ahead. */
extern Size panel_rows_bytes(const PanelRows *rows);

extern PanelRows *panel_rows_create(MemoryContext context, bool has_times, int past, int future);

/* What is wrong with a covariate that is no finite float4, to follow "is" in a message. */
static inline const char *
covariate_fault(double value)
{
	if (isnan(value))
		return "NaN";
	return isinf(value) ? "infinite" : "out of range of type real";
}

/* Raise 22023 where a row would have more covariates than MOST_COVARIATES; -1: not known. */
extern void check_covariate_counts(int past, int future);

/*
 * Say how many covariates a row has, where that was not known (-1) before; rows
 * that came earlier have NaN for them. A number that is known must not change. Too many
 * raise 22023.
 */
extern void panel_rows_set_covariates(PanelRows *rows, int past, int future);

/* The label of these bytes as rows keep it, of the series that is now the latest; made where new.
 */
extern const char *panel_rows_label(PanelRows *rows, const char *bytes, Size length);

/*
 * The label for which a word was noted, whose series is now the latest; NULL where there is
 * none. Noting lets a word stand for the latest series from now on.
 */
extern const char *panel_rows_label_of_word(PanelRows *rows, uint64 word);
extern void panel_rows_note_word(PanelRows *rows, uint64 word);

/* The row set of a label (NULL: the one unnamed series), made where it is new. */
extern RowSet *panel_rows_series(PanelRows *rows, const char *label);

/* The row set of a label (NULL: the unnamed series); NULL where there is none. */
extern RowSet *panel_rows_find(const PanelRows *rows, const char *label);

/*
 * Rows of one label, or where it has none those of the unnamed series, copied into
 * CurrentMemoryContext; NULL where there are neither.
 */
extern PanelRows *panel_rows_of_label(const PanelRows *rows, const char *label);

/*
 * Append a row with its covariates ((past + future) floats, NaN for NULL; NULL
 * pointer where there are none). Errors as rowset_append, which name the series.
 */
extern void panel_rows_append(PanelRows *rows, const char *label, TimestampTz time, bool time_null,
							  double value, bool value_null, const float *covariates);

/*
 * Add all rows of source (parallel aggregation), series by series. Another number of
 * covariates raises 22023, and so do too many where one knows the past ones and the
 * other the future ones.
 */
extern void panel_rows_append_all(PanelRows *rows, const PanelRows *source);

/* Bytewise, so that the order is the same in every database; the unnamed series comes first. */
static inline int
compare_series_labels(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

#endif
