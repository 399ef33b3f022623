/*
 * fuzz.h
 *	  Fuzzing the extension inside a backend: what the files of this folder share.
 */
#ifndef LSTM_FORECAST_FUZZ_H
#define LSTM_FORECAST_FUZZ_H

#include "postgres.h"
#include "nodes/memnodes.h"

/* One kind of input. */
typedef struct FuzzTarget
{
	const char *name;
	void (*begin)(void);                         /* before the first input; may be NULL */
	void (*run)(const uint8 *data, size_t size); /* what an input is fed to */
	size_t (*mutate)(uint8 *data, size_t size, size_t most, unsigned int seed); /* to a new size */
} FuzzTarget;

extern const FuzzTarget fuzz_target_model;
extern const FuzzTarget fuzz_target_options;

/*
 * Run a piece of the extension in a subtransaction, which is rolled back, and in memory of its
 * own. Returns whether it ended without an error. An internal error, or one for lack of memory,
 * is a finding: it aborts.
 */
extern bool fuzz_step(const char *name, void (*step)(void *), void *argument);

/* Report a finding that no sanitizer sees, and abort. */
extern void fuzz_finding(const char *format, ...) pg_attribute_printf(1, 2);

/*
 * A memory context whose chunks are blocks of the C library's, so that AddressSanitizer sees a byte
 * too far and a use after free, which it does not within the blocks of an AllocSet. The sources
 * are compiled with this in place of AllocSetContextCreateInternal. With servers that know no kinds
 * of contexts but their own (16 and newer) it is an AllocSet.
 */
extern MemoryContext fuzz_context_create(MemoryContext parent, const char *name, Size minimum,
										 Size initial, Size maximum);

/* Bytes in such contexts: the most there were since the last call of fuzz_memory_reset. */
extern Size fuzz_memory_peak(void);
extern void fuzz_memory_reset(void);

/* libFuzzer's own mutations, in place. */
extern size_t LLVMFuzzerMutate(uint8 *data, size_t size, size_t most);

/*
 * Replace a number or a word in text by another one. Returns the new length, at most `most`.
 * random: the state of the generator.
 */
extern size_t mutate_text(uint8 *text, size_t size, size_t most, uint64 *random);
extern uint64 mutate_random(uint64 *random, uint64 below);

/* Mutations of the bytes of a model, mostly of such a kind that its length and checksum are right.
 */
extern size_t mutate_model(uint8 *data, size_t size, size_t most, unsigned int seed);

#endif
