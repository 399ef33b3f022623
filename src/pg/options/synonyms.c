/*
 * synonyms.c
 *	  Words of other forecasting libraries for our options and their values.
 *
 * They are hints, not other names: an option that has two names could be given
 * twice, and a model would not say which was meant.
 */
#include "postgres.h"

#include "options/synonyms.h"

typedef struct Synonym
{
	const char *ours;
	const char *const *theirs; /* in lower case, NULL at the end */
} Synonym;

typedef struct ValueSynonym
{
	const char *option;
	const char *ours;
	const char *const *theirs;
} ValueSynonym;

/* What has no option here, and what to do instead. */
typedef struct Elsewhere
{
	const char *theirs;
	const char *hint;
} Elsewhere;

#define WORDS(...)                                                                                 \
	(const char *const[])                                                                          \
	{                                                                                              \
		__VA_ARGS__, NULL                                                                          \
	}

static const Synonym option_synonyms[] = {
	{"horizon", WORDS("h", "fh", "forecast_horizon", "forecast_length", "n_ahead", "output_size",
					  "output_chunk_length", "periods", "pred_len", "prediction_length",
					  "steps_ahead", "max_prediction_length")},
	{"lookback",
	 WORDS("context_length", "input_chunk_length", "input_size", "lag", "lags", "look_back",
		   "lookback_window", "n_lags", "seq_len", "seq_length", "sequence_length", "time_steps",
		   "timesteps", "window", "window_length", "window_size", "max_encoder_length")},
	{"frequency", WORDS("freq", "granularity")},
	{"seasonal_period", WORDS("m", "period", "season", "season_length", "seasonal_length",
							  "seasonal_periods", "seasonality", "sp")},
	{"missing", WORDS("fill", "fill_method", "fillna", "imputation", "impute", "imputer",
					  "missing_values", "nan_policy")},
	{"glitches", WORDS("anomalies", "outlier", "outliers", "spikes")},
	{"duplicates", WORDS("aggregation", "duplicate", "on_duplicate", "on_duplicates")},
	{"cell", WORDS("cell_type", "model", "model_type", "rnn_type", "unit_type")},
	{"hidden_size",
	 WORDS("cell_size", "d_model", "encoder_hidden_size", "hidden", "hidden_dim", "hidden_units",
		   "n_hidden", "neurons", "num_cells", "num_units", "units", "width")},
	{"num_layers", WORDS("depth", "encoder_n_layers", "layers", "n_layers", "n_rnn_layers",
						 "num_rnn_layers", "rnn_layers", "stacked_layers")},
	{"bidirectional", WORDS("bidir", "bidirection", "bilstm")},
	{"dropout", WORDS("drop_rate", "dropout_prob", "dropout_rate")},
	{"patch_length", WORDS("patch", "patch_len", "patch_size")},
	{"supervision", WORDS("return_sequences")},
	{"normalization", WORDS("normalise", "normalize", "normalizer", "revin", "scale", "scaler",
							"scaler_type", "scaling", "standardize", "target_normalizer")},
	{"transform", WORDS("log", "log_transform", "target_transform", "transformation")},
	{"calendar", WORDS("add_encoders", "calendar_features", "date_features", "datetime_features",
					   "time_features")},
	{"loss",
	 WORDS("criterion", "distr_output", "likelihood", "loss_fn", "loss_function", "objective")},
	{"quantiles", WORDS("quantile_levels", "taus")},
	{"interval",
	 WORDS("interval_method", "intervals", "prediction_interval", "prediction_intervals")},
	{"minimum",
	 WORDS("clip_min", "floor", "lower_bound", "min", "min_value", "nonnegative", "non_negative")},
	{"maximum", WORDS("cap", "ceiling", "clip_max", "max", "max_value", "upper_bound")},
	{"optimizer", WORDS("optim", "optimiser", "solver")},
	{"learning_rate", WORDS("eta", "learning_rate_init", "lr")},
	{"schedule", WORDS("learning_rate_schedule", "lr_schedule", "lr_scheduler", "scheduler")},
	{"weight_decay", WORDS("decay", "l2", "l2_regularization", "regularization")},
	{"gradient_clip", WORDS("clip", "clip_norm", "clipnorm", "grad_clip", "gradient_clip_val",
							"gradient_clipping", "max_grad_norm")},
	{"batch_size", WORDS("batch", "batchsize", "minibatch_size", "windows_batch_size")},
	{"max_epochs", WORDS("epoch", "epochs", "max_epoch", "n_epochs", "nb_epoch", "num_epochs")},
	{"max_steps", WORDS("iterations", "max_iter", "max_iterations", "n_iter", "num_steps",
						"train_steps", "training_steps")},
	{"patience", WORDS("early_stop_patience_steps", "early_stopping", "early_stopping_patience",
					   "early_stopping_rounds", "n_iter_no_change")},
	{"validation_fraction", WORDS("holdout", "test_fraction", "test_size", "val_fraction",
								  "val_size", "val_split", "validation_size", "validation_split")},
	{"max_seconds",
	 WORDS("max_time", "max_runtime", "time_budget", "time_limit", "timeout", "training_time")},
	{"ensemble_size", WORDS("ensemble", "n_estimators", "n_models", "num_models")},
	{"workers", WORDS("jobs", "n_jobs", "num_threads", "num_workers", "parallel", "threads")},
	{"seed", WORDS("random_seed", "random_state", "rng_seed", "set_seed")},
};

