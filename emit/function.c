/* function.c: the functions of kernels. A function's parameters have names in the order in which
 * its body first uses them, so kernels of one structure have one text, and become one function. */
#include "emit/file.h"

#include <stdarg.h>

enum { COMMENT_BEGIN = 1, COMMENT_END = 2 }; /* around comments in a body */

void tg__c_begin(tg__c_kernel *c, tg__c_file *f, uint32_t k)
{
    *c = (tg__c_kernel){ .f = f,
                         .kernel = &f->program->kernels[k],
                         .k = k,
                         .time = tg__c_time(f, k),
                         .body = { .allocator = &f->allocator },
                         .first = (uint32_t)f->argument_count };
}

static tg__c_argument *add_argument(tg__c_kernel *c, tg__c_argument argument)
{
    tg__c_file *f = c->f;
    if (!tg__grow(&f->allocator, &f->argument, &f->argument_capacity, f->argument_count + 1,
                  sizeof *f->argument)) {
        tg__c_fail(f, TG_ERR_MEMORY, "out of memory");
        return NULL;
    }
    f->argument[f->argument_count] = argument;
    return &f->argument[f->argument_count++];
}

static const char *name_of(tg__c_kernel *c, size_t i)
{
    char text[24];
    (void)snprintf(text, sizeof text, "p%zu", i - c->first);
    return tg__c_copy(c->f, text);
}

static const char *parameter(tg__c_kernel *c, uint32_t v, bool written)
{
    tg__c_file *f = c->f;
    for (size_t i = c->first; i < f->argument_count; i++)
        if (f->argument[i].kind == TG_C_VALUE && f->argument[i].index == v) {
            f->argument[i].written |= written;
            return name_of(c, i);
        }
    const tg__c_argument argument = {
        .kind = TG_C_VALUE, .dtype = tg__c_value(f, v)->dtype, .written = written, .index = v
    };
    return add_argument(c, argument) ? name_of(c, f->argument_count - 1) : "";
}

const char *tg__c_in(tg__c_kernel *c, uint32_t v) { return parameter(c, v, false); }
const char *tg__c_out(tg__c_kernel *c, uint32_t v) { return parameter(c, v, true); }

const char *tg__c_scratch(tg__c_kernel *c, int dtype, int64_t count)
{
    tg__c_file *f = c->f;
    if (!tg__grow(&f->allocator, &f->temp, &f->temp_capacity, f->temp_count + 1, sizeof *f->temp)) {
        tg__c_fail(f, TG_ERR_MEMORY, "out of memory");
        return "";
    }
    f->temp[f->temp_count] =
        (tg__c_temp){ .dtype = (uint8_t)dtype, .count = count, .first = c->time, .last = c->time };
    const tg__c_argument argument = { .kind = TG_C_TEMP,
                                      .dtype = (uint8_t)dtype,
                                      .written = true,
                                      .index = (uint32_t)f->temp_count++ };
    return add_argument(c, argument) ? name_of(c, f->argument_count - 1) : "";
}

/* [type_and_text]: the type, |, and the argument. */
const char *tg__c_literal(tg__c_kernel *c, const char *type_and_text, ...)
{
    tg__c_file *f = c->f;
    char text[160];
    va_list list;
    va_start(list, type_and_text);
    (void)tg__vformat(text, sizeof text, type_and_text, list);
    va_end(list);
    for (size_t i = c->first; i < f->argument_count; i++)
        if (f->argument[i].kind == TG_C_LITERAL && strcmp(f->argument[i].text, text) == 0 &&
            strchr(text, '&') == NULL && strstr(text, "counts") == NULL)
            return name_of(c, i);
    char *kept = tg__c_copy(f, text);
    if (!kept || !add_argument(c, (tg__c_argument){ .kind = TG_C_LITERAL, .text = kept }))
        return "";
    return name_of(c, f->argument_count - 1);
}

void tg__c_comment(tg__c_kernel *c, uint32_t v)
{
    const tg__value *x = tg__c_value(c->f, v);
    tg__text_put(&c->body, "%c/* %s", COMMENT_BEGIN, x->op->name);
    if (x->site->file)
        tg__text_put(&c->body, ", %s:%d", tg__base_name(x->site->file), x->site->line);
    tg__text_put(&c->body, " */\n%c", COMMENT_END);
}

