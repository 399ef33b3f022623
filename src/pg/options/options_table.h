/*
 * options_table.h
 *	  The table of training options, for the files that parse, list and build options.
 */
#ifndef LSTM_FORECAST_OPTIONS_TABLE_H
#define LSTM_FORECAST_OPTIONS_TABLE_H

#include "postgres.h"

#include "base/compat.h"
#include "options/options.h"

typedef enum OptionType
{
	OPTION_INTEGER, /* int */
	OPTION_BIGINT,  /* int64, of any value */
	OPTION_FLOAT,   /* double */
	OPTION_BOOLEAN, /* bool */
	OPTION_SWITCH,  /* int: 0, 1 or OPTION_AUTO */
	OPTION_CHOICE,  /* int: the place of a word in choices, or OPTION_AUTO */
	OPTION_TEXT,    /* char *, NULL where unset */
	OPTION_NUMBERS, /* double *, ascending, all different; how many is at count_offset */
	OPTION_OBJECTS, /* Jsonb *, an array of objects of options; NULL where unset */
	OPTION_WEIGHTS  /* char *, a word of choices, or an object of weights as JSON; NULL: unset */
} OptionType;

typedef struct OptionDescriptor
{
	const char *name;
	OptionType type;
	size_t offset;     /* in TrainOptions */
	bool networks;     /* says what the networks are, or how they are trained */
	bool member;       /* of one of them: may stand in an object of "members" */
	bool kept;         /* what a model is: its fine-tuning changes nothing about it */
	bool classes;      /* is one of lstm_train_classes */
	bool only_classes; /* ... and of nothing else */

	/*
	 * "auto" or "none" where the option may be left open, and then is by
	 * default; else NULL, and initial is the default.
	 */
	const char *unset;
	double initial;

	/* OPTION_NUMBERS: where their count is in TrainOptions, and the default. */
	size_t count_offset;
	const double *initial_numbers;
	int initial_count;

	/* The range of OPTION_INTEGER, OPTION_FLOAT and each of OPTION_NUMBERS; exclusive bounds are
	 * not in it. */
	double minimum;
	double maximum;
	bool exclusive_minimum;
	bool exclusive_maximum;

	/* OPTION_FLOAT: the infinity that it may also be, in JSON the word "none"; 0: neither. */
	double endless;

	const char *const *choices; /* OPTION_CHOICE and OPTION_WEIGHTS: words, NULL at the end */
	int most;                   /* OPTION_NUMBERS, _OBJECTS and _WEIGHTS: elements, from 1;
								   OPTION_TEXT: bytes, 0 for few */
	bool (*accepts)(const char *text); /* OPTION_TEXT: is it one? NULL: any is */
	const char *allowed; /* what it takes, for people, where the range does not say it */
	const char *description;
} OptionDescriptor;

/* In the order of lstm_options' arguments. */
extern const OptionDescriptor option_table[];
extern const int option_count;

/* The descriptor of that name (length bytes, not terminated), or NULL. */
extern const OptionDescriptor *option_find(const char *name, int length);

/* A choice's value by its word in any case, or -1. */
extern int option_choice(const OptionDescriptor *option, const char *word, int length);

/* The SQL type of the argument: "integer", "double precision[]", "jsonb", ... */
extern const char *option_type_name(const OptionDescriptor *option);

/* The word in JSON for an option's infinity. */
#define OPTION_ENDLESS_WORD "none"

/* "auto, or 1 to 10000", "lstm, gru, rnn", ...: for messages and lstm_option_info. */
extern char *option_allowed_text(const OptionDescriptor *option);

/* The value in options as JSON text. */
extern void option_append_json(StringInfo json, const OptionDescriptor *option,
							   const TrainOptions *options);

/* Does the value leave the option open: null, or the word for it? */
extern bool option_is_unset(const OptionDescriptor *option, const JsonbValue *value);

/* The next field of an object; false after the last one. */
extern bool options_next_field(JsonbIterator **iterator, JsonbValue *key, JsonbValue *value);

/* Raise 22023 where a value is not one of the option's. */
extern void option_check(const OptionDescriptor *option, Jsonb *json);

/* Bytes of a wrong value that a message shows. */
#define OPTION_SHOWN_VALUE 64

/*
 * 22023: this value (as people would read it, shown in part if long) is not one of the option's.
 * hint: NULL for the usual one.
 */
pg_noreturn extern void option_throw_invalid(const OptionDescriptor *option, const char *value,
											 const char *hint);

#endif
