/*
 * config.h
 *	  What a network is and how it is trained: the core's vocabulary.
 */
#ifndef LF_CONFIG_H
#define LF_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#define LF_MAX_LAYERS 8
#define LF_MAX_CELLS (2 * LF_MAX_LAYERS) /* layers times directions */
#define LF_MAX_HIDDEN 1024
#define LF_MAX_HORIZON 10000
#define LF_MAX_LOOKBACK 100000
#define LF_MAX_QUANTILES 99

typedef enum lf_cell_kind
{
	LF_CELL_LSTM,
	LF_CELL_GRU,
	LF_CELL_RNN
} lf_cell_kind;

typedef enum lf_decoder_kind
{
	LF_DECODER_DIRECT,   /* one dense head for all steps */
	LF_DECODER_PARALLEL, /* one step of the same stack per output patch, by learned position */
	LF_DECODER_RECURSIVE /* a second stack that is fed its own output */
} lf_decoder_kind;

typedef enum lf_supervision_kind
{
	LF_SUPERVISION_LAST,    /* many-to-one: loss at the window's end */
	LF_SUPERVISION_SEQUENCE /* many-to-many: a time-distributed head, loss at every input step */
} lf_supervision_kind;

typedef enum lf_normalization
{
	LF_NORMALIZE_LAST,     /* per window: minus its last value, over the series' scale */
	LF_NORMALIZE_MEAN,     /* per window: minus its last season's mean, over the series' scale */
	LF_NORMALIZE_INSTANCE, /* per window: z-score */
	LF_NORMALIZE_SEASON,   /* per window: minus its last season's mean, over its deviation */
	LF_NORMALIZE_STANDARD, /* per series: z-score */
	LF_NORMALIZE_MINMAX,   /* per series: to [0, 1] */
	LF_NORMALIZE_NONE,
	LF_NORMALIZE_COUNT /* per window: over 1 + its mean; of the losses of counts alone */
} lf_normalization;

typedef enum lf_transform
{
	LF_TRANSFORM_NONE,
	LF_TRANSFORM_LOG,
	LF_TRANSFORM_LOG1P
} lf_transform;

typedef enum lf_loss_kind
{
	LF_LOSS_MAE,
	LF_LOSS_MSE,
	LF_LOSS_HUBER,    /* delta 1 */
	LF_LOSS_QUANTILE, /* pinball, mean over quantiles */
	LF_LOSS_GAUSSIAN, /* negative log likelihood */
	LF_LOSS_STUDENT_T,
	LF_LOSS_POISSON, /* those of counts: loss_counts.h */
	LF_LOSS_NEGATIVE_BINOMIAL,
	LF_LOSS_TWEEDIE
} lf_loss_kind;

typedef struct lf_loss
{
	lf_loss_kind kind;
	int quantile_count;                 /* LF_LOSS_QUANTILE only, else 0 */
	double quantiles[LF_MAX_QUANTILES]; /* ascending, each in (0, 1) */
} lf_loss;

typedef enum lf_optimizer_kind
{
	LF_OPTIMIZER_ADAM,
	LF_OPTIMIZER_ADAMW,
	LF_OPTIMIZER_SGD,
	LF_OPTIMIZER_RMSPROP
} lf_optimizer_kind;

typedef enum lf_schedule_kind
{
	LF_SCHEDULE_CONSTANT,
	LF_SCHEDULE_COSINE,
	LF_SCHEDULE_ONECYCLE,
	LF_SCHEDULE_STEP
} lf_schedule_kind;

/*
 * The network: everything that decides which parameter tensors there are and
 * what they compute. lookback is a multiple of patch_length.
 *
 * Letters: L lookback, H_out horizon, w patch_length, C channels, F_c future, O
 * outputs, d hidden_size, n = L / w input patches, m = ceil(H_out / w) output patches
 * (1 with the direct decoder).
 */
typedef struct lf_network_config
{
	lf_cell_kind cell;
	int hidden_size;
	int num_layers;
	bool bidirectional;
	double dropout; /* between layers and before the head; [0, 1) */
	int channels;   /* values per time step: the target, then past, then future covariates */
	int future;     /* how many of them, the last ones, are known ahead */
	int outputs;    /* values per forecast step: lf_loss_outputs of the loss; 0 as 1 */
	int lookback;
	int horizon;
	int patch_length; /* 1: the classical step-by-step network, no embedding */
	lf_decoder_kind decoder;
	lf_supervision_kind supervision;
	bool linear_skip;  /* add a zero-initialised linear map of the window */
	int seasonal_skip; /* add the seasonal naive forecast of this period; 0: none */
	int skip_seasons;  /* seasons whose mean that forecast is; 0 and 1: the last one */
	int memory; /* steps up to which units remember at first, where patch_length is 1; 0: some */
} lf_network_config;

/* How values become network units: y = (transform(v) - level) / scale. */
typedef struct lf_scaling_config
{
	lf_transform transform;
	lf_normalization normalization;
	int season; /* steps over which MEAN and SEASON take the level; >= 1 */
} lf_scaling_config;

typedef struct lf_training_config
{
	lf_loss loss;
	lf_optimizer_kind optimizer;
	double learning_rate;
	lf_schedule_kind schedule;
	double weight_decay;
	double gradient_clip; /* largest global norm; 0: no clipping */
	int batch_size;
	int steps_per_epoch; /* batches between two validations */
	int max_epochs;
	int64_t max_steps; /* batches in all, which may end within an epoch; 0: no limit of its own */
	int patience;      /* epochs without improvement before stopping; 0: never stop early */
	uint64_t seed;
} lf_training_config;

#endif
