/*
 * weights.h
 *	  Weights of the universal network as a safetensors file of half precision.
 *
 * The file: the header's length (8 bytes, little-endian), the header (JSON, padded with spaces to a
 * multiple of eight), the tensors in the table's order. Its metadata say of which shape the network
 * is. https://github.com/huggingface/safetensors describes the format.
 */
#ifndef WEIGHTS_H
#define WEIGHTS_H

#include "core/lstm.h"

/* Write them; note is a line for people, of letters that JSON need not escape. Exits on errors. */
extern void weights_write(const char *path, const lf_universal_config *config,
						  const lf_parameter_table *table, const lf_real *parameters,
						  const char *note);

/* The shape of the network in a file. Exits on errors. */
extern lf_universal_config weights_read_shape(const char *path);

/* Read what weights_write wrote of a network of this shape. Exits on errors. */
extern void weights_read(const char *path, const lf_universal_config *config,
						 const lf_parameter_table *table, lf_real *parameters);

#endif
