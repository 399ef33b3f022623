/*
 * test_attribution.c
 *	  Effects of parts add up to what the forecast is more than the neutral one: for every kind of
 *	  network and covariate.
 */
#include "attribution_fixture.h"
#include "loss_fixture.h"

static const char *const cells[] = {"lstm", "gru", "rnn"};
static const char *const decoders[] = {"direct", "parallel", "recursive"};
static const char *const transforms[] = {"none", "log", "log1p"};

/* The worst step's sum of effects from the neutral forecast to `forecast`, in sizes of values. */
static double
worst_sum(const fixture *f, const double *forecast)
{
	double worst = 0;

	for (int k = 0; k < HORIZON; k++)
	{
		double sum = f->forecasts[k];

		for (int part = 0; part < f->attribution.parts; part++)
			sum += f->effects[part * HORIZON + k];
		worst = fmax(worst, relative_difference(sum, forecast[k]));
	}
	return worst;
}

/* The forecast of a series that is its level all along, with covariates that are 0. */
static bool
neutral_forecast(fixture *f, double *forecast)
{
	const double last = f->values[MOST_STEPS - 1];

	for (int i = 0; i < MOST_STEPS; i++)
		f->values[i] = last;
	memset(f->covariates, 0, sizeof(f->covariates));
	return fixture_run(f, 1, forecast);
}

static void
check_kind(const lf_network_config *kind, lf_transform transform, const lf_loss *loss)
{
	/* the level is the last value, the scale the series' own: a flat window keeps both */
	const lf_scaling_config scaling = {transform, LF_NORMALIZE_LAST, 1};
	double forecast[HORIZON];
	double neutral[HORIZON];
	double largest = 0;
	double worst = 0;
	fixture f;

	if (!fixture_open(&f, kind, &scaling, loss, "plain", 3 + check_number) ||
		!fixture_attribute(&f, LF_ATTRIBUTION_SEGMENTS) || !fixture_run(&f, 1, forecast))
	{
		check(false, "%s %s", cells[kind->cell], decoders[kind->decoder]);
		return;
	}
	for (int i = 0; i < f.attribution.parts * HORIZON; i++)
		largest = fmax(largest, fabs(f.effects[i]));
	if (kind->seasonal_skip > 0)
		memcpy(neutral, f.forecasts, sizeof(neutral)); /* its base stays what it is */
	else if (!neutral_forecast(&f, neutral))
		worst = INFINITY;
	for (int k = 0; k < HORIZON; k++)
		worst = fmax(worst, relative_difference(f.forecasts[k], neutral[k]));
	check(
		worst_sum(&f, forecast) < 1e-5 && worst < 1e-4 && largest > 1e-3,
		"%s, %s, %s, %s, %d layers, patch %d, %d past, %d future, %s%s%s: sum to %.0e, neutral to "
		"%.0e, largest %.1f",
		cells[kind->cell], decoders[kind->decoder], kind->supervision ? "sequence" : "last",
		kind->bidirectional ? "bidirectional" : "forward", kind->num_layers, kind->patch_length,
		kind->channels - 1 - kind->future, kind->future, transforms[transform],
		kind->linear_skip ? ", linear skip" : "", kind->seasonal_skip ? ", seasonal skip" : "",
		worst_sum(&f, forecast), worst, largest);
	fixture_close(&f);
}

/* Covariates: none, past, future (as the calendar's are), both. Losses, transforms and skips take
 * turns. */
static void
check_kinds(lf_cell_kind cell, lf_decoder_kind decoder, lf_supervision_kind supervision)
{
	for (int variant = 0; variant < 24; variant++)
	{
		const int past = variant % 2 * 2;
		const int future = variant / 2 % 2 * 3;
		const lf_network_config kind = {.cell = cell,
										.num_layers = 1 + variant % 2,
										.bidirectional = variant % 3 == 1,
										.channels = 1 + past + future,
										.future = future,
										.patch_length = 1 + variant / 4 % 2,
										.decoder = decoder,
										.supervision = supervision,
										.linear_skip = variant % 3 != 0,
										.seasonal_skip = variant % 5 == 4 ? 2 : 0,
										.skip_seasons = 2};

		check_kind(&kind, (lf_transform) (variant / 8), &losses[variant % LOSSES]);
	}
}

/* A network that is but a linear map of its window: each value has its weight's effect. */
static void
check_linear(void)
{
	const lf_network_config kind = {
		.num_layers = 1, .channels = 1, .patch_length = 2, .linear_skip = true};
	const lf_scaling_config scaling = {.normalization = LF_NORMALIZE_NONE};
	lf_parameter_table table;
	lf_error error;
	double worst = 0;
	fixture f;

	check(fixture_open(&f, &kind, &scaling, &losses[0], "plain", 5), "a linear network");
	lf_parameter_table_build(&f.spec.network, &table, &error);
	const lf_parameter *skip = lf_parameter_find(&table, "skip.weight");
	const int L = f.spec.network.lookback;

	for (size_t i = 0; i < table.total; i++)
		if (i < skip->offset || i >= skip->offset + (size_t) HORIZON * L)
			f.parameters[i] = 0;
	check(fixture_attribute(&f, 2), "its effects");
	for (int k = 0; k < HORIZON; k++)
	{
		double effects[2] = {0, 0};

		for (int j = 0; j < L; j++)
			effects[j < L - 2] += (double) f.parameters[skip->offset + (size_t) k * L + j] *
								  f.values[MOST_STEPS - L + j];
		for (int part = 0; part < 2; part++)
			worst = fmax(worst, fabs(f.effects[part * HORIZON + k] - effects[part]));
	}
	check(worst < 1e-4, "are its weights times the values (%.0e)", worst);
	fixture_close(&f);
}

