# lstm_forecast: recurrent networks that train and forecast inside PostgreSQL.
#   make && make install && make installcheck        (PGXS; PG_CONFIG chooses the server)
#   scripts/test                                     (everything, in a throw-away cluster)

EXTENSION = lstm_forecast lstm_registry
MODULE_big = lstm_forecast
# The version stands in the control file, and nowhere else here.
EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" $(dir $(firstword $(MAKEFILE_LIST)))lstm_forecast.control)
DATA = lstm_forecast--$(EXTVERSION).sql
# The second extension's install script is made of a file a subject, in this order.
REGISTRY_VERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" $(dir $(firstword $(MAKEFILE_LIST)))lstm_registry.control)
REGISTRY = head tables forecast definitions versions promotion jobs job_worker overview ledger accuracy watch
DATA_built = lstm_registry--$(REGISTRY_VERSION).sql
PGFILEDESC = "lstm_forecast - recurrent neural network forecasts in SQL"

include core.mk
CORE_OBJS = $(patsubst %,src/core/%.o,$(CORE))

# One folder a subject; each uses only the core and folders before its own.
GLUE = \
	$(addprefix base/,module settings kernel_choice errors fault interrupts memory room background sorting nearest jsonio progress_slots progress_report progress) \
	$(addprefix time/,timeline calendar step_places calendar_features month_rule calendar_scan open_times fiscal step_counter step_list holiday_list frequency frequency_words snap open_infer fiscal_infer frequency_infer sparse_infer near_frequency wall_clock) \
	$(addprefix rows/,rowset rowset_merge vocabulary panel_rows value_text series_label class_labels series_order off_grid series series_covariates panel on_clock source_types source_columns source_text source_lists categories statics source) \
	$(addprefix options/,options options_table class_options synonyms) \
	$(addprefix plan/,lone_values season_sample season_evidence season_brief season clock glitch facts kinds counts windows training start plan finetune) \
	$(addprefix model/,pretrained starts start_text covariates holidays holiday_effects scalers safetensors half format tensors listed size network_table extent words metadata_fields member_fields metadata_read metadata_write file file_write classifier_encode classifier_decode info_fields classifier_info encode decode_starts decode fetch inspect summary_series summary_accuracy classifier_summary summary) \
	$(addprefix forecast/,completion misfit predictor start_team counts ensemble history cold_start cold_series clock_history selection interval forecast gates notices model_cache) \
	$(addprefix explain/,parts changes network_effects start_effects explain) \
	$(addprefix train/,limits start_share tuning interval_windows planned_size turns team_wait train_member segment workers calibration notices parent keep training trial estimate train finetune series_attempt each_record each_segment each) \
	$(addprefix backtest/,known score train_folds model_test test_portion trained_model importance_windows importance) \
	$(addprefix tune/,candidates fold_trial halving panel_share trial_team tune) \
	$(addprefix anomalies/,step_forecasts anomalies) \
	$(addprefix classes/,class_series class_scale pieces holdout class_sequences members class_plan class_workers answers measure train_classes classify) \
	$(addprefix metrics/,metric_state metrics class_label class_counts class_metrics) \
	$(addprefix hierarchy/,path_tree step_numbers coherent reconcile) \
	$(addprefix chart/,svg_text value_scale time_ticks chart_options chart_rows chart_series downsample canvas line_labels layout draw_axes draw_lines draw_chart chart sparkline) \
	$(addprefix watch/,keyed registered reach ledger fresh watch_options alert due renewal watch) \
	$(addprefix sql/,arguments results progress_sql model_source rowstate rowstate_serial rowstate_local options_sql pretrained_sql train_call train_sql estimate_sql finetune_sql train_each_sql tune_sql forecast_row forecast_sql explain_sql gates_sql backtest_sql importance_sql anomalies_sql classes_sql ledger_sql watch_sql) \
	$(addprefix jobs/,holds launch statements job worker jobs_sql)

OBJS = $(CORE_OBJS) $(patsubst %,src/pg/%.o,$(GLUE))

REGRESS = $(patsubst sql/%.sql,%,$(sort $(wildcard sql/*.sql)))
REGRESS_OPTS = --load-extension=lstm_forecast
TAP_TESTS = 1

PG_CPPFLAGS = -I$(srcdir)/src -I$(srcdir)/src/pg
PG_CFLAGS = -DLSTM_FORECAST_VERSION='"$(EXTVERSION)"' -std=gnu11 -Wno-declaration-after-statement
SHLIB_LINK = -lopenblas -lm

# No LLVM bitcode: nothing here gains from being inlined into a query.
override with_llvm = no

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

# PostgreSQL's headers, configured for gcc, use a format attribute that clang does not know.
ifneq (,$(findstring clang,$(CC)))
override CFLAGS += -Wno-ignored-attributes
endif

lstm_registry--$(REGISTRY_VERSION).sql: $(REGISTRY:%=$(srcdir)/src/registry/%.sql)
	cat $^ >$@

$(CORE_OBJS): override CFLAGS += $(CORE_CFLAGS) $(CORE_CFLAGS_$(basename $(notdir $@)))

# The network that ships with the extension lies in the library as pretrain/ wrote it.
PRETRAINED_FILE = $(srcdir)/pretrain/weights.safetensors
src/pg/model/pretrained.o: override CPPFLAGS += -DPRETRAINED_FILE='"$(PRETRAINED_FILE)"'
src/pg/model/pretrained.o: $(PRETRAINED_FILE)

# Train it anew, in less than an hour: see pretrain/README.md.
PRETRAIN_FLAGS =
pretrain:
	$(MAKE) -C $(srcdir)/pretrain weights $(if $(PRETRAIN_FLAGS),FLAGS='$(PRETRAIN_FLAGS)')
.PHONY: pretrain

# Every object depends on every header: a stale object would disagree about a struct.
$(OBJS): $(wildcard $(srcdir)/src/core/*.h $(srcdir)/src/pg/*/*.h)
