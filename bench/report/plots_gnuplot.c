/* Running gnuplot; see plots_gnuplot.h. No shell is involved: arguments are passed as they are. */
#include "bench/report/plots_gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/beside.h"
#include "base/check.h"

/* The folder that has style.gp, in buffer[PATH_MAX]. */
static bool find_scripts(char *buffer)
{
    static const char *const places[] = {"plots", "share/heapdyno/plots", NULL};
    bool found = beside_find("HEAPDYNO_PLOTS", places, "style.gp", buffer, PATH_MAX);
    if (found) {
        *strrchr(buffer, '/') = '\0';
    }
    return found;
}

/* In the child: never returns. `log` takes what gnuplot says. */
static void become_gnuplot(const char *folder, const char *scripts, const char *script, int log)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    char full[PATH_MAX];
    if (realpath(scripts, full) == NULL || (folder != NULL && chdir(folder) != 0) ||
        setenv("GNUPLOT_LIB", full, 1) != 0 || null < 0) {
        _exit(126);
    }
    dup2(null, STDIN_FILENO);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    execlp("gnuplot", "gnuplot", script, (char *)NULL);
    _exit(127);
}

/* Exit status of gnuplot, -1 when it did not end by itself; the first of what it said in said[512]. */
static int run(const char *folder, const char *scripts, const char *script, char *said)
{
    int ends[2], status = 0;
    said[0] = '\0';
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return -1;
    }
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        become_gnuplot(folder, scripts, script, ends[1]);
    }
    close(ends[1]);
    size_t used = 0;
    char rest[512];
    ssize_t got;
    while (child > 0 && (got = read(ends[0], rest, sizeof rest)) > 0) {
        size_t kept = (size_t)got < 511 - used ? (size_t)got : 511 - used;
        memcpy(said + used, rest, kept);
        used += kept;
        said[used] = '\0';
    }
    close(ends[0]);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool gnuplot_is_there(struct error *error)
{
    char scripts[PATH_MAX], said[512];
    if (!find_scripts(scripts)) {
        return error_set(error, "no plots: the folder plots/ with style.gp was not found; set "
                                "HEAPDYNO_PLOTS to it");
    }
    return run(NULL, scripts, "--version", said) == 0 ||
           error_set(error, "no plots: gnuplot cannot be run; install gnuplot-nox for them");
}

bool gnuplot_run(const char *folder, const char *name, struct error *error)
{
    char scripts[PATH_MAX], said[512], script[64];
    snprintf(script, sizeof script, "%s.plt", name);
    int status = find_scripts(scripts) ? run(folder, scripts, script, said) : -1;
    if (status != 0) {
        return error_set(error, "gnuplot failed (%d): %.400s", status, said);
    }
    return true;
}

void gnuplot_remove(const char *folder, const char *name)
{
    static const char *const suffixes[] = {".tsv", ".plt", ".svg", ".png"};
    for (size_t i = 0; i < COUNT_OF(suffixes); i++) {
        char *path = NULL;
        CHECK(asprintf(&path, "%s/%s%s", folder, name, suffixes[i]) > 0);
        unlink(path);
        free(path);
    }
}
