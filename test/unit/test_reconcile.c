/*
 * test_reconcile.c
 *	  Forecasts of a tree that add up: against the normal equations, by hand, at the limits.
 */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "core/random.h"
#include "core/reconcile.h"

#define MOST 40

/* One tree with its forecasts. */
typedef struct hierarchy
{
	int64_t nodes;
	int64_t parent[MOST];
	double variance[MOST];
	double forecast[MOST];
	double coherent[MOST];
} hierarchy;

static lf_status
solve(hierarchy *h, lf_error *error)
{
	const lf_tree tree = {.nodes = h->nodes, .parent = h->parent};
	double *room = malloc(sizeof(double) * lf_reconcile_room(&tree));
	lf_status status =
		lf_reconcile(&tree, h->variance, h->forecast, h->coherent, room, NULL, error);

	free(room);
	return status;
}

static bool
is_leaf(const hierarchy *h, int64_t node)
{
	for (int64_t i = node + 1; i < h->nodes; i++)
		if (h->parent[i] == node)
			return false;
	return true;
}

/* Does the node sum the leaf? */
static bool
sums(const hierarchy *h, int64_t node, int64_t leaf)
{
	while (leaf > node)
		leaf = h->parent[leaf];
	return leaf == node;
}

/* Solve a x = b, (n, n), in place, by elimination with the largest pivots. */
static void
eliminate(double *a, double *b, int n)
{
	for (int k = 0; k < n; k++)
	{
		int pivot = k;

		for (int i = k + 1; i < n; i++)
			if (fabs(a[i * n + k]) > fabs(a[pivot * n + k]))
				pivot = i;
		for (int j = 0; j < n; j++)
		{
			const double other = a[k * n + j];

			a[k * n + j] = a[pivot * n + j];
			a[pivot * n + j] = other;
		}
		const double other = b[k];

		b[k] = b[pivot];
		b[pivot] = other;
		for (int i = 0; i < n; i++)
			if (i != k)
			{
				const double factor = a[i * n + k] / a[k * n + k];

				for (int j = k; j < n; j++)
					a[i * n + j] -= factor * a[k * n + j];
				b[i] -= factor * b[k];
			}
	}
	for (int k = 0; k < n; k++)
		b[k] /= a[k * n + k];
}

/* S (S' W S)^-1 S' W y, with all its matrices. */
static void
by_normal_equations(const hierarchy *h, double *result)
{
	int64_t leaf[MOST];
	double a[MOST * MOST];
	double b[MOST];
	int n = 0;

	for (int64_t i = 0; i < h->nodes; i++)
		if (is_leaf(h, i))
			leaf[n++] = i;
	for (int i = 0; i < n; i++)
	{
		b[i] = 0;
		for (int64_t node = 0; node < h->nodes; node++)
			if (!isnan(h->forecast[node]) && sums(h, node, leaf[i]))
				b[i] += h->forecast[node] / h->variance[node];
		for (int j = 0; j < n; j++)
		{
			a[i * n + j] = 0;
			for (int64_t node = 0; node < h->nodes; node++)
				if (!isnan(h->forecast[node]) && sums(h, node, leaf[i]) && sums(h, node, leaf[j]))
					a[i * n + j] += 1 / h->variance[node];
		}
	}
	eliminate(a, b, n);
	for (int64_t node = 0; node < h->nodes; node++)
	{
		result[node] = 0;
		for (int i = 0; i < n; i++)
			if (sums(h, node, leaf[i]))
				result[node] += b[i];
	}
}

/* A tree of any shape, wide or deep; some inner nodes have no forecast. */
static void
draw(hierarchy *h, lf_random *random)
{
	const uint64_t reach = 1 + lf_random_below(random, MOST);

	h->nodes = 1 + (int64_t) lf_random_below(random, MOST);
	for (int64_t i = 0; i < h->nodes; i++)
	{
		const int64_t back = (int64_t) lf_random_below(random, reach);

		h->parent[i] = i == 0 ? -1 : i - 1 - back < 0 ? 0 : i - 1 - back;
		h->variance[i] = exp(4 * lf_random_uniform(random) - 2);
		h->forecast[i] = 200 * lf_random_uniform(random) - 80;
	}
	for (int64_t i = 0; i < h->nodes; i++)
		if (!is_leaf(h, i) && lf_random_below(random, 4) == 0)
			h->forecast[i] = NAN;
}

static void
test_random_trees(void)
{
	lf_random random = lf_random_seed(7, 0);
	int near = 0;
	int adding_up = 0;

	for (int trial = 0; trial < 500; trial++)
	{
		hierarchy h;
		double wanted[MOST];
		double sum[MOST] = {0};
		bool all_near = true;
		bool all_adding_up = true;

		draw(&h, &random);
		if (solve(&h, NULL) != LF_OK)
			continue;
		by_normal_equations(&h, wanted);
		for (int64_t i = h.nodes - 1; i >= 0; i--)
		{
			all_near = all_near && relative_difference(h.coherent[i], wanted[i]) < 1e-9;
			if (!is_leaf(&h, i))
				all_adding_up = all_adding_up && relative_difference(h.coherent[i], sum[i]) < 1e-13;
			if (i > 0)
				sum[h.parent[i]] += h.coherent[i];
		}
		near += all_near;
		adding_up += all_adding_up;
	}
	check(near == 500, "random trees give what the normal equations give (%d of 500)", near);
	check(adding_up == 500, "and add up (%d of 500)", adding_up);
}

