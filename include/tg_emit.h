/* tg_emit.h: a plan as one C file, for machines and programs that have no Tapegrad. docs/emit.md
 * shows how it is used.
 *
 *     tg_plan *step = tg_compile(tape, loss);
 *     tg_error error;
 *     if (tg_emit_c(step, "step", .path = "firmware", .error = &error) != TG_OK) puts(error.text);
 *
 * writes firmware/step.c and firmware/step.h: C99 and the C library's mathematics, without memory
 * allocation, recursion, input or output, and without state outside of one struct, which holds
 * inputs, outputs, variables and working memory. The header says what the struct has, how much
 * memory each part takes, and how to run it:
 *
 *     static step s;
 *     step_init(&s);                       variables and counters as they were in the store
 *     s.in.x[0] = 1;
 *     if (step_run(&s) == STEP_OK) use(s.out.loss[0]);
 *
 * It computes what the plan computes, in the same order. Programs of arithmetic, roots, comparisons
 * and movement have the plan's bits, if the store has .keep_denormals and products are built in. */
#ifndef TG_EMIT_H
#define TG_EMIT_H

#include "tg_run.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tg_emit_c_args {
    size_t struct_size;
    tg_site at;
    const tg_plan *plan; /* compiled, not naive; its tape must be as it was then */
    const char *name;    /* of the files and of the struct, and how all names begin that programs
                            see: letters, digits and _, no digit first, at most 40 characters */
    const char *path;    /* the folder, which must exist; default "." */
    tg_error *error;     /* may be NULL */
    bool variables;      /* all variables are in the struct; default: those that nothing assigns
                            are constants, which take no RAM */
    bool no_weights;     /* the values of variables are not in the file: all variables are in the
                            struct, and the caller fills them after NAME_init */
} tg_emit_c_args;
#define TG_EMIT_C_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_emit_c_args, no_weights), .path = "."

/* Writes the plan as PATH/NAME.c and PATH/NAME.h, which are replaced if they exist. Values of
 * variables, the seed and the counters are those of the call. Errors: TG_ERR_ARGUMENT for a NULL
 * plan, and for options that are not right; TG_ERR_STATE if the tape was rewound or freed;
 * TG_ERR_UNSUPPORTED for what cannot be written as C, which the message names with its line;
 * TG_ERR_IO, TG_ERR_MEMORY. After an error there are no new files. */
TG_API tg_status tg_emit_c_with(const tg_emit_c_args *args);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, and the defaults of options. */
#ifndef __cplusplus
#define tg_emit_c(...)                                                                             \
    tg_emit_c_with(&(tg_emit_c_args){ TG_EMIT_C_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#endif

#endif
