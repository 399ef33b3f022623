/*
 * start.h
 *	  Forecasts that need no training: what a network has to improve on.
 *
 * A start repeats, averages or goes on with what a series did: the last value or season, with or
 * without drift; a level, or the way back to it; a damped trend with seasonal indices, additive or
 * in logarithms; or what a network says that was trained before. Which suit a series is chosen on
 * its own past (lf_start_choose); up to LF_START_PARTS that did nearly equally well are averaged.
 * What was chosen is plain data, which a model keeps, one a series, and lf_start_forecast goes on
 * from any history with it. The list is open: a further method is a word here, and its function in
 * start.c.
 *
 * Sources: exponential smoothing in innovations form: Hyndman, Koehler, Ord, Snyder, "Forecasting
 * with Exponential Smoothing" (2008); averages of a few such methods: Petropoulos, Svetunkov, "A
 * simple combination of univariate models", IJF 36 (2020); the rate of rare sales: Teunter,
 * Syntetos, Babai, "Intermittent demand", EJOR 214 (2011).
 */
#ifndef LF_START_H
#define LF_START_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "universal.h"

#define LF_START_FIELDS 4                    /* numbers of a part: its smoothing parameters */
#define LF_START_PARTS 3                     /* parts that are averaged, at most */
#define LF_START_METHODS (LF_START_RATE + 1) /* how many, NONE among them */

typedef enum lf_start_method
{
	LF_START_NONE,         /* no start: nothing was chosen */
	LF_START_LAST,         /* the last value */
	LF_START_MEAN,         /* the mean of the steps that are read */
	LF_START_DRIFT,        /* the last value, and the drift of the last steps */
	LF_START_SEASON,       /* the last season */
	LF_START_SEASON_MEAN,  /* the mean of the last seasons */
	LF_START_SEASON_DRIFT, /* the last season, and the drift from season to season */
	LF_START_SMOOTHING,    /* exponential smoothing: level, damped trend, indices that are added */
	LF_START_PRODUCT,      /* the same, and the indices multiply level and trend */
	LF_START_RETURN,       /* from the last value back to the mean of the steps that are read */
	LF_START_PRETRAINED,   /* a universal network: universal.h */
	LF_START_RATE          /* of counts: how often they are not 0, smoothed, times how much then */
} lf_start_method;

/*
 * The numbers of both smoothings: weights of a one-step error, and the trend's damping. A return
 * has the last of them: the share of its distance from the mean that is left after a step; a rate
 * the first: the weight of a step in it.
 */
typedef enum lf_start_field
{
	LF_START_LEVEL,    /* alpha in [0, 1] */
	LF_START_TREND,    /* beta / alpha in [0, 1] */
	LF_START_SEASONAL, /* gamma / (1 - alpha) in [0, 1] */
	LF_START_DAMPING   /* phi: 0 no trend, 1 a linear one */
} lf_start_field;

/* One method. */
typedef struct lf_start_part
{
	lf_start_method method;
	lf_transform transform; /* LF_TRANSFORM_NONE, or LF_TRANSFORM_LOG: it goes on in logarithms */
	int season;             /* the start's, or 1: none */
	double weight;          /* > 0; those of all parts sum to 1 */
	double parameters[LF_START_FIELDS]; /* of smoothing and a return; else 0 */
} lf_start_part;

/* A start of one series: the weighted mean of its parts. Plain data. */
typedef struct lf_start
{
	int count;  /* of parts; 0: no start */
	int season; /* of its request: says how many steps are read */
	int second; /* likewise */
	bool mean;  /* of its request: levels and seasons are means, else they are robust */
	lf_start_part parts[LF_START_PARTS]; /* the best first; those past count are 0 */
} lf_start;

/* Series, or origins of one, that a network forecasts at once; it reads each twice at most. */
#define LF_START_TOGETHER 16

/* What simple methods find in the first steps of a series: one number each. */
typedef enum lf_start_finding
{
	LF_START_FOUND_LEVEL,
	LF_START_FOUND_DRIFT,
	LF_START_FOUND_SEASON_DRIFT,
	LF_START_FOUND_SEASON_GROWTH, /* the same of logarithms */
	LF_START_FINDINGS
} lf_start_finding;

/*
 * What they found in one series, where starts are chosen at one origin after the other. Of one
 * request. The starts are the same with it.
 */
typedef struct lf_start_notes
{
	double *found; /* (LF_START_FINDINGS, lf_start_memory): by the count of steps; NaN: not yet */
	/* private */
	const double *values; /* of the series, from the first one on that is read */
} lf_start_notes;

