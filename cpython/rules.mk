# What touches a real interpreter. Debian's libpython3.11-dev, found by pkg-config and never by a
# python3-config on the path; without it each target says so and does nothing.
.PHONY: oracle python lockstep goldens goldens313 fuzz fuzz-programs

OPS ?= 1000000
TIME ?= 60
SEED ?= 1
PROFILE ?=

PYTHON_EMBED := $(shell pkg-config --exists python-3.11-embed && echo python-3.11-embed)
NO_PYTHON := libpython3.11-dev is missing: no CPython to compare with

ifneq ($(PYTHON_EMBED),)
PYTHON_CFLAGS := $(shell pkg-config --cflags $(PYTHON_EMBED)) \
                 -DORACLE_HOME='L"$(shell pkg-config --variable=prefix $(PYTHON_EMBED))"'
PYTHON_LIBS := $(shell pkg-config --libs $(PYTHON_EMBED))
ORACLE_OBJECTS := $(patsubst %.c,$(OUT)/obj/%.o,cpython/requests.c \
                  $(filter-out cpython/oracle.c,$(wildcard cpython/oracle_*.c)))

$(OUT)/obj/cpython/oracle%.o: ALL_CFLAGS += $(PYTHON_CFLAGS)

oracle: $(OUT)/heapdyno-oracle ## build/heapdyno-oracle FILE: what CPython 3.11 says to a scenario

$(OUT)/heapdyno-oracle: $(OUT)/obj/cpython/oracle.o $(ORACLE_OBJECTS) $(OUT)/libheapdyno.a
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(PYTHON_LIBS)

LOCKSTEP_OBJECTS := $(patsubst %.c,$(OUT)/obj/%.o,$(wildcard cpython/lockstep*.c))

$(OUT)/heapdyno-lockstep: $(LOCKSTEP_OBJECTS) $(ORACLE_OBJECTS) $(OUT)/libheapdyno.a
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(PYTHON_LIBS)

lockstep: $(OUT)/heapdyno-lockstep ## the core beside CPython 3.11, OPS=1000000 SEED=7 [PROFILE=weak]
	$(OUT)/heapdyno-lockstep $(OPS) $(SEED) $(PROFILE)

python: $(OUT)/heapdyno-python ## build/heapdyno-python: CPython 3.11 on our allocators

HOST_OBJECTS := $(OUT)/obj/cpython/host.o $(OUT)/obj/cpython/host_cell.o

$(HOST_OBJECTS): ALL_CFLAGS += $(patsubst -I%,-isystem %,$(filter-out -DORACLE_HOME%,$(PYTHON_CFLAGS)))

$(OUT)/heapdyno-python: $(HOST_OBJECTS) $(OUT)/libheapdyno.a
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(PYTHON_LIBS)

check everything: $(OUT)/heapdyno-python
-include $(HOST_OBJECTS:.o=.d)

.PHONY: model-error
model-error: all recorder $(OUT)/heapdyno-python ## our model beside real CPython: five programs on five allocators, REPS=5
	@$(OUT)/heapdyno run --experiment model $(if $(REPS),--reps $(REPS))

goldens: oracle ## write tests/scenarios/*.out anew: what CPython 3.11 says
	@OUT=$(OUT) GOLDENS=write sh tests/scenarios.sh

# The tests of tests/ use both where they can be had.
check everything: $(OUT)/heapdyno-oracle $(OUT)/heapdyno-lockstep

-include $(LOCKSTEP_OBJECTS:.o=.d)
-include $(ORACLE_OBJECTS:.o=.d) $(OUT)/obj/cpython/oracle.d
else
oracle: ## build/heapdyno-oracle FILE: what CPython 3.11 says to a scenario
	@echo "oracle: $(NO_PYTHON)"

python: ## build/heapdyno-python: CPython 3.11 on our allocators
	@echo "python: $(NO_PYTHON)"

lockstep: ## the core beside CPython 3.11, OPS=1000000 SEED=7 [PROFILE=weak]
	@echo "lockstep: $(NO_PYTHON)"

