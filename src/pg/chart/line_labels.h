/*
 * line_labels.h
 *	  Labels beside the ends of a panel's lines.
 */
#ifndef LSTM_FORECAST_LINE_LABELS_H
#define LSTM_FORECAST_LINE_LABELS_H

#include "postgres.h"

#include "chart/layout.h"

/* Say what each line is that a panel draws; by its series and scale. single: as Layout's. */
extern void line_labels_collect(Panel *panel, const ChartOptions *options, bool single);

/* Pixels that the labels take beside the plot, with the space between. */
extern double line_labels_width(const Panel *panel);

/*
 * Move labels apart, as little as needed and not beyond the plot; those that have no room are left
 * out, the least important first. By the panel's plot.
 */
extern void line_labels_place(Panel *panel);

#endif
