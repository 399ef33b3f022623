/*
 * pretrain.c
 *	  Trains the network that ships with the extension, on nothing but synthetic series.
 *
 *	pretrain [--steps N] [--processes N] [--seed N] [--hidden N] [--layers N] [--rate N]
 *			 [--parts N] [--report N] [--from WEIGHTS] FOLDER
 *
 * FOLDER gets "weights.safetensors", a line in "log", and "checkpoint", from which the same
 * command goes on after an interruption, every thousand (--report) steps. A step is UNITS
 * micro-batches; each draws its series from the seed and its own number, processes take the next
 * unit that nobody has, and gradients are summed in the units' order: the bytes are the same for
 * any number of processes.
 */
#include <err.h>
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "checkpoint.h"
#include "core/lstm.h"
#include "file.h"
#include "generator.h"
#include "settings.h"
#include "weights.h"

#define UNITS 8 /* micro-batches of a step */
#define ROWS 32 /* windows of a micro-batch */
#define LONGEST_HORIZON 64
#define LARGEST_TARGET 50.0 /* in the window's units: beyond nothing is learned */
#define WARM_UP 500         /* steps */
#define AVERAGE .999        /* of the weights, over the last thousand steps */
#define WEIGHT_DECAY 1e-4
#define LARGEST_GRADIENT 1.0

/* What the processes share. */
typedef struct board
{
	pthread_barrier_t barrier;
	_Atomic int claimed; /* units of this step */
	double loss[UNITS];  /* mean over the unit's steps */
	lf_real gradients[]; /* (UNITS, parameters) */
} board;

/* One process. */
typedef struct worker
{
	const settings *settings;
	board *board;
	lf_universal network;
	lf_optimizer optimizer;
	checkpoint state;
	lf_real *gradient;
	generator generator;
	generator_series series[ROWS];
} worker;

static void *
take(size_t bytes)
{
	void *memory = aligned_alloc(64, (bytes + 63) / 64 * 64);

	if (memory == NULL)
		err(1, "out of memory");
	return memset(memory, 0, bytes);
}

static void
wait_for_all(board *board)
{
	pthread_barrier_wait(&board->barrier);
}

/* The learning rate of a step: up, then level. The average of the weights does what a fall would.
 */
static double
rate_of(const settings *settings, int64_t step)
{
	return settings->rate * fmin(1, (double) (step + 1) / WARM_UP);
}

/* A window whose targets lie where no forecast would be: its weights are taken away. */
static void
leave_out_extremes(lf_universal_batch *batch)
{
	for (int64_t b = 0; b < batch->rows; b++)
	{
		bool wild = false;

		for (int k = 0; k < batch->horizon; k++)
			wild |= !(fabs((double) batch->target[k * batch->rows + b]) <= LARGEST_TARGET);
		for (int k = 0; wild && k < batch->horizon; k++)
			batch->weight[k * batch->rows + b] = 0;
	}
}

/* Draw, read, and put the gradient of one micro-batch on the board. */
static void
do_unit(worker *w, int64_t step, int unit)
{
	lf_universal_window windows[ROWS];
	generator *g = &w->generator;
	lf_real *gradient = w->board->gradients + unit * w->network.table.total;
	generator_shape shape;
	double loss;
	lf_status status;

	g->random = lf_random_seed((uint64_t) w->settings->seed, (uint64_t) (step * UNITS + unit));
	shape = generator_draw_shape(g);
	for (int i = 0; i < ROWS; i++)
	{
		generator_series *series = &w->series[i];

		generator_draw(g, &shape, series);
		windows[i] = (lf_universal_window){.values = series->values,
										   .observed = series->observed,
										   .length = series->length,
										   .season = shape.season,
										   .second = series->second};
	}
	lf_universal_read(&w->network, windows, ROWS, 1, shape.horizon, true);
	leave_out_extremes(&w->network.batch);
	status =
		lf_universal_gradient(&w->network, 1.0 / (ROWS * shape.horizon), gradient, &loss, NULL);
	if (status != LF_OK || !isfinite(loss))
		errx(1, "step %lld, unit %d: the loss is %g", (long long) step, unit, loss);
	w->board->loss[unit] = loss;
}

