/*
 * metadata_read.c
 *	  A model's metadata from JSON. Nothing in it is believed before it is checked.
 */
#include "postgres.h"

#include <math.h>

#include "datatype/timestamp.h"

#include "core/loss.h"
#include "base/interrupts.h"
#include "base/jsonio.h"
#include "time/calendar.h"
#include "time/fiscal.h"
#include "time/month_rule.h"
#include "time/open_times.h"
#include "time/wall_clock.h"
#include "options/options_table.h"
#include "model/format.h"
#include "model/holidays.h"
#include "model/covariates.h"
#include "model/member_fields.h"
#include "model/metadata.h"
#include "model/metadata_fields.h"
#include "model/pretrained.h"

#define MOST_ZONES 16 /* that the series of a model may have */

/* Periods of at least two steps, each longer than the one before. */
static void
read_seasons(Seasons *seasons, JsonbContainer *object)
{
	JsonbIterator *iterator;
	int64 least = 2;

	seasons->count = (int) field_array(object, "seasons", 0, SEASONS_KEPT, &iterator);
	for (int i = 0; i < seasons->count; i++)
	{
		JsonbValue element = next_element(&iterator);
		int64 period;

		if (!json_value_int64(&element, &period) || period < least || period > LF_MAX_LOOKBACK)
			field_throw("seasons");
		seasons->periods[i] = (int) period;
		least = period + 1;
	}
}

static FrequencyKind
read_kind(JsonbContainer *object)
{
	const char *word = field_text(object, "kind");

	for (int i = 0; i < MODEL_FREQUENCY_WORDS; i++)
		if (strcmp(word, model_frequency_words[i]) == 0)
			return (FrequencyKind) i;
	field_throw("kind");
}

/* The zones of a model's series so far. */
typedef struct ModelZones
{
	int count;
	char names[MOST_ZONES][sizeof(((Frequency *) 0)->zone)];
} ModelZones;

/*
 * Is it a zone that PostgreSQL knows, and one of few? It keeps what it is asked for as long as
 * the session lives. The series of a panel mostly share one.
 */
static bool
take_zone(ModelZones *zones, const char *zone)
{
	for (int i = 0; i < zones->count; i++)
		if (strcmp(zone, zones->names[i]) == 0)
			return true;
	if (zones->count == MOST_ZONES || !calendar_zone_exists(zone))
		return false;
	strlcpy(zones->names[zones->count++], zone, sizeof(zones->names[0]));
	return true;
}

/* Less than half a step, and half a day: no time is near two steps. */
static int64
most_tolerance(const Frequency *frequency)
{
	switch (frequency->kind)
	{
		case FREQUENCY_NONE:
		case FREQUENCY_LISTED:
		case FREQUENCY_IRREGULAR:
			return 0;
		case FREQUENCY_FIXED:
		case FREQUENCY_OPEN:
			return (Min(frequency->count, USECS_PER_DAY) - 1) / 2;
		case FREQUENCY_DAYS:
		case FREQUENCY_BUSINESS_DAYS:
		case FREQUENCY_MONTHS:
		case FREQUENCY_FISCAL:
			break;
	}
	return (USECS_PER_DAY - 1) / 2;
}

/* Periods of fiscal years, as the model writes them. */
static void
read_fiscal(FiscalYear *year, JsonbContainer *object)
{
	double numbers[MODEL_FISCAL_FIELDS];

	(void) field_numbers(object, "fiscal", MODEL_FISCAL_FIELDS, MODEL_FISCAL_FIELDS, numbers);
	for (int i = 0; i < MODEL_FISCAL_FIELDS; i++)
		if (fabs(numbers[i]) > QUARTER_DAYS || rint(numbers[i]) != numbers[i])
			field_throw("fiscal");
	*year = (FiscalYear){.five = (int) numbers[0],
						 .phase = (int) numbers[1],
						 .month = (int) numbers[2],
						 .day = (int) numbers[3]};
	if (!fiscal_valid(year))
		field_throw("fiscal");
}

