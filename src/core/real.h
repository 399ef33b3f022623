/*
 * real.h
 *	  The number type of weights and activations.
 *
 * float in the product; double when the core is compiled with LF_REAL_DOUBLE
 * for the gradient check, where central differences need the precision.
 */
#ifndef LF_REAL_H
#define LF_REAL_H

#ifdef LF_REAL_DOUBLE
typedef double lf_real;
#else
typedef float lf_real;
#endif

#endif
