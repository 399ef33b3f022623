/*
 * parent.c
 *	  What a training takes from the model whose networks go on.
 */
#include "postgres.h"

#include "storage/shmem.h"
#include "utils/memutils.h"

#include "model/half.h"
#include "model/network_table.h"
#include "train/parent.h"
#include "train/train_member.h"

/* The network of a member as a plan knows it. */
static MemberPlan
network_plan(const ModelMember *member)
{
	lf_parameter_table *table = network_table(&member->network);
	MemberPlan plan = {.network = member->network,
					   .scaling = member->scaling,
					   .training.loss = member->loss,
					   .trained = !lf_parameters_fresh(table, member->parameters)};

	pfree(table);
	return plan;
}

TrainPlan *
parent_plan(const Model *parent, const Panel *panel, const TrainOptions *options)
{
	MemberPlan *members = palloc(sizeof(MemberPlan) * Max(parent->member_count, 1));
	PlanParent known = {.member_count = parent->member_count,
						.members = members,
						.seasons = parent->seasons,
						.reasons = parent->reasons,
						.options = &parent->options};

	for (int i = 0; i < parent->member_count; i++)
		members[i] = network_plan(&parent->members[i]);
	known.text = psprintf("from the model of %lld rows with the checksum %08x",
						  (long long) parent->rows, parent->checksum);
	return plan_finetuning(panel, options, &known);
}

const lf_real *
parent_weights(const Model *parent)
{
	Size count = 0;
	lf_real *weights;
	lf_real *next;

	for (int i = 0; i < parent->member_count; i++)
		count = add_size(count, network_weights(&parent->members[i].network));
	if (count == 0)
		return NULL;
	weights = next = palloc_extended(mul_size(sizeof(lf_real), count), MCXT_ALLOC_HUGE);
	for (int i = 0; i < parent->member_count; i++)
	{
		Size own = network_weights(&parent->members[i].network);

		memcpy(next, parent->members[i].parameters, sizeof(lf_real) * own);
		next += own;
	}
	return weights;
}

bool
parent_in_halves(const Model *parent)
{
	for (int i = 0; i < parent->member_count; i++)
		if (!halves_only(parent->members[i].parameters,
						 network_weights(&parent->members[i].network)))
			return false;
	return true;
}

void
parent_covariates(const Model *parent, ModelCovariates *covariates)
{
	covariates->means = parent->covariates.means;
	covariates->deviations = parent->covariates.deviations;
	covariates->categories = parent->covariates.categories;
	covariates->shares = parent->covariates.shares;
	if (covariates->names == NULL)
		covariates->names = parent->covariates.names;
}