/* What a network does not read has no effect at all, and what adds nothing changes nothing. */
static void
check_ignored(void)
{
	const lf_network_config kind = {.cell = LF_CELL_GRU,
									.num_layers = 1,
									.channels = 3,
									.future = 1,
									.patch_length = 1,
									.decoder = LF_DECODER_DIRECT,
									.seasonal_skip = 2,
									.skip_seasons = 1};
	const lf_scaling_config scaling = {LF_TRANSFORM_LOG, LF_NORMALIZE_INSTANCE, 1};
	lf_parameter_table table;
	lf_error error;
	double forecast[HORIZON];
	double unchanged[HORIZON];
	bool none = true;
	bool some = false;
	bool naive = true;
	fixture f;

	check(fixture_open(&f, &kind, &scaling, &losses[0], "plain", 6), "a network with covariates");
	lf_parameter_table_build(&f.spec.network, &table, &error);
	const lf_parameter *input = lf_parameter_find(&table, "weight_ih_l0"); /* (3 H, C) */

	for (size_t row = 0; row < input->shape[0]; row++)
		f.parameters[input->offset + row * kind.channels + 1] = 0;
	check(fixture_attribute(&f, LF_ATTRIBUTION_SEGMENTS), "its effects");
	for (int k = 0; k < HORIZON; k++)
	{
		none &= f.effects[2 * HORIZON + k] == 0;
		some |= fabs(f.effects[3 * HORIZON + k]) > 1e-3;
	}
	check(none && some, "are none of a covariate that it ignores, but some of the other one");
	for (size_t i = 0; i < table.total; i++)
		f.parameters[i] = 0;
	lf_predictor_free(f.predictor);
	const lf_allocator memory = {fixture_take, fixture_give_back, NULL};

	check(lf_predictor_create(&f.spec, &memory, NULL, &f.predictor, &error) == LF_OK &&
			  fixture_attribute(&f, 2) && fixture_run(&f, 1, forecast),
		  "the same without any weights");
	lf_predictor_unchanged(f.predictor, unchanged);
	for (int k = 0; k < HORIZON; k++)
		naive &= relative_difference(unchanged[k], f.values[MOST_STEPS - 2 + k % 2]) < 1e-6 &&
				 unchanged[k] == forecast[k] && f.forecasts[k] == forecast[k];
	check(naive, "says the last season, as it is unchanged, at every point");
	fixture_close(&f);
}

/* Shares grow from 0 to 1, one part at a time; in turn from the first and from the last. */
static void
check_path(void)
{
	const lf_attribution attribution = {.parts = 3, .segments = 2};
	static const double expected[7][3] = {{0, 0, 0},       {0.5, 0, 0},   {0.5, 0.5, 0},
										  {0.5, 0.5, 0.5}, {0.5, 0.5, 1}, {0.5, 1, 1},
										  {1, 1, 1}};
	bool right = lf_attribution_points(&attribution) == 7;

	for (int point = 0; point < 7; point++)
		for (int part = 0; part < 3; part++)
			right &= lf_attribution_share(&attribution, point, part) == expected[point][part];
	check(right, "the path of three parts in two segments");
}

static int looks;
static int ended;

/* Ends the work at a look at the flag that comes later and later, until it gets all the way. */
static bool
ends_later(void)
{
	if (++looks <= ended)
		return false;
	looks = 0;
	ended++;
	return true;
}

/* Work that is ended here and there, and begun again, gives the same. */
static void
check_interrupts(void)
{
	static const volatile sig_atomic_t raised = 1;
	static const lf_interrupt_check now_and_then = {.flag = &raised, .ends = ends_later};
	const lf_network_config kind = {.cell = LF_CELL_GRU,
									.num_layers = 1,
									.channels = 4,
									.future = 2,
									.patch_length = 2,
									.decoder = LF_DECODER_PARALLEL};
	const lf_scaling_config scaling = {.normalization = LF_NORMALIZE_INSTANCE};
	double expected[MOST_PARTS * HORIZON];
	fixture f;

	check(fixture_open(&f, &kind, &scaling, &losses[0], "plain", 8) && fixture_attribute(&f, 2),
		  "effects without an interrupt");
	memcpy(expected, f.effects, sizeof(expected));
	fixture_close(&f);
	fixture_interrupt = &now_and_then;
	check(fixture_open(&f, &kind, &scaling, &losses[0], "plain", 8) && fixture_attribute(&f, 2),
		  "and with many");
	fixture_interrupt = NULL;
	check(ended > 11 && memcmp(expected, f.effects, sizeof(expected)) == 0,
		  "are the same, to the last bit (ended %d times)", ended);
	fixture_close(&f);
}

int
main(void)
{
	check_path();
	check_interrupts();
	check_linear();
	check_ignored();
	for (int cell = LF_CELL_LSTM; cell <= LF_CELL_RNN; cell++)
		for (int decoder = LF_DECODER_DIRECT; decoder <= LF_DECODER_RECURSIVE; decoder++)
			for (int supervision = LF_SUPERVISION_LAST; supervision <= LF_SUPERVISION_SEQUENCE;
				 supervision++)
				check_kinds((lf_cell_kind) cell, (lf_decoder_kind) decoder,
							(lf_supervision_kind) supervision);
	return check_done();
}
