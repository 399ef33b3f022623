/*
 * gradient_classifier.c
 *	  Every parameter tensor of every kind of classifier against central differences, with sequences
 *	  of unlike length, class weights and dropout. Compiled for double.
 */
#include "check.h"
#include "classifier_fixture.h"

#define EPSILON 1e-5
#define TOLERANCE 1e-6

static double
loss_of(classifier_fixture *f, int number, lf_real *gradient)
{
	lf_random random = lf_random_seed(3, 0); /* the same dropout for every evaluation */
	double loss = NAN;

	classifier_fixture_load(f);
	lf_classifier_gradient(&f->classifier, &f->batch, fixture_weights(f, number), 0.5, &random,
						   gradient, &loss, NULL);
	return loss;
}

/* The worst relative error over all entries of a tensor; huge where its gradient is all zero. */
static double
check_tensor(classifier_fixture *f, int number, const lf_parameter *tensor, lf_real *scratch)
{
	const size_t count = tensor->shape[0] * tensor->shape[1];
	double worst = 0;
	double largest = 0;

	for (size_t i = 0; i < count; i++)
	{
		lf_real *p = &f->parameters[tensor->offset + i];
		const lf_real before = *p;
		const double analytic = f->gradient[tensor->offset + i];
		double above;
		double below;
		double error;

		largest = fmax(largest, fabs(analytic));
		*p = before + EPSILON;
		above = loss_of(f, number, scratch);
		*p = before - EPSILON;
		below = loss_of(f, number, scratch);
		*p = before;
		error = fabs((above - below) / (2 * EPSILON) - analytic) / fmax(fabs(analytic), 1e-2);
		/* written so that NaN is the worst, too */
		if (!(error <= worst))
			worst = error;
	}
	return largest > 0 ? worst : INFINITY;
}

static void
check_classifier(int number, double dropout)
{
	lf_classifier_config config = golden_config(number);
	classifier_fixture f;
	lf_real *scratch;
	const char *where = "";
	double worst = 0;

	config.dropout = dropout;
	classifier_fixture_open(&f, &config, number, lf_kernels_named("plain"));
	scratch = calloc(f.classifier.table.total, sizeof(lf_real));
	/* units of the rectified layer are open, and none is near its kink */
	for (int64_t i = 0; i < f.classifier.embedding.outputs; i++)
		f.parameters[f.classifier.embedding.bias + i] += 3;
	loss_of(&f, number, f.gradient);
	for (int i = 0; i < f.classifier.table.count; i++)
	{
		const double error = check_tensor(&f, number, &f.classifier.table.entry[i], scratch);

		if (!(error <= worst))
		{
			worst = error;
			where = f.classifier.table.entry[i].name;
		}
	}
	check(worst < TOLERANCE,
		  "%s, %d layers, %s, %s, patches of %d, dropout %.1f: %d tensors, worst %.1e in %s",
		  cell_names[config.cell], config.num_layers,
		  config.bidirectional ? "bidirectional" : "forward",
		  config.supervision ? "sequence" : "last", config.patch_length, dropout,
		  f.classifier.table.count, worst, where);
	free(scratch);
	classifier_fixture_close(&f);
}

int
main(void)
{
	for (int number = 0; number < GOLDEN_CASES; number++)
		for (int dropped = 0; dropped < 2; dropped++)
			check_classifier(number, dropped ? 0.3 : 0);
	return check_done();
}
