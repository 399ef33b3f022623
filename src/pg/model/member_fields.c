/*
 * member_fields.c
 *	  What the metadata says of any network: its layers, and how it was trained.
 */
#include "postgres.h"

#include "base/jsonio.h"
#include "model/member_fields.h"
#include "model/metadata_fields.h"

MemberLayers
member_read_layers(JsonbContainer *object)
{
	MemberLayers layers;

	layers.cell = (lf_cell_kind) field_word(object, "cell");
	layers.hidden_size = (int) field_integer(object, "hidden_size", 1, LF_MAX_HIDDEN);
	layers.num_layers = (int) field_integer(object, "num_layers", 1, LF_MAX_LAYERS);
	layers.bidirectional = field_boolean(object, "bidirectional");
	layers.dropout = field_number(object, "dropout");
	if (!(layers.dropout >= 0 && layers.dropout < 1))
		field_throw("dropout");
	return layers;
}

void
member_add_schedule(StringInfo json, const ModelSchedule *schedule)
{
	json_add_integer(json, "batch_size", schedule->batch_size);
	json_add_integer(json, "max_epochs", schedule->max_epochs);
	json_add_integer(json, "max_steps", schedule->max_steps);
	json_add_integer(json, "patience", schedule->patience);
	json_add_number(json, "learning_rate", schedule->learning_rate);
}

void
member_read_schedule(ModelSchedule *schedule, JsonbContainer *object)
{
	schedule->batch_size = (int) field_integer(object, "batch_size", 1, PG_INT32_MAX);
	schedule->max_epochs = (int) field_integer(object, "max_epochs", 1, PG_INT32_MAX);
	schedule->max_steps = field_integer(object, "max_steps", 0, PG_INT64_MAX);
	schedule->patience = (int) field_integer(object, "patience", 0, PG_INT32_MAX);
	schedule->learning_rate = field_number(object, "learning_rate");
}
