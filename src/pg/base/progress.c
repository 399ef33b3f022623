/*
 * progress.c
 *	  Tells the user and the process title how far a training is.
 */
#include "postgres.h"

#include <math.h>

#include "access/xact.h"
#include "lib/stringinfo.h"
#include "utils/ps_status.h"
#include "utils/timestamp.h"

#include "base/progress.h"

#define NOTICE_SECONDS 5
#define TITLE_SECONDS 1

/* Trainings of one statement, many of which may be short, report as one. */
static TimestampTz last_notice = 0;

/* The trainings of a statement that has many, of a series each or the like. After an error nobody
 * ends it, but the statement does. */
static struct
{
	int64 done;
	int64 count; /* 0: there is no such statement */
	const char *what;
	TimestampTz started;
	TimestampTz statement;
} each = {0};

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
progress_begin(Progress *progress, int members, int rounds, bool silent)
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
	progress->rounds = rounds;
	progress->silent = silent;
	progress_stage(progress, false, 0, 1);
}

void
progress_stage(Progress *progress, bool refitting, double from, double to)
{
	progress->refitting = refitting;
	progress->stage[0] = from;
	progress->stage[1] = to;
}

static double
fraction_done(const Progress *progress, int round, const lf_trainer_progress *trainer)
{
	double own = trainer->max_steps > 0 ? (double) trainer->step / (double) trainer->max_steps : 0;
	double stages = progress->stage[0] + own * (progress->stage[1] - progress->stage[0]);

	return (round + stages) / progress->rounds;
}

/* What is known already of the losses and the seconds left (NaN: not yet), each after a comma. */
static const char *
state_text(const lf_trainer_progress *trainer, double left)
{
	StringInfoData text;

	initStringInfo(&text);
	if (!isnan(trainer->train_loss))
		appendStringInfo(&text, ", loss %.4g", trainer->train_loss);
	if (!isnan(trainer->validation_loss) && trainer->epoch > 0)
		appendStringInfo(&text, ", validation loss %.4g", trainer->validation_loss);
	if (!isnan(left))
		appendStringInfo(&text, ", about %.0f s left", left);
	return text.data;
}

static void
give_notice(const Progress *progress, int turn, const lf_trainer_progress *trainer, double left)
{
	const char *state = state_text(trainer, left);

	if (progress->refitting)
		ereport(NOTICE, (errmsg("refitting network %d of %d to all data: step %lld of %lld%s",
								turn + 1, progress->members, (long long) trainer->step,
								(long long) trainer->max_steps, state)));
	else
		ereport(NOTICE, (errmsg("training network %d of %d: epoch %d of %d%s", turn + 1,
								progress->members, trainer->epoch, trainer->max_epochs, state)));
}

void
progress_each_begin(const char *what, int64 count)
{
	each.what = what;
	each.done = 0;
	each.count = count;
	each.started = GetCurrentTimestamp();
	each.statement = GetCurrentStatementStartTimestamp();
}

void
progress_each_end(void)
{
	each.count = 0;
}

/* "trained 4 of 24 series, about 30 s left" */
static const char *
each_text(TimestampTz now)
{
	double seconds = (double) (now - each.started) / USECS_PER_SEC;
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfo(&text, "trained %lld of %lld %s", (long long) each.done,
					 (long long) each.count, each.what);
	if (each.done > 0)
		appendStringInfo(&text, ", about %.0f s left",
						 seconds * (double) (each.count - each.done) / (double) each.done);
	return text.data;
}

void
progress_each(int64 done)
{
	TimestampTz now = GetCurrentTimestamp();

	each.done = done;
	if (!seconds_passed(Max(each.statement, last_notice), now, NOTICE_SECONDS))
		return;
	ereport(NOTICE, (errmsg_internal("%s", each_text(now))));
	last_notice = now;
}

/* Of a statement of many trainings, and what this process is at. */
static void
give_each_notice(const Progress *progress, int turn, const lf_trainer_progress *trainer,
				 TimestampTz now)
{
	ereport(NOTICE, (errmsg_internal("%s", each_text(now)),
					 errdetail("Training network %d of %d of another: epoch %d of %d%s.", turn + 1,
							   progress->members, trainer->epoch, trainer->max_epochs,
							   state_text(trainer, NAN))));
}

void
progress_update(Progress *progress, int turn, int round, const lf_trainer_progress *trainer)
{
	TimestampTz now = GetCurrentTimestamp();
	double done = fraction_done(progress, round, trainer);
	double left = done > 0 ? progress_seconds(progress) * (1 - done) / done : NAN;

	if (seconds_passed(progress->titled, now, TITLE_SECONDS))
	{
		char title[128];

		if (progress->refitting)
			snprintf(title, sizeof(title), "lstm_train network %d/%d refit step %lld/%lld",
					 turn + 1, progress->members, (long long) trainer->step,
					 (long long) trainer->max_steps);
		else
			snprintf(title, sizeof(title), "lstm_train network %d/%d epoch %d/%d", turn + 1,
					 progress->members, trainer->epoch, trainer->max_epochs);
		set_ps_display(title);
		progress->titled = now;
	}
	if (!progress->silent &&
		seconds_passed(Max(progress->reported, last_notice), now, NOTICE_SECONDS))
	{
		if (each.count > 0 && each.statement == GetCurrentStatementStartTimestamp())
			give_each_notice(progress, turn, trainer, now);
		else
			give_notice(progress, turn, trainer, left);
		progress->reported = last_notice = now;
	}
}

void
progress_tuning(Progress *progress, int64 step, int64 steps)
{
	TimestampTz now = GetCurrentTimestamp();

	if (seconds_passed(progress->titled, now, TITLE_SECONDS))
	{
		char title[128];

		snprintf(title, sizeof(title), "lstm_train pretrained network step %lld/%lld",
				 (long long) step, (long long) steps);
		set_ps_display(title);
		progress->titled = now;
	}
	if (!progress->silent &&
		seconds_passed(Max(progress->reported, last_notice), now, NOTICE_SECONDS))
	{
		ereport(NOTICE, (errmsg("fine-tuning the pretrained network: step %lld of %lld",
								(long long) step, (long long) steps)));
		progress->reported = last_notice = now;
	}
}

void
progress_end(Progress *progress)
{
	set_ps_display(progress->title);
	pfree(progress->title);
}
