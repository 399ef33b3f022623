/* lstm_registry: made of the files in src/registry, in the order of the Makefile */

-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION lstm_registry" to load this file. \quit
