/*
 * test_network.c
 *	  The network's memory, repeatability, interrupts and dropout. test_network_golden.c
 *	  compares its results with PyTorch's.
 */
#include <math.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>

#include "check.h"
#include "network_fixture.h"

static const lf_loss student = {.kind = LF_LOSS_STUDENT_T};
static const lf_loss mae = {.kind = LF_LOSS_MAE};

/* A configuration that uses everything, by decoder; its loss is student. */
static lf_network_config
rich_config(lf_decoder_kind decoder)
{
	return (lf_network_config){
		.cell = LF_CELL_LSTM,
		.hidden_size = 10,
		.num_layers = 2,
		.bidirectional = true,
		.dropout = 0.25,
		.channels = 3,
		.future = 2,
		.outputs = 3,
		.lookback = 12,
		.horizon = 7,
		.patch_length = 2,
		.decoder = decoder,
		.supervision = LF_SUPERVISION_SEQUENCE,
		.linear_skip = true,
	};
}

static void
test_memory(void)
{
	bool equal = true;
	bool too_small_is_refused = true;

	for (int decoder = 0; decoder < 3; decoder++)
		for (int training = 0; training < 2; training++)
		{
			const lf_network_config config = rich_config((lf_decoder_kind) decoder);
			lf_arena arena;
			lf_error error;
			network_fixture f;

			equal &= network_fixture_open(&f, &config, lf_kernels_best(), 9, training != 0) &&
					 f.measured == f.used;
			arena = lf_arena_over(f.block, f.measured / 2);
			too_small_is_refused &=
				lf_network_layout(&f.network, &config, lf_kernels_best(), 9, training != 0, &arena,
								  &error) == LF_ERROR_LIMIT;
			network_fixture_close(&f);
		}
	check(equal, "a layout takes what was measured");
	check(too_small_is_refused, "a block that is too small is an error");
}

static void
test_overflow(void)
{
	lf_network_config config = rich_config(LF_DECODER_PARALLEL);
	lf_arena measure = lf_arena_measure();
	static lf_network network;
	lf_error error;

	check(lf_network_layout(&network, &config, lf_kernels_best(), INT64_MAX / 1000, true, &measure,
							&error) == LF_ERROR_LIMIT,
		  "sizes past the address space are an error: %s", error.message);
	config.dropout = 1.0;
	measure = lf_arena_measure();
	check(lf_network_layout(&network, &config, lf_kernels_best(), 9, true, &measure, &error) ==
			  LF_ERROR_CONFIG,
		  "a layout checks its configuration: %s", error.message);
}

/* The same call gives the same bits, whatever the network calculated before. */
static void
test_repeatability(lf_decoder_kind decoder)
{
	const lf_network_config config = rich_config(decoder);
	const size_t bytes = sizeof(lf_real);
	network_fixture first;
	network_fixture second;
	lf_random random = lf_random_seed(1, 2);
	double loss;
	double loss_again;
	double small_loss;
	bool same;

	network_fixture_open(&first, &config, lf_kernels_best(), 9, true);
	network_fixture_open(&second, &config, lf_kernels_best(), 9, true);
	hashed_fill(77, 0.5, first.parameters, first.network.table.total);
	hashed_fill(77, 0.5, second.parameters, second.network.table.total);
	lf_network_load(&first.network, first.parameters);
	lf_network_load(&second.network, second.parameters);

	network_fixture_fill(&first, 5, 9, true);
	lf_network_gradient(&first.network, &first.batch, &student, 1.0, &random, first.gradient, &loss,
						NULL);
	network_fixture_fill(&first, 6, 4, true);
	network_fixture_fill(&second, 6, 4, true);
	random = lf_random_seed(3, 4);
	lf_network_gradient(&first.network, &first.batch, &student, 1.0, &random, first.gradient,
						&small_loss, NULL);
	random = lf_random_seed(3, 4);
	lf_network_gradient(&second.network, &second.batch, &student, 1.0, &random, second.gradient,
						&loss_again, NULL);
	same = small_loss == loss_again &&
		   memcmp(first.gradient, second.gradient, first.network.table.total * bytes) == 0;
	lf_network_forward(&first.network, &first.batch, first.output, NULL);
	lf_network_forward(&second.network, &second.batch, second.output, NULL);
	same &= memcmp(first.output, second.output, first.outputs * bytes) == 0;
	check(same, "%s: a network's past does not show in its results", decoder_names[decoder]);
	check(loss != small_loss && isfinite(loss) && isfinite(small_loss),
		  "%s: other batches have other losses", decoder_names[decoder]);
	network_fixture_close(&first);
	network_fixture_close(&second);
}

