/* helpers.c: the functions of helpers.def, each written into the file where it is first needed,
 * what it needs itself before it. */
#include "emit/file.h"

typedef struct helper {
    const char *name, *code;
} helper;

#define HELPER(name, ...) { #name, #__VA_ARGS__ },
static const helper helpers[] = {
#include "emit/helpers.def"
#include "emit/helpers_special.def"
};
#undef HELPER
enum { HELPERS = sizeof helpers / sizeof *helpers };

static bool is_made_by_dtype(const char *name)
{
    const size_t length = strlen(name);
    return length > 2 && strcmp(name + length - 2, "_T") == 0;
}

/* The helper with that name, "sum_add_f32" or "pairs_add"; HELPERS if there is none. Sets its
 * dtype, 0 if it is not made by dtype. */
static int find(const char *name, size_t length, int *dtype)
{
    *dtype = 0;
    for (int i = 0; i < HELPERS; i++)
        if (strlen(helpers[i].name) == length && memcmp(helpers[i].name, name, length) == 0 &&
            !is_made_by_dtype(helpers[i].name))
            return i;
    for (int d = 1; d < TG_DTYPES; d++) {
        const size_t end = strlen(tg__c_suffix(d));
        if (d == TG_BOOL || length <= end + 1 || name[length - end - 1] != '_' ||
            memcmp(name + length - end, tg__c_suffix(d), end) != 0)
            continue;
        const size_t stem = length - end - 1;
        for (int i = 0; i < HELPERS; i++)
            if (is_made_by_dtype(helpers[i].name) && strlen(helpers[i].name) == stem + 2 &&
                memcmp(helpers[i].name, name, stem) == 0) {
                *dtype = d;
                return i;
            }
    }
    return HELPERS;
}

bool tg__c_is_helper(const char *name, size_t length)
{
    int dtype;
    return find(name, length, &dtype) < HELPERS;
}

/* Writes the helper with that name. What it calls is found while its code is translated, so its own
 * text is kept aside until then. (One call inside the other for each helper that one needs.) */
static void write_helper(tg__c_file *f, const char *name)
{
    int dtype;
    const int i = find(name, strlen(name), &dtype);
    if (!f->helper_state) f->helper_state = tg__c_alloc(f, (size_t)HELPERS * TG_DTYPES);
    if (!f->helper_state || i == HELPERS || f->helper_state[i * TG_DTYPES + dtype]) return;
    f->helper_state[i * TG_DTYPES + dtype] = 1;
    tg__c_text own = { .allocator = &f->allocator };
    tg__c_translate(f, &own, helpers[i].code, dtype, NULL, 0);
    tg__c_put(&f->helpers, "%s\n\n", tg__c_string(&own));
    f->helpers.failed |= own.failed;
    tg__c_text_free(&own);
}

const char *tg__c_helper(tg__c_file *f, const char *name, int dtype)
{
    const size_t length = strlen(name);
    char *full = tg__c_alloc(f, length + 8);
    if (!full) return "";
    if (is_made_by_dtype(name))
        (void)snprintf(full, length + 8, "%.*s_%s", (int)(length - 2), name, tg__c_suffix(dtype));
    else (void)snprintf(full, length + 8, "%s", name);
    write_helper(f, full);
    return full;
}
