/* Escaping and figures; see report_text.h. */
#include "bench/report/report_text.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/units.h"

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7f;
}

void text_html(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        case '\'':
            fputs("&#39;", out);
            break;
        default:
            fputc(is_control(*text) ? ' ' : *text, out);
        }
    }
}

void text_tsv(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        fputc(is_control(*text) ? ' ' : *text == '"' ? '\'' : *text, out);
    }
}

void text_gnuplot(FILE *out, const char *text)
{
    fputc('\'', out);
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            fputc('\'', out);
        }
        fputc(is_control(*text) ? ' ' : *text, out);
    }
    fputc('\'', out);
}

void text_terminal(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        fputc(is_control(*text) ? '?' : *text, out);
    }
}

bool text_is_file_name(const char *text)
{
    static const char legal[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    return text[0] != '\0' && text[0] != '.' && text[strspn(text, legal)] == '\0' &&
           strlen(text) < 200;
}

size_t text_width(const char *text)
{
    size_t width = 0;
    for (; *text != '\0'; text++) {
        width += ((unsigned char)*text & 0xc0) != 0x80;
    }
    return width;
}

/* Three significant digits, as base/units.h writes them. */
static int decimals(double value)
{
    return value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
}

static char *figure_percent(double share, const char *sign, char *buffer)
{
    double percent = fabs(share) * 100.0;
    int digits = percent >= 9.95 ? 0 : percent >= 0.095 || percent == 0.0 ? 1 : 2;
    snprintf(buffer, FIGURE_LENGTH, "%s%.*f %%", sign, digits, percent);
    return buffer;
}

char *figure(double value, enum figure_form form, char *buffer)
{
    uint64_t whole = value > 0.0 ? (uint64_t)llround(value) : 0;
    if (!isfinite(value)) {
        snprintf(buffer, FIGURE_LENGTH, "–");
        return buffer;
    }
    switch (form) {
    case FIGURE_COUNT:
        return units_format_count(whole, buffer, FIGURE_LENGTH);
    case FIGURE_RATE:
        units_format_count(whole, buffer, FIGURE_LENGTH);
        strncat(buffer, strchr(buffer, ' ') != NULL ? "/s" : " /s",
                FIGURE_LENGTH - 1 - strlen(buffer));
        return buffer;
    case FIGURE_BYTES:
        return units_format_size(whole, buffer, FIGURE_LENGTH);
    case FIGURE_NS:
        return units_format_duration(whole, buffer, FIGURE_LENGTH);
    case FIGURE_PERCENT:
        return figure_percent(value, value < 0.0 ? "−" : "", buffer);
    case FIGURE_CHANGE:
        return figure_percent(value - 1.0, value < 1.0 ? "−" : "+", buffer);
    case FIGURE_RATIO:
        break;
    }
    snprintf(buffer, FIGURE_LENGTH, "%.*f", decimals(value), value);
    return buffer;
}
