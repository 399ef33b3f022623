/*
 * network_table.c
 *	  The table of a network's tensors, which the core builds.
 */
#include "postgres.h"

#include "base/errors.h"
#include "model/network_table.h"

lf_parameter_table *
network_table(const lf_network_config *network)
{
	lf_parameter_table *table = palloc(sizeof(lf_parameter_table));
	lf_error error;
	lf_status status = lf_parameter_table_build(network, table, &error);

	if (status != LF_OK)
		throw_core_error(status, &error);
	return table;
}

Size
network_weights(const lf_network_config *network)
{
	lf_parameter_table *table = network_table(network);
	Size count = table->total;

	pfree(table);
	return count;
}
