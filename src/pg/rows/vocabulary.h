/*
 * vocabulary.h
 *	  The words of a column that holds categories, and the codes that rows have for them.
 *
 * Rows hold a code as they hold a number. While rows are read to learn from, a vocabulary is open:
 * new words get new codes. It is closed when all are read, and then its words stand bytewise, and
 * the code of a word is its place. All other words together are "other", whose code is the number
 * of words.
 */
#ifndef LSTM_FORECAST_VOCABULARY_H
#define LSTM_FORECAST_VOCABULARY_H

#include "postgres.h"

#define MOST_CATEGORIES 50        /* that a column has besides "other" */
#define LONGEST_CATEGORY 1000     /* bytes */
#define MOST_CATEGORY_WORDS 10000 /* that a column may hold, to learn from */

struct CategoryEntry;

typedef struct Vocabulary
{
	const char *column;
	MemoryContext context; /* of the words */
	Size bytes;            /* that they take */
	bool open;
	int count;
	char **words;                  /* (count) bytewise; NULL while it is open */
	struct CategoryEntry *entries; /* (capacity) of which count, bytewise, while it is open */
	int capacity;
	bool noticed; /* it has told of a word that it does not know */
} Vocabulary;

/* An open one without words, in that memory. column: its name, which must live as long. */
extern Vocabulary *vocabulary_open(MemoryContext context, const char *column);

/* A closed one of words that stand bytewise, in CurrentMemoryContext; they must live as long. */
extern Vocabulary *vocabulary_of_words(const char *column, char **words, int count);

/*
 * The code of a word in one more row. An open vocabulary takes new words, up to
 * MOST_CATEGORY_WORDS, more raise 54000, and so do words of more than LONGEST_CATEGORY bytes. In a
 * closed one a word that it does not have is "other", of which one NOTICE tells.
 */
extern float vocabulary_code(Vocabulary *vocabulary, const char *word);

/*
 * Close it: of more than MOST_CATEGORIES words those in the fewest rows become "other", and a
 * NOTICE says so. Gives the new code of each code of before, in CurrentMemoryContext.
 */
extern float *vocabulary_close(Vocabulary *vocabulary);

/*
 * The closed vocabularies of `count` covariates as bytes, 0 where there are none, and back again,
 * in CurrentMemoryContext; their words stay where the bytes are. names: of the columns.
 */
extern Size vocabularies_bytes(Vocabulary *const *categories, int count);
extern void vocabularies_write(Vocabulary *const *categories, int count, char *bytes);
extern Vocabulary **vocabularies_read(char *bytes, char *const *names, int count);

/* Is covariate number i of a list of them a category? categories: NULL where all are numbers. */
static inline bool
is_category(Vocabulary *const *categories, int i)
{
	return categories != NULL && categories[i] != NULL;
}

#endif
