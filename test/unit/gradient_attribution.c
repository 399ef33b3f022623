/*
 * gradient_attribution.c
 *	  Effects of parts against the integrals of the gradient along the path, for every kind of
 *	  network.
 *
 * Compiled for double. The integrals are taken without the code that is tested: of a network that
 * reads values as they are a point of the path is a series that is multiplied, and gradients are
 * central differences.
 */
#include "attribution_fixture.h"
#include "loss_fixture.h"

#define POINTS 400   /* of the integral */
#define EPSILON 2e-3 /* covariates are floats */

/* As shares of the largest effect. The networks' weights are random, and so more crooked than
 * trained ones. A ReLU that opens on the way costs a share of one segment; where all is smooth the
 * distance falls with the square of their number. */
#define TOLERANCE 0.1        /* in the segments that forecasts are explained in */
#define FINE_TOLERANCE 0.007 /* in sixteen times as many */
#define SMOOTH_TOLERANCE 5e-4

/* The forecast where so much is left of every part. */
static void
forecast_of(fixture *f, const fixture *whole, const double *shares, double *forecast)
{
	const int width = f->spec.network.channels - 1;

	for (int i = 0; i < MOST_STEPS; i++)
		f->values[i] = whole->values[i] * shares[i < MOST_STEPS - 2];
	for (int i = 0; i < (MOST_STEPS + HORIZON) * width; i++)
		f->covariates[i] = whole->covariates[i] * (float) shares[2 + i % width];
	if (!fixture_run(f, 1, forecast))
		forecast[0] = NAN;
}

/* The integrals of all parts, (parts, HORIZON), by the midpoint rule. */
static void
integrate(fixture *f, const fixture *whole, double *integrals)
{
	const int parts = f->attribution.parts;

	memset(integrals, 0, sizeof(double) * parts * HORIZON);
	for (int point = 0; point < POINTS; point++)
		for (int part = 0; part < parts; part++)
		{
			double shares[MOST_PARTS];
			double above[HORIZON];
			double below[HORIZON];

			for (int i = 0; i < parts; i++)
				shares[i] = (point + 0.5) / POINTS;
			shares[part] += EPSILON;
			forecast_of(f, whole, shares, above);
			shares[part] -= 2 * EPSILON;
			forecast_of(f, whole, shares, below);
			for (int k = 0; k < HORIZON; k++)
				integrals[part * HORIZON + k] += (above[k] - below[k]) / (2 * EPSILON) / POINTS;
		}
}

/* The largest difference of effects and integrals, as a share of the largest integral. */
static double
distance(const fixture *f, const double *integrals)
{
	double worst = 0;
	double largest = 0;

	for (int i = 0; i < f->attribution.parts * HORIZON; i++)
	{
		const double difference = fabs(f->effects[i] - integrals[i]);

		largest = fmax(largest, fabs(integrals[i]));
		/* written so that NaN is the worst, too */
		if (!(difference <= worst))
			worst = difference;
	}
	return worst / largest;
}

static void
check_kind(lf_cell_kind cell, lf_decoder_kind decoder, lf_supervision_kind supervision, int variant,
		   bool smooth)
{
	static const char *const cells[] = {"lstm", "gru", "rnn"};
	static const char *const decoders[] = {"direct", "parallel", "recursive"};
	const lf_scaling_config scaling = {.normalization = LF_NORMALIZE_NONE};
	const lf_network_config kind = {.cell = cell,
									.num_layers = 1 + variant % 2,
									.bidirectional = variant / 2 == 1,
									.channels = 4,
									.future = smooth ? 0 : 2,
									.patch_length = smooth ? 1 : 1 + variant % 2,
									.decoder = decoder,
									.supervision = supervision,
									.linear_skip = true};
	double integrals[MOST_PARTS * HORIZON];
	double coarse;
	double fine;
	fixture f;
	fixture whole;

	if (!fixture_open(&f, &kind, &scaling, &losses[0], "plain", 11 + check_number))
	{
		check(false, "%s %s", cells[cell], decoders[decoder]);
		return;
	}
	for (int i = 0; i < MOST_STEPS; i++)
		f.values[i] -= 6;
	whole = f;
	integrate(&f, &whole, integrals);
	memcpy(f.values, whole.values, sizeof(f.values));
	memcpy(f.covariates, whole.covariates, sizeof(f.covariates));
	coarse = fixture_attribute(&f, LF_ATTRIBUTION_SEGMENTS) ? distance(&f, integrals) : NAN;
	fine = fixture_attribute(&f, 16 * LF_ATTRIBUTION_SEGMENTS) ? distance(&f, integrals) : NAN;
	check(coarse < TOLERANCE && fine < (smooth ? SMOOTH_TOLERANCE : FINE_TOLERANCE),
		  "%s, %s, %s, variant %d%s: %.1e of the largest effect, %.1e in more segments",
		  cells[cell], decoders[decoder], supervision ? "sequence" : "last", variant,
		  smooth ? ", smooth" : "", coarse, fine);
	fixture_close(&f);
}

int
main(void)
{
	for (int cell = LF_CELL_LSTM; cell <= LF_CELL_RNN; cell++)
		for (int decoder = LF_DECODER_DIRECT; decoder <= LF_DECODER_RECURSIVE; decoder++)
			for (int supervision = LF_SUPERVISION_LAST; supervision <= LF_SUPERVISION_SEQUENCE;
				 supervision++)
				for (int variant = 0; variant < 8; variant++)
					check_kind((lf_cell_kind) cell, (lf_decoder_kind) decoder,
							   (lf_supervision_kind) supervision, variant % 4, variant >= 4);
	return check_done();
}