goldens: ## write tests/scenarios/*.out anew: what CPython 3.11 says
	@echo "goldens: $(NO_PYTHON)"
endif

# The oracle on CPython 3.13, for the golden files of the collector cp313 alone. PYTHON313 is a
# prefix where a 3.13 with its shared library stands: make goldens313 PYTHON313=/opt/python3.13
PYTHON313 ?=
ORACLE313_SOURCES := $(wildcard cpython/oracle*.c) cpython/requests.c
ORACLE313_FLAGS = -isystem $(PYTHON313)/include/python3.13 -isystem $(PYTHON313)/include/python3.13/internal \
                  -DORACLE_HOME='L"$(PYTHON313)"' -Wno-deprecated-declarations

$(OUT)/heapdyno-oracle-3.13: $(ORACLE313_SOURCES) $(OUT)/libheapdyno.a
	$(CC) $(CPPFLAGS) $(filter-out -MMD -MP,$(ALL_CFLAGS)) $(ORACLE313_FLAGS) -o $@ $^ $(LDLIBS) \
	    -L$(PYTHON313)/lib -Wl,-rpath,$(PYTHON313)/lib -lpython3.13

goldens313: ## write tests/scenarios/*.out313 anew, PYTHON313=PREFIX
	@test -n "$(PYTHON313)" || { echo "goldens313: PYTHON313=PREFIX of a 3.13 is missing"; exit 2; }
	$(MAKE) $(OUT)/heapdyno-oracle-3.13
	@OUT=$(OUT) GOLDENS=write313 sh tests/scenarios.sh

# Fuzzing, by clang's libFuzzer: everything below bench/ built once more, with coverage and ASan.
# `make fuzz-programs` is `make BUILD=fuzz CC=clang` of the targets.
FUZZ_OBJECTS := $(filter-out $(OUT)/obj/bench/%,$(LIBRARY))
FUZZ_TARGETS := $(OUT)/fuzz_parse $(OUT)/fuzz_trace $(OUT)/fuzz_snapshot $(OUT)/fuzz_watch $(if $(PYTHON_EMBED),$(OUT)/fuzz_lockstep)

$(OUT)/fuzz_parse $(OUT)/fuzz_trace $(OUT)/fuzz_snapshot: $(OUT)/%: $(OUT)/obj/tests/%.o $(FUZZ_OBJECTS)
	$(CC) $(ALL_CFLAGS) -fsanitize=fuzzer -o $@ $^ $(LDLIBS)

FUZZ_WATCH_OBJECTS := $(addprefix $(OUT)/obj/bench/,watch/watch_file.o watch/watch_print.o record/json.o cell/histogram.o)
$(OUT)/fuzz_watch: $(OUT)/obj/tests/fuzz_watch.o $(FUZZ_OBJECTS) $(FUZZ_WATCH_OBJECTS)
	$(CC) $(ALL_CFLAGS) -fsanitize=fuzzer -o $@ $^ $(LDLIBS)

$(OUT)/fuzz_lockstep: $(OUT)/obj/cpython/fuzz_lockstep.o $(ORACLE_OBJECTS) $(FUZZ_OBJECTS) \
                      $(filter-out %_main.o,$(LOCKSTEP_OBJECTS))
	$(CC) $(ALL_CFLAGS) -fsanitize=fuzzer -o $@ $^ $(LDLIBS) $(PYTHON_LIBS)

