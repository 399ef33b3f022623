/*
 * test_trainer_team.c
 *	  Several trainers of one network, in one process by turns and in processes of their own:
 *	  to the bit what one trainer gives.
 */
#include "trainer_fixture.h"

#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST 4
#define RUNS 3 /* trainings, one after another in the same memory */

static void *
share_pages(size_t bytes)
{
	void *pages =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, (off_t) 0);

	if (pages == MAP_FAILED)
		abort();
	memset(pages, 0x5a, bytes); /* what was there before must not matter */
	return pages;
}

/* The same training for a team; the memory is what it asks for, not zeroed. */
static lf_trainer_spec
team_spec(const lf_trainer_spec *spec, int processes)
{
	lf_trainer_spec shared = *spec;
	lf_error error;

	shared.team = (lf_trainer_team){.processes = processes};
	if (lf_trainer_shared_bytes(&shared, &shared.team.bytes, &error) != LF_OK)
		abort();
	shared.team.memory = share_pages(shared.team.bytes);
	shared.team.board = share_pages(RUNS * sizeof(lf_trainer_board));
	memset(shared.team.board, 0, RUNS * sizeof(lf_trainer_board));
	return shared;
}

static void
release_team(lf_trainer_spec *spec)
{
	munmap(spec->team.memory, spec->team.bytes);
	munmap(spec->team.board, RUNS * sizeof(lf_trainer_board));
}

/* How a run by turns is disturbed. */
typedef struct disturbances
{
	bool interrupts;    /* the flag is set before every other step */
	int finish_process; /* it asks for the end ... */
	int64_t finish_at;  /* ... after so many steps of all; 0: nobody does */
} disturbances;

/* Trainers of one process, whose turns chance decides; how many of them end as `expected`? */
static int
run_by_turns(const lf_trainer_spec *spec, int processes, const disturbances *disturb,
			 const outcome *expected, outcome *kept)
{
	lf_trainer_spec shared = team_spec(spec, processes);
	lf_random random = lf_random_seed(7, 7);
	counting_heap heaps[MOST] = {0};
	lf_trainer *trainers[MOST];
	lf_status status[MOST] = {LF_OK};
	int left = processes;
	int equal = 0;
	int64_t steps = 0;
	lf_error error;

	for (int i = 0; i < processes; i++)
	{
		lf_allocator allocator = {heap_allocate, heap_release, &heaps[i]};

		if (lf_trainer_create(&shared, &allocator, &flag_check, &trainers[i], &error) != LF_OK)
			abort();
	}
	while (left > 0)
	{
		int i = (int) lf_random_below(&random, processes);
		bool again = status[i] == LF_INTERRUPTED;

		if (status[i] == LF_DONE || status[i] >= LF_ERROR_MEMORY)
			continue;
		flag = disturb->interrupts && !again && lf_random_below(&random, 2) == 0;
		if (disturb->finish_at > 0 && steps == disturb->finish_at)
			lf_trainer_finish(trainers[disturb->finish_process]);
		status[i] = lf_trainer_step(trainers[i], &error);
		flag = 0;
		steps++;
		left -= status[i] == LF_DONE || status[i] >= LF_ERROR_MEMORY;
	}
	for (int i = 0; i < processes; i++)
	{
		outcome result = {.status = status[i]};

		take_outcome(spec, trainers[i], &result);
		equal += same(&result, expected != NULL ? expected : kept);
		if (i == 0 && expected == NULL)
		{
			*kept = result;
			equal = 1;
		}
		else
			drop(&result);
		lf_trainer_free(trainers[i]);
	}
	release_team(&shared);
	return equal;
}

/* In a process of its own: does one training after another end as `expected`? */
static bool
train_as_expected(lf_trainer_spec shared, const outcome *expected)
{
	bool equal = true;

	for (int training = 0; training < RUNS; training++, shared.team.board++)
	{
		counting_heap heap = {0};
		lf_allocator allocator = {heap_allocate, heap_release, &heap};
		lf_trainer *trainer;
		lf_error error;
		outcome result = {0};

		if (lf_trainer_create(&shared, &allocator, NULL, &trainer, &error) != LF_OK)
			return false;
		do
		{
			result.status = lf_trainer_step(trainer, &error);
			if (result.status == LF_WAITING)
				sched_yield();
		} while (result.status == LF_OK || result.status == LF_WAITING);
		take_outcome(&shared, trainer, &result);
		equal &= same(&result, expected);
		drop(&result);
		lf_trainer_free(trainer);
	}
	return equal;
}

/* Processes of their own; how many of them end as `expected`? */
static int
run_in_processes(const lf_trainer_spec *spec, int processes, const outcome *expected)
{
	lf_trainer_spec shared = team_spec(spec, processes);
	pid_t children[MOST];
	int equal = 0;

	fflush(stdout);
	for (int i = 0; i < processes; i++)
	{
		children[i] = fork();
		if (children[i] < 0)
			abort();
		if (children[i] == 0)
			_exit(train_as_expected(shared, expected) ? 0 : 1);
	}
	for (int i = 0; i < processes; i++)
	{
		int state = -1;

		waitpid(children[i], &state, 0);
		equal += WIFEXITED(state) && WEXITSTATUS(state) == 0;
	}
	release_team(&shared);
	return equal;
}

