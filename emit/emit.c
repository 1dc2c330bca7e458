/* emit.c: the public function: a plan as a C file and its header. */
#include "emit/file.h"
#include "exec/backend.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>

/* ---- What all files use ----------------------------------------------------------------- */

const char *tg__c_type(int dtype)
{
    switch (dtype) {
    case TG_F32: return "float";
    case TG_F64: return "double";
    case TG_I32: return "int32_t";
    case TG_I64: return "int64_t";
    default: return "uint8_t";
    }
}

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
    tg__c_put(&f->shapes, "static const int32_t %s[] = { %s };", name, numbers);
    return tg__c_copy(f, name);
}

const char *tg__c_bytes(tg__c_file *f, const void *data, size_t size)
{
    char name[24];
    (void)snprintf(name, sizeof name, "bytes_%zu", f->shape_count++);
    /* Aligned as the attributes were. */
    tg__c_put(
        &f->shapes,
        "static const union { unsigned char bytes[%zu]; double real; int64_t whole; } %s = { { ",
        size, name);
    for (size_t i = 0; i < size; i++)
        tg__c_put(&f->shapes, "%s%u", i ? ", " : "", ((const unsigned char *)data)[i]);
    tg__c_put(&f->shapes, " } };");
    char address[32];
    (void)snprintf(address, sizeof address, "&%s", name);
    return tg__c_copy(f, address);
}

/* ---- Checks ----------------------------------------------------------------------------- */

static bool is_name(const char *name)
{
    if (!name || (!isalpha((unsigned char)name[0]) && name[0] != '_')) return false;
    for (const char *at = name; *at; at++)
        if (!isalnum((unsigned char)*at) && *at != '_') return false;
    return strlen(name) <= 40 && !tg__c_is_keyword(name);
}

static bool check(tg__c_file *f)
{
    const tg_plan *plan = f->plan;
    if (!is_name(f->args->name))
        tg__c_fail(
            f, TG_ERR_ARGUMENT,
            "\"%.60s\" is no name; it needs letters, digits and _, no digit first, at most 40",
            f->args->name ? f->args->name : "(NULL)");
    else if (!f->args->path || !*f->args->path)
        tg__c_fail(f, TG_ERR_ARGUMENT, "the path is empty; \".\" is the current folder");
    else if (!plan->tape || plan->generation != plan->tape->generation)
        tg__c_fail(f, TG_ERR_STATE, "the tape of this plan was rewound or freed; compile it again");
    else if (plan->program->origins)
        tg__c_fail(f, TG_ERR_UNSUPPORTED, "the plan is naive; compile it without .naive and .trap");
    return tg__c_ok(f);
}

/* ---- Files ------------------------------------------------------------------------------ */

static char *path_of(tg__c_file *f, const char *end)
{
    const size_t size = strlen(f->args->path) + strlen(f->args->name) + strlen(end) + 2;
    char *path = tg__c_alloc(f, size);
    if (path) (void)snprintf(path, size, "%s/%s%s", f->args->path, f->args->name, end);
    return path;
}

static bool write_file(tg__c_file *f, const char *path, const tg__c_text *text)
{
    FILE *file = path ? fopen(path, "w") : NULL;
    if (!path) return false;
    const bool wrote = file && fwrite(tg__c_string(text), 1, text->length, file) == text->length;
    const int cause = errno;
    const bool closed = file && fclose(file) == 0;
    if (wrote && closed) return true;
    tg__c_fail(f, TG_ERR_IO, "%.300s: %s", path, strerror(wrote ? errno : cause));
    return false;
}

/* Both, under other names first: after an error there are none. */
static void write_files(tg__c_file *f)
{
    char *header = path_of(f, ".h"), *source = path_of(f, ".c");
    char *new_header = path_of(f, ".h.new"), *new_source = path_of(f, ".c.new");
    if (!tg__c_ok(f)) return;
    bool ok = write_file(f, new_header, &f->header) && write_file(f, new_source, &f->source);
    if (ok && (rename(new_header, header) != 0 || rename(new_source, source) != 0)) {
        tg__c_fail(f, TG_ERR_IO, "%.300s: %s", source, strerror(errno));
        ok = false;
    }
    if (ok) return;
    (void)remove(new_header);
    (void)remove(new_source);
}