/* All processes do the same with the sum of the gradients, so that their weights stay the same. */
static void
update(worker *w, int64_t step)
{
	const size_t count = w->network.table.total;
	checkpoint *state = &w->state;
	const double keep = fmin(AVERAGE, (1.0 + (double) step) / (10.0 + (double) step));

	memset(w->gradient, 0, count * sizeof(lf_real));
	for (int unit = 0; unit < UNITS; unit++)
		for (size_t i = 0; i < count; i++)
			w->gradient[i] += w->board->gradients[unit * count + i] / UNITS;
	lf_gradient_clip(w->gradient, count, LARGEST_GRADIENT);
	lf_optimizer_update(&w->optimizer, rate_of(w->settings, step), w->gradient, state->parameters);
	for (size_t i = 0; i < count; i++)
		state->average[i] =
			(lf_real) (keep * state->average[i] + (1 - keep) * state->parameters[i]);
	lf_universal_load(&w->network, state->parameters);
}

/* The mean of the last weights. */
static void
write_results(worker *w, const char *path)
{
	char note[128];

	snprintf(note, sizeof(note), "seed %lld, step %lld of %lld", (long long) w->settings->seed,
			 (long long) w->state.step, (long long) w->settings->steps);
	weights_write(path, &w->settings->network, &w->network.table, w->state.average, note);
}

/* Save everything, and say how far it is. */
static void
report(worker *w, double loss, double seconds, int64_t since)
{
	char path[PATH_SIZE];
	FILE *log;

	w->state.updates = w->optimizer.updates;
	file_path(path, w->settings->folder, "checkpoint");
	checkpoint_write(path, &w->state);
	file_path(path, w->settings->folder, "weights.safetensors");
	write_results(w, path);
	file_path(path, w->settings->folder, "log");
	log = fopen(path, "a");
	if (log == NULL)
		err(1, "cannot write \"%s\"", path);
	fprintf(log, "step %lld of %lld, %.2f million windows, loss %.5f, rate %.2e\n",
			(long long) w->state.step, (long long) w->settings->steps,
			(double) w->state.step * UNITS * ROWS / 1e6, loss, rate_of(w->settings, w->state.step));
	if (fclose(log) != 0)
		err(1, "cannot write \"%s\"", path);
	printf("step %lld, loss %.5f, %.0f windows a second\n", (long long) w->state.step, loss,
		   (double) since * UNITS * ROWS / seconds);
	fflush(stdout);
}

static double
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double) time.tv_sec + 1e-9 * (double) time.tv_nsec;
}

/* Memory of a process. */
static void
lay_out(worker *w, size_t parameters)
{
	lf_arena arena = lf_arena_measure();
	lf_error error;
	size_t bytes;

	for (int turn = 0; turn < 2; turn++)
	{
		if (lf_universal_layout(&w->network, &w->settings->network, lf_kernels_best(), ROWS,
								LONGEST_HORIZON, GENERATOR_LONGEST, GENERATOR_LONGEST, true, &arena,
								&error) != LF_OK)
			errx(1, "%s", error.message);
		lf_optimizer_layout(&w->optimizer, LF_OPTIMIZER_ADAMW, WEIGHT_DECAY, parameters, &arena);
		w->gradient = lf_arena_take_reals(&arena, parameters, 1, 1);
		w->state.parameters = lf_arena_take_reals(&arena, parameters, 1, 1);
		w->state.average = lf_arena_take_reals(&arena, parameters, 1, 1);
		bytes = lf_arena_bytes(&arena);
		if (turn == 0)
			arena = lf_arena_over(take(bytes), bytes);
	}
}

