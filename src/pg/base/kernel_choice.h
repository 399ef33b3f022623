/*
 * kernel_choice.h
 *	  Which kernels this server computes with: those of the best instruction set that the CPU
 *	  has, or those that the environment names.
 */
#ifndef LSTM_FORECAST_KERNEL_CHOICE_H
#define LSTM_FORECAST_KERNEL_CHOICE_H

#include "core/kernels.h"

/*
 * The variable of the server's environment: "avx512", "avx2" or "plain". A server that is to
 * forecast to the last bit as one on another CPU does names what that one uses, as
 * OPENBLAS_CORETYPE does for OpenBLAS. No setting: kernels may not change while models
 * packed for them are kept.
 */
#define KERNELS_VARIABLE "LSTM_FORECAST_KERNELS"

/* Choose, once, as the library is loaded. Kernels that the CPU cannot run raise 22023. */
extern void instructions_choose(void);

/* Those that were chosen. */
extern const lf_kernels *instructions_kernels(void);

#endif
