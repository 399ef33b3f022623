/*
 * vocabulary.c
 *	  The words of a column that holds categories, and the codes that rows have for them.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "rows/vocabulary.h"

#define FIRST_CAPACITY 16

/* A word of an open vocabulary. */
typedef struct CategoryEntry
{
	char *word;
	int code; /* words before it, as they came */
	int64 rows;
} CategoryEntry;

Vocabulary *
vocabulary_open(MemoryContext context, const char *column)
{
	Vocabulary *vocabulary = MemoryContextAllocZero(context, sizeof(Vocabulary));

	vocabulary->column = column;
	vocabulary->context = context;
	vocabulary->open = true;
	vocabulary->capacity = FIRST_CAPACITY;
	vocabulary->entries = MemoryContextAlloc(context, sizeof(CategoryEntry) * FIRST_CAPACITY);
	vocabulary->bytes = sizeof(CategoryEntry) * FIRST_CAPACITY;
	return vocabulary;
}

Vocabulary *
vocabulary_of_words(const char *column, char **words, int count)
{
	Vocabulary *vocabulary = palloc0(sizeof(Vocabulary));

	vocabulary->column = column;
	vocabulary->context = CurrentMemoryContext;
	vocabulary->count = count;
	vocabulary->words = words;
	return vocabulary;
}

static const char *
word_at(const Vocabulary *vocabulary, int place)
{
	return vocabulary->open ? vocabulary->entries[place].word : vocabulary->words[place];
}

/* The place of a word, by bisection; where it is not there, the place that it would have. */
static int
find_word(const Vocabulary *vocabulary, const char *word, bool *found)
{
	int low = 0;
	int high = vocabulary->count;

	*found = false;
	while (low < high && !*found)
	{
		int middle = low + (high - low) / 2;
		int order = strcmp(word, word_at(vocabulary, middle));

		*found = order == 0;
		if (order == 0)
			low = middle;
		else if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* Raise the error of a column that no vocabulary can hold. */
static void
check_room(const Vocabulary *vocabulary, size_t length)
{
	const char *hint = "Give a SELECT as the source, with a column of few different words, or a "
					   "number in its place.";

	if (length > LONGEST_CATEGORY)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("category in column \"%s\" is too long", vocabulary->column),
						errdetail("It has %zu bytes, and may have %d.", length, LONGEST_CATEGORY),
						errhint("%s", hint)));
	if (vocabulary->count >= MOST_CATEGORY_WORDS)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("column \"%s\" has too many categories", vocabulary->column),
						errdetail("There are more than %d different ones.", MOST_CATEGORY_WORDS),
						errhint("%s", hint)));
}

/* Insert a word at a place. */
static void
insert_word(Vocabulary *vocabulary, int place, const char *word)
{
	size_t length = strlen(word);
	CategoryEntry *entry;

	check_room(vocabulary, length);
	if (vocabulary->count == vocabulary->capacity)
	{
		vocabulary->bytes += sizeof(CategoryEntry) * (Size) vocabulary->capacity;
		vocabulary->capacity *= 2;
		vocabulary->entries =
			repalloc(vocabulary->entries, sizeof(CategoryEntry) * (Size) vocabulary->capacity);
	}
	entry = &vocabulary->entries[place];
	memmove(entry + 1, entry, sizeof(CategoryEntry) * (Size) (vocabulary->count - place));
	*entry = (CategoryEntry){.word = MemoryContextStrdup(vocabulary->context, word),
							 .code = vocabulary->count};
	vocabulary->bytes += GetMemoryChunkSpace(entry->word);
	vocabulary->count++;
}

/* The beginning of a word, for a message. */
static char *
shown(const char *word)
{
	int length = (int) Min(strlen(word), LONGEST_CATEGORY);

	return pnstrdup(word, pg_mbcliplen(word, length, 64));
}

float
vocabulary_code(Vocabulary *vocabulary, const char *word)
{
	bool found;
	int place = find_word(vocabulary, word, &found);

	if (!vocabulary->open)
	{
		if (!found && !vocabulary->noticed)
			ereport(NOTICE, (errmsg("category \"%s\" of column \"%s\" is new to the model",
									shown(word), vocabulary->column),
							 errdetail("It counts as \"other\", as all that it was not trained on "
									   "do.")));
		vocabulary->noticed |= !found;
		return (float) (found ? place : vocabulary->count);
	}
	if (!found)
		insert_word(vocabulary, place, word);
	vocabulary->entries[place].rows++;
	return (float) vocabulary->entries[place].code;
}