/*
 * Row by row, in smaller pieces, for inference or training: the same forecasts
 * but for rounding. Kernels that claim to be very slow make every piece of work
 * as small as it gets.
 */
static void
test_pieces(lf_decoder_kind decoder)
{
	const lf_network_config config = rich_config(decoder);
	lf_kernels slow = *lf_kernels_best();
	network_fixture whole;
	network_fixture single;
	network_fixture pieces;
	const size_t H_out = config.horizon;
	const size_t answers = lf_network_answers(&config);
	const size_t values = (size_t) config.patch_length * config.channels;
	double loss;
	double slow_loss;
	double worst = 0;
	double worst_piece;
	double worst_gradient;

	slow.flops_per_second = 1;
	network_fixture_open(&whole, &config, lf_kernels_best(), 9, true);
	network_fixture_open(&single, &config, lf_kernels_best(), 1, false);
	network_fixture_open(&pieces, &config, &slow, 9, true);
	hashed_fill(78, 0.5, whole.parameters, whole.network.table.total);
	lf_network_load(&whole.network, whole.parameters);
	lf_network_load(&single.network, whole.parameters);
	lf_network_load(&pieces.network, whole.parameters);
	network_fixture_fill(&whole, 5, 9, true);

	lf_network_forward(&whole.network, &whole.batch, whole.output, NULL);
	lf_network_forward(&pieces.network, &whole.batch, pieces.output, NULL);
	worst_piece = tensor_difference(pieces.output, whole.output, whole.outputs);

	network_fixture_fill(&single, 5, 1, true);
	for (int row = 0; row < 9; row++)
	{
		const size_t future = single.network.future.inputs;

		for (size_t patch = 0; patch < answers; patch++)
		{
			memcpy(single.arrays[0] + patch * values,
				   whole.batch.patches + (patch * 9 + row) * values, values * sizeof(lf_real));
			memcpy(single.arrays[2] + patch * H_out, whole.batch.base + (patch * 9 + row) * H_out,
				   H_out * sizeof(lf_real));
		}
		for (size_t i = 0; i < answers * single.network.output_patches; i++)
		{
			memcpy(single.arrays[5] + i * future, whole.batch.future + (i * 9 + row) * future,
				   future * sizeof(lf_real));
			memcpy(single.arrays[6] + i * future, whole.batch.change + (i * 9 + row) * future,
				   future * sizeof(lf_real));
		}
		memcpy(single.arrays[1], whole.batch.window + row * config.lookback,
			   config.lookback * sizeof(lf_real));
		lf_network_forward(&single.network, &single.batch, single.output, NULL);
		for (size_t answer = 0; answer < answers * config.outputs; answer++)
			worst =
				fmax(worst, tensor_difference(single.output + answer * H_out,
											  whole.output + (answer * 9 + row) * H_out, H_out));
	}
	check(worst < 1e-5, "%s: a row's forecast does not depend on the others: %.0e",
		  decoder_names[decoder], worst);

	lf_network_gradient(&whole.network, &whole.batch, &student, 0.01, NULL, whole.gradient, &loss,
						NULL);
	lf_network_gradient(&pieces.network, &whole.batch, &student, 0.01, NULL, pieces.gradient,
						&slow_loss, NULL);
	worst_gradient = tensor_difference(pieces.gradient, whole.gradient, whole.network.table.total);
	check(worst_piece < 1e-5 && worst_gradient < 1e-5 &&
			  relative_difference(slow_loss, loss) < 1e-5,
		  "%s: %d rows a piece or %d make no difference: forecast %.0e, gradient %.0e",
		  decoder_names[decoder], (int) pieces.network.piece_rows, (int) whole.network.piece_rows,
		  worst_piece, worst_gradient);
	network_fixture_close(&whole);
	network_fixture_close(&single);
	network_fixture_close(&pieces);
}

