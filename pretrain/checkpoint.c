/*
 * checkpoint.c
 *	  The state of a pretraining run on disk.
 */
#include "checkpoint.h"

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "file.h"

#define MAGIC INT64_C(0x326e696172746572) /* "retrain2" */

/* What a file begins with; the four arrays follow. */
typedef struct head
{
	int64_t magic;
	checkpoint_origin origin;
	int64_t step;
	int64_t updates;
	int64_t count;
} head;

void
checkpoint_write(const char *path, const checkpoint *state)
{
	const head head = {.magic = MAGIC,
					   .origin = state->origin,
					   .step = state->step,
					   .updates = state->updates,
					   .count = (int64_t) state->count};
	new_file file;

	file_begin(&file, path);
	file_put(&file, &head, sizeof(head), 1);
	file_put(&file, state->parameters, sizeof(lf_real), state->count);
	file_put(&file, state->average, sizeof(lf_real), state->count);
	file_put(&file, state->first, sizeof(lf_real), state->count);
	file_put(&file, state->second, sizeof(lf_real), state->count);
	file_end(&file);
}

static void
check_head(const char *path, const head *head, const checkpoint *state)
{
	const checkpoint_origin *found = &head->origin;
	const checkpoint_origin *own = &state->origin;

	if (head->magic != MAGIC)
		errx(1, "\"%s\" is no checkpoint that this program wrote", path);
	if (found->cell != own->cell || found->hidden_size != own->hidden_size ||
		found->num_layers != own->num_layers || head->count != (int64_t) state->count)
		errx(1,
			 "\"%s\" is of another network: %lld layers of %lld units, %lld weights, and not %lld "
			 "layers of %lld units, %zu weights",
			 path, (long long) found->num_layers, (long long) found->hidden_size,
			 (long long) head->count, (long long) own->num_layers, (long long) own->hidden_size,
			 state->count);
	if (found->seed != own->seed || found->parts != own->parts)
		errx(1,
			 "\"%s\" is of another run: seed %lld and parts %#llx, and not seed %lld and parts "
			 "%#llx",
			 path, (long long) found->seed, (unsigned long long) found->parts,
			 (long long) own->seed, (unsigned long long) own->parts);
}

bool
checkpoint_read(const char *path, checkpoint *state)
{
	head head;
	FILE *file = fopen(path, "rb");

	if (file == NULL && errno == ENOENT)
		return false;
	if (file == NULL)
		err(1, "cannot read \"%s\"", path);
	file_get(file, &head, sizeof(head), 1, path);
	check_head(path, &head, state);
	state->step = head.step;
	state->updates = head.updates;
	file_get(file, state->parameters, sizeof(lf_real), state->count, path);
	file_get(file, state->average, sizeof(lf_real), state->count, path);
	file_get(file, state->first, sizeof(lf_real), state->count, path);
	file_get(file, state->second, sizeof(lf_real), state->count, path);
	file_close_at_end(file, path);
	return true;
}
