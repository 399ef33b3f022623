/*
 * test_gates.c
 *	  What gates do: against PyTorch, against the predictor, and against differences.
 */
#include "trainer_fixture.h"

#include "core/batch.h"
#include "core/gates.h"
#include "core/universal_gates.h"
#include "golden.h"

/* both fixtures have that name */
#define fixture stack_fixture
#include "stack_fixture.h"
#undef fixture
#include "universal_fixture.h"

#define TOLERANCE 1e-5
#define GATE_KINDS 8

static const char *const gate_name[GATE_KINDS] = {"forget", "input", "candidate", "output",
												  "cell",   "reset", "update",    "hidden"};

static const lf_real *
gate_of(const lf_gate_values *values, int gate)
{
	const lf_real *const gates[GATE_KINDS] = {values->forget, values->input, values->candidate,
											  values->output, values->cell,  values->reset,
											  values->update, values->hidden};

	return gates[gate];
}

/* Has a kind of cell such a gate? */
static bool
has_gate(lf_cell_kind kind, int gate)
{
	static const char *const of_kind[] = {"11111001", "00100111", "00000001"};

	return of_kind[kind][gate] == '1';
}

/* --- against PyTorch --- */

/* Backward with the gradient of every state, then forward again, whose gates stay. */
static bool
run_golden(stack_fixture *f, lf_states *d_after)
{
	const lf_stack_input input = fixture_input(f);
	const lf_stack_gradient gradient = {
		.span = f->span, .d_states = &f->coefficient, .d_after = d_after};

	return fixture_forward(f, NULL, NULL) == LF_OK &&
		   lf_stack_backward(&f->stack, &f->tape, &input, &gradient, NULL) == LF_OK &&
		   fixture_forward(f, NULL, NULL) == LF_OK;
}

/* The largest difference of a gate, or of the gradient (-1), (cells, T, B, H), from PyTorch's. */
static double
golden_difference(const stack_fixture *f, const lf_states *d_after, int gate,
				  const lf_real *expected)
{
	const int H = f->shape.hidden;
	double worst = 0;

	for (int cell = 0; cell < f->cells; cell++)
		for (int t = 0; t < f->T; t++)
			for (int64_t row = 0; row < f->B; row++, expected += H)
			{
				const lf_gate_values values = lf_gates_of_tape(&f->tape, d_after, cell, t, row);

				for (int u = 0; u < H; u++)
				{
					const double own =
						gate < 0 ? lf_gates_gradient(&values, u) : gate_of(&values, gate)[u];

					if (!(fabs(own - expected[u]) <= worst))
						worst = fabs(own - expected[u]);
				}
			}
	return worst;
}

static void
check_golden(const lf_kernels *kernels, lf_cell_kind kind, const char *name)
{
	char file_name[64];
	golden_tensor *shape;
	golden_tensor *golden;
	const lf_real *s;
	stack_fixture f;
	lf_states d_after = {.rows = 0};
	bool same_gates = true;

	snprintf(file_name, sizeof(file_name), "cell_%s_%s", kind_name[kind], name);
	shape = golden_read(file_name);
	snprintf(file_name, sizeof(file_name), "gates_%s_%s", kind_name[kind], name);
	golden = golden_read(file_name);
	s = golden_get(shape, "shape", 8);
	fixture_create(&f, kernels,
				   (lf_stack_shape){.kind = kind,
									.inputs = (int) s[0],
									.hidden = (int) s[1],
									.layers = (int) s[2],
									.directions = (int) s[3]},
				   (int) s[5], (int64_t) s[4], s[7] != 0 ? LF_STATES_ALL : LF_STATES_FINAL,
				   s[6] != 0, true, 0);
	fixture_fill(&f);
	fixture_golden_coefficients(&f);
	fixture_pack(&f);
	for (int cell = 0; cell < f.cells; cell++)
	{
		d_after.h[cell] = calloc(f.T * f.B * f.stack.stride, sizeof(lf_real));
		if (kind == LF_CELL_LSTM)
			d_after.c[cell] = calloc(f.T * f.B * f.stack.stride, sizeof(lf_real));
	}
	check(run_golden(&f, &d_after), "%s %s runs", kernels->name, file_name);
	for (int gate = -1; gate < GATE_KINDS; gate++)
	{
		const lf_gate_values values = lf_gates_of_tape(&f.tape, &d_after, 0, 0, 0);
		const char *what = gate < 0 ? "gradient" : gate_name[gate];
		double worst;

		same_gates &= gate < 0 || has_gate(kind, gate) == (gate_of(&values, gate) != NULL);
		if (gate >= 0 && (!has_gate(kind, gate) || gate_of(&values, gate) == NULL))
			continue;
		worst = golden_difference(
			&f, &d_after, gate,
			golden_get(golden, what, (size_t) f.cells * f.T * f.B * f.shape.hidden));
		check(worst < TOLERANCE, "%s %s %s: %.1e", kernels->name, file_name, what, worst);
	}
	check(same_gates, "%s %s has the gates of its kind", kernels->name, file_name);
	for (int cell = 0; cell < f.cells; cell++)
	{
		free(d_after.h[cell]);
		free(d_after.c[cell]);
	}
	fixture_free(&f);
	golden_free(golden);
	golden_free(shape);
}

