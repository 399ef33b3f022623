/*
 * path_tree.c
 *	  The nodes of a hierarchy, found by their paths.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"

#include "base/interrupts.h"
#include "hierarchy/path_tree.h"

#define FIRST_NODES 16
#define CHECKED_NAMES 4096 /* of a path, from one look at interrupts to the next */
#define SHOWN_NAMES 20     /* of a path, in a message */
#define SHOWN_BYTES 200

/* A node by the one above it and its name. */
typedef struct PathKey
{
	int64 parent;
	const char *bytes;
	Size length;
} PathKey;

typedef struct PathEntry
{
	PathKey key;
	int64 node;
	uint32 hash;
	char status;
} PathEntry;

static inline uint32
hash_key(PathKey key)
{
	return hash_combine(hash_bytes((const unsigned char *) key.bytes, (int) key.length),
						murmurhash32((uint32) key.parent));
}

#define SH_PREFIX branch
#define SH_ELEMENT_TYPE PathEntry
#define SH_KEY_TYPE PathKey
#define SH_KEY key
#define SH_HASH_KEY(table, key) hash_key(key)
#define SH_EQUAL(table, a, b)                                                                      \
	((a).parent == (b).parent && (a).length == (b).length &&                                       \
	 memcmp((a).bytes, (b).bytes, (a).length) == 0)
#define SH_STORE_HASH
#define SH_GET_HASH(table, entry) (entry)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

PathTree *
path_tree_create(MemoryContext context, MemoryAccount *account)
{
	PathTree *tree = MemoryContextAllocZero(context, sizeof(PathTree));

	tree->context = context;
	tree->account = account;
	tree->capacity = FIRST_NODES;
	tree->parent = MemoryContextAlloc(context, sizeof(int64) * FIRST_NODES);
	tree->label = MemoryContextAlloc(context, sizeof(text *) * FIRST_NODES);
	tree->nodes = branch_create(context, FIRST_NODES, NULL);
	account_take(account, FIRST_NODES * (sizeof(int64) + sizeof(text *)) +
							  sizeof(PathEntry) * (Size) tree->nodes->size);
	tree->parent[0] = -1;
	tree->label[0] = NULL;
	tree->count = 1;
	return tree;
}

/* Room for one more node; the old arrays go when the new ones are there. */
static void
make_room(PathTree *tree)
{
	const Size width = sizeof(int64) + sizeof(text *);
	const int64 capacity = 2 * tree->capacity;

	if (tree->count < tree->capacity)
		return;
	account_take(tree->account, mul_size(width, capacity));
	tree->parent = repalloc_huge(tree->parent, sizeof(int64) * (Size) capacity);
	tree->label = repalloc_huge(tree->label, sizeof(text *) * (Size) capacity);
	account_give(tree->account, width * (Size) tree->capacity);
	tree->capacity = capacity;
}

/* Add a node. */
static int64
add_node(PathTree *tree, PathKey key)
{
	branch_hash *nodes = tree->nodes;
	const Size held = sizeof(PathEntry) * (Size) nodes->size;
	const bool grows = nodes->members >= nodes->grow_threshold;
	text *label;
	bool found;

	make_room(tree);
	/* it grows to the double, and the old one goes only then */
	account_take(tree->account, key.length + VARHDRSZ + CHUNK_HEADER + (grows ? 2 * held : 0));
	label = MemoryContextAlloc(tree->context, key.length + VARHDRSZ);
	SET_VARSIZE(label, key.length + VARHDRSZ);
	memcpy(VARDATA(label), key.bytes, key.length);
	key.bytes = VARDATA(label);
	branch_insert(nodes, key, &found)->node = tree->count;
	if (grows)
		account_give(tree->account, held);
	tree->parent[tree->count] = key.parent;
	tree->label[tree->count] = label;
	return tree->count++;
}

/* How many names a path has before its nulls. */
static int
names_of(ArrayType *path, const bool *nulls, int count)
{
	int names = count;

	while (names > 0 && nulls[names - 1])
		names--;
	for (int i = 0; i < names; i++)
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("\"path\" has a null before a name"),
					 errdetail("Element %d of %d is null.", i + 1, count),
					 errhint("Begin with the largest part, as in ARRAY[region, shop] of GROUP "
							 "BY ROLLUP (region, shop); nulls stand only at the end.")));
	return names;
}

int64
path_tree_node(PathTree *tree, ArrayType *path)
{
	Datum *elements;
	bool *nulls;
	int count;
	int names;
	int64 node = 0;

	if (ARR_NDIM(path) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"path\" must have one dimension"),
				 errhint("Give the names from below the total to the node, as '{north,shop 1}'.")));
	deconstruct_array(path, TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &count);
	names = names_of(path, nulls, count);
	for (int i = 0; i < names; i++)
	{
		const struct varlena *name = (struct varlena *) DatumGetPointer(elements[i]);
		const PathKey key = {
			.parent = node, .bytes = VARDATA_ANY(name), .length = VARSIZE_ANY_EXHDR(name)};
		const PathEntry *entry = branch_lookup(tree->nodes, key);

		if (i % CHECKED_NAMES == 0)
			check_interrupts();
		node = entry != NULL ? entry->node : add_node(tree, key);
	}
	return node;
}

char *
path_tree_name(const PathTree *tree, int64 node)
{
	Datum names[SHOWN_NAMES];
	int64 depth = 0;
	int shown;
	char *text;
	int length;

	for (int64 above = node; above > 0; above = tree->parent[above])
		depth++;
	shown = (int) Min(depth, SHOWN_NAMES);
	for (; depth > 0; depth--, node = tree->parent[node])
		if (depth <= shown)
			names[depth - 1] = PointerGetDatum(tree->label[node]);
	text = OidOutputFunctionCall(F_ARRAY_OUT, PointerGetDatum(construct_array(
												  names, shown, TEXTOID, -1, false, TYPALIGN_INT)));
	length = pg_mbcliplen(text, (int) strlen(text), SHOWN_BYTES);
	return length < (int) strlen(text) ? psprintf("%.*s...", length, text) : text;
}
