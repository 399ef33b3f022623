/*
 * rowstate_local.c
 *	  States that stay in the process, from a partial aggregate to the one that combines.
 */
#include "postgres.h"

#include "access/parallel.h"
#include "lib/ilist.h"
#include "nodes/execnodes.h"
#include "utils/memutils.h"

#include "sql/rowstate_local.h"

/* A state, in the memory of its rows. */
typedef struct LeftState
{
	dlist_node node;
	MemoryContextCallback forget;
	RowState *state;
	int64 ticket;
} LeftState;

static dlist_head left_states = DLIST_STATIC_INIT(left_states);
static int64 last_ticket = 0;

bool
rowstate_stays(FunctionCallInfo fcinfo)
{
	return !IsParallelWorker() && fcinfo->context != NULL && IsA(fcinfo->context, AggState) &&
		   castNode(AggState, fcinfo->context)->aggstrategy == AGG_PLAIN;
}

/* The state's memory goes. */
static void
forget_state(void *argument)
{
	dlist_delete(&((LeftState *) argument)->node);
}

int64
rowstate_leave(RowState *state)
{
	LeftState *left = MemoryContextAllocZero(state->rows->context, sizeof(LeftState));

	state->tickets = Max(state->tickets, 0) + 1;
	left->state = state;
	left->ticket = ++last_ticket;
	left->forget.func = forget_state;
	left->forget.arg = left;
	MemoryContextRegisterResetCallback(state->rows->context, &left->forget);
	dlist_push_head(&left_states, &left->node);
	return left->ticket;
}

RowState *
rowstate_find(int64 ticket)
{
	dlist_iter iter;

	dlist_foreach(iter, &left_states)
	{
		LeftState *left = dlist_container(LeftState, node, iter.cur);

		if (left->ticket == ticket && left->state->tickets > 0)
			return left->state;
	}
	elog(ERROR, "aggregate state is gone");
}

bool
rowstate_take(RowState *state)
{
	if (state->tickets != 1)
		return false;
	state->tickets = -1;
	return true;
}
