/*
 * pieces.h
 *	  Series as the sequences that networks read.
 *
 * A series with one label is one sequence. One with a label a row is one, too, unless it is long:
 * then it is read in pieces that overlap, and what a piece reads before (and behind, where networks
 * read in both directions) its own rows is there for them alone. Where what was trained and what is
 * asked for are cut alike, a row's answer does not depend on how much of its series is given
 * behind.
 */
#ifndef LSTM_FORECAST_PIECES_H
#define LSTM_FORECAST_PIECES_H

#include "postgres.h"

#include "core/classifier.h"
#include "classes/class_series.h"

#define LONGEST_WHOLE 1000 /* rows of a series with a label a row that is read at once */
#define PIECE_ROWS 500     /* own rows of a piece */
#define PIECE_BESIDE 250   /* rows that it reads on a side of them */

/* Rows of a series: [first, first + own) are a piece's own, and it reads `before` more of them. */
typedef struct Piece
{
	int64 series;
	int64 first;
	int own;
	int before;
	int after;
} Piece;

typedef struct Pieces
{
	int64 count;
	Piece *piece; /* (count) in the order of series and rows */
	int longest;  /* rows that one reads */
} Pieces;

/*
 * The pieces of all series, or with `labelled` of those that have a label. rows: a label is of a
 * row. In CurrentMemoryContext; counted in the data's account.
 */
extern Pieces pieces_cut(ClassData *data, bool rows, bool both_directions, bool labelled);

/* A piece as the core reads it; labels: its own, or NULL. */
extern lf_sequence piece_sequence(const ClassData *data, const Piece *piece, const int32 *labels);

#endif
