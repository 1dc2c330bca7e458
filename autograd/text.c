/* text.c: printf with a decimal point, and text that grows. If the thread's locale has another
 * sign, the thread uses the locale "C" for the time of the call; in glibc and musl that allocates
 * nothing, and nothing is kept. printf takes from a locale the form of numbers, and the encoding of
 * wide characters: a format with those gets a copy of the thread's locale that has the numbers of
 * "C". */
#include "autograd/text.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <string.h>
#if defined(__APPLE__)
#include <xlocale.h>
#endif

/* The locale that the thread had, and that of the call; both 0 if nothing was changed. */
typedef struct borrowed {
    locale_t callers, numbers;
} borrowed;

/* Does the format have a %ls or %lc? */
static bool has_wide(const char *format)
{
    for (const char *p = strchr(format, '%'); p; p = strchr(p, '%')) {
        p += 1 + strspn(p + 1, "-+ #0'I123456789.*$");
        if (*p == 'S' || *p == 'C' || (*p == 'l' && (p[1] == 's' || p[1] == 'c'))) return true;
        if (*p == '%') p++;
    }
    return false;
}

/* A copy of the thread's locale with the numbers of "C"; 0 when out of memory. */
static locale_t with_numbers_of_c(void)
{
    const locale_t copy = duplocale(uselocale((locale_t)0));
    const locale_t changed = copy ? newlocale(LC_NUMERIC_MASK, "C", copy) : copy;
    if (copy && !changed) freelocale(copy);
    return changed;
}

static borrowed borrow(const char *format)
{
    const locale_t none = (locale_t)0;
    if (strcmp(nl_langinfo(RADIXCHAR), ".") == 0 && !*nl_langinfo(THOUSEP))
        return (borrowed){ none, none };
    const int before = errno;
    locale_t numbers = has_wide(format) ? with_numbers_of_c() : none;
    if (!numbers) numbers = newlocale(LC_ALL_MASK, "C", none);
    const borrowed result = { numbers ? uselocale(numbers) : none, numbers };
    errno = before;
    return result;
}

static void give_back(borrowed locale)
{
    if (!locale.numbers) return;
    (void)uselocale(locale.callers);
    freelocale(locale.numbers);
}

int tg__vformat(char *out, size_t size, const char *format, va_list list)
{
    const borrowed locale = borrow(format);
    const int wrote = vsnprintf(out, size, format, list);
    give_back(locale);
    return wrote;
}

int tg_format(char *out, size_t size, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    const int wrote = tg__vformat(out, size, format, list);
    va_end(list);
    return wrote;
}

tg_status tg_error_set(tg_error *error, tg_site at, tg_status status, const char *format, ...)
{
    if (!error) return status;
    error->status = status;
    int used = 0;
    if (at.file) used = snprintf(error->text, sizeof error->text, "%.500s:%d: ", at.file, at.line);
    if (used < 0) used = 0;
    va_list list;
    va_start(list, format);
    (void)tg__vformat(error->text + used, sizeof error->text - (size_t)used, format, list);
    va_end(list);
    return status;
}

int tg__print(FILE *out, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    const borrowed locale = borrow(format);
    const int wrote = vfprintf(out, format, list);
    give_back(locale);
    va_end(list);
    return wrote;
}

/* ---- Text that grows -------------------------------------------------------------------- */

static bool make_room(tg__text *text, size_t length)
{
    if (!text->failed &&
        tg__grow(text->allocator, &text->at, &text->capacity, text->length + length + 1, 1))
        return true;
    text->failed = true;
    return false;
}

void tg__text_add(tg__text *text, const char *from, size_t length)
{
    if (!make_room(text, length)) return;
    memcpy(text->at + text->length, from, length);
    text->length += length;
    text->at[text->length] = 0;
}

void tg__text_put(tg__text *text, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    const int length = tg__vformat(NULL, 0, format, list);
    va_end(list);
    if (length < 0 || !make_room(text, (size_t)length)) {
        text->failed = true;
        return;
    }
    va_start(list, format);
    (void)tg__vformat(text->at + text->length, (size_t)length + 1, format, list);
    va_end(list);
    text->length += (size_t)length;
}

void tg__text_free(tg__text *text)
{
    tg__free(text->allocator, text->at);
    *text = (tg__text){ .allocator = text->allocator };
}

const char *tg__text_string(const tg__text *text) { return text->at ? text->at : ""; }
