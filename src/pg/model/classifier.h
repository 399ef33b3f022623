/*
 * classifier.h
 *	  A trained model that tells classes, and its bytes: a safetensors file as of model.h.
 *
 * Tensors: each network's parameters under PyTorch's names, F32; "scalers" F64 (channels, 3), mean
 * and deviation of each column, and by what its differences are multiplied; "training_log" F64
 *(rows, 6). Checksum, version and options as in any model; all else in "lstm_forecast.classifier",
 * JSON, by which such a model is told from one that forecasts. It keeps no row: what it tells the
 * class of is given to it.
 */
#ifndef LSTM_FORECAST_CLASSIFIER_H
#define LSTM_FORECAST_CLASSIFIER_H

#include "postgres.h"
#include "datatype/timestamp.h"

#include "core/classifier.h"
#include "model/model.h"
#include "options/options.h"

#define CLASSIFIER_SCALER_FIELDS 3

/* What is told of answers, series or rows, whose labels were not trained on. */
typedef struct ClassErrors
{
	int64 answers; /* 0: none were held out, and nothing else is known */
	int64 series;  /* that they are of */
	bool shared;   /* they also ended the training */
	double accuracy;
	double majority; /* accuracy of always telling the most frequent class of the training */
	double macro_f1; /* the mean over the classes that are there */
	double log_loss;
	double calibration; /* expected calibration error */
} ClassErrors;

typedef struct ClassMember
{
	lf_classifier_config network;
	uint64 seed;
	int best_epoch;
	lf_real *parameters; /* the table's order */
} ClassMember;

typedef struct Classifier
{
	TrainOptions options; /* effective */
	int class_count;
	char **labels;            /* (class_count) bytewise ascending, all different */
	int64 *counts;            /* (class_count) series, or rows, with each label */
	int channels;             /* value columns */
	char **names;             /* (channels) of them; NULL where they came as arrays */
	double *means;            /* (channels) by which they are standardised */
	double *deviations;       /* (channels) > 0 */
	float *difference_scales; /* (channels) > 0, of standardised values */
	int member_count;         /* 1 or more */
	ClassMember *members;
	ModelSchedule schedule;
	double temperature; /* that the networks' logits are divided by */
	bool has_times;
	TimestampTz first_time; /* of the rows */
	TimestampTz last_time;
	int64 series;     /* that were trained on */
	int64 unlabelled; /* series that were left out */
	int64 rows;       /* of those trained on */
	int64 longest;    /* rows of the longest */
	int64 missing;    /* values that were filled */
	ClassErrors errors;
	char *reasons; /* JSON object: option -> why it was chosen */
	int64 log_count;
	ModelLogRow *log;
	char *kernel;
	char *extension;
} Classifier;

/* Answers are a label a series, or a label a row? */
static inline bool
classifier_tells_rows(const Classifier *classifier)
{
	return classifier->options.supervision == LF_SUPERVISION_SEQUENCE;
}

/* The table of a network's tensors, in CurrentMemoryContext; raises the core's errors about it. */
extern lf_parameter_table *classifier_table(const lf_classifier_config *network);

#endif
