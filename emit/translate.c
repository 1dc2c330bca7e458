/* translate.c: C that is kept as text, as C99 for one dtype: values of maps, which name operands x,
 * or a, b and c, and what kernels/elementwise.h has; and helpers (helpers.def), each of which is
 * written into the file where it is first needed, what it needs itself before it. Functions of our
 * own become those of the C library. */
#include "emit/file.h"

#include <ctype.h>

/* ---- Words ------------------------------------------------------------------------------ */

typedef struct meaning {
    const char *name, *becomes;
} meaning;

/* Functions of the operand's precision: TG_MATH1(NAME, x). Those that end with _T are helpers. */
static const meaning functions[] = {
    { "tg__power", "exp" },
    { "tg__tanh", "tanh" },
    { "tg__logistic", "logistic_T" },
    { "tg__cbrt", "cbrt" },
    { "tg__within_one", "within_one_T" },
    { "tg__asin", "asin" },
    { "tg__acos", "acos" },
    { "tg__cosh", "cosh" },
    { "tg__asinh", "asinh" },
    { "tg__acosh", "acosh" },
    { "tg__atanh", "atanh" },
    { "tg__hypot", "hypot" },
    { "tg__normal_pdf", "normal_pdf_T" },
    { "tg__gelu", "gelu_T" },
    { "tg__gelu_slope", "gelu_slope_T" },
};
static const meaning numbers[] = {
    { "M_LN2", "0.69314718055994530942" },
    { "TG_UNSIGNED", "" },
};

/* Functions of double. */
static const meaning doubles[] = {
    { "tg__erfinv", "erfinv_of" },
    { "tg__lgamma", "lgamma_of" },
    { "tg__digamma", "digamma_of" },
    { "tg__polygamma", "polygamma_of" },
};

static const char *find(const meaning *list, int count, const char *name, size_t length)
{
    for (int i = 0; i < count; i++)
        if (strlen(list[i].name) == length && memcmp(list[i].name, name, length) == 0)
            return list[i].becomes;
    return NULL;
}
#define FIND(list, name, length) find(list, (int)(sizeof(list) / sizeof *(list)), name, length)

typedef struct translation {
    tg__c_file *f;
    tg__text *out;
    int dtype;
    const char *const *operand;
    int arity;
} translation;

static bool is_word(char c) { return isalnum((unsigned char)c) || c == '_'; }
static bool equals(const char *word, size_t length, const char *name)
{
    return strlen(name) == length && memcmp(word, name, length) == 0;
}

/* A helper, in whose name _T is the dtype. */
static void put_helper(translation *t, const char *name)
{
    tg__text_put(t->out, "%s", tg__c_helper(t->f, name, t->dtype));
}

/* The function that TG_MATH1 or TG_MATH2 names, and the parenthesis of its operands. */
static const char *put_function(translation *t, const char *at)
{
    char name[64];
    size_t length = 0;
    while (*at == '(' || *at == ' ') at++;
    while (is_word(*at) && length < sizeof name - 1) name[length++] = *at++;
    name[length] = 0;
    while (*at == ',' || *at == ' ') at++;
    const char *becomes = FIND(functions, name, length);
    if (!becomes && strncmp(name, "tg__vector_", 11) == 0) becomes = name + 11;
    if (!becomes) becomes = name;
    const size_t end = strlen(becomes);
    if (end > 2 && strcmp(becomes + end - 2, "_T") == 0) put_helper(t, becomes);
    else tg__text_put(t->out, "%s%s", becomes, t->dtype == TG_F32 ? "f" : "");
    tg__text_put(t->out, "(");
    return at;
}

/* TG_DIVIDED(floor_div, a, b) and TG_TO_INT(i32, x): a helper by its first operand. */
static const char *put_made(translation *t, const char *at, const char *format)
{
    char name[64], full[80];
    size_t length = 0;
    while (*at == '(' || *at == ' ') at++;
    while (is_word(*at) && length < sizeof name - 1) name[length++] = *at++;
    name[length] = 0;
    while (*at == ',' || *at == ' ') at++;
    (void)snprintf(full, sizeof full, format, name);
    /* Divisions of integers are helpers with names of their own. */
    put_helper(t, full);
    tg__text_put(t->out, "(");
    return at;
}

