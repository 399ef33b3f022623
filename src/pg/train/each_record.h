/*
 * each_record.h
 *	  The rows of one series as bytes that processes share.
 */
#ifndef LSTM_FORECAST_EACH_RECORD_H
#define LSTM_FORECAST_EACH_RECORD_H

#include "postgres.h"

#include "rows/panel_rows.h"

/* Bytes of a record; label: NULL, unnamed. */
extern Size each_record_bytes(const char *label, const RowSet *rows);

/* Write a record. Returns its bytes. */
extern Size each_record_write(char *to, const char *label, const RowSet *rows);

/* The rows of a record, copied into CurrentMemoryContext. */
extern PanelRows *each_record_read(const char *from, bool has_times, int past, int future);

#endif
