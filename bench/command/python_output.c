/* Files that a Python program leaves; see python_output.h. */
#include "bench/command/python_output.h"

#include <errno.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/command/command.h"
#include "bench/command/python_program.h"

bool python_output_prepare(struct python_output *self, const char *given, struct error *error)
{
    char here[PATH_MAX] = "";
    if (given[0] != '/' && getcwd(here, sizeof here) == NULL) {
        return error_set(error, "%s", strerror(errno));
    }
    int wrote =
        snprintf(self->out, sizeof self->out, "%s%s%s", here, given[0] == '/' ? "" : "/", given);
    if (wrote < 0 || (size_t)wrote + 32 >= sizeof self->out) {
        return error_set(error, "%.200s…: the name is too long", given);
    }
    struct stat stat_of;
    if (lstat(self->out, &stat_of) == 0) {
        char magic[9] = "";
        FILE *file = S_ISREG(stat_of.st_mode) ? fopen(self->out, "rbe") : NULL;
        if (file != NULL) {
            fgets(magic, sizeof magic, file);
            fclose(file);
        }
        if (strcmp(magic, self->magic) != 0) {
            return error_set(error, "%s exists and is no %s: it stays as it is", given, self->noun);
        }
        unlink(self->out);
    }
    FILE *file = fopen(self->out, "wbxe");
    if (file == NULL) {
        return error_set(error, "%s: %s", given, strerror(errno));
    }
    fclose(file);
    unlink(self->out);
    return true;
}

void python_set_number(const char *name, uint64_t number)
{
    char text[32];
    snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    setenv(name, text, 1);
}

uint64_t python_signal(const struct option_value *value)
{
    static const int signals[] = {SIGUSR1, SIGUSR2, SIGWINCH, SIGURG};
    return value->set ? (uint64_t)signals[value->number] : 0;
}

/* Run the program to its end; its exit status as a shell gives it. */
static int run_program(const struct python_output *self, char **argv)
{
    struct python_program program;
    struct error error;
    if (!python_program_start(&program, argv, &error)) {
        fprintf(stderr, "heapdyno %s: %s\n", self->command, error.text);
    }
    while (!program.ended) {
        python_program_wait(&program, -1, 0);
    }
    python_program_close(&program);
    return program.status;
}

static bool file_report(const struct python_output *self, const char *path)
{
    struct stat stat_of;
    if (stat(path, &stat_of) != 0) {
        return false;
    }
    fprintf(stderr, "heapdyno %s: %s, %lld bytes\n", self->command, path,
            (long long)stat_of.st_size);
    return true;
}

/* Say which files there are, those of other processes included. */
static bool report(const struct python_output *self, const char *nothing)
{
    bool any = file_report(self, self->out);
    char pattern[PATH_MAX + 8];
    snprintf(pattern, sizeof pattern, "%s.[0-9]*", self->out);
    glob_t found;
    if (glob(pattern, 0, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++) {
            any = file_report(self, found.gl_pathv[i]) || any;
        }
        globfree(&found);
    }
    if (!any) {
        fprintf(stderr, "heapdyno %s: %s\n", self->command, nothing);
    }
    return any;
}

int python_output_run(const struct python_output *self, char **argv, const char *nothing)
{
    int status = run_program(self, argv);
    bool any = report(self, nothing);
    return status == 0 && !any ? EXIT_BAD_RUN : status;
}
