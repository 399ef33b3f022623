/*
 * holidays.c
 *	  The holidays of a model: which of them its networks know by name, and their text.
 */
#include "postgres.h"

#include <math.h>

#include "utils/datetime.h"

#include "base/interrupts.h"
#include "base/jsonio.h"
#include "model/holidays.h"
#include "model/metadata_fields.h"

#define FIELD_DAYS "days"
#define FIELD_NAMES "names"
#define FIELD_SLOTS "slots"
#define FIELD_EFFECTS "effects"
#define MOST_HOLIDAY_SLOTS 24

/* Mark the listed days on which a series has an observation. */
static void
mark_seen(const HolidayList *list, const GridSeries *series, bool *seen)
{
	StepPlaces places;

	step_places_begin(&places, &series->frequency, series->first_time, series->times);
	for (int64 step = 0; step < series->length; step++)
	{
		int64 first;
		int64 last;

		if (step % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (!series_observed(series, step))
			continue;
		holiday_step_days(&places, step, &first, &last);
		for (int i = holiday_list_find(list, first); i < list->count && list->days[i].day <= last;
			 i++)
			seen[i] = true;
	}
}

/* A name, and on how many days it was seen. */
typedef struct NameCount
{
	int number;
	int days;
} NameCount;

/* The most frequent names first. */
static int
compare_counts(const void *a, const void *b)
{
	const NameCount *left = a;
	const NameCount *right = b;

	if (left->days != right->days)
		return left->days > right->days ? -1 : 1;
	return (left->number > right->number) - (left->number < right->number);
}

/* Number the names of a list anew: new_number has one for each. */
static void
renumber(HolidayList *list, const int *new_number)
{
	for (int i = 0; i < list->count; i++)
		list->days[i].name = new_number[list->days[i].name];
	holiday_list_order(list);
}

static HolidayList *
copy_list(const HolidayList *list)
{
	HolidayList *copy = palloc(sizeof(HolidayList));

	*copy = *list;
	copy->days = palloc(sizeof(Holiday) * Max(list->count, 1));
	memcpy(copy->days, list->days, sizeof(Holiday) * list->count);
	return copy;
}

/* The names in the order of their counts. */
static HolidayList *
by_count(const HolidayList *list, NameCount *counts)
{
	HolidayList *chosen = copy_list(list);
	int *new_number = palloc(sizeof(int) * Max(list->name_count, 1));

	qsort(counts, list->name_count, sizeof(NameCount), compare_counts);
	chosen->names = palloc(sizeof(char *) * Max(list->name_count, 1));
	chosen->own = 0;
	for (int i = 0; i < list->name_count; i++)
	{
		chosen->names[i] = list->names[counts[i].number];
		new_number[counts[i].number] = i;
		chosen->own += counts[i].days >= LEAST_HOLIDAYS && i < MOST_OWN_HOLIDAYS;
	}
	renumber(chosen, new_number);
	pfree(new_number);
	return chosen;
}

const HolidayList *
holidays_choose(const Panel *panel)
{
	const HolidayList *list = panel->holidays;
	NameCount *counts;
	bool *seen;
	int days = 0;

	if (list == NULL || list->count == 0)
		return NULL;
	seen = palloc0(sizeof(bool) * list->count);
	for (int64 i = 0; i < panel->count; i++)
		mark_seen(list, panel->series[i], seen);
	counts = palloc0(sizeof(NameCount) * list->name_count);
	for (int i = 0; i < list->name_count; i++)
		counts[i].number = i;
	for (int i = 0; i < list->count; i++)
	{
		counts[list->days[i].name].days += seen[i];
		days += seen[i] && (i == 0 || list->days[i].day != list->days[i - 1].day);
	}
	return days < LEAST_HOLIDAYS ? NULL : by_count(list, counts);
}

/* The number of a name among so many; -1: it is none of them. */
static int
name_number(char *const *names, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

/* The effects of names that are known, and for others that of all. */
static void
take_effects(HolidayList *again, const HolidayList *known)
{
	Size row = sizeof(double) * known->slots;

	again->slots = known->slots;
	again->effects = palloc(row * (again->name_count + 1));
	memcpy(again->effects, known->effects, row * known->name_count);
	for (int i = known->name_count; i <= again->name_count; i++)
		memcpy(again->effects + (int64) i * known->slots,
			   known->effects + (int64) known->name_count * known->slots, row);
}

const HolidayList *
holidays_again(const HolidayList *known, const HolidayList *list)
{
	HolidayList *again;
	int *new_number;

	if (known == NULL || list == NULL || list->count == 0)
		return known;
	again = copy_list(list);
	again->own = known->own;
	again->names = palloc(sizeof(char *) * (known->name_count + list->name_count));
	new_number = palloc(sizeof(int) * list->name_count);
	memcpy(again->names, known->names, sizeof(char *) * known->name_count);
	again->name_count = known->name_count;
	for (int i = 0; i < list->name_count; i++)
	{
		int number = name_number(known->names, known->name_count, list->names[i]);

		check_interrupts();
		if (number < 0)
		{
			number = again->name_count++;
			again->names[number] = list->names[i];
		}
		new_number[i] = number;
	}
	renumber(again, new_number);
	if (known->effects != NULL)
		take_effects(again, known);
	pfree(new_number);
	return again;
}

void
holidays_append(StringInfo json, const HolidayList *list)
{
	appendStringInfoChar(json, '{');
	json_add_integer(json, "own", list->own);
	json_append_key(json, FIELD_NAMES);
	json_append_texts(json, list->names, list->name_count);
	json_append_key(json, FIELD_DAYS);
	appendStringInfoChar(json, '[');
	/* the day and the number of its name, in turns */
	for (int i = 0; i < list->count; i++)
	{
		json_append_separator(json);
		appendStringInfo(json, "%d,%d", list->days[i].day, list->days[i].name);
	}
	appendStringInfoChar(json, ']');
	if (list->effects != NULL)
	{
		json_add_integer(json, FIELD_SLOTS, list->slots);
		json_append_key(json, FIELD_EFFECTS);
		json_append_numbers(json, list->effects, (list->name_count + 1) * list->slots);
	}
	appendStringInfoChar(json, '}');
}

/* The effects of names, where they are known. */
static void
read_effects(HolidayList *list, JsonbContainer *object)
{
	int count;

	if (!field_exists(object, FIELD_EFFECTS))
		return;
	list->slots = (int) field_integer(object, FIELD_SLOTS, 1, MOST_HOLIDAY_SLOTS);
	count = (list->name_count + 1) * list->slots;
	list->effects = palloc(sizeof(double) * count);
	(void) field_numbers(object, FIELD_EFFECTS, count, count, list->effects);
	for (int i = 0; i < count; i++)
		if (!(fabs(list->effects[i]) <= MOST_HOLIDAY_EFFECT))
			field_throw(FIELD_EFFECTS);
}

/* The names, of which none is longer than one may be. */
static void
read_names(HolidayList *list, JsonbContainer *object)
{
	JsonbIterator *iterator;

	list->name_count = (int) field_array(object, FIELD_NAMES, 1, 2 * MOST_HOLIDAY_NAMES, &iterator);
	list->names = palloc(sizeof(char *) * list->name_count);
	for (int i = 0; i < list->name_count; i++)
	{
		JsonbValue name = next_element(&iterator);

		if (name.type != jbvString || name.val.string.len > LONGEST_HOLIDAY)
			field_throw(FIELD_NAMES);
		list->names[i] = pnstrdup(name.val.string.val, name.val.string.len);
	}
}

HolidayList *
holidays_read(JsonbContainer *object)
{
	HolidayList *list = palloc0(sizeof(HolidayList));
	double *numbers = palloc(sizeof(double) * 2 * MOST_HOLIDAYS);
	int count = field_numbers(object, FIELD_DAYS, 2, 2 * MOST_HOLIDAYS, numbers);

	read_names(list, object);
	list->own = (int) field_integer(object, "own", 0, Min(list->name_count, MOST_OWN_HOLIDAYS));
	if (count % 2 != 0)
		field_throw(FIELD_DAYS);
	list->count = count / 2;
	list->days = palloc(sizeof(Holiday) * list->count);
	for (int i = 0; i < list->count; i++)
	{
		double day = numbers[2 * i];
		double name = numbers[2 * i + 1];
		Holiday *holiday = &list->days[i];

		if (!(day >= 0 && day < TIMESTAMP_END_JULIAN && rint(day) == day && name >= 0 &&
			  name < list->name_count && rint(name) == name))
			field_throw(FIELD_DAYS);
		*holiday = (Holiday){.day = (int32) day, .name = (int32) name};
		if (i > 0 && (holiday->day < holiday[-1].day ||
					  (holiday->day == holiday[-1].day && holiday->name <= holiday[-1].name)))
			field_throw(FIELD_DAYS);
	}
	pfree(numbers);
	read_effects(list, object);
	return list;
}

char *
holidays_text(const HolidayList *list)
{
	StringInfoData json;

	initStringInfo(&json);
	if (list != NULL && list->count > 0)
		holidays_append(&json, list);
	return json.data;
}

const HolidayList *
holidays_of_text(const char *text)
{
	return text[0] == '\0' ? NULL : holidays_read(&json_parse(text)->root);
}

char *
holiday_day_text(int64 number)
{
	int year;
	int month;
	int day;

	j2date((int) number, &year, &month, &day);
	return year > 0 ? psprintf("%04d-%02d-%02d", year, month, day)
					: psprintf("%04d-%02d-%02d BC", 1 - year, month, day);
}

char *
holidays_last_day(const HolidayList *list)
{
	return holiday_day_text(holiday_list_end(list));
}
