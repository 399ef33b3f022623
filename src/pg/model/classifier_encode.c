/*
 * classifier_encode.c
 *	  A model that tells classes to its bytes. What is written here classifier_decode.c reads.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "base/errors.h"
#include "base/jsonio.h"
#include "model/classifier_encode.h"
#include "model/file.h"
#include "model/file_write.h"
#include "model/format.h"
#include "model/member_fields.h"
#include "options/class_options.h"

lf_parameter_table *
classifier_table(const lf_classifier_config *network)
{
	lf_parameter_table *table = palloc(sizeof(lf_parameter_table));
	lf_error error;
	lf_status status = lf_classifier_table_build(network, table, &error);

	if (status != LF_OK)
		throw_core_error(status, &error);
	return table;
}

static void
append_classes(StringInfo json, const Classifier *classifier)
{
	json_append_key(json, "labels");
	json_append_texts(json, classifier->labels, classifier->class_count);
	json_append_key(json, "counts");
	appendStringInfoChar(json, '[');
	for (int i = 0; i < classifier->class_count; i++)
	{
		json_append_separator(json);
		appendStringInfo(json, INT64_FORMAT, classifier->counts[i]);
	}
	appendStringInfoChar(json, ']');
}

static void
append_members(StringInfo json, const Classifier *classifier)
{
	json_append_key(json, "members");
	appendStringInfoChar(json, '[');
	for (int i = 0; i < classifier->member_count; i++)
	{
		const ClassMember *member = &classifier->members[i];
		const lf_classifier_config *network = &member->network;

		json_append_separator(json);
		appendStringInfoChar(json, '{');
		json_add_text(json, "cell", options_word("cell", network->cell));
		json_add_integer(json, "hidden_size", network->hidden_size);
		json_add_integer(json, "num_layers", network->num_layers);
		json_add_boolean(json, "bidirectional", network->bidirectional);
		json_add_boolean(json, "differences", network->differences);
		json_add_number(json, "dropout", network->dropout);
		json_add_integer(json, "patch_length", network->patch_length);
		json_add_unsigned(json, "seed", member->seed);
		json_add_integer(json, "best_epoch", member->best_epoch);
		appendStringInfoChar(json, '}');
	}
	appendStringInfoChar(json, ']');
}

static void
append_errors(StringInfo json, const ClassErrors *errors)
{
	json_append_key(json, "errors");
	appendStringInfoChar(json, '{');
	json_add_integer(json, "answers", errors->answers);
	json_add_integer(json, "series", errors->series);
	json_add_boolean(json, "shared", errors->shared);
	json_add_number(json, "accuracy", errors->accuracy);
	json_add_number(json, "majority", errors->majority);
	json_add_number(json, "macro_f1", errors->macro_f1);
	json_add_number(json, "log_loss", errors->log_loss);
	json_add_number(json, "calibration", errors->calibration);
	appendStringInfoChar(json, '}');
}

static char *
write_metadata(const Classifier *classifier)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	json_add_text(&json, "extension", LSTM_FORECAST_VERSION);
	json_add_text(&json, "kernel", classifier->kernel);
	append_classes(&json, classifier);
	json_add_integer(&json, "channels", classifier->channels);
	json_append_key(&json, "names");
	json_append_texts(&json, classifier->names, classifier->channels);
	append_members(&json, classifier);
	member_add_schedule(&json, &classifier->schedule);
	json_add_number(&json, "temperature", classifier->temperature);
	json_add_boolean(&json, "has_times", classifier->has_times);
	json_add_integer(&json, "first_time", classifier->has_times ? classifier->first_time : 0);
	json_add_integer(&json, "last_time", classifier->has_times ? classifier->last_time : 0);
	json_add_integer(&json, "series", classifier->series);
	json_add_integer(&json, "unlabelled", classifier->unlabelled);
	json_add_integer(&json, "rows", classifier->rows);
	json_add_integer(&json, "longest", classifier->longest);
	json_add_integer(&json, "missing", classifier->missing);
	append_errors(&json, &classifier->errors);
	json_append_key(&json, "reasons");
	appendStringInfoString(&json, classifier->reasons);
	appendStringInfoChar(&json, '}');
	return json.data;
}

/* Where each part begins, from the start of the tensors' part. */
typedef struct Layout
{
	size_t scalers;
	size_t log;
	size_t *parameters; /* by member */
	size_t *counts;     /* of each */
} Layout;

static void
add_tensors(SafetensorsWriter *writer, const Classifier *classifier, Layout *layout)
{
	const int64 scalers[2] = {classifier->channels, CLASSIFIER_SCALER_FIELDS};
	const int64 log[2] = {classifier->log_count, MODEL_LOG_FIELDS};

	layout->scalers =
		safetensors_add_tensor(writer, MODEL_TENSOR_SCALERS, SAFETENSORS_F64, 2, scalers);
	layout->log = safetensors_add_tensor(writer, MODEL_TENSOR_LOG, SAFETENSORS_F64, 2, log);
	layout->parameters = palloc(sizeof(size_t) * classifier->member_count);
	layout->counts = palloc(sizeof(size_t) * classifier->member_count);
	for (int i = 0; i < classifier->member_count; i++)
	{
		lf_parameter_table *table = classifier_table(&classifier->members[i].network);

		layout->parameters[i] = writer->bytes;
		layout->counts[i] = table->total;
		file_add_parameters(writer, table, classifier->member_count, i, false);
		pfree(table);
	}
}

static void
put_tensors(char *data, const Classifier *classifier, const Layout *layout)
{
	char *scalers = data + layout->scalers;

	for (int c = 0; c < classifier->channels; c++)
	{
		const double fields[CLASSIFIER_SCALER_FIELDS] = {
			classifier->means[c], classifier->deviations[c], classifier->difference_scales[c]};

		file_put_doubles(&scalers, fields, CLASSIFIER_SCALER_FIELDS);
	}
	file_put_log(data + layout->log, classifier->log, classifier->log_count,
				 classifier->options.log_seconds);
	for (int i = 0; i < classifier->member_count; i++)
		file_put_parameters(data + layout->parameters[i], classifier->members[i].parameters,
							layout->counts[i], false);
}

bytea *
classifier_encode(const Classifier *classifier)
{
	TrainOptions kept = classifier->options;
	SafetensorsWriter writer;
	Layout layout;
	char *header;
	size_t header_length;
	char *data;
	bytea *file;

	/* as of a model that forecasts */
	kept.workers = OPTION_AUTO;
	safetensors_begin(&writer);
	file_add_metadata(&writer, options_to_jsonb_classes(&kept));
	safetensors_add_metadata(&writer, CLASSIFIER_METADATA, write_metadata(classifier));
	add_tensors(&writer, classifier, &layout);
	header = safetensors_end(&writer, &header_length);
	file = file_begin(SAFETENSORS_LENGTH_BYTES + header_length + writer.bytes, header,
					  header_length, &data);
	put_tensors(data, classifier, &layout);
	file_put_checksum(file);
	return file;
}