/* Those of most rows first; of as many, bytewise. */
static int
compare_entries(const void *a, const void *b)
{
	const CategoryEntry *first = a;
	const CategoryEntry *second = b;

	if (first->rows != second->rows)
		return first->rows < second->rows ? 1 : -1;
	return strcmp(first->word, second->word);
}

static int
compare_words(const void *a, const void *b)
{
	return strcmp(((const CategoryEntry *) a)->word, ((const CategoryEntry *) b)->word);
}

/* Say that there are so many words that the rarest are not told apart. */
static void
notice_rare(const Vocabulary *vocabulary)
{
	int64 rows = 0;
	int64 rare = 0;

	for (int i = 0; i < vocabulary->count; i++)
	{
		rows += vocabulary->entries[i].rows;
		rare += i < MOST_CATEGORIES ? 0 : vocabulary->entries[i].rows;
	}
	ereport(NOTICE,
			(errmsg("column \"%s\" has %d categories, of which the %d most frequent are told apart",
					vocabulary->column, vocabulary->count, MOST_CATEGORIES),
			 errdetail("The others count as \"other\", in %lld of %lld rows.", (long long) rare,
					   (long long) rows),
			 errhint("If it holds numbers as text, give a SELECT with %s::float8 as the source.",
					 quote_identifier(vocabulary->column))));
}

float *
vocabulary_close(Vocabulary *vocabulary)
{
	CategoryEntry *entries = vocabulary->entries;
	int kept = Min(vocabulary->count, MOST_CATEGORIES);
	float *codes = palloc(sizeof(float) * (Size) Max(vocabulary->count, 1));

	qsort(entries, vocabulary->count, sizeof(CategoryEntry), compare_entries);
	if (kept < vocabulary->count)
		notice_rare(vocabulary);
	qsort(entries, kept, sizeof(CategoryEntry), compare_words);
	vocabulary->words = MemoryContextAlloc(vocabulary->context, sizeof(char *) * Max(kept, 1));
	for (int i = 0; i < vocabulary->count; i++)
	{
		codes[entries[i].code] = (float) Min(i, kept);
		if (i < kept)
			vocabulary->words[i] = entries[i].word;
	}
	if (vocabulary->count == 1)
		ereport(NOTICE,
				(errmsg("column \"%s\" has the same category in all rows", vocabulary->column),
				 errdetail("Nothing can be learned from it.")));
	vocabulary->count = kept;
	vocabulary->open = false;
	vocabulary->entries = NULL;
	pfree(entries);
	return codes;
}

Size
vocabularies_bytes(Vocabulary *const *categories, int count)
{
	Size bytes = 0;

	for (int i = 0; categories != NULL && i < count; i++)
	{
		bytes += 1;
		for (int k = 0; is_category(categories, i) && k < categories[i]->count; k++)
			bytes += strlen(categories[i]->words[k]) + 1;
	}
	return bytes;
}

/* A byte that says how many words there are, 0 of a number; then the words, each with its end. */
void
vocabularies_write(Vocabulary *const *categories, int count, char *bytes)
{
	for (int i = 0; i < count; i++)
	{
		int words = is_category(categories, i) ? categories[i]->count : 0;

		*bytes++ = (char) words;
		for (int k = 0; k < words; k++)
			bytes = stpcpy(bytes, categories[i]->words[k]) + 1;
	}
}

Vocabulary **
vocabularies_read(char *bytes, char *const *names, int count)
{
	Vocabulary **categories = palloc0(sizeof(Vocabulary *) * Max(count, 1));

	for (int i = 0; i < count; i++)
	{
		int words = *bytes++;
		char **list = palloc(sizeof(char *) * Max(words, 1));

		for (int k = 0; k < words; k++)
		{
			list[k] = bytes;
			bytes += strlen(bytes) + 1;
		}
		if (words > 0)
			categories[i] = vocabulary_of_words(names[i], list, words);
	}
	return categories;
}
