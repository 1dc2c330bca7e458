/* text.c: printf with a decimal point. Where the thread's locale has another one, the thread
 * borrows a copy of that locale, with the numbers of "C", for the call. Nothing is kept. */
#include "autograd/text.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <string.h>
#if defined(__APPLE__)
#include <xlocale.h>
#endif

/* What the thread had, and what it has until the call is over; both 0 where nothing was changed. */
typedef struct borrowed {
    locale_t callers, numbers;
} borrowed;

static borrowed borrow(void)
{
    const locale_t none = (locale_t)0;
    if (strcmp(nl_langinfo(RADIXCHAR), ".") == 0 && !*nl_langinfo(THOUSEP))
        return (borrowed){ none, none };
    const int before = errno;
    const locale_t copy = duplocale(uselocale(none));
    locale_t numbers = copy ? newlocale(LC_NUMERIC_MASK, "C", copy) : none;
    if (!numbers) { /* out of memory: "C" for all categories, which glibc and musl never allocate */
        if (copy) freelocale(copy);
        numbers = newlocale(LC_ALL_MASK, "C", none);
    }
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
    const borrowed locale = borrow();
    const int wrote = vsnprintf(out, size, format, list);
    give_back(locale);
    return wrote;
}

int tg__print(FILE *out, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    const borrowed locale = borrow();
    const int wrote = vfprintf(out, format, list);
    give_back(locale);
    va_end(list);
    return wrote;
}
