/*
 * file.c
 *	  Files that are whole or not there, whatever happens to the machine.
 */
#include "file.h"

#include <err.h>
#include <string.h>
#include <unistd.h>

static void
join(char *path, const char *first, const char *between, const char *second)
{
	if (snprintf(path, PATH_SIZE, "%s%s%s", first, between, second) >= PATH_SIZE)
		errx(1, "the path \"%s\" is too long", first);
}

void
file_path(char *path, const char *folder, const char *name)
{
	join(path, folder, "/", name);
}

void
file_begin(new_file *new, const char *path)
{
	join(new->path, path, "", "");
	join(new->name, path, ".", "new");
	new->file = fopen(new->name, "wb");
	if (new->file == NULL)
		err(1, "cannot write \"%s\"", new->name);
}

void
file_put(new_file *new, const void *data, size_t size, size_t count)
{
	if (fwrite(data, size, count, new->file) != count)
		err(1, "cannot write \"%s\"", new->name);
}

void
file_end(new_file *new)
{
	if (fflush(new->file) != 0 || fsync(fileno(new->file)) != 0 || fclose(new->file) != 0)
		err(1, "cannot write \"%s\"", new->name);
	if (rename(new->name, new->path) != 0)
		err(1, "cannot rename \"%s\" to \"%s\"", new->name, new->path);
}

void
file_get(FILE *file, void *data, size_t size, size_t count, const char *path)
{
	if (fread(data, size, count, file) != count)
		errx(1, "\"%s\" is not whole", path);
}

void
file_close_at_end(FILE *file, const char *path)
{
	if (fgetc(file) != EOF)
		errx(1, "\"%s\" is longer than it should be", path);
	fclose(file);
}
