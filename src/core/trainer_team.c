/*
 * trainer_team.c
 *	  How the processes that train one network share its work.
 *
 * Two counters in shared memory, which only grow: units of work that were claimed, and arrivals
 * at the ends of sections. As every process knows how many units each section has, none has to
 * be told where a section begins. Who finds no unit left has finished its own, so a section is
 * over when all have arrived; what was written before an arrival is seen after it (the atomics are
 * sequentially consistent). Differences are taken modulo 2^32: the counters may overflow.
 */
#include <stdatomic.h>

#include "trainer_private.h"

void
lf_section_begin(lf_trainer *trainer, uint32_t units)
{
	lf_section *section = &trainer->section;

	section->begin += section->units;
	section->units = units;
	section->number++;
	if (section->number == 0) /* means none */
		section->number = 1;
	section->arrivals += (uint32_t) trainer->spec.team.processes;
	section->claimed = 0;
	section->holding = false;
	section->arrived = false;
}

/* Take a number below the section's end. */
static bool
claim(lf_trainer_board *board, lf_section *section)
{
	uint32_t next = atomic_load(&board->claimed);

	while (next - section->begin < section->units)
		if (atomic_compare_exchange_weak(&board->claimed, &next, next + 1))
		{
			section->unit = next - section->begin;
			return true;
		}
	return false;
}

static lf_section_state
next_of_team(lf_trainer *trainer)
{
	lf_section *section = &trainer->section;
	lf_trainer_board *board = trainer->spec.team.board;
	uint32_t stop = 0;

	if (!section->arrived)
	{
		section->holding = claim(board, section);
		if (section->holding)
			return LF_SECTION_UNIT;
		/* before the arrival, so that all find it when the section is over */
		if (trainer->asked)
			atomic_compare_exchange_strong(&board->stop, &stop, section->number);
		atomic_fetch_add(&board->arrived, 1);
		section->arrived = true;
		trainer->moved = true;
	}
	if ((int32_t) (atomic_load(&board->arrived) - section->arrivals) < 0)
		return LF_SECTION_WAIT;
	/* a later section is the choice of one that is ahead already */
	stop = atomic_load(&board->stop);
	trainer->finishing = stop != 0 && (int32_t) (stop - section->number) <= 0;
	return LF_SECTION_OVER;
}

lf_section_state
lf_section_next(lf_trainer *trainer)
{
	lf_section *section = &trainer->section;

	if (section->holding)
		return LF_SECTION_UNIT;
	if (lf_trainer_in_team(&trainer->spec))
		return next_of_team(trainer);
	if (section->claimed == section->units)
		return LF_SECTION_OVER;
	section->unit = section->claimed++;
	section->holding = true;
	return LF_SECTION_UNIT;
}
