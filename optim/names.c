/* names.c: lists of names in one option, as .except and .no_decay. */
#include <tapegrad.h>

#include <string.h>

enum { LONGEST = 1000 }; /* bytes of a variable's name at most */

bool tg_name_among(const char *name, const char *parts)
{
    if (!name || !parts) return false;
    while (*parts) {
        parts += strspn(parts, ", ");
        const size_t until_comma = strcspn(parts, ",");
        size_t length = until_comma;
        while (length > 0 && parts[length - 1] == ' ') length--;
        char part[LONGEST + 1];
        if (length > 0 && length <= LONGEST) {
            memcpy(part, parts, length);
            part[length] = 0;
            if (tg_name_has(name, part)) return true;
        }
        parts += until_comma;
    }
    return false;
}
