/*
 * progress_slots.c
 *	  How far a training is, in the slots that PostgreSQL keeps for each process.
 */
#include "postgres.h"

#include <math.h>

#include "commands/progress.h"
#include "utils/backend_progress.h"

#include "base/progress_slots.h"

/* The command's number ends with the layout's: sessions may have older libraries loaded. */
#define COMMAND ((ProgressCommandType) 0x4C464301)

enum
{
	SLOT_STARTED = PGSTAT_NUM_PROGRESS_PARAM - 13,
	SLOT_ENDS,
	SLOT_ROWS,
	SLOT_NETWORK, /* and of how many */
	SLOT_EPOCH,   /* and of how many */
	SLOT_STEP,
	SLOT_STEPS,
	SLOT_LOSS, /* its bits */
	SLOT_PART,
	SLOT_NUMBER,
	SLOT_DONE,
	SLOT_PARTS,
	SLOT_KIND, /* command and phase, and that it is ours */
	SLOTS = 13
};

StaticAssertDecl(SLOT_KIND == PGSTAT_NUM_PROGRESS_PARAM - 1, "the last slot says whose all are");
StaticAssertDecl(PROGRESS_COPY_TYPE < SLOT_STARTED - 1, "COPY's slots, and one more, are its own");

const char *const progress_command_words[PROGRESS_COMMANDS] = {
	[PROGRESS_TRAIN] = "lstm_train",
	[PROGRESS_TRAIN_EACH] = "lstm_train_each",
	[PROGRESS_TRAIN_CLASSES] = "lstm_train_classes",
	[PROGRESS_FINETUNE] = "lstm_finetune",
	[PROGRESS_BACKTEST] = "lstm_backtest",
	[PROGRESS_TUNE] = "lstm_tune",
	[PROGRESS_FORECAST] = "lstm_forecast",
	[PROGRESS_RETRAIN] = "lstm_retrain"};

const char *const progress_phase_words[PROGRESS_PHASES] = {
	[PROGRESS_READING] = "reading rows",
	[PROGRESS_PREPARING] = "preparing",
	[PROGRESS_NETWORKS] = "training networks",
	[PROGRESS_REFITTING] = "refitting networks",
	[PROGRESS_PRETRAINED] = "fine-tuning the pretrained network",
	[PROGRESS_MEASURING] = "measuring",
	[PROGRESS_WAITING] = "waiting for workers"};

const char *const progress_part_words[PROGRESS_PARTS] = {[PROGRESS_NO_PART] = "",
														 [PROGRESS_TRAINING] = "training",
														 [PROGRESS_SERIES] = "series",
														 [PROGRESS_FOLD] = "fold",
														 [PROGRESS_TRIAL] = "trial"};

/* Two numbers in one slot. */
static int64
pair(int high, int low)
{
	return (int64) (((uint64) (uint32) high << 32) | (uint32) low);
}

static int
high_of(int64 slot)
{
	return (int) ((uint64) slot >> 32);
}

static int
low_of(int64 slot)
{
	return (int) (uint32) slot;
}

static int64
kind_of(const ProgressState *state)
{
	return pair((int) COMMAND, state->command << 8 | state->phase);
}

/* May the slots be written? Takes the entry where no command has it. */
static bool
take_entry(void)
{
	if (MyBEEntry == NULL)
		return false;
	if (MyBEEntry->st_progress_command == PROGRESS_COMMAND_INVALID)
		pgstat_progress_start_command(COMMAND, InvalidOid);
	return MyBEEntry->st_progress_command == COMMAND ||
		   MyBEEntry->st_progress_command == PROGRESS_COMMAND_COPY;
}