/* --- against the predictor --- */

static void
small_network(fixture *f, lf_cell_kind cell, int patch_length)
{
	set_up(f);
	f->spec.network.cell = cell;
	f->spec.network.hidden_size = 5;
	f->spec.network.num_layers = 2;
	f->spec.network.patch_length = patch_length;
	f->spec.network.decoder = LF_DECODER_DIRECT;
	f->spec.scaling.normalization = LF_NORMALIZE_STANDARD;
	fit(f);
}

/* Fresh weights, the head's too, which would be zero. */
static lf_real *
draw_weights(const lf_network_config *config, lf_parameter_table *table)
{
	lf_random random = lf_random_seed(3, 0);
	lf_real *weights;
	lf_error error;

	if (lf_parameter_table_build(config, table, &error) != LF_OK)
		return NULL;
	weights = calloc(table->total, sizeof(lf_real));
	lf_parameters_initialize(table, &random, weights);
	for (int i = 0; i < table->count; i++)
		if (strncmp(table->entry[i].name, "head", 4) == 0)
			for (size_t k = 0; k < table->entry[i].shape[0] * table->entry[i].shape[1]; k++)
				weights[table->entry[i].offset + k] = (lf_real) (0.3 * lf_random_normal(&random));
	return weights;
}

static lf_gates *
create_gates(const fixture *f, const lf_real *weights, counting_heap *heap)
{
	const lf_allocator allocator = {heap_allocate, heap_release, heap};
	const lf_gates_spec spec = {.network = f->spec.network,
								.scaling = f->spec.scaling,
								.parameters = weights,
								.kernels = f->spec.kernels};
	lf_gates *gates = NULL;
	lf_error error;

	lf_gates_create(&spec, &allocator, &flag_check, &gates, &error);
	return gates;
}

static bool
read_window(lf_gates *gates, const fixture *f, int64_t origin)
{
	lf_error error;
	lf_status status;

	lf_gates_begin(gates, &f->dataset, &f->scaler, (lf_window){.series = 0, .origin = origin});
	do
		status = lf_gates_step(gates, &error);
	while (status == LF_OK);
	return status == LF_DONE;
}

static bool
forecast(const fixture *f, const lf_real *weights, int64_t origin, double *forecasts)
{
	counting_heap heap = {0};
	const lf_allocator allocator = {heap_allocate, heap_release, &heap};
	const lf_window window = {.series = 0, .origin = origin};
	const lf_predictor_spec spec = {.network = f->spec.network,
									.scaling = f->spec.scaling,
									.dataset = &f->dataset,
									.scalers = &f->scaler,
									.parameters = weights,
									.max_rows = 1,
									.kernels = f->spec.kernels};
	lf_predictor *predictor;
	lf_error error;
	lf_status status = lf_predictor_create(&spec, &allocator, NULL, &predictor, &error);

	if (status != LF_OK)
		return false;
	lf_predictor_begin(predictor, &window, 1, forecasts, NULL);
	do
		status = lf_predictor_step(predictor, &error);
	while (status == LF_OK);
	lf_predictor_free(predictor);
	return status == LF_DONE;
}

