/*
 * job.h
 *	  One job of a background worker: rows are read, a model is trained, and stored.
 */
#ifndef LSTM_FORECAST_JOB_H
#define LSTM_FORECAST_JOB_H

#include "postgres.h"

/*
 * Take the next queued job of a model of the current user's and do it; false where there is none,
 * or where it could not be taken, which the server's log tells. Outside of a transaction. An error
 * of the job is its outcome: it is written into its row, and the process goes on.
 *
 * It is read in a transaction, trained in another that has no snapshot and no locks of what was
 * read, and stored in a third, together with the end of the job. Each of them may take
 * statement_timeout.
 */
extern bool do_next_job(const char *schema);

#endif
