/*
 * training_log.c
 *	  The log of a training, and what is said when it diverges.
 */
#include "training_log.h"

#include <inttypes.h>

void
lf_training_log_add(lf_training_log *log, const lf_epoch *epoch)
{
	int kept = 0;

	/* the last row is there only until there is a later one */
	if (log->count > 0 && log->rows[log->count - 1].epoch % log->stride != 0)
		log->count--;
	if (log->count == log->room)
	{
		log->stride *= 2;
		for (int i = 0; i < log->count; i++)
			if (log->rows[i].epoch % log->stride == 0)
				log->rows[kept++] = log->rows[i];
		log->count = kept;
	}
	log->rows[log->count++] = *epoch;
}

lf_status
lf_training_diverged(const lf_trainer_progress *progress, const char *what, const char *hint,
					 lf_error *error)
{
	int epoch = progress->epoch + (progress->epoch < progress->max_epochs); /* the unfinished one */
	char text[LF_ERROR_TEXT];

	return lf_fail(
		error, LF_ERROR_DIVERGED, "training diverged",
		lf_format(text, "The %s became infinite or not a number in epoch %d, step %" PRId64 ".",
				  what, epoch, progress->step),
		hint);
}