/* What series of one frequency may have of their own. */
static void
read_anchors(Frequency *frequency, ModelZones *zones, JsonbContainer *object)
{
	JsonbValue time_of_day = field_value(object, "time_of_day");
	int64 latest = frequency->kind == FREQUENCY_OPEN ? frequency->count : USECS_PER_DAY;
	const char *zone = field_text(object, "zone");

	frequency->month_end = field_boolean(object, "month_end");
	frequency->month_day = (int) field_integer(object, "month_day", 0, 31);
	frequency->month_weekday = (int) field_integer(object, "month_weekday", 0, MONTH_BUSINESS_DAY);
	frequency->month_nth =
		(int) field_integer(object, "month_nth", -MONTH_MOST_NTH, MONTH_MOST_NTH);
	frequency->month_any = field_boolean(object, "month_any");
	if (!month_rule_valid(frequency))
		field_throw("month_nth");
	frequency->tolerance = field_integer(object, "tolerance", 0, most_tolerance(frequency));
	frequency->has_time = time_of_day.type != jbvNull;
	if (frequency->has_time)
		frequency->time_of_day = field_integer(object, "time_of_day", 0, latest - 1);
	if (strlen(zone) >= sizeof(frequency->zone))
		field_throw("zone");
	if (frequency->kind != FREQUENCY_NONE && !take_zone(zones, zone))
		model_throw_invalid("Its time zone is not known here.");
	strlcpy(frequency->zone, zone, sizeof(frequency->zone));
	if (frequency->kind == FREQUENCY_FISCAL)
		read_fiscal(&frequency->fiscal, object);
}

/* The runs of open times, which only FREQUENCY_OPEN has. */
static void
read_open_times(Frequency *frequency, JsonbContainer *object)
{
	double numbers[2 * MOST_OPEN_RUNS];
	int count = field_numbers(object, "open", 0, lengthof(numbers), numbers);

	for (int i = 0; i < count; i++)
		if (!(numbers[i] >= 0 && numbers[i] <= PG_UINT16_MAX && rint(numbers[i]) == numbers[i]))
			field_throw("open");
	frequency->open_count = count / 2;
	for (int i = 0; i < frequency->open_count; i++)
		frequency->open[i] =
			(OpenRun){.first = (uint16) numbers[2 * i], .count = (uint16) numbers[2 * i + 1]};
	if (count % 2 != 0 || (frequency->kind == FREQUENCY_OPEN ? !open_valid(frequency) : count > 0))
		field_throw("open");
}

/* The list, if it has one, is there already. */
static void
read_frequency(Frequency *frequency, ModelZones *zones, JsonbContainer *object)
{
	frequency->kind = read_kind(object);
	if ((frequency->kind == FREQUENCY_LISTED) != (frequency->listed != NULL))
		field_throw("kind");
	frequency->count = field_integer(object, "count", frequency_has_grid(frequency) ? 1 : 0,
									 frequency_most(frequency->kind));
	read_open_times(frequency, object);
	read_anchors(frequency, zones, object);
}

/* The words of one category, bytewise and all different, and their shares. */
static void
read_category(ModelCovariates *covariates, int number, JsonbContainer *object)
{
	JsonbIterator *iterator;
	int count = (int) field_array(object, "words", 1, MOST_CATEGORIES, &iterator);
	char **words = palloc(sizeof(char *) * count);
	double *shares = palloc(sizeof(double) * count);

	for (int i = 0; i < count; i++)
	{
		JsonbValue word = next_element(&iterator);

		if (word.type != jbvString || word.val.string.len > LONGEST_CATEGORY)
			field_throw("words");
		words[i] = pnstrdup(word.val.string.val, word.val.string.len);
		if (i > 0 && strcmp(words[i - 1], words[i]) >= 0)
			field_throw("words");
	}
	(void) field_numbers(object, "shares", count, count, shares);
	for (int i = 0; i < count; i++)
		if (!(shares[i] >= 0 && shares[i] <= 1))
			field_throw("shares");
	covariates->categories[number] = vocabulary_of_words(covariates->names[number], words, count);
	covariates->shares[number] = shares;
}