static void
test_same_bits(const char *name, const lf_trainer_spec *spec)
{
	const disturbances none = {0};
	const disturbances interrupted = {.interrupts = true};
	outcome alone = run(spec, NULL);

	check(alone.status == LF_DONE, "%s: %lld micro-batches a batch, trained alone", name,
		  (long long) lf_trainer_micro_batches(spec));
	for (int processes = 2; processes <= MOST; processes++)
		check(run_by_turns(spec, processes, &none, &alone, NULL) == processes,
			  "%s: %d trainers by turns give the same bits, each of them", name, processes);
	check(run_by_turns(spec, 3, &interrupted, &alone, NULL) == 3, "%s: interrupts change no bit",
		  name);
	check(run_in_processes(spec, 3, &alone) == 3,
		  "%s: three processes give the same bits, %d times in the same memory", name, RUNS);
	drop(&alone);
}

/* Enough work to be cut: 128 windows of a network without patches. */
static void
set_up_wide(fixture *f)
{
	set_up(f);
	f->spec.network.hidden_size = 32;
	f->spec.network.patch_length = 1;
	f->spec.training.batch_size = 128;
	f->spec.training.steps_per_epoch = 3;
	f->spec.training.max_epochs = 3;
	f->spec.training.patience = 2;
}

static void
test_trainings(void)
{
	fixture f;

	set_up(&f);
	f.spec.training.max_epochs = 3;
	test_same_bits("one micro-batch", &f.spec);

	set_up_wide(&f);
	test_same_bits("several micro-batches", &f.spec);
	f.spec.network.dropout = 0.3;
	f.spec.network.num_layers = 2;
	f.spec.training.optimizer = LF_OPTIMIZER_RMSPROP;
	test_same_bits("dropout", &f.spec);

	/* More micro-batches than a team holds gradients of, and no validation. */
	set_up_wide(&f);
	f.spec.train.until_end = 0;
	f.spec.train.min_history = 1;
	f.spec.validation.count = 0;
	lf_window_set_count(&f.spec.train);
	f.spec.network.hidden_size = 64;
	f.spec.training.batch_size = 1000;
	f.spec.training.max_epochs = 1;
	check(lf_trainer_micro_batches(&f.spec) > 16, "more micro-batches than slots");
	test_same_bits("a large batch", &f.spec);
}

static void
test_refit(void)
{
	fixture f;
	outcome first;

	set_up_wide(&f);
	first = run(&f.spec, NULL);
	f.spec.initial = first.parameters;
	f.spec.validation.count = 0;
	test_same_bits("from given weights", &f.spec);
	drop(&first);
}

static void
test_finish(void)
{
	const disturbances early = {.finish_process = 1, .finish_at = 1};
	const disturbances late = {.finish_process = 2, .finish_at = 200};
	fixture f;
	outcome kept;

	set_up_wide(&f);
	f.spec.training.max_epochs = 100;
	f.spec.training.patience = 0;
	check(run_by_turns(&f.spec, 3, &early, NULL, &kept) == 3 && kept.status == LF_DONE &&
			  kept.progress.step == 0,
		  "one asks for the end before the first batch: all end there");
	drop(&kept);
	check(run_by_turns(&f.spec, 3, &late, NULL, &kept) == 3 && kept.status == LF_DONE &&
			  kept.progress.step > 0 && kept.progress.epoch < 100 && finite_parameters(&kept),
		  "one asks later: all end with the same weights, after %lld steps",
		  (long long) kept.progress.step);
	drop(&kept);
}

static void
test_divergence(void)
{
	const disturbances none = {0};
	fixture f;
	outcome alone;

	set_up_wide(&f);
	f.spec.training.loss.kind = LF_LOSS_MSE;
	f.spec.training.optimizer = LF_OPTIMIZER_SGD;
	f.spec.training.schedule = LF_SCHEDULE_CONSTANT;
	f.spec.training.learning_rate = 1e36;
	f.spec.training.gradient_clip = 0;
	alone = run(&f.spec, NULL);
	check(alone.status == LF_ERROR_DIVERGED && run_by_turns(&f.spec, 3, &none, &alone, NULL) == 3,
		  "divergence ends every trainer in the same step");
	drop(&alone);
}

static void
test_memory(void)
{
	fixture f;
	lf_trainer_spec shared;
	size_t alone = 0;
	size_t own = 0;
	size_t all = 0;
	size_t none = 0;
	lf_error error;

	set_up_wide(&f);
	check(lf_trainer_bytes(&f.spec, &alone, &error) == LF_OK &&
			  lf_trainer_shared_bytes(&f.spec, &none, &error) == LF_OK && none == 0,
		  "alone nothing is shared");
	shared = f.spec;
	shared.team.processes = 2;
	check(lf_trainer_bytes(&shared, &own, &error) == LF_OK && own < alone &&
			  lf_trainer_shared_bytes(&shared, &all, &error) == LF_OK && own + all > alone,
		  "a team's trainers need less each, and something together: %zu, %zu, alone %zu", own, all,
		  alone);
	f.spec.training.batch_size = INT32_MAX;
	f.spec.train.count = INT32_MAX;
	shared.training.batch_size = INT32_MAX;
	shared.train.count = INT32_MAX;
	check(lf_trainer_shared_bytes(&shared, &none, &error) == LF_OK && none < 6 * all,
		  "what is shared does not grow with the batch beyond its slots");
}

int
main(void)
{
	test_trainings();
	test_refit();
	test_finish();
	test_divergence();
	test_memory();
	return check_done();
}