/*
 * An event at one step adds the same to the answer of that step, wherever in its patch it is,
 * and to no other: the rest of the network is all zeros here. Past the horizon nothing counts.
 */
static void
test_steps_covariates(lf_decoder_kind decoder)
{
	const lf_network_config config = rich_config(decoder);
	const size_t H_out = config.horizon;
	const size_t R = 2 * (size_t) lf_network_answers(&config);
	network_fixture f;
	size_t W;
	lf_real *change;
	lf_real effect = 0;
	bool same = true;

	network_fixture_open(&f, &config, lf_kernels_best(), 2, false);
	network_fixture_fill(&f, 5, 2, false);
	W = f.network.head_outputs;
	change = f.arrays[6]; /* (m, R, W, 2) */
	for (int i = 0; i < f.network.table.count; i++)
	{
		const lf_parameter *tensor = &f.network.table.entry[i];

		if (strncmp(tensor->name, "covariate.", 10) == 0 && strstr(tensor->name, "bias") == NULL)
			hashed_fill(83 + tensor->dimensions, 0.5, f.parameters + tensor->offset,
						tensor->shape[0] * tensor->shape[1]);
	}
	lf_network_load(&f.network, f.parameters);
	for (size_t event = 0; event < f.network.output_patches * R * W; event++)
	{
		const size_t row = event / W % R;
		const size_t step = event / (R * W) * W + event % W;

		memset(change, 0, f.network.output_patches * R * W * 2 * sizeof(lf_real));
		change[event * 2] = 2;
		change[event * 2 + 1] = -1;
		lf_network_forward(&f.network, &f.batch, f.output, NULL);
		if (event == 0)
			effect = f.output[0];
		for (size_t i = 0; i < f.outputs; i++)
		{
			const bool here = i == row * H_out + step && step < H_out;

			same &= here ? fabs(f.output[i] - effect) < 1e-5 : f.output[i] == 0;
		}
	}
	check(same && fabs(effect) > 0.1, "%s: an event adds the same at every step: %.2f",
		  decoder_names[decoder], effect);
	network_fixture_close(&f);
}

static volatile sig_atomic_t flag;
static const lf_interrupt_check flag_check = {.flag = &flag};
static struct timespec flag_time;

static void
raise_flag(int signal)
{
	(void) signal;
	flag = 1;
	clock_gettime(CLOCK_MONOTONIC, &flag_time);
}

static double
seconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double) (now.tv_sec - start->tv_sec) + 1e-9 * (double) (now.tv_nsec - start->tv_nsec);
}

static void
start_timer(double seconds)
{
	struct itimerval timer = {
		.it_value = {.tv_sec = (time_t) seconds,
					 .tv_usec = (suseconds_t) (1e6 * (seconds - floor(seconds)))},
	};

	flag = 0;
	setitimer(ITIMER_REAL, &timer, NULL);
}