/* With the direct decoder a forecast is the head of the last hidden state, and no more. */
static void
check_forecast(const fixture *f, const lf_real *weights, const lf_parameter_table *table,
			   const lf_gates *gates, int64_t origin, const char *label)
{
	const int H = f->spec.network.hidden_size;
	const int n = LOOKBACK / f->spec.network.patch_length;
	const lf_gate_values last = lf_gates_at(gates, 1, n - 1);
	const lf_real *head = weights + lf_parameter_find(table, "head.weight")->offset;
	const lf_real *bias = weights + lf_parameter_find(table, "head.bias")->offset;
	double forecasts[HORIZON];
	double worst = 0;
	double gradient = 0;

	check(forecast(f, weights, origin, forecasts), "%s: a forecast", label);
	for (int k = 0; k < HORIZON; k++)
	{
		double unit = bias[k];

		for (int u = 0; u < H; u++)
			unit += (double) head[k * H + u] * last.hidden[u];
		worst = fmax(worst, fabs(unit - (forecasts[k] - f->scaler.mean) / f->scaler.deviation));
	}
	check(worst < TOLERANCE, "%s: the last hidden state is the predictor's: %.1e", label, worst);
	worst = 0;
	for (int u = 0; u < H; u++)
	{
		double mean = 0;

		for (int k = 0; k < HORIZON; k++)
			mean += head[k * H + u] / (double) HORIZON;
		gradient += fabs(mean);
		worst = fmax(worst, fabs(mean - last.d_hidden[u]));
	}
	check(worst < 1e-6 && gradient > 0.1, "%s: its gradient is the head's mean: %.1e", label,
		  worst);
}

static void
test_predictor(void)
{
	static const int64_t origins[] = {LENGTH, 100, 30, 1};

	for (int kind = 0; kind < 3; kind++)
		for (int patch = 1; patch <= 6; patch += 5)
		{
			counting_heap heap = {0};
			lf_parameter_table table;
			char label[64];
			fixture f;
			lf_real *weights;
			lf_gates *gates;

			small_network(&f, (lf_cell_kind) kind, patch);
			weights = draw_weights(&f.spec.network, &table);
			gates = create_gates(&f, weights, &heap);
			for (int i = 0; i < 4; i++)
			{
				snprintf(label, sizeof(label), "%s, patches of %d, origin %d", kind_name[kind],
						 patch, (int) origins[i]);
				check(read_window(gates, &f, origins[i]), "%s is read", label);
				check_forecast(&f, weights, &table, gates, origins[i], label);
			}
			lf_gates_free(gates);
			check(heap.allocations == 1 && heap.open == 0, "in one block, which is given back");
			free(weights);
		}
}

/* --- against differences --- */

/* The mean forecast in units of the scaler, with one value of the series moved. */
static double
moved_answer(fixture *f, const lf_real *weights, int place, double by)
{
	double forecasts[HORIZON];
	double mean = 0;

	f->values[place] += by;
	if (!forecast(f, weights, LENGTH, forecasts))
		return NAN;
	f->values[place] -= by;
	for (int k = 0; k < HORIZON; k++)
		mean += (forecasts[k] - f->scaler.mean) / f->scaler.deviation / HORIZON;
	return mean;
}

/*
 * How the answer goes by an input says the chain rule, from the gradient by the first layer's state
 * right after it: dx = sum over units of dh (1 - h^2) w.
 */
static void
check_difference(fixture *f, const lf_real *weights, const lf_parameter_table *table,
				 const lf_gates *gates, const char *label)
{
	const int H = f->spec.network.hidden_size;
	const int directions = f->spec.network.bidirectional ? 2 : 1;
	const double by = 0.05 * f->scaler.deviation;
	double worst = 0;
	double largest = 0;

	for (int t = LOOKBACK - 2; t >= LOOKBACK - 12; t--)
	{
		const int place = LENGTH - LOOKBACK + t;
		const double difference =
			(moved_answer(f, weights, place, by) - moved_answer(f, weights, place, -by)) / 0.1;
		double chained = 0;

		for (int d = 0; d < directions; d++)
		{
			const lf_gate_values values = lf_gates_at(gates, d, t);
			const lf_parameter *w =
				lf_parameter_find(table, d == 0 ? "weight_ih_l0" : "weight_ih_l0_reverse");

			for (int u = 0; u < H; u++)
				chained += (double) values.d_hidden[u] *
						   (1 - (double) values.hidden[u] * values.hidden[u]) *
						   weights[w->offset + u];
		}
		worst = fmax(worst, fabs(chained - difference));
		largest = fmax(largest, fabs(difference));
	}
	check(worst < 0.01 * largest && largest > 1e-4,
		  "%s: the gradients are those of differences: %.1e of %.1e", label, worst, largest);
}

