/*
 * check.h
 *	  A few words for unit tests that speak TAP, so that prove runs them.
 */
#ifndef CHECK_H
#define CHECK_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

static int check_number;
static int check_failures;

/* One test: "ok N - name" or "not ok N - name"; the name is a printf format. */
#define check(condition, ...)                                                                      \
	do                                                                                             \
	{                                                                                              \
		bool check_passed = (condition);                                                           \
		if (!check_passed)                                                                         \
			check_failures++;                                                                      \
		printf("%s %d - ", check_passed ? "ok" : "not ok", ++check_number);                        \
		printf(__VA_ARGS__);                                                                       \
		printf("\n");                                                                              \
		if (!check_passed)                                                                         \
			printf("# failed at %s:%d: %s\n", __FILE__, __LINE__, #condition);                     \
	} while (0)

/* A line of explanation in the output. */
#define note(...) (printf("# "), printf(__VA_ARGS__), printf("\n"))

/* The plan at the end, and main's return value. */
static inline int
check_done(void)
{
	printf("1..%d\n", check_number);
	return check_failures ? 1 : 0;
}

/* |a - b| relative to the larger of |b| and 1. */
static inline double
relative_difference(double a, double b)
{
	return fabs(a - b) / fmax(1.0, fabs(b));
}

#endif