static const char *unsigned_of(int dtype)
{
    return dtype == TG_I64                      ? "uint64_t"
           : dtype == TG_F32 || dtype == TG_F64 ? tg__c_type(dtype)
                                                : "uint32_t";
}

static const char *put_word(translation *t, const char *at)
{
    size_t length = 0;
    while (is_word(at[length])) length++;
    const char *const end = at + length;
    static const char names[] = "abc";
    if (t->arity == 1 && equals(at, length, "x")) {
        tg__text_put(t->out, "%s", t->operand[0]);
        return end;
    }
    for (int i = 0; i < t->arity && t->arity > 1; i++)
        if (length == 1 && *at == names[i]) {
            tg__text_put(t->out, "%s", t->operand[i]);
            return end;
        }
    if (equals(at, length, "T")) tg__text_put(t->out, "%s", tg__c_type(t->dtype));
    else if (equals(at, length, "U")) tg__text_put(t->out, "%s", unsigned_of(t->dtype));
    else if (equals(at, length, "TG_MATH1") || equals(at, length, "TG_MATH2"))
        return put_function(t, end);
    else if (equals(at, length, "TG_DIVIDED")) return put_made(t, end, "%s_T");
    else if (equals(at, length, "TG_TO_INT")) return put_made(t, end, "to_%s_T");
    else if (equals(at, length, "TG_UNSIGNED")) tg__text_put(t->out, "(%s)", unsigned_of(t->dtype));
    else if (FIND(numbers, at, length)) tg__text_put(t->out, "%s", FIND(numbers, at, length));
    else if (FIND(doubles, at, length)) put_helper(t, FIND(doubles, at, length));
    else if (length > 2 && memcmp(end - 2, "_T", 2) == 0) {
        char name[64];
        (void)snprintf(name, sizeof name, "%.*s", (int)length, at);
        put_helper(t, name);
    } else {
        if (tg__c_is_helper(at, length)) {
            char name[64];
            (void)snprintf(name, sizeof name, "%.*s", (int)length, at);
            (void)tg__c_helper(t->f, name, 0);
        }
        tg__text_add(t->out, at, length);
    }
    return end;
}

void tg__c_translate(tg__c_file *f, tg__text *out, const char *from, int dtype,
                     const char *const operand[3], int arity)
{
    translation t = { f, out, tg__c_stored(dtype), operand, arity };
    char before = 0;
    for (const char *at = from; *at;) {
        /* Not inside of a number, such as 0x1p-53, nor a member's name. */
        if ((isalpha((unsigned char)*at) || *at == '_') && !is_word(before) && before != '.') {
            at = put_word(&t, at);
            before = out->length ? out->at[out->length - 1] : 0;
        } else {
            before = *at;
            tg__text_add(out, at++, 1);
        }
    }
}

/* ---- Helpers ---------------------------------------------------------------------------- */

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
static int find_helper(const char *name, size_t length, int *dtype)
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
    return find_helper(name, length, &dtype) < HELPERS;
}

/* Writes the helper with that name. What it calls is found while its code is translated, so its own
 * text is kept aside until then. (One call inside the other for each helper that one needs.) */
static void write_helper(tg__c_file *f, const char *name)
{
    int dtype;
    const int i = find_helper(name, strlen(name), &dtype);
    if (!f->helper_state) f->helper_state = tg__c_alloc(f, (size_t)HELPERS * TG_DTYPES);
    if (!f->helper_state || i == HELPERS || f->helper_state[i * TG_DTYPES + dtype]) return;
    f->helper_state[i * TG_DTYPES + dtype] = 1;
    tg__text own = { .allocator = &f->allocator };
    tg__c_translate(f, &own, helpers[i].code, dtype, NULL, 0);
    tg__text_put(&f->helpers, "%s\n\n", tg__text_string(&own));
    f->helpers.failed |= own.failed;
    tg__text_free(&own);
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
