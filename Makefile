# heapdyno: `make` builds build/heapdyno, `make help` lists the rest.
# BUILD=opt (default, build/), debug, asan, ubsan, cov, fuzz (build/NAME/)

BUILD ?= opt
OUT := build$(if $(filter-out opt,$(BUILD)),/$(BUILD))

CC ?= gcc
WARNINGS := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wvla \
            -Wmissing-prototypes -Wmissing-declarations $(if $(WERROR),-Werror)
FLAGS_opt   := -O2 -g -DNDEBUG
FLAGS_debug := -O1 -g -DHEAPDYNO_CHECK_SLOW
FLAGS_asan  := -O1 -g -DHEAPDYNO_CHECK_SLOW -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
FLAGS_cov   := -O0 -g --coverage
FLAGS_fuzz  := -O1 -g -DHEAPDYNO_CHECK_SLOW -fsanitize=fuzzer-no-link,address -fno-omit-frame-pointer
CFLAGS ?=
CPPFLAGS += -I. -D_GNU_SOURCE
ALL_CFLAGS := -std=gnu17 $(FLAGS_$(BUILD)) $(WARNINGS) -fno-plt -fvisibility=hidden -MMD -MP $(CFLAGS)
LDLIBS := -lsqlite3 -linih -ldl -lm -lpthread

FLOORS := base allocators collector workloads bench
SOURCES := $(foreach floor,$(FLOORS),$(wildcard $(floor)/*.c)) \
           $(wildcard collector/objects/*.c collector/policies/*.c workloads/scenario/*.c) \
           $(filter-out bench/micro/% bench/peers/%,$(wildcard bench/*/*.c))
OBJECTS := $(SOURCES:%.c=$(OUT)/obj/%.o)
LIBRARY := $(filter-out $(OUT)/obj/bench/main.o,$(OBJECTS))
TESTS := $(patsubst tests/%.c,$(OUT)/tests/%,$(wildcard tests/test_*.c))

.DEFAULT_GOAL := all
.PHONY: all objects help unit clean format

objects: $(OBJECTS)

all: $(OUT)/heapdyno ## build the program

$(OUT)/heapdyno: $(OBJECTS)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(OUT)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

# Everything but main, for tests and for programs beside the main one.
$(OUT)/libheapdyno.a: $(LIBRARY)
	@rm -f $@
	ar rcs $@ $^

$(OUT)/tests/%: tests/%.c $(OUT)/libheapdyno.a
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $< $(OUT)/libheapdyno.a -lcmocka $(LDLIBS)

unit: all $(TESTS) ## build and run the C tests only
	@$(RUN) $(TESTS)

include $(wildcard cpython/rules.mk bench/rules.mk tests/rules.mk docs/rules.mk)

clean: ## remove build/
	rm -rf build

format: ## clang-format over the tree
	clang-format -i $$(git ls-files '*.c' '*.h')

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort -u | expand -t 16

-include $(OBJECTS:.o=.d) $(TESTS:=.d)
