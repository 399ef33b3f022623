/*
 * kernel_choice.c
 *	  The kernels of the CPU, or of the environment.
 */
#include "postgres.h"

#include "base/kernel_choice.h"

static const lf_kernels *chosen;

void
instructions_choose(void)
{
	const char *name = getenv(KERNELS_VARIABLE);

	if (name == NULL || name[0] == '\0')
		chosen = lf_kernels_best();
	else
		chosen = lf_kernels_named(name);
	if (chosen == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("this CPU has no kernels \"%s\"", name),
				 errdetail("The server's environment names them in \"%s\".", KERNELS_VARIABLE),
				 errhint("Name \"avx512\", \"avx2\" or \"plain\", or leave the variable out.")));
}

const lf_kernels *
instructions_kernels(void)
{
	return chosen;
}
