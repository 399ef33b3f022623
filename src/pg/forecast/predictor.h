/*
 * predictor.h
 *	  Runs the core's steppers under PostgreSQL's interrupts.
 *
 * The core polls InterruptPending. What ends no statement is dealt with at once; for all else it
 * comes back with LF_INTERRUPTED, and the error is raised here, with no frame of the core on the
 * stack.
 */
#ifndef LSTM_FORECAST_PREDICTOR_H
#define LSTM_FORECAST_PREDICTOR_H

#include "postgres.h"
#include "miscadmin.h"

#include "core/predictor.h"
#include "core/trainer.h"
#include "model/model.h"

/* Rows that a loop of the glue may go through between two looks at interrupts. */
#define INTERRUPT_ROWS 16384

/* Bytes that it may copy or compare. */
#define INTERRUPT_BYTES ((Size) 4 * 1024 * 1024)

/* What the core polls. */
extern const lf_interrupt_check core_interrupt;

/* Let an interrupt act that ended the core's work, or came before it: raises its error. */
extern void let_interrupt_act(void);

/*
 * A predictor of a model's network over a dataset, for max_rows windows a call,
 * in CurrentMemoryContext. scalers: one a series of the dataset; levels: as in
 * lf_predictor_spec, taken only by a network that gives a distribution. Raises
 * 54000 when it needs too much memory, and the core's errors.
 */
extern lf_predictor *create_predictor(const ModelMember *member, const lf_dataset *dataset,
									  const lf_scaler *scalers, int64 max_rows,
									  const double *levels, int level_count);

/*
 * Step until done: forecasts of count windows, and with levels their quantiles.
 * Raises the core's errors.
 */
extern void drive_predictor(lf_predictor *predictor, const lf_window *windows, int64 count,
							double *forecasts, double *quantiles);

#endif
