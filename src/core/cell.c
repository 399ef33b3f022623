/*
 * cell.c
 *	  Finds what differs between cells.
 */
#include "cell.h"

const lf_cell_traits *
lf_cell_get_traits(lf_cell_kind kind)
{
	static const lf_cell_traits *const traits[] = {
		[LF_CELL_LSTM] = &lf_lstm_traits,
		[LF_CELL_GRU] = &lf_gru_traits,
		[LF_CELL_RNN] = &lf_rnn_traits,
	};

	return traits[kind];
}
