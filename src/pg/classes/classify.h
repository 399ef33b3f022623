/*
 * classify.h
 *	  A model and rows to classes.
 */
#ifndef LSTM_FORECAST_CLASSIFY_H
#define LSTM_FORECAST_CLASSIFY_H

#include "postgres.h"

#include "classes/class_series.h"
#include "model/classifier.h"

/* What a model says of a series, or of a row. */
typedef struct ClassAnswer
{
	const ClassSeries *series;
	int64 row; /* of the series; its last one where the label is of the series */
	int class;
	const double *probabilities; /* (classes), until the next answer */
} ClassAnswer;

typedef void ClassTaker(void *context, const ClassData *data, const ClassAnswer *answer);

/*
 * Give the taker an answer for each series of the rows, or for each row, in the order of names and
 * times. Values are columns in the model's order; another number of them raises 22023. Everything
 * is in CurrentMemoryContext. Interruptible.
 */
extern void classify(const Classifier *classifier, const PanelRows *rows, ClassTaker *take,
					 void *context);

#endif