static const ValueSynonym value_synonyms[] = {
	{"missing", "linear", WORDS("interpolate", "interpolation")},
	{"missing", "previous", WORDS("ffill", "forward", "forward_fill", "locf", "last", "pad")},
	{"missing", "zero", WORDS("0", "zeros", "fill_zero")},
	{"missing", "error", WORDS("raise", "fail")},
	{"glitches", "ignore", WORDS("drop", "missing", "remove")},
	{"duplicates", "mean", WORDS("average", "avg")},
	{"duplicates", "sum", WORDS("add", "total")},
	{"duplicates", "last", WORDS("keep_last", "latest")},
	{"duplicates", "error", WORDS("raise", "fail")},
	{"cell", "rnn", WORDS("elman", "simple_rnn", "simplernn", "vanilla")},
	{"decoder", "direct", WORDS("dense", "linear", "mlp")},
	{"decoder", "recursive",
	 WORDS("autoregressive", "encoder-decoder", "encoder_decoder", "seq2seq")},
	{"supervision", "last", WORDS("many-to-one", "many_to_one", "seq2one")},
	{"supervision", "sequence", WORDS("many-to-many", "many_to_many", "seq2seq")},
	{"normalization", "standard",
	 WORDS("standardize", "standard_scaler", "z-score", "z_score", "zscore")},
	{"normalization", "minmax", WORDS("max-min", "min-max", "min_max", "minmax_scaler")},
	{"normalization", "instance", WORDS("revin")},
	{"transform", "log", WORDS("ln", "logarithm")},
	{"loss", "mae", WORDS("absolute_error", "l1", "l1_loss", "mean_absolute_error")},
	{"loss", "mse", WORDS("l2", "mean_squared_error", "mse_loss", "rmse", "squared_error")},
	{"loss", "huber", WORDS("huber_loss", "smooth_l1")},
	{"loss", "quantile", WORDS("mqloss", "multi_quantile", "pinball", "quantile_loss")},
	{"loss", "gaussian", WORDS("normal")},
	{"loss", "student_t", WORDS("student", "student-t", "studentt", "t")},
	{"loss", "poisson", WORDS("count", "counts", "poisson_nll", "poissonnllloss")},
	{"loss", "negative_binomial",
	 WORDS("nb", "negbin", "negative-binomial", "negativebinomial", "nbinom")},
	{"loss", "tweedie", WORDS("compound_poisson", "tweedie_loss")},
	{"interval", "conformal", WORDS("residual", "residuals")},
	{"interval", "model", WORDS("distribution", "parametric", "quantile", "quantiles")},
	{"schedule", "cosine", WORDS("cosine_annealing", "cosineannealinglr")},
	{"schedule", "onecycle", WORDS("one-cycle", "one_cycle", "onecyclelr")},
	{"schedule", "step", WORDS("step_lr", "steplr")},
	{"schedule", "constant", WORDS("fixed")},
};

static const Elsewhere elsewhere[] = {
	{"activation", "The activations are those of the cell; choose it by the option \"cell\"."},
	{"confidence_level", "It is an argument of lstm_forecast(), not of the training."},
	{"level", "Give lstm_forecast() the \"confidence_level\", 0.9 for 90 percent."},
	{"alpha", "Give lstm_forecast() the \"confidence_level\", 0.9 for an alpha of 0.1."},
	{"verbose", "Set client_min_messages; lstm_training_log() shows the epochs of a model."},
};

/* Are the first length bytes of key this word, in any case? */
static bool
same_word(const char *word, const char *key, int length)
{
	return strlen(word) == (size_t) length && pg_strncasecmp(word, key, length) == 0;
}

static bool
any_word(const char *const *words, const char *key, int length)
{
	for (; *words != NULL; words++)
		if (same_word(*words, key, length))
			return true;
	return false;
}

static char *
called_here(const char *theirs, int length, const char *ours)
{
	return psprintf("\"%.*s\" is called \"%s\" here.", length, theirs, ours);
}

char *
synonym_of_option(const char *key, int length)
{
	for (int i = 0; i < (int) lengthof(option_synonyms); i++)
		if (any_word(option_synonyms[i].theirs, key, length))
			return called_here(key, length, option_synonyms[i].ours);
	for (int i = 0; i < (int) lengthof(elsewhere); i++)
		if (same_word(elsewhere[i].theirs, key, length))
			return pstrdup(elsewhere[i].hint);
	return NULL;
}

char *
synonym_of_value(const OptionDescriptor *option, const char *word, int length)
{
	for (int i = 0; i < (int) lengthof(value_synonyms); i++)
		if (strcmp(value_synonyms[i].option, option->name) == 0 &&
			any_word(value_synonyms[i].theirs, word, length))
			return called_here(word, length, value_synonyms[i].ours);
	return NULL;
}