/* Only where there are some, and those have names. */
static void
read_categories(ModelCovariates *covariates, JsonbContainer *object)
{
	int count = covariates->past + covariates->future;
	JsonbIterator *iterator;

	if (covariates->names == NULL)
		field_throw("categories");
	(void) field_array(object, "categories", count, count, &iterator);
	covariates->categories = palloc0(sizeof(Vocabulary *) * Max(count, 1));
	covariates->shares = palloc0(sizeof(double *) * Max(count, 1));
	for (int i = 0; i < count; i++)
	{
		JsonbValue element = next_element(&iterator);

		if (element.type != jbvNull)
			read_category(covariates, i, element_object(&element, "categories"));
	}
}

static void
read_covariates(ModelCovariates *covariates, JsonbContainer *object)
{
	int count;

	covariates->past = (int) field_integer(object, "past", 0, MOST_COVARIATES);
	covariates->future =
		(int) field_integer(object, "future", 0, MOST_COVARIATES - covariates->past);
	if (field_exists(object, "statics"))
		covariates->statics = (int) field_integer(object, "statics", 1, covariates->future);
	covariates->calendar = field_boolean(object, "calendar");
	if (field_exists(object, "holidays"))
		covariates->holidays = holidays_read(field_object(object, "holidays"));
	count = covariates->past + covariates->future;
	covariates->means = palloc(sizeof(double) * count);
	covariates->deviations = palloc(sizeof(double) * count);
	(void) field_numbers(object, "means", count, count, covariates->means);
	(void) field_numbers(object, "deviations", count, count, covariates->deviations);
	for (int i = 0; i < count; i++)
		if (!(covariates->deviations[i] > 0))
			field_throw("deviations");
	/* the columns by their names; none where covariates came as arrays */
	covariates->names = field_texts(object, "names", count);
	if (field_exists(object, "categories"))
		read_categories(covariates, object);
}

static void
read_loss(lf_loss *loss, JsonbContainer *object)
{
	loss->kind = (lf_loss_kind) field_word(object, "loss");
	if (loss->kind != LF_LOSS_QUANTILE)
		return;
	loss->quantile_count = field_numbers(object, "quantiles", 1, LF_MAX_QUANTILES, loss->quantiles);
	for (int i = 0; i < loss->quantile_count; i++)
		if (!(loss->quantiles[i] > (i == 0 ? 0 : loss->quantiles[i - 1]) && loss->quantiles[i] < 1))
			field_throw("quantiles");
}

/* What goes into the network and comes out of it: as the covariates and the loss say. */
static void
read_channels(const Model *model, lf_network_config *network, const lf_loss *loss,
			  JsonbContainer *object)
{
	network->channels = (int) field_integer(object, "channels", 1, PG_INT32_MAX);
	network->future = (int) field_integer(object, "future", 0, PG_INT32_MAX);
	network->outputs = lf_loss_outputs(loss);
	if (network->channels != 1 + covariates_channels(&model->covariates, &model->frequency))
		field_throw("channels");
	if (network->future != covariates_future(&model->covariates, &model->frequency))
		field_throw("future");
}

static void
read_member(const Model *model, ModelMember *member, JsonbContainer *object)
{
	lf_network_config *network = &member->network;
	const MemberLayers layers = member_read_layers(object);

	network->cell = layers.cell;
	network->hidden_size = layers.hidden_size;
	network->num_layers = layers.num_layers;
	network->bidirectional = layers.bidirectional;
	network->dropout = layers.dropout;
	read_loss(&member->loss, object);
	read_channels(model, network, &member->loss, object);
	network->lookback = (int) field_integer(object, "lookback", 1, LF_MAX_LOOKBACK);
	network->horizon = model->horizon;
	network->patch_length = (int) field_integer(object, "patch_length", 1, network->lookback);
	network->decoder = (lf_decoder_kind) field_word(object, "decoder");
	network->supervision = (lf_supervision_kind) field_word(object, "supervision");
	network->linear_skip = field_boolean(object, "linear_skip");
	network->seasonal_skip = (int) field_integer(object, "seasonal_skip", 0, network->lookback);
	network->skip_seasons = (int) field_integer(object, "skip_seasons", 0, network->lookback);
	member->scaling.transform = (lf_transform) field_word(object, "transform");
	member->scaling.normalization = (lf_normalization) field_word(object, "normalization");
	if (lf_loss_of_counts(member->loss.kind) !=
			(member->scaling.normalization == LF_NORMALIZE_COUNT) ||
		(lf_loss_of_counts(member->loss.kind) && member->scaling.transform != LF_TRANSFORM_NONE))
		field_throw("normalization");
	member->scaling.season = (int) field_integer(object, "season", 1, LF_MAX_LOOKBACK);
	member_read_schedule(&member->schedule, object);
	member->seed = field_unsigned(object, "seed");
	member->best_epoch = (int) field_integer(object, "best_epoch", 0, PG_INT32_MAX);
}

