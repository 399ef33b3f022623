/*
 * golden.c
 *	  Reads golden files; a test without its golden file must fail, so everything unexpected exits.
 */
#include "golden.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
give_up(const char *what, const char *name)
{
	printf("Bail out! golden file: %s: %s\n", what, name);
	exit(2);
}

golden_tensor *
golden_read(const char *name)
{
	const char *folder = getenv("GOLDEN_DIR");
	char path[1024];
	golden_tensor *first = NULL;
	golden_tensor **tail = &first;
	char tensor_name[64];
	size_t count;

	snprintf(path, sizeof(path), "%s/%s.txt", folder ? folder : "test/golden", name);
	FILE *file = fopen(path, "r");
	if (file == NULL)
		give_up("cannot open", path);
	while (fscanf(file, " tensor %63s %zu", tensor_name, &count) == 2)
	{
		golden_tensor *tensor = calloc(1, sizeof(*tensor));

		strcpy(tensor->name, tensor_name);
		tensor->count = count;
		tensor->values = malloc(sizeof(lf_real) * (count ? count : 1));
		for (size_t i = 0; i < count; i++)
		{
			double value;

			if (fscanf(file, "%lf", &value) != 1)
				give_up("too few numbers", tensor_name);
			tensor->values[i] = (lf_real) value;
		}
		*tail = tensor;
		tail = &tensor->next;
	}
	if (!feof(file))
		give_up("unexpected text", path);
	fclose(file);
	return first;
}

const lf_real *
golden_get(const golden_tensor *file, const char *name, size_t count)
{
	for (; file != NULL; file = file->next)
		if (strcmp(file->name, name) == 0 && file->count == count)
			return file->values;
	give_up("no tensor of this name and size", name);
	return NULL;
}

void
golden_free(golden_tensor *file)
{
	while (file != NULL)
	{
		golden_tensor *next = file->next;

		free(file->values);
		free(file);
		file = next;
	}
}
