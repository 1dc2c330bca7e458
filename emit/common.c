/* common.c: what all files of emit/ use: errors, memory, names of types, arrays that are written
 * once. */
#include "emit/file.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>

/* ---- What all files use ----------------------------------------------------------------- */

const char *tg__c_suffix(int dtype)
{
    switch (dtype) {
    case TG_F32: return "f32";
    case TG_F64: return "f64";
    case TG_I32: return "i32";
    case TG_I64: return "i64";
    default: return "u8";
    }
}

const char *tg__c_wrapping(int dtype) { return dtype == TG_I64 ? "uint64_t" : "uint32_t"; }

void tg__c_clear(tg__text *out, const char *what, int64_t count)
{
    tg__text_put(out, "memset(%s, 0, %" PRId64 " * sizeof *%s);", what, count, what);
}

void tg__c_put_wrapped_sum(tg__text *out, int dtype, const char *to, const char *element)
{
    const char *wrap = tg__c_wrapping(dtype);
    tg__text_put(out, "%s = (%s)((%s)%s + (%s)%s);", to, tg__c_type(dtype), wrap, to, wrap,
                 element);
}

bool tg__c_ok(tg__c_file *f) { return f->status == TG_OK; }

/* The first error stays. */
void tg__c_fail(tg__c_file *f, tg_status status, const char *format, ...)
{
    if (f->status != TG_OK) return;
    f->status = status;
    const tg_site at = f->args->at;
    if (at.file) tg__error_set(&f->error, status, "%s:%d: tg_emit_c: ", at.file, at.line);
    else tg__error_set(&f->error, status, "tg_emit_c: ");
    va_list list;
    va_start(list, format);
    tg__error_vadd(&f->error, format, list);
    va_end(list);
}

void tg__c_refuse(tg__c_file *f, uint32_t v, const char *why)
{
    const tg__value *x = tg__c_value(f, v);
    char shape[TG_SHAPE_TEXT];
    tg__c_fail(f, TG_ERR_UNSUPPORTED, "%s %s %s of %s:%d cannot be written as C: %s", x->op->name,
               tg__shape_text(shape, x->rank, x->dim), tg_dtype_name((tg_dtype)x->dtype),
               x->site->file ? tg__base_name(x->site->file) : "?", x->site->line, why);
}

void *tg__c_alloc(tg__c_file *f, size_t size)
{
    void *memory = tg__arena_alloc(&f->arena, size ? size : 1);
    if (memory) memset(memory, 0, size ? size : 1);
    else tg__c_fail(f, TG_ERR_MEMORY, "out of memory");
    return memory;
}

char *tg__c_copy(tg__c_file *f, const char *text)
{
    char *copy = tg__c_alloc(f, strlen(text) + 1);
    if (copy) strcpy(copy, text);
    return copy;
}

bool tg__c_note_name(tg__c_file *f, const char *name)
{
    for (size_t i = 0; name && i < f->name_count; i++)
        if (strcmp(f->name[i], name) == 0) return false;
    if (!name ||
        !tg__grow(&f->allocator, &f->name, &f->name_capacity, f->name_count + 1, sizeof *f->name)) {
        tg__c_fail(f, TG_ERR_MEMORY, "out of memory");
        return false;
    }
    f->name[f->name_count++] = name;
    return true;
}

const char *tg__c_shape(tg__c_file *f, const char *numbers)
{
    char name[24];
    for (size_t i = 0; i < f->name_count; i++) {
        const char *colon = strchr(f->name[i], ':');
        if (colon && strcmp(colon + 1, numbers) == 0) {
            (void)snprintf(name, sizeof name, "%.*s", (int)(colon - f->name[i]), f->name[i]);
            return tg__c_copy(f, name);
        }
    }
    (void)snprintf(name, sizeof name, "shape_%zu", f->shape_count++);
    char *noted = tg__c_alloc(f, strlen(name) + strlen(numbers) + 2);
    if (!noted) return "";
    (void)sprintf(noted, "%s:%s", name, numbers);
    (void)tg__c_note_name(f, noted);
    tg__text_put(&f->shapes, "static const int32_t %s[] = { %s };", name, numbers);
    return tg__c_copy(f, name);
}

const char *tg__c_bytes(tg__c_file *f, const void *data, size_t size)
{
    char name[24];
    (void)snprintf(name, sizeof name, "bytes_%zu", f->shape_count++);
    /* Aligned as the attributes were. */
    tg__text_put(
        &f->shapes,
        "static const union { unsigned char bytes[%zu]; double real; int64_t whole; } %s = { { ",
        size, name);
    for (size_t i = 0; i < size; i++)
        tg__text_put(&f->shapes, "%s%u", i ? ", " : "", ((const unsigned char *)data)[i]);
    tg__text_put(&f->shapes, " } };");
    char address[32];
    (void)snprintf(address, sizeof address, "&%s", name);
    return tg__c_copy(f, address);
}

bool tg__c_is_keyword(const char *name)
{
    static const char *const taken[] = { "auto",     "break",   "case",     "char",    "const",
                                         "continue", "default", "do",       "double",  "else",
                                         "enum",     "extern",  "float",    "for",     "goto",
                                         "if",       "inline",  "int",      "long",    "register",
                                         "restrict", "return",  "short",    "signed",  "sizeof",
                                         "static",   "struct",  "switch",   "typedef", "union",
                                         "unsigned", "void",    "volatile", "while" };
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (strcmp(name, taken[i]) == 0) return true;
    return false;
}

const char *tg__c_upper(tg__c_file *f)
{
    char *name = tg__c_copy(f, tg__c_name(f));
    for (char *at = name; at && *at; at++) *at = (char)toupper((unsigned char)*at);
    return name ? name : "";
}