static void
read_members(Model *model, JsonbContainer *object)
{
	JsonbIterator *iterator;

	model->member_count = (int) field_array(object, "members", 0, OPTION_MOST_MEMBERS, &iterator);
	model->members = palloc0(sizeof(ModelMember) * model->member_count);
	for (int i = 0; i < model->member_count; i++)
	{
		JsonbValue element = next_element(&iterator);

		read_member(model, &model->members[i], element_object(&element, "members"));
	}
}

/* Where there is no network the starts make up all of a forecast. */
static void
read_start_share(Model *model, JsonbContainer *object)
{
	model->start_share = field_number(object, "start_share");
	if (!(model->start_share >= 0 && model->start_share <= 1) ||
		(model->member_count == 0 && model->start_share < 1))
		field_throw("start_share");
}

/*
 * Only of a model whose starts ask the pretrained network. One that asks for weights which this
 * version does not have cannot forecast. A bare one has weights and nothing else.
 */
static void
read_pretrained(Model *model, JsonbContainer *object)
{
	model->pretrained = true;
	model->bare = field_boolean(object, "bare");
	model->own_weights = field_boolean(object, "own");
	if (model->bare && !(model->own_weights && model->member_count == 0))
		field_throw("bare");
	if (!model->own_weights && strcmp(field_text(object, "checksum"), pretrained_checksum()) != 0)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("model needs a pretrained network that this version does not have"),
						errdetail("Its forecasts begin with the network that came with version %s.",
								  model->extension),
						errhint("Train it again with lstm_train().")));
}

static void
read_labels(Model *model, JsonbContainer *object)
{
	JsonbIterator *iterator;

	field_array(object, "labels", model->series_count, model->series_count, &iterator);
	for (int64 i = 0; i < model->series_count; i++)
	{
		JsonbValue label = next_element(&iterator);

		check_interrupts();
		if (label.type == jbvString)
			model->series[i].label = pnstrdup(label.val.string.val, label.val.string.len);
		else if (label.type != jbvNull || model->series_count > 1)
			field_throw("labels");
	}
}

/* The model's frequency for every series, with the series' own anchors. */
static void
read_own_anchors(Model *model, ModelZones *zones, JsonbContainer *object)
{
	JsonbValue anchors = field_value(object, "anchors");
	JsonbIterator *iterator;

	for (int64 i = 0; i < model->series_count; i++)
		model->series[i].frequency = model->frequency;
	if (anchors.type == jbvNull)
		return;
	field_array(object, "anchors", model->series_count, model->series_count, &iterator);
	for (int64 i = 0; i < model->series_count; i++)
	{
		JsonbValue element = next_element(&iterator);

		check_interrupts();
		if (element.type != jbvNull)
			read_anchors(&model->series[i].frequency, zones, element_object(&element, "anchors"));
	}
}

