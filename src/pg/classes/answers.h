/*
 * answers.h
 *	  What the networks of a model say of sequences together.
 */
#ifndef LSTM_FORECAST_ANSWERS_H
#define LSTM_FORECAST_ANSWERS_H

#include "postgres.h"

#include "base/memory.h"
#include "model/classifier.h"

/* Answers of so many sequences, which all have labels or all have none. */
extern int64 answers_count(const Classifier *classifier, const lf_sequence *sequences, int64 count);

/*
 * The logits of all answers, (answers, classes): of one network its own, of several the logarithms
 * of their mean probabilities. In CurrentMemoryContext, counted in the account, as is what the
 * networks take. Interruptible.
 */
extern float *answers_logits(const Classifier *classifier, const lf_sequence *sequences,
							 int64 count, MemoryAccount *account);

#endif
