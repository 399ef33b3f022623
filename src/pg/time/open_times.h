/*
 * open_times.h
 *	  The times of the week that are open: arithmetic and text of FREQUENCY_OPEN.
 *
 * A week is cut into slots of a step each, from the first one of Monday on, by what the clocks
 * show. Steps are the open slots, numbered without the closed ones between.
 */
#ifndef LSTM_FORECAST_OPEN_TIMES_H
#define LSTM_FORECAST_OPEN_TIMES_H

#include "postgres.h"

#include "time/calendar.h"
#include "time/frequency.h"

/* Slots in a week, open or closed, of steps that divide a day. */
extern int open_slots_a_week(int64 step);

/* Open ones in a week. */
extern int open_steps_a_week(const Frequency *frequency);

/* Open ones in each day that has some; 0 where days differ. */
extern int open_steps_a_day(const Frequency *frequency);

/* The number of the last open slot that begins at or before a time. */
extern int64 open_index(const Frequency *frequency, int64 phase, LocalTime local);

/* When an open slot begins. Not for numbers out of timestamps' range, as their week tells. */
extern LocalTime open_place(const Frequency *frequency, int64 phase, int64 index);

/*
 * Take the open slots (open_slots_a_week) for those of the frequency. False where there are too
 * many runs, or none.
 */
extern bool open_take_slots(Frequency *frequency, const bool *open);

/* Are the runs those that open_take_slots makes, and is something closed? */
extern bool open_valid(const Frequency *frequency);

/* Are these the business days? */
extern bool open_is_business(const Frequency *frequency);

/*
 * "Mon-Sat", "Tue, Thu", "Mon-Fri 09:00-17:00, Sat 09:00-12:00", "Sun 18:00-Fri 16:00": the first
 * and the last step of each run, which may end on the next day, "Mon-Fri 18:00-02:00".
 */
extern char *open_text(const Frequency *frequency);

/*
 * Read such a text into a frequency whose count is known. Times of day set the time of day. False:
 * it is none, or times are not a whole number of steps apart.
 */
extern bool open_read(const char *text, Frequency *frequency);

#endif
