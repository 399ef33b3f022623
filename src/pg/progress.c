/*
 * progress.c
 *	  Tells the user and the process title how far a training is.
 */
#include "postgres.h"

#include <math.h>

#include "access/xact.h"
#include "utils/ps_status.h"
#include "utils/timestamp.h"

#include "progress.h"

#define NOTICE_SECONDS 5
#define TITLE_SECONDS 1

static bool
seconds_passed(TimestampTz since, TimestampTz now, int seconds)
{
	return TimestampDifferenceExceeds(since, now, seconds * 1000);
}

double
progress_seconds(const Progress *progress)
{
	return (double) (GetCurrentTimestamp() - progress->started) / USECS_PER_SEC;
}

void
progress_begin(Progress *progress, int members, bool silent)
{
	int length;
	const char *title = get_ps_display(&length);

	progress->started = GetCurrentTimestamp();

	/*
	 * Many short trainings in one statement (GROUP BY) report as one: the last
	 * NOTICE is remembered for the backend, the first is due some seconds after
	 * the statement began.
	 */
	progress->reported = GetCurrentStatementStartTimestamp();
	progress->titled = progress->started;
	progress->title = pnstrdup(title, length);
	progress->members = members;
	progress->silent = silent;
}

static double
fraction_done(const Progress *progress, int turn, const lf_trainer_progress *trainer)
{
	double own = trainer->max_steps > 0 ? (double) trainer->step / (double) trainer->max_steps : 0;

	return (turn + own) / progress->members;
}

void
progress_update(Progress *progress, int turn, const lf_trainer_progress *trainer)
{
	static TimestampTz last_notice = 0;
	TimestampTz now = GetCurrentTimestamp();
	double done = fraction_done(progress, turn, trainer);
	double left = done > 0 ? progress_seconds(progress) * (1 - done) / done : 0;

	if (seconds_passed(progress->titled, now, TITLE_SECONDS))
	{
		char title[128];

		snprintf(title, sizeof(title), "lstm_train network %d/%d epoch %d/%d", turn + 1,
				 progress->members, trainer->epoch, trainer->max_epochs);
		set_ps_display(title);
		progress->titled = now;
	}
	if (!progress->silent &&
		seconds_passed(Max(progress->reported, last_notice), now, NOTICE_SECONDS))
	{
		char validation[64] = "";

		if (!isnan(trainer->validation_loss) && trainer->epoch > 0)
			snprintf(validation, sizeof(validation), ", validation loss %.4g",
					 trainer->validation_loss);
		ereport(NOTICE,
				(errmsg("training network %d of %d: epoch %d of %d, loss %.4g%s, about %.0f s left",
						turn + 1, progress->members, trainer->epoch, trainer->max_epochs,
						trainer->train_loss, validation, left)));
		progress->reported = last_notice = now;
	}
}

void
progress_end(Progress *progress)
{
	set_ps_display(progress->title);
	pfree(progress->title);
}
