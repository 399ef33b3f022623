/*
 * panel_share.h
 *	  A panel as bytes in shared memory, for processes that read it.
 */
#ifndef LSTM_FORECAST_PANEL_SHARE_H
#define LSTM_FORECAST_PANEL_SHARE_H

#include "postgres.h"

#include "rows/panel.h"

/* Bytes that it takes. Interruptible. */
extern Size panel_share_bytes(const Panel *panel);

/* Write so many bytes, aligned as MAXALIGN does. Interruptible. */
extern void panel_share_write(const Panel *panel, char *to);

/*
 * A panel, with covariates of these names, whose values and covariates are those bytes, which must
 * last as long and not be changed; the rest in CurrentMemoryContext. Its own bytes count as none.
 * Series that were left out are not in it. Interruptible.
 */
extern Panel *panel_share_read(const char *from, char *const *names);

#endif
