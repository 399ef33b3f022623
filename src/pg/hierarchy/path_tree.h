/*
 * path_tree.h
 *	  The nodes of a hierarchy, found by their paths.
 *
 * A path is an array of names from below the total to the node: {} is the total, {north} a part of
 * it, {north,shop 1} a part of that. Nulls at the end, as ROLLUP makes them, are left out.
 */
#ifndef LSTM_FORECAST_PATH_TREE_H
#define LSTM_FORECAST_PATH_TREE_H

#include "postgres.h"

#include "utils/array.h"

#include "base/compat.h"
#include "base/memory.h"

struct branch_hash;

/* Every node comes after its parent, and all ancestors of a node are there. */
typedef struct PathTree
{
	MemoryContext context;
	MemoryAccount *account;
	int64 count;    /* of nodes; number 0 is the total */
	int64 capacity; /* of parent and label */
	int64 *parent;  /* [count] -1 of the total */
	text **label;   /* [count] the last name of its path; NULL of the total */
	struct branch_hash *nodes;
} PathTree;

/* A tree of the total alone. It keeps to the context, and takes its memory from the account. */
extern PathTree *path_tree_create(MemoryContext context, MemoryAccount *account);

/*
 * The number of the node of a path, which is made, with those above it, where it is new. Raises
 * 22023 where the array has several dimensions, 22004 where it has a null before a name. May leave
 * garbage in CurrentMemoryContext.
 */
extern int64 path_tree_node(PathTree *tree, ArrayType *path);

/* A node's path, for messages: as an array is written, its beginning where it is long. */
extern char *path_tree_name(const PathTree *tree, int64 node);

#endif
