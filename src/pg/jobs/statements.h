/*
 * statements.h
 *	  What a worker says to the registry's tables, by the functions of src/registry/job_worker.sql.
 */
#ifndef LSTM_FORECAST_STATEMENTS_H
#define LSTM_FORECAST_STATEMENTS_H

#include "postgres.h"
#include "fmgr.h"

/* Arguments of lstm_train. */
#define TASK_ARGUMENTS 10

/* A job that this worker has taken. */
typedef struct Job
{
	int64 number;
	char *name;        /* of the model */
	char *search_path; /* by which its sources are read */
	char *time_zone;
	char *fingerprint; /* of the definition that it was read by */
} Job;

/*
 * All of these need a transaction with an active snapshot; what they give lies in
 * CurrentMemoryContext. registry_schema: the schema of the extension, quoted; NULL where the
 * database has it not.
 */
extern char *registry_schema(void);

/* Take the next queued job of the current user's; false where there is none. */
extern bool claim_job(const char *schema, Job *job);

/* The arguments that its model is trained with, as those of a call; sets the fingerprint. */
extern void read_task(const char *schema, Job *job, FunctionCallInfo call);

/* Store a model, and that the job is done; false where the job is no more this worker's. */
extern bool finish_job(const char *schema, const Job *job, bytea *model, double seconds);

/* The same of what it failed by. status: failed or cancelled. */
extern bool fail_job(const char *schema, const Job *job, const char *status, const char *sqlstate,
					 const char *message);

#endif
