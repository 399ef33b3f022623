/*
 * open_infer.h
 *	  The times of the week at which there are never rows.
 */
#ifndef LSTM_FORECAST_OPEN_INFER_H
#define LSTM_FORECAST_OPEN_INFER_H

#include "postgres.h"

#include "time/frequency.h"

/*
 * The open days that timestamps of one time of day keep to in a zone, where their dates ascend.
 * False where they show none, or too little to tell (rules: head of the .c file), or where they are
 * business days or all. How dense rows are is for the caller to judge. Interruptible.
 */
extern bool open_infer_days(const Times *times, const char *zone, int64 time_of_day,
							Frequency *frequency);

/*
 * Likewise the open times that strictly ascending timestamps keep to, with steps of minutes or
 * hours that divide a day. False also where the zone's clocks do not ascend with them.
 */
extern bool open_infer_hours(const Times *times, const char *zone, Frequency *frequency);

#endif
