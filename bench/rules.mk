# Benchmarks beside the main program.
.PHONY: peers-collect

$(OUT)/peers/%: bench/peers/%.c bench/peers/shapes.c $(OUT)/libheapdyno.a
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

peers-collect: $(OUT)/peers/collect ## full collections beside the real python3.11, ratios
	$(OUT)/peers/collect $(OBJECTS_EACH)
