/*
 * reconcile.c
 *	  Forecasts of a tree of sums that add up.
 *
 * Where the children of a node sum to t, they differ from what their subtrees say by at least
 * (t - sum of their means)^2 / (sum of their variances): the differences are shared by variance. So
 * a subtree says of its root no more than a mean and a variance, which join those of its own
 * forecast by precision.
 */
#include "reconcile.h"

#include <math.h>
#include <stdbool.h>

#define PIECE 65536 /* nodes from one look at the interrupt flag to the next */

/* What the passes keep of each node. */
typedef struct passes
{
	double *mean;            /* what its subtree says of it */
	double *spread;          /* the variance of that */
	double *children_mean;   /* sums over its children */
	double *children_spread; /* 0: a leaf */
} passes;

void
lf_tree_leaves(const lf_tree *tree, double *leaves)
{
	for (int64_t i = 0; i < tree->nodes; i++)
		leaves[i] = 0;
	for (int64_t i = tree->nodes - 1; i >= 0; i--)
	{
		if (leaves[i] == 0)
			leaves[i] = 1;
		if (i > 0)
			leaves[tree->parent[i]] += leaves[i];
	}
}

size_t
lf_reconcile_room(const lf_tree *tree)
{
	return 4 * (size_t) tree->nodes;
}

/* Is it time to look, and work to be given up? */
static bool
given_up(int64_t node, lf_interrupt interrupt)
{
	return node % PIECE == 0 && lf_interrupted(interrupt);
}

static lf_status
check_tree(const lf_tree *tree, lf_interrupt interrupt, lf_error *error)
{
	for (int64_t i = 0; i < tree->nodes; i++)
	{
		if (given_up(i, interrupt))
			return LF_INTERRUPTED;
		if (i == 0 ? tree->parent[i] != -1 : tree->parent[i] < 0 || tree->parent[i] >= i)
			return lf_fail(error, LF_ERROR_DATA, "nodes do not follow their parents", NULL, NULL);
	}
	return LF_OK;
}

/*
 * Join what the children say, a mean and a variance, with the node's own forecast. By quotients of
 * variances, as their products and inverses may be out of range.
 */
static void
join_own(double own, double variance, double *mean, double *spread)
{
	const bool sure = variance < *spread;
	const double ratio = sure ? variance / *spread : *spread / variance; /* 0 to 1 */
	const double weight = (sure ? 1 : ratio) / (1 + ratio);              /* of its own forecast */

	*mean += weight * (own - *mean);
	*spread = (sure ? variance : *spread) / (1 + ratio);
}

/* From the leaves to the root: what each subtree says. */
static lf_status
pass_up(const lf_tree *tree, const double *variance, const double *forecast, passes *p,
		lf_interrupt interrupt, lf_error *error)
{
	for (int64_t i = tree->nodes - 1; i >= 0; i--)
	{
		const bool leaf = p->children_spread[i] == 0;
		const bool own = !isnan(forecast[i]);

		if (given_up(i, interrupt))
			return LF_INTERRUPTED;
		if (leaf && !own)
			return lf_fail(error, LF_ERROR_DATA, "a leaf has no forecast", NULL, NULL);
		if (own && !(variance[i] >= 1 / LF_LARGEST_VARIANCE && variance[i] <= LF_LARGEST_VARIANCE))
			return lf_fail(error, LF_ERROR_CONFIG, "a variance is out of range", NULL, NULL);
		p->mean[i] = leaf ? forecast[i] : p->children_mean[i];
		p->spread[i] = leaf ? variance[i] : p->children_spread[i];
		if (own && !leaf)
			join_own(forecast[i], variance[i], &p->mean[i], &p->spread[i]);
		if (i > 0)
		{
			p->children_mean[tree->parent[i]] += p->mean[i];
			p->children_spread[tree->parent[i]] += p->spread[i];
		}
	}
	return LF_OK;
}

/* From the root to the leaves: the difference to what the children say, shared by variance. */
static lf_status
pass_down(const lf_tree *tree, const passes *p, double *coherent, lf_interrupt interrupt)
{
	coherent[0] = p->mean[0];
	for (int64_t i = 1; i < tree->nodes; i++)
	{
		const int64_t parent = tree->parent[i];

		if (given_up(i, interrupt))
			return LF_INTERRUPTED;
		coherent[i] = p->mean[i] + p->spread[i] / p->children_spread[parent] *
									   (coherent[parent] - p->children_mean[parent]);
	}
	return LF_OK;
}

/* Make inner nodes what their children sum to, which rounding took away: compensated sums
 * (Neumaier), so that they are right to the last digits however many children there are. */
static lf_status
sum_up(const lf_tree *tree, const passes *p, double *coherent, lf_interrupt interrupt)
{
	double *sum = p->mean;
	double *rounded = p->spread;

	for (int64_t i = 0; i < tree->nodes; i++)
		sum[i] = rounded[i] = 0;
	for (int64_t i = tree->nodes - 1; i >= 0; i--)
	{
		if (given_up(i, interrupt))
			return LF_INTERRUPTED;
		if (p->children_spread[i] > 0)
			coherent[i] = sum[i] + rounded[i];
		if (i > 0)
		{
			const int64_t parent = tree->parent[i];
			const double before = sum[parent];
			const double after = before + coherent[i];

			rounded[parent] += fabs(before) >= fabs(coherent[i]) ? (before - after) + coherent[i]
																 : (coherent[i] - after) + before;
			sum[parent] = after;
		}
	}
	return LF_OK;
}

lf_status
lf_reconcile(const lf_tree *tree, const double *variance, const double *forecast, double *coherent,
			 double *room, lf_interrupt interrupt, lf_error *error)
{
	passes p = {.mean = room,
				.spread = room + tree->nodes,
				.children_mean = room + 2 * tree->nodes,
				.children_spread = room + 3 * tree->nodes};
	lf_status status = check_tree(tree, interrupt, error);

	for (int64_t i = 0; i < tree->nodes; i++)
		p.children_mean[i] = p.children_spread[i] = 0;
	if (status == LF_OK)
		status = pass_up(tree, variance, forecast, &p, interrupt, error);
	if (status == LF_OK)
		status = pass_down(tree, &p, coherent, interrupt);
	if (status == LF_OK)
		status = sum_up(tree, &p, coherent, interrupt);
	return status;
}