/* ---- The file --------------------------------------------------------------------------- */

/* What is the same in all runs is computed now, as the first run would. */
static void compute_constants(tg__c_file *f)
{
    const tg__program *program = f->program;
    for (size_t k = program->kernel_count; k-- > 0 && tg__c_ok(f);) {
        if (!program->kernels[k].constant || f->instance->settled) continue;
        const tg__fpu fpu = tg__fpu_enter(false);
        const tg_status status =
            f->instance->exe->kernels[k].backend->run(f->instance, (uint32_t)k);
        tg__fpu_leave(fpu);
        if (status != TG_OK) tg__c_fail(f, status, "%s", f->instance->error.text);
    }
}

static void write_kernel(tg__c_file *f, uint32_t k)
{
    switch (f->program->kernels[k].kind) {
    case TG_KERNEL_LOOP: tg__c_loop(f, k); break;
    case TG_KERNEL_SCALAR: tg__c_scalars(f, k); break;
    case TG_KERNEL_REDUCE: tg__c_reduction(f, k); break;
    default: tg__c_call_kernel(f, k); break;
    }
}

static void make(tg__c_file *f)
{
    const tg__program *program = f->program;
    f->place = tg__c_alloc(f, (program->count + 1) * sizeof *f->place);
    f->step = tg__c_alloc(f, (program->count + 1) * sizeof *f->step);
    if (!tg__c_ok(f)) return;
    compute_constants(f);
    if (tg__c_ok(f)) tg__c_find_members(f);
    for (size_t k = program->kernel_count; k-- > 0 && tg__c_ok(f);)
        if (!program->kernels[k].constant) write_kernel(f, (uint32_t)k);
    if (tg__c_ok(f)) tg__c_place_all(f);
    if (tg__c_ok(f)) tg__c_write_source(f);
    if (tg__c_ok(f)) tg__c_write_header(f);
    if (f->source.failed || f->header.failed) tg__c_fail(f, TG_ERR_MEMORY, "out of memory");
    if (tg__c_ok(f)) write_files(f);
}

static void end(tg__c_file *f)
{
    tg__c_text *const texts[] = { &f->helpers, &f->functions, &f->shapes,
                                  &f->externs, &f->source,    &f->header };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) tg__c_text_free(texts[i]);
    tg__free(&f->allocator, f->name);
    tg__free(&f->allocator, f->function);
    tg__free(&f->allocator, f->call);
    tg__free(&f->allocator, f->argument);
    tg__free(&f->allocator, f->temp);
    tg__free(&f->allocator, f->member);
    tg__arena_free(&f->arena);
}

tg_status tg_emit_c_with(const tg_emit_c_args *given)
{
    tg_emit_c_args args = { TG_EMIT_C_DEFAULTS };
    const char *fault = tg_options_read(&args, given);
    tg__c_file f = { .args = &args, .plan = args.plan };
    if (fault) tg__c_fail(&f, TG_ERR_ARGUMENT, "%s", fault);
    else if (!args.plan)
        tg__c_fail(&f, TG_ERR_ARGUMENT,
                   "the plan is NULL: tg_compile failed (tg_report tells why)");
    if (f.status == TG_OK && check(&f)) {
        f.instance = args.plan->instance;
        f.program = args.plan->program;
        f.allocator = args.plan->allocator;
        tg__arena_init(&f.arena, &f.allocator);
        f.helpers.allocator = f.functions.allocator = f.shapes.allocator = &f.allocator;
        f.externs.allocator = f.source.allocator = f.header.allocator = &f.allocator;
        make(&f);
        end(&f);
    }
    if (args.error) *args.error = f.error;
    return f.status;
}
