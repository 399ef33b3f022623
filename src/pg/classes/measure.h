/*
 * measure.h
 *	  The temperature of a model's probabilities, and figures on what was held out.
 */
#ifndef LSTM_FORECAST_MEASURE_H
#define LSTM_FORECAST_MEASURE_H

#include "postgres.h"

#include "classes/class_sequences.h"
#include "model/classifier.h"

/*
 * Fill the temperature and the errors, whose series are given, by networks that have not seen the
 * parts that are held out. Without any the temperature is 1 and there are no figures.
 * Interruptible.
 */
extern void class_measure(Classifier *classifier, const ClassSequences *sequences, bool shared,
						  MemoryAccount *account);

#endif
