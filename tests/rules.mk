# Testing: `make test` is what CI runs; `make test-long` has what takes hours.
.PHONY: setup test check test-asan test-long coverage

SCRIPTS := $(sort $(wildcard tests/*.sh))
SCRIPTS := $(filter-out tests/run.sh tests/long_%.sh,$(SCRIPTS))
RUN := HEAPDYNO=$(abspath $(OUT)/heapdyno) OUT=$(OUT) CC="$(CC)" sh tests/run.sh

setup: ## install the Debian packages that are missing
	@sh bench/setup.sh build test extra

check: all $(TESTS) ## C tests and scripts, this build only
	@$(RUN) $(TESTS) $(SCRIPTS)

test: setup ## everything CI runs: release build, then the C tests under ASan and UBSan
	@$(MAKE) --no-print-directory WERROR=1 BUILD=asan asan-tests
	@$(MAKE) --no-print-directory WERROR=1 everything

.PHONY: asan-tests everything
asan-tests: all $(TESTS)
everything: all $(TESTS)
	@$(RUN) $(TESTS) $(SCRIPTS) $(patsubst tests/%.c,build/asan/tests/%,$(wildcard tests/test_*.c))
