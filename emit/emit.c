/* emit.c: the public function: a plan as a C file and its header. */
#include "emit/file.h"
#include "exec/backend.h"

#include <ctype.h>
#include <errno.h>

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

static bool write_file(tg__c_file *f, const char *path, const tg__text *text)
{
    FILE *file = path ? fopen(path, "w") : NULL;
    if (!path) return false;
    const bool wrote = file && fwrite(tg__text_string(text), 1, text->length, file) == text->length;
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

/* Is what kernel [k] reads of others there: constants of the file for what is folded, and for what
 * is not, nothing that is folded and not kept? Then the kernels stay as they are. */
static bool unfold(tg__c_file *f, uint32_t k)
{
    const tg__program *program = f->program;
    const tg__kernel *kernel = &program->kernels[k];
    bool changed = false;
    for (uint32_t i = 0; i < kernel->length; i++) {
        const tg__value *x = tg__c_value(f, program->order[kernel->first + i]);
        for (int j = 0; j < x->arity; j++) {
            const uint32_t from = program->members[x->in[j]].kernel;
            if (from == TG__NONE || from == k || f->folded[from] == f->folded[k]) continue;
            if (!f->folded[k] && tg__c_value(f, x->in[j])->stays) continue;
            f->folded[f->folded[k] ? k : from] = false;
            changed = true;
        }
    }
    return changed;
}

/* Constant kernels that read constants and numbers alone, or what such kernels compute. (Others
 * read arrays of one number, which every run makes.) */
static void find_folded(tg__c_file *f)
{
    const tg__program *program = f->program;
    f->folded = tg__c_alloc(f, program->kernel_count + 1);
    if (!f->folded) return;
    for (size_t k = 0; k < program->kernel_count; k++) f->folded[k] = program->kernels[k].constant;
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t k = 0; k < program->kernel_count; k++) changed |= unfold(f, k);
    }
}

/* What is the same in all runs is computed now, as the first run would. */
static void compute_constants(tg__c_file *f)
{
    const tg__program *program = f->program;
    for (size_t k = program->kernel_count; k-- > 0 && tg__c_ok(f);) {
        if (!f->folded[k] || f->instance->settled) continue;
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
    if (tg__c_ok(f)) find_folded(f);
    if (!tg__c_ok(f)) return;
    compute_constants(f);
    if (tg__c_ok(f)) tg__c_find_members(f);
    for (size_t k = program->kernel_count; k-- > 0 && tg__c_ok(f);)
        if (!f->folded[k]) write_kernel(f, (uint32_t)k);
    if (tg__c_ok(f)) tg__c_place_all(f);
    if (tg__c_ok(f)) tg__c_write_source(f);
    if (tg__c_ok(f)) tg__c_write_header(f);
    if (f->source.failed || f->header.failed) tg__c_fail(f, TG_ERR_MEMORY, "out of memory");
    if (tg__c_ok(f)) write_files(f);
}

static void end(tg__c_file *f)
{
    tg__text *const texts[] = { &f->helpers, &f->functions, &f->shapes,
                                &f->externs, &f->source,    &f->header };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) tg__text_free(texts[i]);
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
    if (fault && given) args.at = given->at, args.error = given->error;
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