/* Interrupted at many places, the same call afterwards gives the same bits. */
static void
test_interrupts(lf_decoder_kind decoder)
{
	lf_network_config config = rich_config(decoder);
	network_fixture f;
	lf_random start = lf_random_seed(8, 9);
	lf_random random = start;
	lf_real *expected;
	double loss;
	double loss_again;
	double duration;
	double slowest = 0;
	int interrupted = 0;
	bool random_restored = true;
	bool same = true;
	struct timespec begin;

	config.hidden_size = 64;
	config.lookback = 40;
	config.horizon = 15;
	network_fixture_open(&f, &config, lf_kernels_best(), 32, true);
	network_fixture_fill(&f, 5, 32, true);
	hashed_fill(79, 0.125, f.parameters, f.network.table.total);
	expected = malloc(f.network.table.total * sizeof(lf_real));
	lf_network_load(&f.network, f.parameters);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	lf_network_gradient(&f.network, &f.batch, &student, 0.01, &random, expected, &loss, NULL);
	duration = seconds_since(&begin);

	for (int i = 0; i < 8; i++)
	{
		lf_status status;

		random = start;
		start_timer(duration * (i + 0.5) / 8 + 1e-6);
		status = lf_network_gradient(&f.network, &f.batch, &student, 0.01, &random, f.gradient,
									 &loss_again, &flag_check);
		if (status == LF_INTERRUPTED)
		{
			interrupted++;
			slowest = fmax(slowest, seconds_since(&flag_time));
			random_restored &= memcmp(&random, &start, sizeof(start)) == 0;
			flag = 0;
			status = lf_network_gradient(&f.network, &f.batch, &student, 0.01, &random, f.gradient,
										 &loss_again, &flag_check);
		}
		start_timer(0);
		same &= status == LF_OK && loss == loss_again &&
				memcmp(f.gradient, expected, f.network.table.total * sizeof(lf_real)) == 0;
	}
	note("%s: %d of 8 interrupted, the slowest to stop took %.1f ms of %.0f",
		 decoder_names[decoder], interrupted, 1e3 * slowest, 1e3 * duration);
	check(interrupted > 0 && random_restored && same,
		  "%s: an interrupted call can be repeated, bit by bit", decoder_names[decoder]);
	check(slowest < 0.1, "%s: an interrupt stops the call in less than 0.1 s",
		  decoder_names[decoder]);
	flag = 1;
	check(lf_network_forward(&f.network, &f.batch, f.output, &flag_check) == LF_INTERRUPTED,
		  "%s: forecasts can be interrupted, too", decoder_names[decoder]);
	free(expected);
	network_fixture_close(&f);
}

/* Even a few rows' step of a very large network is interruptible. */
static void
test_large_interrupt(const char *name, const lf_network_config *config,
					 const lf_loss *loss_function)
{
	const int64_t rows = lf_network_rows(config, lf_kernels_best(), 64);
	network_fixture f;
	double loss;
	double slowest = 0;
	int interrupted = 0;

	network_fixture_open(&f, config, lf_kernels_best(), rows, true);
	network_fixture_fill(&f, 5, rows, true);
	hashed_fill(80, 0.0625, f.parameters, f.network.table.total);
	lf_network_load(&f.network, f.parameters);
	for (int i = 0; i < 8; i++)
	{
		start_timer(0.005 + 0.03 * i);
		if (lf_network_gradient(&f.network, &f.batch, loss_function, 0.01, NULL, f.gradient, &loss,
								&flag_check) == LF_INTERRUPTED)
		{
			interrupted++;
			slowest = fmax(slowest, seconds_since(&flag_time));
		}
		start_timer(0);
	}
	note("%s, %d rows: stopped within %.1f ms", name, (int) rows, 1e3 * slowest);
	check(interrupted > 0 && slowest < 0.1, "%s stops in less than 0.1 s", name);
	network_fixture_close(&f);
}

static void
test_large_interrupts(void)
{
	const lf_network_config wide = {
		.cell = LF_CELL_LSTM,
		.hidden_size = 512,
		.num_layers = 1,
		.channels = 1,
		.lookback = 168,
		.horizon = 24,
		.patch_length = 1,
		.decoder = LF_DECODER_PARALLEL,
		.supervision = LF_SUPERVISION_LAST,
		.linear_skip = true,
	};
	const lf_network_config quantiles = {
		.cell = LF_CELL_RNN,
		.hidden_size = 32,
		.num_layers = 1,
		.channels = 5,
		.future = 4,
		.outputs = LF_MAX_QUANTILES + 1,
		.lookback = 24,
		.horizon = 2000,
		.patch_length = 24,
		.decoder = LF_DECODER_DIRECT,
		.supervision = LF_SUPERVISION_LAST,
	};
	lf_loss loss = {.kind = LF_LOSS_QUANTILE, .quantile_count = LF_MAX_QUANTILES};

	for (int i = 0; i < LF_MAX_QUANTILES; i++)
		loss.quantiles[i] = (i + 1) / (LF_MAX_QUANTILES + 1.0);
	test_large_interrupt("a network of 512 hidden units", &wide, &mae);
	test_large_interrupt("a network of 99 quantiles of 2000 steps", &quantiles, &loss);
}

