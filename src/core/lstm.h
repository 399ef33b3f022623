/*
 * lstm.h
 *	  The core as a library: all that a C program needs to train networks and to forecast.
 *
 * examples/train_and_forecast.c is such a program. It links the objects that core.mk lists,
 * compiled with the flags given there, OpenBLAS and libm; nothing of PostgreSQL.
 *
 * Configuration. A spec, a struct made with designated initialisers, says everything; what is
 * left out is zero, which is the first kind of each enum, "none" or "no limit". Nothing is
 * chosen for the caller: sizes, seasons, windows and the scaler are its own decisions.
 *
 * Errors. What can fail returns an lf_status; from LF_ERROR_MEMORY on it is an error, and the
 * caller's lf_error holds message, detail and hint. Nothing jumps, exits or prints.
 *
 * Memory. Trainer and predictor take one block each, from the caller's lf_allocator when they
 * are created, and give it back when they are freed. lf_trainer_bytes and lf_predictor_bytes say
 * before how large it will be. Steps allocate nothing. There is no global state: any number of
 * trainers and predictors may live beside each other, each used by one thread at a time.
 *
 * Ownership. Specs are copied. Series, scalers, windows, weights and whatever else they point to
 * stay the caller's, unchanged until trainer or predictor are freed. Results that are returned as
 * pointers (weights, log, progress) lie in the trainer's block: copy what is to outlive it.
 *
 * Pull steppers. Work is done by calling a step until it says LF_DONE. A step takes some
 * milliseconds; between two the caller looks at its clock, its user and its progress. Where that
 * is too coarse an lf_interrupt ends a step within: it then returns LF_INTERRUPTED, and the same
 * call again goes on. For training by several processes see trainer.h.
 *
 * Numbers. The same input gives the same bits, on one kind of CPU and for any number of processes.
 * OpenBLAS may start threads of its own: call lf_blas_single_thread once, before any other work.
 */
#ifndef LF_LSTM_H
#define LF_LSTM_H

/* What is to be done: in reading order. */
#include "status.h"       /* result codes and the error record */
#include "interrupt.h"    /* the flag that ends work early */
#include "arena.h"        /* the allocator; one block for one job */
#include "real.h"         /* the number type of weights */
#include "config.h"       /* what a network is, how values are scaled, how it is trained */
#include "dataset.h"      /* series, and the windows in them */
#include "glitch.h"       /* single values that cannot be true */
#include "event.h"        /* what holidays and the like do to a series */
#include "scaling.h"      /* from values to network units and back */
#include "kernels.h"      /* the inner loops that suit the CPU: lf_kernels_best */
#include "training_log.h" /* how a training goes */
#include "trainer.h"      /* trains a network */
#include "predictor.h"    /* forecasts with a trained one */
#include "attribution.h"  /* which part of its inputs has which effect on a forecast */
#include "gates.h"        /* what its gates do meanwhile */

/* What tells classes of sequences. */
#include "classifier.h"           /* what such a network is */
#include "augmentation.h"         /* other sequences of the same class */
#include "classifier_trainer.h"   /* trains one */
#include "classifier_predictor.h" /* its answers */
#include "cross_entropy.h"        /* its loss */
#include "temperature.h"          /* probabilities from its answers */

/* What forecasts series that it has never seen. */
#include "universal.h"       /* a network whose weights need no training on them */
#include "universal_tuner.h" /* goes on training it on the series at hand */
#include "universal_gates.h" /* what its gates do */

/* What forecasts are made into. */
#include "ensemble.h"    /* the median of several, how much they differ, and the naive one */
#include "calibration.h" /* intervals from the errors of earlier ones */
#include "range.h"       /* the range that a series keeps within */
#include "tail.h"        /* how unusual a number is among those before it */
#include "watch.h"       /* what of a series its forecasts did not expect */
#include "reconcile.h"   /* those of a tree of sums that add up */

/* What a network has to improve on. */
#include "start.h" /* forecasts that need none */

/* What is looked at before. */
#include "spectrum.h" /* how much of a series goes at which frequency */

/* What trainer and predictor are made of, for programs that go deeper. */
#include "parameters.h"         /* the table of a network's tensors: storage, names, first values */
#include "loss.h"               /* losses, and what outputs mean under each */
#include "loss_counts.h"        /* those of counts */
#include "distribution.h"       /* normal and Student's t quantiles */
#include "count_distribution.h" /* quantiles of counts */
#include "batch.h"              /* windows in network units */
#include "dense.h"              /* dense layers */
#include "network.h"            /* embedding, recurrent stack, decoders, skips */
#include "stack.h"              /* recurrent layers through time */
#include "optimizer.h"          /* optimizers, schedules, clipping */
#include "random.h"             /* seeded random numbers */
#include "cholesky.h"           /* linear equations */
#include "sort.h"               /* numbers in order */
#include "blas.h"               /* dense products */

#endif
