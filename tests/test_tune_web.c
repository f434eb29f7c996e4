/* The search on real costs: tests/fixtures/tune/web.tsv is the exhaustive sweep of `web` on
 * instructions. With noise as of a quiet machine, and of a loud one, the setting that is found must be
 * the sweep's best, or one whose interval reaches down to it. */
#include "tests/tune_trial.h"

static void web_read(struct trial *self)
{
    FILE *file = fopen("tests/fixtures/tune/web.tsv", "re");
    char line[512], label[256];
    assert_non_null(file);
    *self = (struct trial){.budget_s = 300, .goals = "rss<+5%"};
    assert_non_null(fgets(line, sizeof line, file));
    while (fgets(line, sizeof line, file) != NULL) {
        double *truth = self->truth[self->count];
        assert_true(self->count < TRIAL_SETTINGS);
        assert_int_equal(sscanf(line, "%255[^\t]\t%u\t%lf\t%lf", label,
                                &self->distance[self->count], &truth[TUNE_TIME], &truth[TUNE_RSS]),
                         4);
        truth[TUNE_P99_PAUSE] = truth[TUNE_MAX_PAUSE] = 1e6;
        truth[TUNE_TRASH] = 1e4;
        self->endless[self->count++] = strncmp(label, "off", 3) == 0;
    }
    fclose(file);
    assert_true(self->count > 30);
}

/* The best of the sweep, of those that meet the goal. */
static size_t sweep_best(const struct trial *self)
{
    size_t best = 0;
    for (size_t i = 1; i < self->count; i++) {
        bool meets = self->truth[i][TUNE_RSS] < 1.05 * self->truth[0][TUNE_RSS];
        if (meets && !self->endless[i] &&
            self->truth[i][TUNE_TIME] < self->truth[best][TUNE_TIME]) {
            best = i;
        }
    }
    return best;
}

/* How many of 100 searches end at the best, or overlap it. */
static void find(double noise, size_t wanted)
{
    struct trial trial;
    uint64_t seed = trial_seed();
    size_t exact = 0, overlapping = 0, named = 0;
    double worst = 1.0;
    web_read(&trial);
    trial.noise = noise;
    size_t best = sweep_best(&trial);
    for (size_t t = 0; t < 100; t++) {
        struct trial_end end;
        assert_true(trial_run(&trial, seed + t, &end));
        assert_int_equal(end.result.searched, trial.count);
        size_t chosen = end.result.chosen;
        double ratio = trial.truth[chosen][TUNE_TIME] / trial.truth[best][TUNE_TIME];
        bool overlaps = chosen == best || end.chosen.lo <= trial.truth[best][TUNE_TIME];
        exact += chosen == best;
        overlapping += overlaps;
        named += end.result.verdict == SEARCH_NAMED;
        worst = fmax(worst, ratio);
    }
    printf("noise %g %%: the best %zu, overlapping %zu, named %zu of 100; at worst %.1f %% above\n",
           noise * 100, exact, overlapping, named, (worst - 1) * 100);
    assert_true(overlapping >= wanted && named >= wanted);
}

static void test_quiet_machine(void **state)
{
    (void)state;
    find(0.02, 95);
}

static void test_loud_machine(void **state)
{
    (void)state;
    find(0.08, 90);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quiet_machine),
        cmocka_unit_test(test_loud_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
