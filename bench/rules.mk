# The default plan, from a bare machine to a report, and installation.
.PHONY: bench install

BENCH_RUN ?= results/bench-$(shell date +%Y%m%d-%H%M%S)

bench: ## the default plan: table, three sentences, report (3 min)
	@sh bench/setup.sh build
	@$(MAKE) --no-print-directory -j2 all
	@run=$(BENCH_RUN); \
	$(OUT)/heapdyno plan bench/plans/default.ini >/dev/null && \
	{ $(OUT)/heapdyno run bench/plans/default.ini --out "$$run" >/dev/null; status=$$?; } && \
	$(OUT)/heapdyno report "$$run" && exit $$status

PREFIX ?= /usr/local
MANDIR ?= $(PREFIX)/share/man

install: all ## install to $(DESTDIR)$(PREFIX)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(MANDIR)/man1 \
	  $(DESTDIR)$(PREFIX)/share/heapdyno/plans $(DESTDIR)$(PREFIX)/share/heapdyno/plots \
	  $(DESTDIR)$(PREFIX)/share/heapdyno/lessons/ko \
	  $(DESTDIR)$(PREFIX)/share/doc/heapdyno
	install -m 755 $(OUT)/heapdyno $(DESTDIR)$(PREFIX)/bin/heapdyno
	{ cat docs/heapdyno.1; $(OUT)/heapdyno list --man; } >$(DESTDIR)$(MANDIR)/man1/heapdyno.1
	install -m 644 bench/plans/*.ini $(DESTDIR)$(PREFIX)/share/heapdyno/plans
	install -m 644 plots/*.gp $(DESTDIR)$(PREFIX)/share/heapdyno/plots
	install -m 644 docs/lessons/*.md $(DESTDIR)$(PREFIX)/share/heapdyno/lessons
	install -m 644 docs/lessons/ko/*.md $(DESTDIR)$(PREFIX)/share/heapdyno/lessons/ko
	install -m 644 $(wildcard README.md) LICENSE docs/*.md $(DESTDIR)$(PREFIX)/share/doc/heapdyno

# Micro-benchmarks: one table of cases, timed by Google Benchmark and counted by callgrind.
.PHONY: micro instructions hyperfine

CASE_OBJECTS := $(patsubst %.c,$(OUT)/obj/%.o,$(filter-out bench/micro/main.c \
                bench/micro/hyperfine.c bench/micro/instructions_main.c,$(wildcard bench/micro/*.c)) bench/peers/shapes.c)

ifneq ($(shell command -v $(CXX)),)
ifneq ($(wildcard /usr/include/benchmark/benchmark.h /usr/local/include/benchmark/benchmark.h),)
HAVE_BENCHMARK := yes
endif
endif

ifdef HAVE_BENCHMARK
micro: $(OUT)/micro $(OUT)/instructions ## Google Benchmark over every allocator; QUICK=1: a minute
	@OUT=$(OUT) QUICK="$(QUICK)" sh bench/micro.sh
else
micro: ## Google Benchmark over every allocator; QUICK=1: a minute
	@echo "skipped: g++ and libbenchmark-dev are not both installed"
endif

$(OUT)/micro: $(OUT)/obj/bench/micro/main.o $(OUT)/obj/bench/micro/gbench.o $(CASE_OBJECTS) \
              $(OUT)/libheapdyno.a
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ -lbenchmark -lstdc++ $(LDLIBS)

$(OUT)/obj/bench/micro/gbench.o: bench/micro/gbench.cc
	@mkdir -p $(@D)
	$(CXX) $(CPPFLAGS) -std=c++17 $(FLAGS_$(BUILD)) -Wall -Wextra -Wshadow $(if $(WERROR),-Werror) -MMD -MP -c -o $@ $<

$(OUT)/instructions: $(OUT)/obj/bench/micro/instructions_main.o $(CASE_OBJECTS) $(OUT)/libheapdyno.a
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

-include $(CASE_OBJECTS:.o=.d) $(OUT)/obj/bench/micro/instructions_main.d \
         $(OUT)/obj/bench/micro/main.d $(OUT)/obj/bench/micro/gbench.d

instructions: $(OUT)/instructions ## instructions per operation, every case and allocator (callgrind)
	@OUT=$(OUT) CC="$(CC)" sh bench/instructions.sh $(if $(UPDATE),--update) || [ $$? = 77 ]

# tests/instructions.sh and tests/micro.sh run them.
check everything: $(OUT)/instructions $(OUT)/hyperfine $(if $(HAVE_BENCHMARK),$(OUT)/micro)

ifneq ($(shell command -v hyperfine),)
hyperfine: all $(OUT)/hyperfine $(OUT)/instructions $(if $(HAVE_BENCHMARK),$(OUT)/micro) ## whole processes under hyperfine; RUNS=10
	@OUT=$(OUT) $(if $(RUNS),RUNS=$(RUNS)) sh bench/hyperfine.sh
else
hyperfine: ## whole processes under hyperfine; RUNS=10
	@echo "skipped: hyperfine is not installed"
endif

$(OUT)/hyperfine: $(OUT)/obj/bench/micro/hyperfine.o $(OUT)/libheapdyno.a
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# Peers beside us.
include bench/peers/rules.mk