/* Leaves 1 and 2, total 6, which is as sure as their sum: half the difference goes to each side. */
static void
test_by_hand(void)
{
	hierarchy h = {.nodes = 3, .parent = {-1, 0, 0}, .forecast = {6, 1, 2}};
	const lf_tree tree = {.nodes = h.nodes, .parent = h.parent};
	hierarchy one = {.nodes = 1, .parent = {-1}, .variance = {3}, .forecast = {5}};
	hierarchy child = {.nodes = 2, .parent = {-1, 0}, .variance = {1, 3}, .forecast = {10, 2}};

	lf_tree_leaves(&tree, h.variance);
	check(h.variance[0] == 2 && h.variance[1] == 1 && h.variance[2] == 1, "leaves are counted");
	check(solve(&h, NULL) == LF_OK && h.coherent[0] == 4.5 && h.coherent[1] == 1.75 &&
			  h.coherent[2] == 2.75,
		  "three nodes by hand");
	h.variance[2] = 1e-300;
	check(solve(&h, NULL) == LF_OK && h.coherent[2] == 2, "a leaf that is sure stays");
	h.variance[2] = 1;
	h.variance[0] = 1e-300;
	check(solve(&h, NULL) == LF_OK && fabs(h.coherent[0] - 6) < 1e-15 && h.coherent[1] == 2.5,
		  "a total that is sure stays");
	h.variance[0] = 1e300;
	check(solve(&h, NULL) == LF_OK && h.coherent[0] == 3 && h.coherent[1] == 1,
		  "one that is not sure at all follows");
	h.forecast[0] = NAN;
	h.variance[0] = NAN;
	check(solve(&h, NULL) == LF_OK && h.coherent[0] == 3, "and so does one without a forecast");
	check(solve(&one, NULL) == LF_OK && one.coherent[0] == 5, "a single node is as it was");
	check(solve(&child, NULL) == LF_OK && child.coherent[0] == 8 && child.coherent[1] == 8,
		  "a node and its only child meet by precision");
}

static void
test_refused(void)
{
	const hierarchy good = {
		.nodes = 3, .parent = {-1, 0, 0}, .variance = {1, 1, 1}, .forecast = {6, 1, 2}};
	const double bad[] = {0, -1, NAN, INFINITY, 1e-301, 1e301};
	lf_error error;
	hierarchy h = good;
	int refused = 0;

	h.forecast[2] = NAN;
	check(solve(&h, &error) == LF_ERROR_DATA && strstr(error.message, "leaf") != NULL,
		  "a leaf without a forecast is refused");
	for (int i = 0; i < 6; i++)
	{
		h = good;
		h.variance[i % 3] = bad[i];
		refused += solve(&h, &error) == LF_ERROR_CONFIG;
	}
	check(refused == 6, "variances out of range are refused");
	h = good;
	h.parent[0] = 0;
	refused = solve(&h, &error) == LF_ERROR_DATA;
	h = good;
	h.parent[1] = 2;
	refused += solve(&h, &error) == LF_ERROR_DATA;
	h.parent[1] = -1;
	refused += solve(&h, &error) == LF_ERROR_DATA;
	check(refused == 3, "what is no tree is refused");
}

/* Large trees: 300,000 nodes in a chain, or below one. */
static void
test_large(void)
{
	const int64_t nodes = 300000;
	int64_t *parent = malloc(sizeof(int64_t) * nodes);
	double *numbers = malloc(sizeof(double) * nodes * 7);
	double *variance = numbers;
	double *forecast = numbers + nodes;
	double *coherent = numbers + 2 * nodes;
	const lf_tree tree = {.nodes = nodes, .parent = parent};
	double sum = 0;
	double largest = 0;
	volatile sig_atomic_t flag = 1;
	const lf_interrupt_check interrupt = {.flag = &flag};

	for (int64_t i = 0; i < nodes; i++)
	{
		parent[i] = i == 0 ? -1 : 0;
		forecast[i] = i == 0 ? 0 : 1e-3 + 1 / (double) i;
	}
	lf_tree_leaves(&tree, variance);
	check(variance[0] == nodes - 1, "the leaves of a wide tree");
	check(lf_reconcile(&tree, variance, forecast, coherent, numbers + 3 * nodes, NULL, NULL) ==
			  LF_OK,
		  "a wide tree is reconciled");
	for (int64_t i = nodes - 1; i > 0; i--)
		sum += coherent[i];
	check(relative_difference(coherent[0], sum) < 1e-12, "and adds up: %g", coherent[0] - sum);
	for (int64_t i = 0; i < nodes; i++)
	{
		parent[i] = i - 1;
		variance[i] = 1;
		forecast[i] = i % 2 == 0 ? 3 : 5;
	}
	check(lf_reconcile(&tree, variance, forecast, coherent, numbers + 3 * nodes, NULL, NULL) ==
			  LF_OK,
		  "a deep tree is reconciled");
	for (int64_t i = 0; i < nodes; i++)
		largest = fmax(largest, fabs(coherent[i] - 4));
	check(largest < 1e-9, "to the mean of what is one number said %g times", (double) nodes);
	check(lf_reconcile(&tree, variance, forecast, coherent, numbers + 3 * nodes, &interrupt,
					   NULL) == LF_INTERRUPTED,
		  "an interrupt ends the work");
	free(numbers);
	free(parent);
}

int
main(void)
{
	test_random_trees();
	test_by_hand();
	test_refused();
	test_large();
	return check_done();
}
