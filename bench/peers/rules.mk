# The peers: what is measured beside them, and how: docs/peers.md.
.PHONY: peers

PEERS := $(OUT)/peers
# What can be built here; the others are skipped by name when the runner does not find them.
PEERS_HERE := $(PEERS)/peers $(PEERS)/ours \
  $(if $(wildcard /usr/include/gc/gc.h /usr/include/gc.h),$(PEERS)/boehm) \
  $(if $(wildcard /usr/include/mimalloc.h),$(PEERS)/counted) \
  $(if $(PYTHON_EMBED),$(PEERS)/heapdyno_peer.so)
PEERS_TSV ?= results/peers/$(shell date +%Y%m%d-%H%M%S).tsv

peers: $(PEERS_HERE) ## allocators and core beside their peers; QUICK=1, ONLY='part of a title', MINUTES=11, PAGE=1: into docs/performance.md
	@mkdir -p $(dir $(PEERS_TSV))
	@MINUTES=$(or $(MINUTES),$(if $(PAGE),11,1440)) $(PEERS)/peers $(PEERS) $(PEERS_TSV) $(if $(QUICK),quick) $(if $(ONLY),'$(ONLY)')
	@$(if $(PAGE),sh bench/peers/document.sh $(PEERS_TSV))
	@echo "$(PEERS_TSV)"

$(PEERS)/peers: $(patsubst %,$(OUT)/obj/bench/peers/%.o,peers row counts side table)
$(PEERS)/ours: $(patsubst %,$(OUT)/obj/bench/peers/%.o,ours graph collections) $(CASE_OBJECTS)
$(PEERS)/boehm: $(OUT)/obj/bench/peers/boehm.o
$(PEERS)/boehm: PEERS_LIBS := -lgc
$(PEERS)/counted: $(OUT)/obj/bench/peers/counted.o
$(PEERS)/counted: PEERS_LIBS := -lmimalloc

$(addprefix $(PEERS)/,peers ours boehm counted): $(OUT)/libheapdyno.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(PEERS_LIBS) $(LDLIBS)

# A module of the stock interpreter: its few sources are compiled again, as a shared object's.
PEER_MODULE := cpython/peer.c bench/micro/patterns.c bench/micro/case.c \
               workloads/replay_describe.c $(wildcard workloads/trace*.c) base/error.c base/beside.c

$(PEERS)/heapdyno_peer.so: $(PEER_MODULE) bench/peers/trees.h bench/peers/worker.h bench/micro/patterns.h cpython/peer_blocks.h
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(filter-out -MMD -MP,$(ALL_CFLAGS)) $(PYTHON_CFLAGS) -fPIC -shared -o $@ $(filter %.c,$^)

# tests/peers.sh runs them.
check everything: $(PEERS_HERE)

-include $(patsubst %,$(OUT)/obj/bench/peers/%.d,peers row counts side table ours graph collections boehm counted)

