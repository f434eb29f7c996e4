# What touches a real interpreter. Debian's libpython3.11-dev, found by pkg-config and never by a
# python3-config on the path; without it each target says so and does nothing.
.PHONY: oracle

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

-include $(ORACLE_OBJECTS:.o=.d) $(OUT)/obj/cpython/oracle.d
else
oracle: ## build/heapdyno-oracle FILE: what CPython 3.11 says to a scenario
	@echo "oracle: $(NO_PYTHON)"
endif
