/*
 * classifier_decode.c
 *	  Bytes to a model that tells classes.
 *
 * As decode.c: the file is whole and its header parsed; every number is checked against what it
 * must agree with before memory is taken for it.
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "storage/shmem.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "core/temperature.h"
#include "base/interrupts.h"
#include "base/jsonio.h"
#include "base/memory.h"
#include "model/classifier_decode.h"
#include "model/file.h"
#include "model/format.h"
#include "model/member_fields.h"
#include "model/metadata_fields.h"
#include "model/tensors.h"
#include "options/class_options.h"

/* Labels, which are all different and in order: what comes out of a network goes by that. */
static void
read_classes(Classifier *classifier, JsonbContainer *object)
{
	JsonbIterator *iterator;
	int count = (int) field_array(object, "labels", 2, LF_MAX_CLASSES, &iterator);

	classifier->class_count = count;
	classifier->labels = field_texts(object, "labels", count);
	classifier->counts = palloc(sizeof(int64) * count);
	for (int i = 1; i < count; i++)
		if (strcmp(classifier->labels[i - 1], classifier->labels[i]) >= 0)
			field_throw("labels");
	(void) field_array(object, "counts", count, count, &iterator);
	for (int i = 0; i < count; i++)
	{
		JsonbValue element = next_element(&iterator);

		if (!json_value_int64(&element, &classifier->counts[i]) || classifier->counts[i] < 0)
			field_throw("counts");
	}
}

static void
read_member(const Classifier *classifier, ClassMember *member, JsonbContainer *object)
{
	const MemberLayers layers = member_read_layers(object);

	member->network = (lf_classifier_config){
		.cell = layers.cell,
		.hidden_size = layers.hidden_size,
		.num_layers = layers.num_layers,
		.bidirectional = layers.bidirectional,
		.dropout = layers.dropout,
		.channels = classifier->channels,
		.differences = field_boolean(object, "differences"),
		.classes = classifier->class_count,
		.supervision = (lf_supervision_kind) classifier->options.supervision,
		.patch_length = (int) field_integer(object, "patch_length", 1, LF_MAX_LOOKBACK),
	};
	member->seed = field_unsigned(object, "seed");
	member->best_epoch = (int) field_integer(object, "best_epoch", 0, PG_INT32_MAX);
}

static void
read_members(Classifier *classifier, JsonbContainer *object)
{
	JsonbIterator *iterator;

	classifier->member_count =
		(int) field_array(object, "members", 1, OPTION_MOST_MEMBERS, &iterator);
	classifier->members = palloc0(sizeof(ClassMember) * classifier->member_count);
	for (int i = 0; i < classifier->member_count; i++)
	{
		JsonbValue element = next_element(&iterator);

		read_member(classifier, &classifier->members[i], element_object(&element, "members"));
	}
}

static void
read_times(Classifier *classifier, JsonbContainer *object)
{
	classifier->has_times = field_boolean(object, "has_times");
	classifier->first_time = field_integer(object, "first_time", MIN_TIMESTAMP, END_TIMESTAMP - 1);
	classifier->last_time =
		field_integer(object, "last_time", classifier->first_time, END_TIMESTAMP - 1);
}

/* A share of 1, or NaN for null. */
static double
read_share(JsonbContainer *object, const char *key)
{
	double share = field_number(object, key);

	if (share < 0 || share > 1)
		field_throw(key);
	return share;
}

static void
read_errors(ClassErrors *errors, JsonbContainer *object)
{
	errors->answers = field_integer(object, "answers", 0, PG_INT64_MAX);
	errors->series = field_integer(object, "series", 0, PG_INT64_MAX);
	errors->shared = field_boolean(object, "shared");
	errors->accuracy = read_share(object, "accuracy");
	errors->majority = read_share(object, "majority");
	errors->macro_f1 = read_share(object, "macro_f1");
	errors->log_loss = field_number(object, "log_loss");
	errors->calibration = read_share(object, "calibration");
	if (errors->log_loss < 0)
		field_throw("log_loss");
}

