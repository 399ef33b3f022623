/*
 * reconcile.h
 *	  Forecasts of a tree of sums that add up.
 *
 * Every node of a hierarchy, the total, its regions, their shops, may have a forecast of its own,
 * made for itself; they do not add up. Weighted least squares finds those that do and differ least
 * from them, each difference by its variance: what S (S' W S)^-1 S' W y gives, where S sums leaves
 * to nodes and W has the variances' inverses on its diagonal (S. L. Wickramasuriya, G.
 * Athanasopoulos, R. J. Hyndman, Optimal forecast reconciliation for hierarchical and grouped time
 * series through trace minimization, Journal of the American Statistical Association 114, 2019).
 * Of a tree it takes no matrix: what a subtree says of its root is a mean and a variance, which go
 * up once, and corrections, which go down once.
 */
#ifndef LF_RECONCILE_H
#define LF_RECONCILE_H

#include <stddef.h>
#include <stdint.h>

#include "interrupt.h"
#include "status.h"

/* Variances are from the inverse of this to it, so that nothing under- or overflows. */
#define LF_LARGEST_VARIANCE 1e300

/*
 * A tree of nodes that each come after their parent: parent[0] is -1, else 0 <= parent[i] < i.
 * Nodes without children are leaves.
 */
typedef struct lf_tree
{
	int64_t nodes; /* at least 1 */
	const int64_t *parent;
} lf_tree;

/*
 * How many leaves each node sums, itself where it is one: the variances of errors that are alike
 * and independent at the leaves ("structural scaling").
 */
extern void lf_tree_leaves(const lf_tree *tree, double *leaves);

/* Doubles that lf_reconcile needs as room. */
extern size_t lf_reconcile_room(const lf_tree *tree);

/*
 * The coherent forecasts: every inner node's is the sum of its children's, to the last digits.
 * forecast: of each node, none beyond LF_LARGEST_VALUE; NaN: it has none of its own, which a leaf
 * must have. variance: of each node that has one. Takes time by the number of nodes.
 *
 * LF_ERROR_DATA where parents are no tree or a leaf has no forecast, LF_ERROR_CONFIG where a
 * variance is out of range, LF_INTERRUPTED; coherent is not to be used then.
 */
extern lf_status lf_reconcile(const lf_tree *tree, const double *variance, const double *forecast,
							  double *coherent, double *room, lf_interrupt interrupt,
							  lf_error *error);

#endif