static void
read_series(Model *model, ModelZones *zones, JsonbContainer *object)
{
	model->series = palloc_extended(sizeof(ModelSeries) * model->series_count,
									MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	read_labels(model, object);
	read_own_anchors(model, zones, object);
}

/* Series that were left out, which have names. */
static void
read_skipped(Model *model, JsonbContainer *object)
{
	JsonbIterator *iterator;

	model->skipped_count = field_array(object, "skipped", 0, MODEL_MAX_SERIES, &iterator);
	model->skipped = palloc_extended(sizeof(ModelSkipped) * Max(1, model->skipped_count),
									 MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (int64 i = 0; i < model->skipped_count; i++)
	{
		JsonbValue element = next_element(&iterator);
		JsonbContainer *skipped = element_object(&element, "skipped");

		model->skipped[i].label = field_text(skipped, "series");
		model->skipped[i].message = field_text(skipped, "message");
	}
}

/* The errors of one forecast, their names with a prefix. */
static ForecastErrors
get_measures(JsonbContainer *object, const char *prefix)
{
	return (ForecastErrors){.mae = field_number(object, psprintf("%smae", prefix)),
							.rmse = field_number(object, psprintf("%srmse", prefix)),
							.smape = field_number(object, psprintf("%ssmape", prefix)),
							.mase = field_number(object, psprintf("%smase", prefix))};
}

static void
read_errors(ModelErrors *errors, JsonbContainer *object)
{
	errors->windows = field_integer(object, "windows", 0, PG_INT64_MAX);
	errors->shared = field_boolean(object, "shared");
	errors->model = get_measures(object, "");
	errors->start = get_measures(object, "start_");
	errors->naive = get_measures(object, "naive_");
}

/* Only where it is so, and of steps of which it can be. */
static bool
read_wall_clock(JsonbContainer *object, const Frequency *frequency)
{
	if (!field_exists(object, "wall_clock"))
		return false;
	if (!field_boolean(object, "wall_clock") || !wall_clock_possible(frequency))
		field_throw("wall_clock");
	return true;
}

/* Only with a loss of counts, and where it is not 0. */
static void
read_dispersion(Model *model, JsonbContainer *object)
{
	if (!field_exists(object, "dispersion"))
		return;
	model->dispersion = field_number(object, "dispersion");
	if (!(model->dispersion > 0 && model->dispersion <= LF_LARGEST_VALUE))
		field_throw("dispersion");
}

void
model_metadata_read(Model *model, Jsonb *json)
{
	JsonbContainer *object = &json->root;
	ModelZones zones = {0};

	if (!JB_ROOT_IS_OBJECT(json))
		model_throw_invalid("Its metadata is not a JSON object.");
	model->extension = field_text(object, "extension");
	model->kernel = field_text(object, "kernel");
	read_frequency(&model->frequency, &zones, field_object(object, "frequency"));
	model->horizon = (int) field_integer(object, "horizon", 1, LF_MAX_HORIZON);
	model->season = (int) field_integer(object, "season", 1, LF_MAX_LOOKBACK);
	read_seasons(&model->seasons, object);
	model->whole = field_boolean(object, "whole");
	read_dispersion(model, object);
	model->wall_clock = read_wall_clock(object, &model->frequency);
	read_covariates(&model->covariates, field_object(object, "covariates"));
	if (model->covariates.holidays != NULL && model->covariates.holidays->effects != NULL &&
		holiday_week(&model->frequency) == 0)
		field_throw("effects");
	read_members(model, object);
	read_start_share(model, object);
	if (field_exists(object, "pretrained"))
		read_pretrained(model, field_object(object, "pretrained"));
	read_series(model, &zones, field_object(object, "series"));
	read_skipped(model, object);
	model->rows = field_integer(object, "rows", 0, PG_INT64_MAX);
	model->missing = field_integer(object, "missing", 0, PG_INT64_MAX);
	model->train_windows = field_integer(object, "train_windows", 0, PG_INT64_MAX);
	read_errors(&model->errors, field_object(object, "errors"));
	model->calibration.transform = (lf_transform) field_word(object, "transform");
	model->calibration.spread_steps =
		(int) field_integer(object, "spread_steps", 0, LF_MAX_LOOKBACK);
	/* only where changes are not those from step to step */
	model->calibration.spread_lag = 1;
	if (field_exists(object, "spread_lag"))
		model->calibration.spread_lag =
			(int) field_integer(object, "spread_lag", 2, LF_MAX_LOOKBACK);
	model->reasons = field_reasons(object);
}
