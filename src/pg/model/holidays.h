/*
 * holidays.h
 *	  The holidays of a model: which of them its networks know by name, and their text.
 */
#ifndef LSTM_FORECAST_MODEL_HOLIDAYS_H
#define LSTM_FORECAST_MODEL_HOLIDAYS_H

#include "postgres.h"
#include "lib/stringinfo.h"
#include "utils/jsonb.h"

#include "rows/panel.h"
#include "time/holiday_list.h"

#define LEAST_HOLIDAYS 2 /* days, that something can be learned of a name, or of all */

#define MOST_HOLIDAY_EFFECT 10 /* that a model may say of a holiday */

/*
 * The panel's holidays, in CurrentMemoryContext, with the names that came up on LEAST_HOLIDAYS days
 * with an observation first, the most frequent one at the head, MOST_OWN_HOLIDAYS at most: what is
 * seen once cannot be told from chance, and such a name has the common input alone. NULL where the
 * panel has none, or fewer than LEAST_HOLIDAYS of all names were seen, of which a network would
 * learn nothing and answer anything. Interruptible.
 */
extern const HolidayList *holidays_choose(const Panel *panel);

/*
 * Another list for networks that know the names of one: these first, in their order. Either may be
 * NULL: networks that know none get none, and without another list the one they know stays.
 */
extern const HolidayList *holidays_again(const HolidayList *known, const HolidayList *list);

/* Append a list as a JSON object; read it again, in CurrentMemoryContext, 22P03 where it is none.
 */
extern void holidays_append(StringInfo json, const HolidayList *list);
extern HolidayList *holidays_read(JsonbContainer *object);

/* The same as a text of its own, for processes of one build; "" for NULL. */
extern char *holidays_text(const HolidayList *list);
extern const HolidayList *holidays_of_text(const char *text);

/* A Julian day number as a date, and that of the last listed day. */
extern char *holiday_day_text(int64 number);
extern char *holidays_last_day(const HolidayList *list);

#endif
