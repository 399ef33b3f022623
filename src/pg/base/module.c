/*
 * module.c
 *	  Start of the module: what happens when PostgreSQL loads the library.
 */
#include "postgres.h"

#include "fmgr.h"

#include "core/blas.h"
#include "base/compat.h"
#include "base/kernel_choice.h"
#include "base/settings.h"

LF_MODULE_MAGIC;

PGDLLEXPORT void _PG_init(void);

void
_PG_init(void)
{
	/* A backend has one thread; the pthread build of OpenBLAS has started others by now. */
	lf_blas_single_thread();
	instructions_choose(); /* before the settings: those can be defined once only */
	settings_define();
}
