/* Messages for people; see error.h. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

bool error_set(struct error *self, const char *format, ...)
{
    if (self != NULL) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(self->text, sizeof self->text, format, arguments);
        va_end(arguments);
    }
    return false;
}
