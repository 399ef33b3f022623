/*
 * source_text.c
 *	  The text that names a source: a table, or one SELECT.
 */
#include "postgres.h"

#include <ctype.h>

#include "catalog/namespace.h"
#include "nodes/value.h"
#include "parser/parser.h"
#include "parser/scansup.h"
#include "utils/builtins.h"
#include "utils/varlena.h"

#include "base/compat.h"
#include "rows/source_text.h"

/* PostgreSQL parses without a look at interrupts, and the text is parsed and copied several times.
 */
#define LONGEST_SOURCE (16 * 1024 * 1024)

/* Past a comment, which may hold others; at its end where it has none. */
static const char *
skip_comment(const char *text)
{
	int depth = 0;

	do
	{
		if (text[0] == '/' && text[1] == '*')
			depth++;
		else if (text[0] == '*' && text[1] == '/')
			depth--;
		else
		{
			text += *text != '\0';
			continue;
		}
		text += 2;
	} while (depth > 0 && *text != '\0');
	return text;
}

/* Past white space, comments and opening parentheses. */
static const char *
skip_to_word(const char *text)
{
	for (;;)
	{
		if (scanner_isspace(*text) || *text == '(')
			text++;
		else if (text[0] == '-' && text[1] == '-')
			text += strcspn(text, "\n");
		else if (text[0] == '/' && text[1] == '*')
			text = skip_comment(text);
		else
			return text;
	}
}

/* Can a character go on a word, in SQL? */
static bool
is_word_character(char c)
{
	return isalnum((unsigned char) c) || c == '_' || c == '$' || IS_HIGHBIT_SET(c);
}

/* Does the text's first word equal this one? */
static bool
begins_with_word(const char *text, const char *word)
{
	Size length = strlen(word);

	text = skip_to_word(text);
	return pg_strncasecmp(text, word, length) == 0 && !is_word_character(text[length]);
}

pg_noreturn static void
throw_invalid_source(const char *source, const char *detail)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("invalid source \"%s\"", source), errdetail("%s", detail),
					errhint("Give a table's name, quoted as in SQL where it needs quotes, or "
							"the text of one SELECT.")));
}

/* The relation's name, checked to exist and quoted anew, so that nothing else can hide in it. */
static const char *
quoted_relation(const char *source, List *parts)
{
	List *names = NIL;
	RangeVar *relation;
	ListCell *cell;

	foreach (cell, parts)
		names = lappend(names, makeString(lfirst(cell)));
	relation = makeRangeVarFromNameList(names);
	if (!OidIsValid(RangeVarGetRelid(relation, NoLock, true)))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE), errmsg("relation \"%s\" does not exist", source),
				 errhint("Check the name and the search path; a name with capital letters or "
						 "other special characters needs double quotes.")));
	return quote_qualified_identifier(relation->schemaname, relation->relname);
}

/*
 * The text of one SELECT without the semicolon that may end it. It must be one by itself, or
 * wrapping it in parentheses would change its meaning.
 */
static const char *
query_text(const char *source)
{
	List *statements = raw_parser(source, RAW_PARSE_DEFAULT);
	RawStmt *raw = list_length(statements) == 1 ? linitial_node(RawStmt, statements) : NULL;
	Node *statement = raw != NULL ? raw->stmt : NULL;

	if (statement == NULL || !IsA(statement, SelectStmt) ||
		((SelectStmt *) statement)->intoClause != NULL)
		throw_invalid_source(source, "It is not one SELECT.");
	if (raw->stmt_len == 0)
		return source;
	return pnstrdup(source + raw->stmt_location, raw->stmt_len);
}

/* A copy of the text without white space and semicolons at its end. */
static char *
without_semicolon(const char *source)
{
	size_t length = strlen(source);

	while (length > 0 && (scanner_isspace(source[length - 1]) || source[length - 1] == ';'))
		length--;
	return pnstrdup(source, length);
}

void
source_check_length(const char *source)
{
	size_t length = strlen(source);

	if (length > LONGEST_SOURCE)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("source is too long"),
						errdetail("It has %zu bytes, and may have %d.", length, LONGEST_SOURCE),
						errhint("Put the rows into a table, or the query into a view.")));
}

const char *
source_relation(const char *source)
{
	List *parts = NIL;

	if (SplitIdentifierString(without_semicolon(source), '.', &parts) && list_length(parts) >= 1 &&
		list_length(parts) <= 3)
		return quoted_relation(source, parts);
	if (!begins_with_word(source, "select") && !begins_with_word(source, "with") &&
		!begins_with_word(source, "values") && !begins_with_word(source, "table"))
		throw_invalid_source(source, "It is neither the name of a table nor a SELECT.");

	/* the line break ends a comment that the text may end with */
	return psprintf("(%s\n)", query_text(source));
}
