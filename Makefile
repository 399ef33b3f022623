# lstm_forecast: recurrent networks that train and forecast inside PostgreSQL.
#   make && make install && make installcheck        (PGXS; PG_CONFIG chooses the server)
#   scripts/test                                     (everything, in a throw-away cluster)

EXTENSION = lstm_forecast
MODULE_big = lstm_forecast
DATA = lstm_forecast--0.1.0.sql
PGFILEDESC = "lstm_forecast - recurrent neural network forecasts in SQL"

include core.mk
CORE_OBJS = $(patsubst %,src/core/%.o,$(CORE))

GLUE = module settings instructions errors memory training_limits drive sorting \
	season plan_facts plan_window plan_schedule plan scalers schedule team_wait members workers_segment workers train progress \
	predict evaluate history forecast model_cache \
	backtest_score backtest_training backtest_model backtest_sql \
	rowstate rowstate_serial rowstate_local source arguments train_sql forecast_sql \
	calendar calendar_features frequency frequency_infer timeline rowset rowset_merge panel_rows series_label \
	series_order series series_covariates panel covariates \
	jsonio options options_table options_sql \
	safetensors model_metadata_read model_metadata_write model_encode model_fetch model_decode inspect metrics

OBJS = $(CORE_OBJS) $(patsubst %,src/pg/%.o,$(GLUE))

REGRESS = $(patsubst sql/%.sql,%,$(sort $(wildcard sql/*.sql)))
REGRESS_OPTS = --load-extension=lstm_forecast
TAP_TESTS = 1

PG_CPPFLAGS = -I$(srcdir)/src
PG_CFLAGS = -std=gnu11 -Wno-declaration-after-statement
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

$(CORE_OBJS): override CFLAGS += $(CORE_CFLAGS) $(CORE_CFLAGS_$(basename $(notdir $@)))

# Every object depends on every header: a stale object would disagree about a struct.
$(OBJS): $(wildcard $(srcdir)/src/core/*.h $(srcdir)/src/pg/*.h)
