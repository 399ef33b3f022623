/*
 * classifier_inspect.h
 *	  A look inside a model that tells classes: what lstm_model_info and lstm_summary say of it.
 */
#ifndef LSTM_FORECAST_CLASSIFIER_INSPECT_H
#define LSTM_FORECAST_CLASSIFIER_INSPECT_H

#include "postgres.h"
#include "lib/stringinfo.h"

#include "model/classifier.h"
#include "model/summary.h"

/* The text of a JSON object about a model of so many bytes. */
extern char *classifier_info(const Classifier *classifier, Size bytes);

/* The rows of lstm_summary; *summary has no model. Interruptible. */
extern void classifier_summary(const Classifier *classifier, Summary *summary);

#endif
