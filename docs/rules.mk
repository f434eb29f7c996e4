# What the pages show: the reference run, and the plots of the README that are drawn from it.
.PHONY: reference readme-plots

reference: all ## run results/reference anew; wants a quiet machine
	@sh results/reference/make.sh

readme-plots: all ## draw docs/img/*.png from results/reference
	@rm -rf $(OUT)/results/reference && mkdir -p $(OUT)/results docs/img
	@cp -r results/reference $(OUT)/results/reference
	@cd $(OUT) && ./heapdyno report reference --no-html >/dev/null
	@for plot in throughput memory settings thresholds; do rm -f docs/img/$$plot.png; \
	  cp $(OUT)/results/reference/plots/$$plot.png docs/img/ 2>/dev/null || true; done; ls docs/img
