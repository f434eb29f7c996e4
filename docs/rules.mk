# What the pages show: the reference run, and the plots of the README that are drawn from it.
.PHONY: reference readme-plots

reference: all ## run results/reference anew; wants a quiet machine
	@sh results/reference/make.sh

# Three experiments run for it: --quick, unless FULL=1 (much longer; wants a quiet machine).
readme-plots: all ## draw docs/img/*.png from results/reference and three experiments
	@rm -rf $(OUT)/results/reference && mkdir -p $(OUT)/results docs/img
	@cp -r results/reference $(OUT)/results/reference
	@cd $(OUT) && ./heapdyno report reference --no-html >/dev/null
	@for plot in throughput memory settings thresholds; do rm -f docs/img/$$plot.png; \
	  cp $(OUT)/results/reference/plots/$$plot.png docs/img/ 2>/dev/null || true; done
	@for plot in fork/fork_parts release/release_steps pause/pause_objects; do \
	  name=$${plot%/*}; rm -rf $(OUT)/results/$$name; \
	  $(OUT)/heapdyno run --experiment $$name $(if $(FULL),,--quick) --quiet --out $(OUT)/results/$$name >/dev/null && \
	  cp $(OUT)/results/$$name/plots/$${plot#*/}.png docs/img/$$name.png || exit 1; done
	@ls docs/img