-include $(wildcard $(OUT)/obj/cpython/*.d $(OUT)/obj/tests/*.d)

ifeq ($(BUILD),fuzz)
fuzz-programs: $(FUZZ_TARGETS)
else
fuzz-programs:
	@$(MAKE) --no-print-directory BUILD=fuzz CC=clang fuzz-programs
endif

fuzz: ## readers of scenarios, traces, snapshots and watches, and lockstep, by libFuzzer, TIME=60 seconds each
	@TIME=$(TIME) sh tests/fuzz.sh

# The recorder: an extension module for the stock Pythons that are here with their headers, and for
# those of PYTHONS="/path/python3.12 …"; links with nothing.
.PHONY: recorder traces
PYTHONS ?=
PYTHON_START := $(patsubst cpython/python_start/%,build/recorder/%,$(wildcard cpython/python_start/*.py))
RECORDER_SOURCES := $(wildcard cpython/recorder*.[ch] workloads/trace_*.h workloads/snapshot_*.h)
RECORDER_FLAGS = $(CPPFLAGS) -std=gnu17 -O2 -DNDEBUG -flto -g $(WARNINGS) -Wno-missing-field-initializers -fPIC -fvisibility=hidden -shared

# What a Python that is watched or recorded starts with: no compiler, no headers needed.
all: $(PYTHON_START)
$(PYTHON_START): build/recorder/%: cpython/python_start/%
	@mkdir -p $(@D)
	@cp $< $@

recorder: build/recorder/built $(PYTHON_START) ## build/recorder: what `heapdyno record` loads into Python, PYTHONS="…" others
	@[ -z "$(PYTHONS)" ] || CC="$(CC)" FLAGS="$(RECORDER_FLAGS)" sh cpython/recorder_build.sh build/recorder $(PYTHONS)

build/recorder/built: $(RECORDER_SOURCES) cpython/recorder_build.sh
	@CC="$(CC)" FLAGS="$(RECORDER_FLAGS)" sh cpython/recorder_build.sh build/recorder
	@touch $@

# The tests of tests/ use it where it can be had.
check everything: recorder

traces: recorder ## record the traces of workloads/traces again
	@sh cpython/programs/record_traces.sh workloads/traces

# What `heapdyno record` and `replay:file=NAME` need beside the program.
.PHONY: install-recorder
install: install-recorder
install-recorder: recorder $(if $(PYTHON_EMBED),$(OUT)/heapdyno-python)
	install -d $(DESTDIR)$(PREFIX)/share/heapdyno/traces $(DESTDIR)$(PREFIX)/lib/heapdyno/recorder
	install -m 644 workloads/traces/*.trace $(DESTDIR)$(PREFIX)/share/heapdyno/traces
	install -m 644 $(wildcard build/recorder/*.so) $(PYTHON_START) \
	    $(DESTDIR)$(PREFIX)/lib/heapdyno/recorder
	install -d $(DESTDIR)$(PREFIX)/share/heapdyno/programs
	install -m 644 cpython/programs/*.py $(DESTDIR)$(PREFIX)/share/heapdyno/programs
	$(if $(PYTHON_EMBED),install -m 755 $(OUT)/heapdyno-python $(DESTDIR)$(PREFIX)/lib/heapdyno)

# The micro-benchmarks' cases over the real interpreter, counted beside ours (bench/rules.mk).
.PHONY: peers-instructions performance
performance: $(OUT)/instructions $(if $(PYTHON_EMBED),$(OUT)/peers/cpython) ## write the tables of docs/performance.md anew (3 min)
	@OUT=$(OUT) sh bench/micro/document.sh

ifneq ($(PYTHON_EMBED),)
PEER_OBJECTS := $(OUT)/obj/cpython/peer_instructions.o $(OUT)/obj/cpython/peer_objects.o
PEER_CASES := $(addprefix $(OUT)/obj/bench/micro/,case.o patterns.o instructions.o)

$(PEER_OBJECTS): ALL_CFLAGS += $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(PYTHON_EMBED))) \
    -DPEER_HOME='L"$(shell pkg-config --variable=prefix $(PYTHON_EMBED))"'

$(OUT)/peers/cpython: $(PEER_OBJECTS) $(PEER_CASES) $(OUT)/libheapdyno.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(PYTHON_LIBS)

peers-instructions: $(OUT)/instructions $(OUT)/peers/cpython ## instructions per operation beside python3.11's core
	@OUT=$(OUT) sh bench/peers/instructions.sh

-include $(PEER_OBJECTS:.o=.d)
else
peers-instructions: ## instructions per operation beside python3.11's core
	@echo "skipped: $(NO_PYTHON)"
endif