static void
test_differences(void)
{
	static const char *const decoders[] = {"direct", "parallel", "recursive"};

	for (int decoder = 0; decoder < 3; decoder++)
		for (int both = 0; both < 2; both++)
			for (int sequence = 0; sequence < 2; sequence++)
			{
				counting_heap heap = {0};
				lf_parameter_table table;
				char label[64];
				fixture f;
				lf_real *weights;
				lf_gates *gates;

				small_network(&f, LF_CELL_RNN, 1);
				f.spec.network.decoder = (lf_decoder_kind) decoder;
				f.spec.network.bidirectional = both;
				f.spec.network.supervision =
					sequence && !both ? LF_SUPERVISION_SEQUENCE : LF_SUPERVISION_LAST;
				weights = draw_weights(&f.spec.network, &table);
				gates = create_gates(&f, weights, &heap);
				snprintf(label, sizeof(label), "%s%s%s", decoders[decoder],
						 both ? ", both directions" : "",
						 sequence && !both ? ", many to many" : "");
				check(read_window(gates, &f, LENGTH), "%s is read", label);
				check_difference(&f, weights, &table, gates, label);
				lf_gates_free(gates);
				free(weights);
			}
}

/* --- limits --- */

static void
test_interrupt(void)
{
	counting_heap heap = {0};
	lf_parameter_table table;
	fixture f;
	lf_real *weights;
	lf_real expected[5];
	lf_gates *gates;
	lf_error error;
	lf_gates_spec spec;
	size_t bytes = 0;

	small_network(&f, LF_CELL_LSTM, 1);
	weights = draw_weights(&f.spec.network, &table);
	gates = create_gates(&f, weights, &heap);
	spec = (lf_gates_spec){.network = f.spec.network,
						   .scaling = f.spec.scaling,
						   .parameters = weights,
						   .kernels = f.spec.kernels};
	check(lf_gates_bytes(&spec, &bytes, &error) == LF_OK && bytes == heap.bytes,
		  "the bytes are known before");
	read_window(gates, &f, LENGTH);
	memcpy(expected, lf_gates_at(gates, 0, 7).d_hidden, sizeof(expected));
	lf_gates_begin(gates, &f.dataset, &f.scaler, (lf_window){.series = 0, .origin = LENGTH});
	flag = 1;
	check(lf_gates_step(gates, &error) == LF_INTERRUPTED &&
			  lf_gates_step(gates, &error) == LF_INTERRUPTED,
		  "a raised flag stops");
	flag = 0;
	while (lf_gates_step(gates, &error) == LF_OK)
		continue;
	check(memcmp(expected, lf_gates_at(gates, 0, 7).d_hidden, sizeof(expected)) == 0,
		  "an interrupt changes no bit");
	check(lf_gates_step(gates, &error) == LF_DONE, "what is done stays done");
	lf_gates_free(gates);
	heap.exhausted = true;
	check(create_gates(&f, weights, &heap) == NULL, "no memory, no gates");
	spec.network.hidden_size = 0;
	check(lf_gates_bytes(&spec, &bytes, &error) == LF_ERROR_CONFIG, "sizes are checked");
	lf_gates_free(NULL);
	free(weights);
}

/* --- the universal network --- */

/* The GRU's own equation, for every step but the first of a reading: the largest deviation. */
static double
gru_deviation(const lf_universal_gates *gates, int reading)
{
	double worst = 0;

	for (int t = 1; t < gates->past + gates->ahead; t++)
	{
		const lf_gate_values before = lf_universal_gates_at(gates, 0, t - 1, reading);
		const lf_gate_values now = lf_universal_gates_at(gates, 0, t, reading);

		for (int u = 0; u < gates->network.config.hidden_size; u++)
			worst = fmax(worst, fabs((1 - (double) now.update[u]) * now.candidate[u] +
									 (double) now.update[u] * before.hidden[u] - now.hidden[u]));
	}
	return worst;
}