static void
read_metadata(Classifier *classifier, Jsonb *json)
{
	JsonbContainer *object = &json->root;

	if (!JB_ROOT_IS_OBJECT(json))
		model_throw_invalid("Its metadata is not a JSON object.");
	classifier->extension = field_text(object, "extension");
	classifier->kernel = field_text(object, "kernel");
	read_classes(classifier, object);
	classifier->channels = (int) field_integer(object, "channels", 1, LF_MAX_CHANNELS);
	classifier->names = field_texts(object, "names", classifier->channels);
	read_members(classifier, object);
	member_read_schedule(&classifier->schedule, object);
	classifier->temperature = field_number(object, "temperature");
	if (!(classifier->temperature >= LF_LEAST_TEMPERATURE &&
		  classifier->temperature <= LF_MOST_TEMPERATURE))
		field_throw("temperature");
	read_times(classifier, object);
	classifier->series = field_integer(object, "series", 1, PG_INT64_MAX);
	classifier->unlabelled = field_integer(object, "unlabelled", 0, PG_INT64_MAX);
	classifier->rows = field_integer(object, "rows", 1, PG_INT64_MAX);
	classifier->longest = field_integer(object, "longest", 1, classifier->rows);
	classifier->missing = field_integer(object, "missing", 0, PG_INT64_MAX);
	read_errors(&classifier->errors, field_object(object, "errors"));
	classifier->reasons = field_reasons(object);
}

static void
read_scalers(Classifier *classifier, const SafetensorsFile *file)
{
	const int64 shape[2] = {classifier->channels, CLASSIFIER_SCALER_FIELDS};
	const SafetensorsTensor *tensor =
		tensor_expected(file, MODEL_TENSOR_SCALERS, SAFETENSORS_F64, 2, shape);

	classifier->means = palloc(sizeof(double) * classifier->channels);
	classifier->deviations = palloc(sizeof(double) * classifier->channels);
	classifier->difference_scales = palloc(sizeof(float) * classifier->channels);
	for (int c = 0; c < classifier->channels; c++)
	{
		double fields[CLASSIFIER_SCALER_FIELDS];

		tensor_doubles(file, tensor, (size_t) c * CLASSIFIER_SCALER_FIELDS, fields,
					   CLASSIFIER_SCALER_FIELDS);
		if (!isfinite(fields[0]) || !isfinite(fields[1]) || !(fields[1] > 0) ||
			!(fields[2] > 0 && fields[2] <= FLT_MAX))
			model_throw_invalid("Its scalers are not finite, or not positive.");
		classifier->means[c] = fields[0];
		classifier->deviations[c] = fields[1];
		classifier->difference_scales[c] = (float) fields[2];
	}
}

/* The networks' weights; returns how many tensors they are. */
static int
read_parameters(Classifier *classifier, const SafetensorsFile *file)
{
	int tensors = 0;

	for (int i = 0; i < classifier->member_count; i++)
	{
		lf_parameter_table *table = palloc(sizeof(lf_parameter_table));
		lf_error error;

		check_interrupts();
		if (lf_classifier_table_build(&classifier->members[i].network, table, &error) != LF_OK)
			model_throw_invalid("Its network is impossible: %s.", error.message);
		file_parameters(file, table, classifier->member_count, i,
						&classifier->members[i].parameters);
		tensors += table->count;
		pfree(table);
	}
	return tensors;
}

Classifier *
classifier_read(const SafetensorsFile *file, Size file_bytes, MemoryContext scratch)
{
	Classifier *classifier = palloc0(sizeof(Classifier));
	int tensors = 2; /* scalers and log */

	/* the tensors are copied, halves to floats */
	check_model_memory(add_size(MemoryContextMemAllocated(scratch, true), mul_size(file_bytes, 3)));
	file_options(&classifier->options, file, options_parse_classes, scratch);
	read_metadata(classifier, file_metadata(file, CLASSIFIER_METADATA, scratch));
	read_scalers(classifier, file);
	classifier->log = file_log(file, classifier->member_count, &classifier->log_count);
	tensors += read_parameters(classifier, file);
	if (tensors != file->count)
		model_throw_invalid("It has tensors that no model has.");
	return classifier;
}
