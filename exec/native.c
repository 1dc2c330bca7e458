/* native.c: the pass that compiles an executable's code while the process runs. It collects the
 * functions that stretches of instructions need, each once, has them compiled, and only when all
 * are there it puts them in the place of the instructions. */
#include "exec/native.h"

#include "jit/jit.h"
#include "kernels/clock.h"

#include <inttypes.h>

/* ---- Collecting ------------------------------------------------------------------------- */

static void collect(tg__native *native)
{
    const tg__executable *exe = native->exe;
    for (size_t k = exe->program->kernel_count; k-- > 0 && !native->failed;) {
        tg__arena_reset(&native->scratch);
        if (exe->kernels[k].backend == &tg__loop_backend) tg__native_find_maps(native, (uint32_t)k);
        if (exe->kernels[k].backend == &tg__scalar_backend)
            tg__native_find_scalars(native, (uint32_t)k);
    }
}

/* ---- Putting into the code -------------------------------------------------------------- */

/* What the stretches become. NULL when out of memory, or if a function is not there, which the
 * result says. */
static tg__native_code *make_code(const tg__native *native, const tg__jit_object *object,
                                  tg__native_result *result)
{
    tg__native_code *code =
        tg__arena_alloc(native->exe->arena, (native->stretch_count + 1) * sizeof *code);
    for (size_t i = 0; code && i < native->stretch_count; i++) {
        const tg__stretch *stretch = &native->stretch[i];
        char name[16];
        (void)snprintf(name, sizeof name, "f%" PRIu32, stretch->function);
        void *const address = tg__jit_symbol(object, name);
        if (!address) {
            (void)snprintf(result->text, sizeof result->text,
                           "what was compiled has no function %s", name);
            return NULL;
        }
        code[i] = (tg__native_code){ .at = stretch->at, .count = stretch->at_count };
        memcpy(&code[i].run, &address, sizeof address); /* POSIX: a function's, too */
    }
    return code;
}

/* The loop's stretches take the place of their instructions: those up to [last], in order. */
static void patch_loop(tg__loop *loop, const tg__stretch *stretch, const tg__stretch *last,
                       const tg__native_code *code)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < loop->code_count; count++) {
        tg__insn insn = loop->code[i];
        const bool native = stretch < last && stretch->first == i;
        if (native) {
            insn.code = insn.code == TG_DO_MAP ? TG_DO_NATIVE : TG_DO_NATIVE_ROWS;
            insn.native = code++;
        }
        i += native ? stretch++->count : 1;
        loop->code[count] = insn;
    }
    loop->code_count = count;
}

static void patch(const tg__native *native, const tg__native_code *code)
{
    const tg__stretch *end = native->stretch + native->stretch_count;
    for (const tg__stretch *s = native->stretch, *last; s < end; s = last) {
        tg__prepared *kernel = &native->exe->kernels[s->kernel];
        const tg__native_code *first = code + (s - native->stretch);
        for (last = s; last < end && last->kernel == s->kernel; last++) continue;
        if (kernel->backend == &tg__loop_backend) {
            patch_loop(kernel->code, s, last, first);
            continue;
        }
        tg__scalar_program *program = kernel->code;
        const tg__stretch *behind = last - 1;
        program->native = first;
        program->native_count = (uint32_t)(last - s);
        program->native_end = behind->first + behind->count;
    }
}

/* Compiles what was collected. */
static void compile(tg__native *native, tg__native_result *result)
{
    tg__executable *exe = native->exe;
    tg__jit_result jit = tg__jit_load(&native->allocator, native->source.at, native->source.length);
    memcpy(result->text, jit.text, sizeof result->text);
    const tg__native_code *code = jit.object ? make_code(native, jit.object, result) : NULL;
    if (!code) {
        if (!*result->text) (void)snprintf(result->text, sizeof result->text, "out of memory");
        tg__jit_free(jit.object);
        return;
    }
    patch(native, code);
    exe->object = jit.object;
    result->cached = jit.cached;
    result->functions = native->function_count;
    for (size_t i = 0; i < native->stretch_count; i++)
        result->instructions += native->stretch[i].count;
}

tg__native_result tg__native_compile(tg__executable *exe)
{
    tg__native_result result = { 0 };
    tg__native native = { .exe = exe, .allocator = exe->allocator };
    const double begun = tg__clock();
    native.source.allocator = &native.allocator;
    tg__arena_init(&native.scratch, &native.allocator);
    collect(&native);
    if (native.failed) (void)snprintf(result.text, sizeof result.text, "out of memory");
    else if (native.function_count > 0) compile(&native, &result);
    else
        (void)snprintf(
            result.text, sizeof result.text,
            "nothing in the plan is worth compiling: no two instructions of a loop follow "
            "each other");
    tg__arena_free(&native.scratch);
    tg__text_free(&native.source);
    tg__free(&native.allocator, native.function);
    tg__free(&native.allocator, native.table);
    tg__free(&native.allocator, native.stretch);
    result.seconds = tg__clock() - begun;
    return result;
}
