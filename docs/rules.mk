# What the pages show: the reference run, and the plots of the README that are drawn from it.
.PHONY: reference readme-plots

reference: all ## run results/reference anew; wants a quiet machine
	@sh results/reference/make.sh

readme-plots: all ## draw docs/img/*.png from results/reference
	@rm -rf $(OUT)/reference && mkdir -p $(OUT) docs/img && cp -r results/reference $(OUT)/reference
	@$(OUT)/heapdyno report $(OUT)/reference --no-html >/dev/null
	@for plot in throughput memory settings thresholds; do rm -f docs/img/$$plot.png; \
	  cp $(OUT)/reference/plots/$$plot.png docs/img/ 2>/dev/null || true; done; ls docs/img