/* What a start is chosen for. */
typedef struct lf_start_request
{
	int season;    /* >= 1; 1: none */
	int second;    /* a longer one, for the network; 0: none */
	int horizon;   /* steps that will be forecast */
	bool mean;     /* forecasts should be means (least squares), as of counts; else medians (least
					* absolute errors) */
	bool only;     /* the network alone, where there is one */
	int64_t whole; /* steps of the series that histories are beginnings of; 0: they are whole */
	int together; /* series that it is asked about at once, at most, where nothing is chosen or only
				   * it; 0: LF_START_TOGETHER */
	lf_universal *network; /* what forecasts for LF_START_PRETRAINED; NULL: not among the methods */
	lf_start_notes *notes; /* of series that neither move nor change; NULL: none are kept */
} lf_start_request;

/* The latest steps of a series that a start of this season reads at most: what a model has to keep.
 */
extern int64_t lf_start_memory(int season);

/*
 * What a network said of the latest windows of one series that start_network.c asked it about, as
 * it is asked again where starts are chosen at one origin after the other. Of one request; hung to
 * its network. The answers are the same with it.
 */
typedef struct lf_start_answers
{
	int room;
	int horizon;       /* steps that each has room for: the request's */
	int64_t *lengths;  /* (room): steps of the series before it */
	int *steps;        /* (room): that it forecasts */
	double *forecasts; /* (room, horizon) */
	/* private */
	const double *values; /* of the series */
	int count;            /* that there are */
	int next;             /* the next one's place */
} lf_start_answers;

/* The rows that the request's network must have room for: its max_rows. */
extern int64_t lf_start_network_rows(const lf_start_request *request);

/* Doubles of scratch that lf_start_choose and lf_start_forecast take. */
extern size_t lf_start_scratch(const lf_start_request *request);

/* How many of them are a network's, where the request has one. */
extern size_t lf_start_network_scratch(int horizon);

/*
 * Choose a start for a series by its own past: of all methods that its length allows (a season
 * needs one and a half of itself), those whose forecasts erred least: of up to `horizon` steps from
 * several origins in its last part, and of one step; the simple ones are taken where they are
 * nearly as good. values: finite, and none larger than LF_LARGEST_VALUE. observed: 0 where a step
 * was filled, which counts in no error; NULL: all were observed. Only the last lf_start_memory
 * steps are read. From one value on there is a start; of none its count is 0. Deterministic.
 * Bounded work: below 1 ms for 150 steps with a season of 12, some 30 ms for the longest season.
 */
extern void lf_start_choose(const lf_start_request *request, const double *values,
							const uint8_t *observed, int64_t length, double *scratch,
							lf_start *start);

/*
 * Where in a series of that length lf_start_choose asks the network: the steps before each of at
 * most LF_START_TOGETHER origins, ascending. Returns how many; 0: it does not ask it.
 */
extern int lf_start_origins(const lf_start_request *request, const double *values, int64_t length,
							double *scratch, int64_t *origins);

/*
 * Let the network keep its answers at such origins, at most LF_START_TOGETHER of a series at a
 * time: of many at once it is faster. The starts are the same with it.
 */
extern void lf_start_ask_ahead(const lf_start_request *request, const double *values,
							   const int64_t *lengths, int count, double *scratch);

/*
 * Forecast `horizon` steps after values[0 .. length - 1], in the data's units, finite where the
 * values are. Histories shorter than the method needs get the nearest one that they allow.
 * No part and no value give NaN. network: what forecasts for LF_START_PRETRAINED; without one
 * the last value or season stands for it. scratch: of the request with that season and at least
 * that horizon.
 */
extern void lf_start_forecast(const lf_start *start, lf_universal *network, const double *values,
							  int64_t length, int horizon, double *scratch, double *forecast);

/*
 * The forecasts of starts that are LF_START_PRETRAINED alone, of at most LF_START_TOGETHER series
 * with at least one value each: (count, horizon), as lf_start_forecast gives them, several times as
 * fast. Where levels are asked for also the values that the network expects observations to stay
 * below, with these probabilities: quantiles (count, horizon, level_count), ascending in the level,
 * within the same bounds. False where the network has none, as there. scratch: of the request.
 */
extern bool lf_start_forecast_together(const lf_start_request *request, const double *const *values,
									   const int64_t *lengths, int count, int horizon,
									   int level_count, const double *levels, double *scratch,
									   double *forecasts, double *quantiles);

#endif
