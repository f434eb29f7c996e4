# Testing. `make test` is what CI runs; `make test-long` has what takes longer.
.PHONY: setup test check everything asan-programs test-long coverage memcheck

SCRIPTS := $(filter-out tests/run.sh tests/long_%.sh,$(sort $(wildcard tests/*.sh)))
LONG_SCRIPTS := $(sort $(wildcard tests/long_*.sh))
RUN := HEAPDYNO=$(abspath $(OUT)/heapdyno) OUT=$(OUT) CC="$(CC)" sh tests/run.sh

setup: ## install the Debian packages that are missing
	@sh bench/setup.sh build test extra

check: all $(TESTS) ## C tests and scripts, of this build, without set-up
	@$(RUN) $(TESTS) $(SCRIPTS)

test: setup ## what CI runs: release and sanitized builds, C tests of both, scripts
	@$(MAKE) --no-print-directory -j2 BUILD=asan asan-programs
	@$(MAKE) --no-print-directory -j2 WERROR=1 everything

asan-programs: all $(TESTS)

everything: all $(TESTS)
	@$(RUN) $(TESTS) $(TESTS:build/%=build/asan/%) $(SCRIPTS)

test-long: setup ## test, and what takes longer: valgrind, coverage, long fuzzing
	@$(MAKE) --no-print-directory test
	@$(MAKE) --no-print-directory memcheck coverage
	@TEST_SECONDS=7200 $(RUN) $(LONG_SCRIPTS)

memcheck: all ## every workload at size=tiny under valgrind
	@sh tests/long_memcheck.sh

coverage: ## line coverage of each floor by the C tests and scripts (goal: 90 %)
	@$(MAKE) --no-print-directory -j2 BUILD=cov all
	@find build/cov -name '*.gcda' -delete
	@$(MAKE) --no-print-directory BUILD=cov check SCRIPTS="$(filter-out tests/fuzz.sh,$(SCRIPTS))"
	@lcov -q -c -d build/cov/obj -b . -o build/cov/coverage.info
	@awk -v goal=90 -f tests/coverage.awk build/cov/coverage.info
