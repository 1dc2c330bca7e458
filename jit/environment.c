/* environment.c: what the environment says; belongs to jit.h. No other file of the library reads
 * it. A process that runs with rights which its caller does not have does not read it, either. */
#include "jit/inside.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/auxv.h>
#endif

static bool has_foreign_rights(void)
{
#ifdef AT_SECURE
    if (getauxval(AT_SECURE)) return true;
#endif
    return getuid() != geteuid() || getgid() != getegid();
}

bool tg__jit_trusts(char *text)
{
    if (!has_foreign_rights()) return true;
    (void)snprintf(text, TG_JIT_TEXT,
                   "nothing is compiled in a process that has the rights of another user "
                   "(set-user-id, set-group-id or capabilities)");
    return false;
}

const char *tg__jit_setting(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

bool tg__jit_wanted(void)
{
    if (has_foreign_rights()) return false;
    const char *value = tg__jit_setting("TAPEGRAD_JIT");
    return value && strcmp(value, "0") != 0;
}

const char *tg__jit_log(void)
{
    return has_foreign_rights() ? NULL : tg__jit_setting("TAPEGRAD_JIT_LOG");
}
