/*
 * start_private.h
 *	  What the files of a start share: a history ready to be read, and its methods.
 */
#ifndef LF_START_PRIVATE_H
#define LF_START_PRIVATE_H

#include "start.h"

#define LF_START_LANES 4 /* choices of a smoothing's parameters that are tried side by side */

/* A history in the units that a method goes on in, and what is found in it. */
typedef struct lf_start_history
{
	const double *values; /* the latest steps, transformed */
	int length;
	int season;    /* 1: none */
	bool mean;     /* centres are means, else they are robust */
	bool product;  /* indices multiply the line, else they are added to it */
	double level;  /* before the first step: the line's value there */
	double slope;  /* of the line, a step */
	double bend;   /* errors count by their squares up to here, and linearly beyond */
	double *notes; /* what a simple method found in the first steps, by their count, or NULL */
	double
		*index; /* season: what is added to the line, or times it, in each phase (step % season) */
} lf_start_history;

/* Where smoothing stands after a history. */
typedef struct lf_start_state
{
	double level;
	double slope;
	double *index; /* season */
} lf_start_state;

/* What reads a series: the latest steps, and scratch. */
typedef struct lf_start_work
{
	const double *values;
	int length;
	int64_t memory; /* steps that are read at most */
	int64_t whole;  /* length of the series, which a network reads as far as it wants */
	bool mean;
	double lowest, highest;
	double *logs;   /* length: of the values, where all are > 0 */
	double *sort;   /* length */
	double *fitted; /* length: one-step forecasts */
	double *index;  /* season: of a history */
	double *early;  /* season: of one that ends before it */
	double *lanes;  /* (season, LF_START_LANES) */
	lf_start_state state;
	double *notes;    /* (LF_START_FINDINGS, lf_start_memory), or NULL: lf_start_notes */
	double *forecast; /* the request's horizon; behind it, what a network takes */
} lf_start_work;

/* Divide scratch, and read the latest steps of a series. */
extern void lf_start_open(lf_start_work *work, int season, bool mean, const double *values,
						  int64_t length, double *scratch);

/* Go by the notes of a series, which are cleared where they are another's; NULL: there are none. */
extern void lf_start_open_notes(lf_start_work *work, lf_start_notes *notes);

/* Whether a part reads a history as the one before it does. */
extern bool lf_start_reads_alike(const lf_start_part *before, const lf_start_part *part);

/* Whether a method has parameters. */
extern bool lf_start_is_smoothing(lf_start_method method);

/* Take the logarithms of what is read, where all of it is > 0: before a part that needs them. */
extern void lf_start_take_logs(lf_start_work *work);

/* The first `length` steps as a part reads them; a history too short for a season has none. */
extern lf_start_history lf_start_read(const lf_start_work *work, const lf_start_part *part,
									  int length);

/* From a part's units to the data's: finite, and not below zero where no value is. */
extern void lf_start_return(const lf_start_work *work, const lf_start_part *part, int horizon,
							double *forecast);

/* The forecast of a part other than smoothing, in the history's units. sort: length. */
extern void lf_start_repeat(const lf_start_history *history, const lf_start_part *part, int horizon,
							double *sort, double *forecast);

/*
 * The network's forecasts of as many steps after each of count origins, which are counted in
 * what is read: (count, horizon), in lf_start_network_scratch, within a start's bounds. False where
 * it has none: without a network, or past its horizon.
 */
extern bool lf_start_ask(const lf_start_work *work, lf_universal *network, int season, int second,
						 const int *origins, int count, int horizon, double *forecasts);

/* The centre of all steps of a history. sort: length. */
extern double lf_start_level(const lf_start_history *history, double *sort);

/* The centre of count > 0 values, which are reordered: their mean, or a robust one. */
extern double lf_start_center(double *values, int count, bool mean);

/* The change a step over `span` steps before `end`, between values `lag` apart. sort: span. */
extern double lf_start_slope(const double *values, int end, int span, int lag, bool mean,
							 double *sort);

/*
 * Find level, slope and indices where smoothing of a history begins. logs: of its values, for a
 * product; sort: length.
 */
extern void lf_start_decompose(lf_start_history *history, const double *logs, double *sort);

/* The state before the first step. */
extern void lf_start_begin(const lf_start_history *history, lf_start_state *state);

/* Smooth steps [from, to). fitted: the one-step forecasts by step, or NULL. */
extern void lf_start_smooth(const lf_start_history *history, const double *parameters,
							lf_start_state *state, int from, int to, double *fitted);

/* Go on from a state after `length` steps. */
extern void lf_start_continue(const lf_start_history *history, const double *parameters,
							  const lf_start_state *state, int length, int horizon,
							  double *forecast);

/*
 * Fit parameters of smoothing to a history that was decomposed, by its one-step errors at observed
 * steps. damping: 0 or 1 hold it there, anything between fits it. Takes the state, sort, fitted and
 * lanes of work.
 */
extern void lf_start_fit(lf_start_history *history, const uint8_t *observed, double damping,
						 lf_start_work *work, double *parameters);

#endif
