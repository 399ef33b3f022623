/*
 * pieces.c
 *	  Series as the sequences that networks read.
 */
#include "postgres.h"

#include "storage/shmem.h"

#include "base/interrupts.h"
#include "classes/pieces.h"

/* Has a series any label? */
static bool
is_labelled(const ClassSeries *series, bool rows)
{
	if (!rows)
		return series->one != LF_UNLABELLED;
	for (int64 i = 0; i < series->length; i++)
		if (series->classes[i] != LF_UNLABELLED)
			return true;
	return false;
}

/* Pieces that a series is cut into. */
static int64
piece_count(const ClassSeries *series, bool rows)
{
	if (!rows || series->length <= LONGEST_WHOLE)
		return 1;
	return (series->length + PIECE_ROWS - 1) / PIECE_ROWS;
}

static Piece
cut_piece(const ClassSeries *series, int64 number, int64 i, int64 count, bool both_directions)
{
	Piece piece = {.series = number, .first = i * PIECE_ROWS, .own = PIECE_ROWS};

	if (count == 1)
		return (Piece){.series = number, .own = (int) series->length};
	piece.own = (int) Min(PIECE_ROWS, series->length - piece.first);
	piece.before = (int) Min(PIECE_BESIDE, piece.first);
	if (both_directions)
		piece.after = (int) Min(PIECE_BESIDE, series->length - piece.first - piece.own);
	return piece;
}

Pieces
pieces_cut(ClassData *data, bool rows, bool both_directions, bool labelled)
{
	Pieces pieces = {0};

	for (int64 s = 0; s < data->count; s++)
		pieces.count += piece_count(&data->series[s], rows);
	account_take(&data->account, mul_size(sizeof(Piece), pieces.count));
	pieces.piece = huge_array(pieces.count, 1, sizeof(Piece));
	pieces.count = 0;
	for (int64 s = 0; s < data->count; s++)
	{
		const ClassSeries *series = &data->series[s];
		int64 count = piece_count(series, rows);

		check_interrupts();
		if (labelled && !is_labelled(series, rows))
			continue;
		for (int64 i = 0; i < count; i++)
		{
			Piece piece = cut_piece(series, s, i, count, both_directions);

			pieces.piece[pieces.count++] = piece;
			pieces.longest = Max(pieces.longest, piece.before + piece.own + piece.after);
		}
	}
	return pieces;
}

lf_sequence
piece_sequence(const ClassData *data, const Piece *piece, const int32 *labels)
{
	const ClassSeries *series = &data->series[piece->series];

	return (lf_sequence){.length = piece->before + piece->own + piece->after,
						 .values = series->values + (piece->first - piece->before) * data->channels,
						 .labels = labels};
}