/* The state that a process begins with: the checkpoint's, or fresh weights. */
static void
prepare(worker *w, const settings *settings, board *board, const lf_parameter_table *table)
{
	checkpoint *state = &w->state;
	char path[PATH_SIZE];

	memset(w, 0, sizeof(*w));
	w->settings = settings;
	w->board = board;
	w->generator.parts = (int) settings->parts;
	lay_out(w, table->total);
	state->origin = (checkpoint_origin){.seed = settings->seed,
										.parts = settings->parts,
										.cell = settings->network.cell,
										.hidden_size = settings->hidden,
										.num_layers = settings->layers};
	state->count = table->total;
	state->first = w->optimizer.first;
	state->second = w->optimizer.second;
	file_path(path, settings->folder, "checkpoint");
	if (!checkpoint_read(path, state))
	{
		if (settings->from != NULL)
			weights_read(settings->from, &settings->network, table, state->parameters);
		else
			lf_universal_initialize(&settings->network, table, (uint64_t) settings->seed,
									state->parameters);
		memcpy(state->average, state->parameters, table->total * sizeof(lf_real));
	}
	w->optimizer.updates = state->updates;
	lf_universal_load(&w->network, state->parameters);
}

static void
work(worker *w, bool leads)
{
	double begun = now(), loss = 0;
	int64_t since = 0;

	while (w->state.step < w->settings->steps)
	{
		int unit;

		while ((unit = atomic_fetch_add(&w->board->claimed, 1)) < UNITS)
			do_unit(w, w->state.step, unit);
		wait_for_all(w->board);
		for (int i = 0; i < UNITS; i++)
			loss += w->board->loss[i] / UNITS;
		update(w, w->state.step);
		w->state.step++;
		since++;
		wait_for_all(w->board);
		if (leads)
			atomic_store(&w->board->claimed, 0);
		if (leads &&
			(w->state.step % w->settings->report == 0 || w->state.step == w->settings->steps))
		{
			report(w, loss / (double) since, now() - begun, since);
			begun = now();
			loss = 0;
			since = 0;
		}
		wait_for_all(w->board);
	}
}

static board *
make_board(const settings *settings, size_t parameters)
{
	const size_t bytes = sizeof(board) + UNITS * parameters * sizeof(lf_real);
	pthread_barrierattr_t attributes;
	board *shared = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED)
		err(1, "no shared memory");
	pthread_barrierattr_init(&attributes);
	pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(&shared->barrier, &attributes, (unsigned) settings->processes);
	return shared;
}

/* Where one process failed the others would wait for ever. */
static void
on_child_end(int signal_number)
{
	static const char text[] = "pretrain: a process of the run failed; the same command goes on\n";
	const int kept = errno;
	int status;

	(void) signal_number;
	while (waitpid(-1, &status, WNOHANG) > 0)
		if (status != 0)
			_exit(write(STDERR_FILENO, text, sizeof(text) - 1) < 0 ? 2 : 1);
	errno = kept;
}

/* Begin the other processes; is this the first one? */
static bool
begin_processes(int64_t processes)
{
	const pid_t first = getpid();

	signal(SIGCHLD, on_child_end);
	for (int64_t i = 1; i < processes; i++)
	{
		const pid_t child = fork();

		if (child < 0)
			err(1, "cannot begin process %lld of %lld", (long long) i + 1, (long long) processes);
		if (child > 0)
			continue;
		/* nobody is left behind, whatever ends the first one */
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
			err(1, "cannot follow the first process");
		if (getppid() != first)
			_exit(1);
		return false;
	}
	return true;
}

static void
make_folder(const char *folder)
{
	if (mkdir(folder, 0777) != 0 && errno != EEXIST)
		err(1, "cannot make the folder \"%s\"", folder);
	if (access(folder, W_OK | X_OK) != 0)
		err(1, "cannot write into \"%s\"", folder);
}

int
main(int count, char **arguments)
{
	const settings settings = settings_parse(count, arguments);
	static worker worker;
	lf_parameter_table table;
	lf_error error;
	board *board;
	bool leads;

	lf_blas_single_thread();
	if (lf_universal_table(&settings.network, &table, &error) != LF_OK)
		errx(1, "%s", error.message);
	make_folder(settings.folder);
	board = make_board(&settings, table.total);
	/* before the others begin: its errors are told once */
	prepare(&worker, &settings, board, &table);
	leads = begin_processes(settings.processes);
	if (leads && worker.state.step >= settings.steps)
		printf("all %lld steps are done\n", (long long) settings.steps);
	work(&worker, leads);
	while (leads && wait(NULL) > 0)
		;
	return 0;
}
