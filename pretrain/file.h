/*
 * file.h
 *	  Files that are whole or not there, whatever happens to the machine. All exit on errors.
 */
#ifndef FILE_H
#define FILE_H

#include <stdio.h>

#define PATH_SIZE 4096

/* A file that is being written under another name. */
typedef struct new_file
{
	FILE *file;
	char name[PATH_SIZE]; /* until it is whole */
	char path[PATH_SIZE];
} new_file;

extern void file_begin(new_file *new, const char *path);
extern void file_put(new_file *new, const void *data, size_t size, size_t count);

/* Put it in the place of what was there before. */
extern void file_end(new_file *new);

/* Read so many; it is an error if there are fewer. */
extern void file_get(FILE *file, void *data, size_t size, size_t count, const char *path);

/* It is an error if anything is left to read; closes the file. */
extern void file_close_at_end(FILE *file, const char *path);

/* folder/name into path (PATH_SIZE). */
extern void file_path(char *path, const char *folder, const char *name);

#endif