void
progress_slots_write(const ProgressState *state)
{
	static const int slots[SLOTS] = {SLOT_STARTED, SLOT_ENDS,  SLOT_ROWS, SLOT_NETWORK, SLOT_EPOCH,
									 SLOT_STEP,    SLOT_STEPS, SLOT_LOSS, SLOT_PART,    SLOT_NUMBER,
									 SLOT_DONE,    SLOT_PARTS, SLOT_KIND};
	int64 values[SLOTS] = {state->started,
						   state->ends,
						   state->rows,
						   pair(state->network, state->networks),
						   pair(state->epoch, state->epochs),
						   state->step,
						   state->steps,
						   0,
						   state->part,
						   state->number,
						   state->done,
						   state->parts,
						   kind_of(state)};

	memcpy(&values[SLOT_LOSS - SLOT_STARTED], &state->loss, sizeof(double));
	if (take_entry())
		pgstat_progress_update_multi_param(SLOTS, slots, values);
}

void
progress_slots_clear(void)
{
	if (MyBEEntry == NULL)
		return;
	if (MyBEEntry->st_progress_command == COMMAND)
		pgstat_progress_end_command();
	else if (MyBEEntry->st_progress_command == PROGRESS_COMMAND_COPY)
		pgstat_progress_update_param(SLOT_KIND, 0);
}

bool
progress_slots_read(const PgBackendStatus *entry, ProgressState *state)
{
	const int64 *slots = entry->st_progress_param;
	int kind = low_of(slots[SLOT_KIND]);

	if ((entry->st_progress_command != COMMAND &&
		 entry->st_progress_command != PROGRESS_COMMAND_COPY) ||
		high_of(slots[SLOT_KIND]) != (int) COMMAND)
		return false;
	*state = (ProgressState){.command = (ProgressCommand) (kind >> 8),
							 .phase = (ProgressPhase) (kind & 0xff),
							 .started = slots[SLOT_STARTED],
							 .ends = slots[SLOT_ENDS],
							 .rows = slots[SLOT_ROWS],
							 .network = high_of(slots[SLOT_NETWORK]),
							 .networks = low_of(slots[SLOT_NETWORK]),
							 .epoch = high_of(slots[SLOT_EPOCH]),
							 .epochs = low_of(slots[SLOT_EPOCH]),
							 .step = slots[SLOT_STEP],
							 .steps = slots[SLOT_STEPS],
							 .part = (ProgressPart) slots[SLOT_PART],
							 .number = slots[SLOT_NUMBER],
							 .done = slots[SLOT_DONE],
							 .parts = slots[SLOT_PARTS]};
	memcpy(&state->loss, &slots[SLOT_LOSS], sizeof(double));
	return state->command < PROGRESS_COMMANDS && state->phase < PROGRESS_PHASES &&
		   slots[SLOT_PART] >= 0 && slots[SLOT_PART] < PROGRESS_PARTS;
}

/* " series 3/24"; nothing where there is but one, as far as is known. */
static int
part_text(const ProgressState *state, char *text, int size)
{
	text[0] = '\0';
	if (state->number == 0 || (state->part == PROGRESS_TRAINING && state->number == 1))
		return 0;
	if (state->parts == 0)
		return snprintf(text, size, " %s %lld", progress_part_words[state->part],
						(long long) state->number);
	return snprintf(text, size, " %s %lld/%lld", progress_part_words[state->part],
					(long long) state->number, (long long) state->parts);
}

void
progress_text(const ProgressState *state, char text[PROGRESS_TEXT])
{
	int length = snprintf(text, PROGRESS_TEXT, "%s", progress_command_words[state->command]);
	char *end;
	int left;

	length += part_text(state, text + length, PROGRESS_TEXT - length);
	end = text + length;
	left = PROGRESS_TEXT - length;
	switch (state->phase)
	{
		case PROGRESS_NETWORKS:
			snprintf(end, left, " network %d/%d epoch %d/%d", state->network, state->networks,
					 state->epoch, state->epochs);
			break;
		case PROGRESS_REFITTING:
			snprintf(end, left, " network %d/%d refit step %lld/%lld", state->network,
					 state->networks, (long long) state->step, (long long) state->steps);
			break;
		case PROGRESS_PRETRAINED:
			snprintf(end, left, " pretrained network step %lld/%lld", (long long) state->step,
					 (long long) state->steps);
			break;
		default:
			snprintf(end, left, " %s", progress_phase_words[state->phase]);
	}
}
