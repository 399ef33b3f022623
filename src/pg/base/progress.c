/*
 * progress.c
 *	  Tells the user, the process title and other sessions how far a training is.
 */
#include "postgres.h"

#include <math.h>

#include "access/parallel.h"
#include "access/xact.h"
#include "lib/stringinfo.h"
#include "postmaster/bgworker.h"
#include "tcop/tcopprot.h"
#include "utils/backend_status.h"
#include "utils/ps_status.h"
#include "utils/timestamp.h"

#include "base/progress.h"

#define NOTICE_SECONDS 5
#define TITLE_SECONDS 1
#define SHOWN_MS 100
#define MOST_SECONDS 1e9 /* left, as far as anybody is told */

/* Trainings of one statement, many of which may be short, report as one. */
static TimestampTz last_notice = 0;

/* The trainings of a statement that has many, of a series each or the like. After an error nobody
 * ends it, but the statement does. */
static struct
{
	int64 done;
	int64 count; /* 0: there is no such statement */
	ProgressPart part;
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

/* Is the query in pg_stat_activity no text of a client, or of a leader that this process works for?
 */
static bool
query_is_own(void)
{
	return MyBEEntry != NULL && !IsParallelWorker() &&
		   (debug_query_string == NULL || MyBgworkerEntry != NULL);
}

void
progress_title(const char *text)
{
	set_ps_display(text);
	if (query_is_own())
		pgstat_report_activity(STATE_RUNNING, text);
}

KeptTitle
progress_title_keep(void)
{
	int length;
	const char *title = get_ps_display(&length);

	return (KeptTitle){.title = pnstrdup(title, length),
					   .query = query_is_own() ? pstrdup(MyBEEntry->st_activity_raw) : NULL};
}

void
progress_title_restore(const KeptTitle *kept)
{
	set_ps_display(kept->title);
	if (kept->query != NULL)
		pgstat_report_activity(STATE_RUNNING, kept->query);
}

void
progress_title_free(KeptTitle *kept)
{
	pfree(kept->title);
	if (kept->query != NULL)
		pfree(kept->query);
}

void
progress_begin(Progress *progress, int members, int rounds, bool silent)
{
	progress->started = GetCurrentTimestamp();

	/*
	 * Many short trainings in one statement (GROUP BY) report as one: the last
	 * NOTICE is remembered for the backend, the first is due some seconds after
	 * the statement began.
	 */
	progress->reported = GetCurrentStatementStartTimestamp();
	progress->titled = progress->started;
	progress->shown = 0;
	progress->before = progress_title_keep();
	progress->members = members;
	progress->rounds = rounds;
	progress->silent = silent;
	progress->max_seconds = NAN;
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
progress_each_begin(ProgressPart part, int64 count)
{
	each.part = part;
	each.done = 0;
	each.count = count;
	each.started = GetCurrentTimestamp();
	each.statement = GetCurrentStatementStartTimestamp();
	report_parts(part, count);
}

void
progress_each_end(void)
{
	each.count = 0;
}

/* Is this process the leader of a statement of many trainings? */
static bool
is_one_of_many(void)
{
	return each.count > 0 && each.statement == GetCurrentStatementStartTimestamp();
}

void
progress_each_number(int64 number)
{
	report_part(number, is_one_of_many() ? each.done : -1);
}

/* "trained 4 of 24 series, about 30 s left" */
static const char *
each_text(TimestampTz now)
{
	double seconds = (double) (now - each.started) / USECS_PER_SEC;
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfo(&text, "trained %lld of %lld %s", (long long) each.done,
					 (long long) each.count, each.part == PROGRESS_SERIES ? "series" : "trials");
	if (each.done > 0)
		appendStringInfo(&text, ", about %.0f s left",
						 seconds * (double) (each.count - each.done) / (double) each.done);
	return text.data;
}

/* The same for other sessions. */
static void
show_each(TimestampTz now)
{
	ProgressState *state = report_state();

	if (state == NULL)
		return;
	state->done = each.done;
	if (each.done > 0)
		state->ends = now + (TimestampTz) ((double) (now - each.started) *
										   (double) (each.count - each.done) / (double) each.done);
	report_show();
}

void
progress_each(int64 done)
{
	TimestampTz now = GetCurrentTimestamp();

	each.done = done;
	show_each(now);
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

/* How long the training will have taken in the end, as far as it tells by now; NaN: not at all. */
static double
expected_seconds(const Progress *progress, double done)
{
	double seconds = done > 0 ? progress_seconds(progress) / done : NAN;

	return fmin(seconds, progress->max_seconds); /* without one that is NaN */
}

/* When the work is likely to end, of which this training, of so many seconds, is all or one fold;
 * 0: not known. */
static TimestampTz
expected_end(const ProgressState *state, const Progress *progress, double seconds)
{
	int64 more = state->part == PROGRESS_FOLD ? state->parts - state->number : 0;

	seconds *= (double) (1 + more);
	if (isnan(seconds))
		return 0;
	return progress->started + (TimestampTz) (Min(seconds, MOST_SECONDS) * USECS_PER_SEC);
}

/* What other sessions see of a trainer. */
static void
show_trainer(Progress *progress, int turn, const lf_trainer_progress *trainer, TimestampTz now)
{
	ProgressState *state = report_state();

	state->phase = progress->refitting ? PROGRESS_REFITTING : PROGRESS_NETWORKS;
	state->network = turn + 1;
	state->networks = progress->members;
	state->epoch = trainer->epoch;
	state->epochs = trainer->max_epochs;
	state->step = trainer->step;
	state->steps = trainer->max_steps;
	/* a refit has nothing held out: the network's own stays */
	if (!progress->refitting)
		state->loss = trainer->epoch > 0 ? trainer->best_validation : NAN;
	report_show();
	progress->shown = now;
}

/* Is there something new to be shown? A network that begins is, and often enough all else. */
static bool
to_be_shown(const Progress *progress, int turn, TimestampTz now)
{
	const ProgressState *state = report_state();

	return state != NULL && (state->network != turn + 1 ||
							 (state->phase == PROGRESS_REFITTING) != progress->refitting ||
							 TimestampDifferenceExceeds(progress->shown, now, SHOWN_MS));
}

/* Change the title, where that is due. */
static void
show_title(Progress *progress, TimestampTz now)
{
	const ProgressState *state = report_state();
	char title[PROGRESS_TEXT];

	if (state == NULL || !seconds_passed(progress->titled, now, TITLE_SECONDS))
		return;
	progress_text(state, title);
	progress_title(title);
	progress->titled = now;
}

/* Is a NOTICE due? */
static bool
notice_is_due(const Progress *progress, TimestampTz now)
{
	return !progress->silent &&
		   seconds_passed(Max(progress->reported, last_notice), now, NOTICE_SECONDS);
}

void
progress_update(Progress *progress, int turn, int round, const lf_trainer_progress *trainer)
{
	TimestampTz now = GetCurrentTimestamp();
	double done = fraction_done(progress, round, trainer);
	double seconds = expected_seconds(progress, done);

	if (to_be_shown(progress, turn, now))
	{
		ProgressState *state = report_state();

		if (!is_one_of_many())
			state->ends = expected_end(state, progress, seconds);
		show_trainer(progress, turn, trainer, now);
	}
	show_title(progress, now);
	if (notice_is_due(progress, now))
	{
		if (is_one_of_many())
			give_each_notice(progress, turn, trainer, now);
		else
			give_notice(progress, turn, trainer, fdim(seconds, progress_seconds(progress)));
		progress->reported = last_notice = now;
	}
}

void
progress_tuning(Progress *progress, int64 step, int64 steps)
{
	TimestampTz now = GetCurrentTimestamp();
	ProgressState *state = report_state();

	if (state != NULL && TimestampDifferenceExceeds(progress->shown, now, SHOWN_MS))
	{
		state->step = step;
		state->steps = steps;
		report_show();
		progress->shown = now;
	}
	show_title(progress, now);
	if (notice_is_due(progress, now))
	{
		ereport(NOTICE, (errmsg("fine-tuning the pretrained network: step %lld of %lld",
								(long long) step, (long long) steps)));
		progress->reported = last_notice = now;
	}
}

void
progress_end(Progress *progress)
{
	progress_title_restore(&progress->before);
	progress_title_free(&progress->before);
}