static void put_signature(const tg__c_kernel *c, tg__text *out)
{
    const tg__c_file *f = c->f;
    tg__text_put(out, "(");
    for (size_t i = c->first; i < f->argument_count; i++) {
        const tg__c_argument *a = &f->argument[i];
        if (i > c->first) tg__text_put(out, ", ");
        if (a->kind == TG_C_LITERAL) tg__text_put(out, "%.*s", (int)strcspn(a->text, "|"), a->text);
        else tg__text_put(out, "%s%s *", a->written ? "" : "const ", tg__c_type(a->dtype));
        if (a->kind != TG_C_LITERAL || a->text[strcspn(a->text, "|") - 1] != '*')
            tg__text_put(out, a->kind == TG_C_LITERAL ? " " : "");
        tg__text_put(out, "p%zu", i - c->first);
    }
    tg__text_put(out, f->argument_count == c->first ? "void)" : ")");
}

/* The body with comments, or without. */
static void put_body(const tg__text *body, bool comments, tg__text *out)
{
    bool inside = false;
    for (const char *at = tg__text_string(body); *at; at++) {
        if (*at == COMMENT_BEGIN) inside = true;
        else if (*at == COMMENT_END) inside = false;
        else if (comments || !inside) tg__text_add(out, at, 1);
    }
}

static uint32_t find_function(const tg__c_file *f, const char *key)
{
    for (size_t i = 0; i < f->function_count; i++)
        if (strcmp(f->function[i].key, key) == 0) return (uint32_t)i;
    return TG__NONE;
}

static uint32_t add_function(tg__c_kernel *c, const char *key, const tg__text *signature)
{
    tg__c_file *f = c->f;
    if (!tg__grow(&f->allocator, &f->function, &f->function_capacity, f->function_count + 1,
                  sizeof *f->function)) {
        tg__c_fail(f, TG_ERR_MEMORY, "out of memory");
        return TG__NONE;
    }
    char name[24];
    (void)snprintf(name, sizeof name, "kernel_%zu", f->function_count);
    f->function[f->function_count] =
        (tg__c_function){ .name = tg__c_copy(f, name), .key = tg__c_copy(f, key) };
    tg__text_put(&f->functions, "static %s %s%s {", c->checks ? "int" : "void", name,
                 tg__text_string(signature));
    put_body(&c->body, true, &f->functions);
    tg__text_put(&f->functions, "%s}\n\n", c->checks ? "return 0;" : "");
    return (uint32_t)f->function_count++;
}

/* What the kernel computes, for the comment at its call. */
static const char *names_of(tg__c_kernel *c)
{
    enum { MOST = 6 };
    tg__text text = { .allocator = &c->f->allocator };
    for (uint32_t i = 0; i < c->kernel->length && i <= MOST; i++) {
        const tg__value *x = tg__c_value(c->f, c->f->program->order[c->kernel->first + i]);
        tg__text_put(&text, "%s%s", i ? ", " : "", i == MOST ? "..." : x->op->name);
    }
    const char *names = tg__c_copy(c->f, tg__text_string(&text));
    tg__text_free(&text);
    return names;
}

void tg__c_end(tg__c_kernel *c)
{
    tg__c_file *f = c->f;
    const tg_allocator *allocator = &f->allocator;
    tg__text signature = { .allocator = allocator }, key = { .allocator = allocator };
    put_signature(c, &signature);
    tg__text_put(&key, "%s", tg__text_string(&signature));
    put_body(&c->body, false, &key);
    if (signature.failed || key.failed || c->body.failed)
        tg__c_fail(f, TG_ERR_MEMORY, "out of memory");
    uint32_t function = TG__NONE;
    if (tg__c_ok(f)) {
        function = find_function(f, tg__text_string(&key));
        if (function == TG__NONE) function = add_function(c, tg__text_string(&key), &signature);
    }
    const uint32_t last = f->program->order[c->kernel->first + c->kernel->length - 1];
    if (tg__c_ok(f) &&
        tg__grow(allocator, &f->call, &f->call_capacity, f->call_count + 1, sizeof *f->call))
        f->call[f->call_count++] = (tg__c_call){ .kernel = c->time,
                                                 .function = function,
                                                 .first = c->first,
                                                 .count = (uint32_t)(f->argument_count - c->first),
                                                 .site = tg__c_value(f, last)->site,
                                                 .what = names_of(c),
                                                 .checks = c->checks };
    else tg__c_fail(f, TG_ERR_MEMORY, "out of memory");
    if (c->stack > f->stack) f->stack = c->stack;
    tg__text_free(&signature);
    tg__text_free(&key);
    tg__text_free(&c->body);
}
