/*
 * test_stack_interrupt.c
 *	  Interrupts of the recurrent stack: on every table of kernels that this CPU can
 *	  run it stops, and begun again it gives the bits of a run that was left alone.
 */
#include <signal.h>
#include <sys/time.h>

#include "check.h"
#include "stack_fixture.h"

/* What comes out of a forward and a backward run, to compare bits. */
static lf_real *
copy_results(const fixture *f)
{
	const size_t states = f->B * f->stack.stride;
	const size_t inputs = f->T * f->B * f->shape.inputs;
	lf_real *copy = malloc((f->parameters + inputs + 2 * f->cells * states) * sizeof(lf_real));
	lf_real *end = copy;
	lf_states final;

	lf_tape_states(&f->tape, LF_STATES_FINAL, &final);
	end = (lf_real *) memcpy(end, f->gradient, f->parameters * sizeof(lf_real)) + f->parameters;
	end = (lf_real *) memcpy(end, f->d_x, inputs * sizeof(lf_real)) + inputs;
	for (int c = 0; c < f->cells; c++)
	{
		end = (lf_real *) memcpy(end, final.h[c], states * sizeof(lf_real)) + states;
		end = (lf_real *) memcpy(end, f->d_initial.h[c], states * sizeof(lf_real)) + states;
	}
	return copy;
}

static int asked;

static bool
never(void)
{
	asked++;
	return false;
}

static void
check_interrupt(const lf_kernels *kernels, lf_cell_kind kind)
{
	const lf_stack_shape shape = {kind, 3, 20, 2, 2, 0.25};
	const size_t count_states = 2 * 4 * 9;
	volatile sig_atomic_t flag = 0;
	const lf_interrupt_check ending = {.flag = &flag};
	const lf_interrupt_check passing = {.flag = &flag, .ends = never};
	const volatile sig_atomic_t unset = 0;
	const lf_interrupt_check other = {.flag = &unset, .other = &flag};
	lf_random random = lf_random_seed(9, 0);
	lf_random before = random;
	lf_real *expected;
	lf_real *again;
	size_t count;
	fixture f;

	fixture_create(&f, kernels, shape, 5, 9, LF_STATES_FINAL, true, true, 0);
	fixture_fill(&f);
	fixture_fill_states(&f, &f.coefficient, 1);
	fixture_pack(&f);
	count = f.parameters + 5 * 9 * 3 + count_states * f.stack.stride;
	fixture_forward(&f, &random, &ending);
	fixture_backward(&f, &ending);
	expected = copy_results(&f);

	random = before;
	flag = 1;
	check(fixture_forward(&f, &random, &ending) == LF_INTERRUPTED &&
			  memcmp(&random, &before, sizeof(random)) == 0,
		  "%s %s: forward sees the flag", kernels->name, kind_name[kind]);
	flag = 0;
	fixture_forward(&f, &random, &ending);
	flag = 1;
	check(fixture_backward(&f, &ending) == LF_INTERRUPTED, "%s %s: backward sees the flag",
		  kernels->name, kind_name[kind]);
	check(fixture_forward(&f, &random, &other) == LF_INTERRUPTED,
		  "%s %s: where there are two, the other flag is seen as well", kernels->name,
		  kind_name[kind]);
	flag = 0;
	random = before;
	check(fixture_forward(&f, &random, &other) == LF_OK, "%s %s: with neither set, work goes on",
		  kernels->name, kind_name[kind]);
	random = before;
	fixture_forward(&f, &random, &ending);
	fixture_backward(&f, &ending);
	again = copy_results(&f);
	check(memcmp(expected, again, count * sizeof(lf_real)) == 0,
		  "%s %s: begun again after an interrupt, the same bits", kernels->name, kind_name[kind]);
	free(again);

	/* what ends no work is asked about again and again */
	flag = 1;
	asked = 0;
	random = before;
	check(fixture_forward(&f, &random, &passing) == LF_OK &&
			  fixture_backward(&f, &passing) == LF_OK && asked > 0,
		  "%s %s: an interrupt that ends no work does not", kernels->name, kind_name[kind]);
	again = copy_results(&f);
	check(memcmp(expected, again, count * sizeof(lf_real)) == 0, "%s %s: and changes no bit",
		  kernels->name, kind_name[kind]);
	free(expected);
	free(again);
	fixture_free(&f);
}

static volatile sig_atomic_t alarm_flag;
static const lf_interrupt_check alarm_check = {.flag = &alarm_flag};

static void
raise_flag(int signal_number)
{
	(void) signal_number;
	alarm_flag = 1;
}

static void
flag_after(long microseconds)
{
	const struct itimerval timer = {.it_value.tv_usec = microseconds};

	alarm_flag = 0;
	setitimer(ITIMER_REAL, &timer, NULL);
}

/* The flag comes up in the middle of a run of tens of milliseconds on the slow table. */
static void
check_interrupt_midway(void)
{
	const lf_stack_shape shape = {LF_CELL_LSTM, 8, 64, 1, 1, 0};
	lf_status forward;
	lf_status backward;
	lf_real *expected;
	lf_real *again;
	size_t count;
	fixture f;

	fixture_create(&f, lf_kernels_named("plain"), shape, 96, 64, LF_STATES_FINAL, false, true, 0);
	fixture_fill(&f);
	fixture_fill_states(&f, &f.coefficient, 1);
	fixture_pack(&f);
	fixture_forward(&f, NULL, NULL);
	fixture_backward(&f, NULL);
	expected = copy_results(&f);
	count = f.parameters + 96 * 64 * 8 + 2 * 64 * f.stack.stride;

	signal(SIGALRM, raise_flag);
	flag_after(2000);
	forward = fixture_forward(&f, NULL, &alarm_check);
	check(forward == LF_INTERRUPTED, "forward stops midway");
	alarm_flag = 0;
	fixture_forward(&f, NULL, &alarm_check);
	flag_after(2000);
	backward = fixture_backward(&f, &alarm_check);
	check(backward == LF_INTERRUPTED, "backward stops midway");
	alarm_flag = 0;
	fixture_forward(&f, NULL, &alarm_check);
	fixture_backward(&f, &alarm_check);
	again = copy_results(&f);
	check(memcmp(expected, again, count * sizeof(lf_real)) == 0,
		  "begun again after both, the same bits");
	free(expected);
	free(again);
	fixture_free(&f);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(table_name) / sizeof(table_name[0]); i++)
	{
		const lf_kernels *kernels = lf_kernels_named(table_name[i]);

		if (kernels == NULL)
		{
			note("this CPU or build has no %s kernels", table_name[i]);
			continue;
		}
		for (int kind = LF_CELL_LSTM; kind <= LF_CELL_RNN; kind++)
			check_interrupt(kernels, (lf_cell_kind) kind);
	}
	check_interrupt_midway();
	return check_done();
}