/* Dropout between the layers and before the head: its amount, and no bias in the mean. */
static void
test_dropout(void)
{
	enum
	{
		DRAWS = 4000
	};
	lf_network_config config = rich_config(LF_DECODER_DIRECT);
	network_fixture f;
	lf_random random = lf_random_seed(1, 2);
	lf_random counted = random;
	double loss;
	double loss_without;
	double worst = 0;
	double *sum;
	double *squares;

	network_fixture_open(&f, &config, lf_kernels_best(), 2, true);
	network_fixture_fill(&f, 5, 2, true);
	hashed_fill(81, 0.5, f.parameters, f.network.table.total);
	lf_network_load(&f.network, f.parameters);
	lf_network_gradient(&f.network, &f.batch, &student, 1.0, NULL, f.gradient, &loss_without, NULL);
	lf_network_gradient(&f.network, &f.batch, &student, 1.0, &random, f.gradient, &loss, NULL);
	/* 6 patches of 2 windows, two directions of 10 units, under the second layer and the head */
	for (int i = 0; i < 6 * 2 * 20 * 2; i++)
		lf_random_bits(&counted);
	check(memcmp(&counted, &random, sizeof(random)) == 0 && loss != loss_without,
		  "dropout draws one number for each unit under a layer and under the head");
	network_fixture_close(&f);

	/* with one layer, the answer is linear in what dropout scales */
	config.num_layers = 1;
	network_fixture_open(&f, &config, lf_kernels_best(), 2, true);
	network_fixture_fill(&f, 5, 2, true);
	hashed_fill(82, 0.5, f.parameters, f.network.table.total);
	lf_network_load(&f.network, f.parameters);
	lf_network_forward(&f.network, &f.batch, f.output, NULL);
	sum = calloc(f.outputs, sizeof(double));
	squares = calloc(f.outputs, sizeof(double));
	for (int draw = 0; draw < DRAWS; draw++)
	{
		lf_network_gradient(&f.network, &f.batch, &student, 1.0, &random, f.gradient, &loss, NULL);
		for (size_t i = 0; i < f.outputs; i++)
		{
			const double change = f.network.output[i] - f.output[i];

			sum[i] += change;
			squares[i] += change * change;
		}
	}
	/* in standard errors of the mean */
	for (size_t i = 0; i < f.outputs; i++)
		worst = fmax(worst, fabs(sum[i]) / sqrt(squares[i]));
	check(worst < 5, "dropout does not move the mean: %.1f standard errors at most", worst);
	free(sum);
	free(squares);
	network_fixture_close(&f);
}

/* Micro-batches are equal parts, at least 1 and at most all rows. */
static void
test_rows(void)
{
	bool good = true;

	for (int hidden = 1; hidden <= LF_MAX_HIDDEN; hidden *= 2)
		for (int lookback = 1; lookback <= 4096; lookback *= 8)
			for (int64_t rows = 1; rows <= 1024; rows *= 4)
			{
				const lf_network_config config = {.hidden_size = hidden,
												  .num_layers = 1,
												  .channels = 1,
												  .lookback = lookback,
												  .horizon = 1,
												  .patch_length = 1};
				const int64_t part = lf_network_rows(&config, lf_kernels_best(), rows);
				const int64_t parts = (rows + part - 1) / part;

				good &= part >= 1 && part <= rows && parts * part < rows + parts;
			}
	check(good, "micro-batches are of about equal size");
}

int
main(void)
{
	signal(SIGALRM, raise_flag);
	test_memory();
	test_overflow();
	test_rows();
	test_dropout();
	for (int decoder = LF_DECODER_DIRECT; decoder <= LF_DECODER_RECURSIVE; decoder++)
	{
		test_repeatability((lf_decoder_kind) decoder);
		test_pieces((lf_decoder_kind) decoder);
		test_steps_covariates((lf_decoder_kind) decoder);
		test_interrupts((lf_decoder_kind) decoder);
	}
	test_large_interrupts();
	return check_done();
}