/* The gradient by the last state goes through the head alone. */
static double
head_deviation(const lf_universal_gates *gates, int reading)
{
	const lf_universal *network = &gates->network;
	const lf_universal_batch *batch = &network->batch;
	const lf_gate_values last =
		lf_universal_gates_at(gates, 0, gates->past + gates->ahead - 1, reading);
	const int H = network->config.hidden_size;
	const int share = 1 + network->config.loss.quantile_count;
	const lf_real *head =
		network->parameters + lf_parameter_find(&network->table, "head.weight")->offset;
	const size_t place = (size_t) (gates->ahead - 1) * batch->rows + reading;
	double worst = 0;

	for (int u = 0; u < H; u++)
	{
		double expected = batch->error[reading] * head[u];

		for (int j = 0; j < LF_UNIVERSAL_GUIDES; j++)
			expected +=
				(double) head[(share + j) * H + u] *
				((double) batch->guides[place * LF_UNIVERSAL_GUIDES + j] - batch->base[place]);
		worst = fmax(worst, fabs(expected / gates->ahead - last.d_hidden[u]));
	}
	return worst;
}

static void
test_universal(void)
{
	const universal_request request = {.season = 12, .rows = 2, .groups = 7};
	double values[90];
	universal_fixture f;
	lf_universal_gates gates;
	lf_arena arena = lf_arena_measure();
	lf_error error;
	void *block = NULL;

	universal_fixture_open(&f, &universal_small, lf_kernels_best(), &request, 0.1);
	for (int turn = 0; turn < 2; turn++)
	{
		check(lf_universal_gates_layout(&gates, &universal_small, lf_kernels_best(), 7,
										lf_universal_memory(12, 0), &arena, &error) == LF_OK,
			  "a layout");
		if (turn == 0)
		{
			block = malloc(lf_arena_bytes(&arena));
			arena = lf_arena_over(block, lf_arena_bytes(&arena));
		}
	}
	lf_universal_load(&gates.network, f.parameters);
	for (int positive = 0; positive < 2; positive++)
	{
		const lf_universal_window window = {.values = values, .length = 90, .season = 12};
		double forecasts[7];
		double worst = 0;

		for (int i = 0; i < 90; i++)
			values[i] = 40 * positive + 10 * sin(2 * M_PI * i / 12) + sin(i * i);
		check(lf_universal_gates_read(&gates, &window, 7, NULL) == LF_OK &&
				  gates.readings == 1 + positive && gates.past == 96 && gates.empty == 6 &&
				  gates.ahead == 7,
			  "%d readings of a window", gates.readings);
		lf_universal_forecast(&f.network, &window, 1, 7, false, 0, NULL, forecasts, NULL, NULL);
		/* the forecast has halved its corrections, of planes that are as wide as the readings */
		for (int i = 0; i < 7 * gates.readings; i++)
			worst = fmax(worst, fabs(f.network.batch.base[i] +
									 0.5 * (gates.network.output[i] - f.network.batch.base[i]) -
									 f.network.output[i]));
		check(worst < TOLERANCE, "the answers are the forecast's: %.1e", worst);
		for (int reading = 0; reading < gates.readings; reading++)
		{
			check(gru_deviation(&gates, reading) < 1e-6, "reading %d goes by the GRU's equation",
				  reading);
			check(head_deviation(&gates, reading) < TOLERANCE,
				  "reading %d: the last gradient is the head's", reading);
		}
	}
	free(block);
	universal_fixture_close(&f);
}

int
main(void)
{
	static const char *const shapes[] = {"single", "stacked", "stacked_bidirectional", "one_step"};

	for (int table = 0; table < 3; table++)
	{
		const lf_kernels *kernels = lf_kernels_named(table_name[table]);

		for (int kind = 0; kernels != NULL && kind < 3; kind++)
			for (int shape = 0; shape < 4; shape++)
				check_golden(kernels, (lf_cell_kind) kind, shapes[shape]);
	}
	test_predictor();
	test_differences();
	test_interrupt();
	test_universal();
	return check_done();
}
