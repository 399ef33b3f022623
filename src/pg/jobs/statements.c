/*
 * statements.c
 *	  What a worker says to the registry's tables, by the functions of src/registry/job_worker.sql.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/datum.h"

#include "base/compat.h"
#include "jobs/statements.h"

/* Run a query that gives at most one row; false where it gives none. Between SPI's begin and end.
 */
static bool
run_query(const char *query, int count, Oid *types, Datum *values, const char *nulls)
{
	int status = SPI_execute_with_args(query, count, types, values, nulls, false, 0);

	if (status != SPI_OK_SELECT)
		elog(ERROR, "a statement of the registry failed: %s", SPI_result_code_string(status));
	return SPI_processed > 0;
}

/* A column of its row as text in the caller's memory; NULL for an SQL null. */
static char *
column_text(MemoryContext memory, int column)
{
	char *text = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column);

	return text == NULL ? NULL : MemoryContextStrdup(memory, text);
}

char *
registry_schema(void)
{
	MemoryContext caller = CurrentMemoryContext;
	char *schema = NULL;

	SPI_connect();
	if (run_query(
			"SELECT pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_extension AS e "
			"JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace "
			"WHERE e.extname OPERATOR(pg_catalog.=) 'lstm_registry'",
			0, NULL, NULL, NULL))
		schema = column_text(caller, 1);
	SPI_finish();
	return schema;
}

bool
claim_job(const char *schema, Job *job)
{
	MemoryContext caller = CurrentMemoryContext;
	char *number = NULL;

	SPI_connect();
	if (run_query(psprintf("SELECT c.job, c.name, c.search_path, c.time_zone "
						   "FROM %s.lstm_registry_claim() AS c",
						   schema),
				  0, NULL, NULL, NULL))
		number = column_text(caller, 1);
	if (number != NULL)
	{
		job->number = pg_strtoint64(number);
		job->name = column_text(caller, 2);
		job->search_path = column_text(caller, 3);
		job->time_zone = column_text(caller, 4);
	}
	SPI_finish();
	return number != NULL;
}

/* Arguments of the call out of the columns of the row. */
static void
take_arguments(MemoryContext memory, FunctionCallInfo call)
{
	TupleDesc shape = SPI_tuptable->tupdesc;
	MemoryContext caller = MemoryContextSwitchTo(memory);

	for (int i = 0; i < TASK_ARGUMENTS; i++)
	{
		Form_pg_attribute column = TupleDescAttr(shape, i);
		NullableDatum *argument = &call->args[i];

		argument->value = SPI_getbinval(SPI_tuptable->vals[0], shape, i + 1, &argument->isnull);
		if (!argument->isnull)
			argument->value = datumCopy(argument->value, column->attbyval, column->attlen);
	}
	MemoryContextSwitchTo(caller);
}

void
read_task(const char *schema, Job *job, FunctionCallInfo call)
{
	MemoryContext caller = CurrentMemoryContext;
	Oid types[] = {TEXTOID};
	Datum values[] = {CStringGetTextDatum(job->name)};

	SPI_connect();
	if (!run_query(psprintf("SELECT t.* FROM %s.lstm_registry_task($1) AS t", schema), 1, types,
				   values, NULL))
		elog(ERROR, "the registry tells nothing of a model");
	take_arguments(caller, call);
	job->fingerprint = column_text(caller, TASK_ARGUMENTS + 1);
	SPI_finish();
}

/* Run a query that gives a bool. */
static bool
ask(const char *query, int count, Oid *types, Datum *values)
{
	bool null;
	bool answer;

	SPI_connect();
	answer = run_query(query, count, types, values, NULL) &&
			 DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &null)) &&
			 !null;
	SPI_finish();
	return answer;
}

bool
finish_job(const char *schema, const Job *job, bytea *model, double seconds)
{
	Oid types[] = {INT8OID, TEXTOID, TEXTOID, BYTEAOID, FLOAT8OID};
	Datum values[] = {Int64GetDatum(job->number), CStringGetTextDatum(job->name),
					  CStringGetTextDatum(job->fingerprint), PointerGetDatum(model),
					  Float8GetDatum(seconds)};

	return ask(psprintf("SELECT %s.lstm_registry_finish($1, $2, $3, $4, $5)", schema),
			   lengthof(values), types, values);
}

bool
fail_job(const char *schema, const Job *job, const char *status, const char *sqlstate,
		 const char *message)
{
	Oid types[] = {INT8OID, TEXTOID, TEXTOID, TEXTOID, TEXTOID};
	Datum values[] = {Int64GetDatum(job->number), CStringGetTextDatum(job->name),
					  CStringGetTextDatum(status), CStringGetTextDatum(sqlstate),
					  CStringGetTextDatum(message)};

	return ask(psprintf("SELECT %s.lstm_registry_fail($1, $2, $3, $4, $5)", schema),
			   lengthof(values), types, values);
}
