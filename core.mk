# The core's files and the flags they need: shared by the extension, the unit tests and the benchmarks.
CORE = status arena random sort cholesky blas \
	cell cell_lstm cell_gru cell_rnn kernels kernels_plain kernels_avx2 kernels_avx512 \
	stack stack_forward stack_backward \
	dense parameters network network_dense network_covariates network_decoder network_gradient \
	loss loss_counts distribution count_distribution optimizer \
	dataset glitch event scaling scaling_fit batch attribution predictor gates ensemble calibration range tail watch reconcile \
	training_log descent trainer trainer_phases trainer_work trainer_team trainer_sample trainer_gain \
	cross_entropy temperature augmentation \
	classifier classifier_read classifier_run classifier_predictor classifier_trainer classifier_phases \
	start start_smoothing start_fit start_choose start_network spectrum \
	universal universal_guides universal_worth universal_read universal_forecast universal_gates universal_tuner

# -O3 for the loops that the compiler vectorises; no fast-math: results must not depend on its mood.
CORE_CFLAGS = -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off

# The register-tiled kernels, once per instruction set; chosen at run time, so no -march=native.
ifeq ($(shell uname -m),x86_64)
CORE_CFLAGS_kernels_avx2 = -mavx2 -mfma
CORE_CFLAGS_kernels_avx512 = -mavx512f -mavx512vl -mavx512dq -mavx512bw -mfma
endif
