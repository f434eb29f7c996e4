/* Laws through points: exact ones are found exactly, the residual says how far off the others are. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "bench/experiment/experiment.h"
#include "bench/experiment/fit.h"

enum { POINTS = 4, VALUES = 3 };

struct cloud {
    double value[POINTS][VALUES];
    struct fit_point point[POINTS];
};

static void fill(struct cloud *self, double (*law)(double))
{
    for (size_t i = 0; i < POINTS; i++) {
        double x = pow(10.0, 4.0 + (double)i);
        for (size_t k = 0; k < VALUES; k++) {
            self->value[i][k] = law(x) * (1.0 + 0.01 * ((double)k - 1.0));
        }
        self->point[i] = (struct fit_point){x, {self->value[i], VALUES}};
    }
}

static double line(double x)
{
    return 65.0 * x + 2000.0;
}

static double power(double x)
{
    return 3.0 * pow(x, 1.2);
}

static void test_a_line_is_found(void **state)
{
    (void)state;
    struct cloud cloud;
    fill(&cloud, line);
    struct fit fit = fit_line(cloud.point, POINTS);
    assert_true(fabs(fit.slope.mid / 65.0 - 1.0) < 1e-6);
    assert_true(fabs(fit.rest / 2000.0 - 1.0) < 1e-6);
    assert_true(fit.residual < 1e-9 && fit.residual_worst < 1e-9);
    assert_true(fit.slope.known && fit.slope.lo <= 65.0 && fit.slope.hi >= 65.0);
    assert_true(fit.slope.lo > 63.0 && fit.slope.hi < 67.0);
    assert_true(fit_power(cloud.point, POINTS).residual > fit.residual);
}

static void test_a_power_is_found(void **state)
{
    (void)state;
    struct cloud cloud;
    fill(&cloud, power);
    struct fit fit = fit_power(cloud.point, POINTS);
    assert_true(fabs(fit.slope.mid - 1.2) < 1e-9 && fabs(fit.rest / 3.0 - 1.0) < 1e-6);
    assert_true(fit.slope.known && fit.slope.lo > 1.19 && fit.slope.hi < 1.21);
    struct fit straight = fit_line(cloud.point, POINTS);
    assert_true(straight.residual > 0.1);
    assert_true(straight.residual_worst >= straight.residual);
    assert_true(fabs(fit_power_at(&fit, 1e5) / power(1e5) - 1.0) < 1e-6);
}

static void test_too_little_gives_no_law(void **state)
{
    (void)state;
    struct cloud cloud;
    fill(&cloud, line);
    assert_true(isnan(fit_line(cloud.point, 0).slope.mid));
    assert_true(isnan(fit_line(cloud.point, 1).slope.mid));
    cloud.point[1].x = cloud.point[0].x;
    assert_true(isnan(fit_line(cloud.point, 2).slope.mid));
    assert_true(isnan(fit_power(cloud.point, 2).slope.mid));
    assert_true(isnan(fit_power(cloud.point, 2).residual));
    cloud.point[2].y.n = 1; /* one process: a law, but no interval */
    assert_true(isfinite(fit_line(cloud.point, 3).slope.mid));
    assert_false(fit_line(cloud.point, 3).slope.known);
}

static void test_options_are_read_from_lines(void **state)
{
    (void)state;
    static const char spec[] = "cp311:freeze=never,gc=on,threshold=700/10/5";
    double value = -1.0;
    char text[16];
    assert_true(experiment_option(spec, "threshold", &value) && value == 700.0);
    assert_true(experiment_option_text(spec, "gc", text, sizeof text));
    assert_string_equal(text, "on");
    assert_false(experiment_option(spec, "reeze", &value));
    assert_false(experiment_option(spec, "freeze", &value)); /* no number */
    assert_false(experiment_option_text(spec, "threshold", text, 4));
    assert_true(experiment_option("a:live=0.01", "live", &value) && value == 0.01);
    assert_true(experiment_option("a:threshold=off", "threshold", &value) && value == 0.0);
    assert_false(experiment_option("a", "live", &value));
    assert_false(experiment_option("a:live=", "live", &value));
}

static void test_changes_say_when_they_cannot_tell(void **state)
{
    (void)state;
    char text[EXPERIMENT_TEXT];
    assert_string_equal(experiment_change((struct interval){0.9, 0.8, 0.95, true}, text),
                        "−10 % [−20 %, −5.0 %]");
    assert_non_null(
        strstr(experiment_change((struct interval){0.9, 0.8, 1.05, true}, text), "cannot tell"));
    assert_string_equal(experiment_change((struct interval){.mid = 0.9}, text), "−10 %");
    assert_string_equal(experiment_change((struct interval){.mid = NAN}, text), "not measured");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_line_is_found),
        cmocka_unit_test(test_a_power_is_found),
        cmocka_unit_test(test_too_little_gives_no_law),
        cmocka_unit_test(test_options_are_read_from_lines),
        cmocka_unit_test(test_changes_say_when_they_cannot_tell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
