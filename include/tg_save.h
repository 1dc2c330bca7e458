/* tg_save.h: a store in one file, and back. The format is safetensors
 * (github.com/huggingface/safetensors): the length of the header in 8 little-endian bytes, the
 * header in JSON, {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ...}, the
 * data. Names are the variables'; names and layouts are PyTorch's, so weights go both ways:
 *
 *     tg_error error;
 *     if (tg_save(store, "model.safetensors", &error)) return fprintf(stderr, "%s\n", error.text), 1;
 *
 *     >>> model.load_state_dict(safetensors.torch.load_file("model.safetensors"))
 *
 * dtypes: TG_F64 "F64", TG_F32 "F32", TG_I64 "I64", TG_I32 "I32", TG_U8 "U8", TG_BOOL "BOOL". */
#ifndef TG_SAVE_H
#define TG_SAVE_H

#include "tg_io.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What both functions may be told to leave out:
 *
 *   .prefix       all variables but those under it, in the sense of tg_name_under. Names stay
 *                 whole: "encoder.weight" is not called "weight" in the file.
 *   .params_only  the optimizers' state, by which the variables are meant that no tg_param made
 *                 and whose names lie under a parameter's ("fc.weight.adam.m"). What stays is
 *                 what PyTorch calls a state dict: weights and running statistics.
 *
 * With neither of them the step counter, the seed and the counters of random draws (tg_random.h)
 * belong to the file as well. It
 * then holds all of what a training run depends on that is not in the program: a program that
 * makes the same store and loads the file goes on as if it had never stopped, bit for bit. (The
 * position in a data set is in its tg_batches, and that of a schedule is its optimizer's state.) */
typedef struct tg_save_args {
    tg_call call;
    const tg_store *store;
    const char *path;
    tg_error *error;               /* may be NULL */
    bool params_only;
    const char *prefix;            /* default: all */
    const tg_io_layer *io;         /* default: POSIX */
} tg_save_args;

/* tg_save(store, "model.safetensors", &error, .params_only = true, .prefix = "encoder").
 *
 * The file is written under another name in the same folder, synced, and renamed: until then
 * what was at [path] is whole, and after an error it still is, and nothing else is left behind.
 * (If all that fails is to sync the folder, the new file is in its place, which the error says.)
 * A symbolic link is replaced, not followed. Variables are ordered by size of element, largest
 * first, and then by name, so that each is aligned, as is the data (to 8 bytes); nothing depends
 * on the time or the machine, so equal stores make equal files.
 *
 * Errors: that of a store that has one; TG_ERR_ARGUMENT for a name that is not UTF-8 or is
 * "__metadata__"; TG_ERR_IO, TG_ERR_MEMORY. No variable at all is no error. */
TG_API tg_status tg_save_with(tg_save_args args);
#define tg_save(...) tg_save_with((tg_save_args){ .call = { TG_HERE, "" #__VA_ARGS__ }, __VA_ARGS__ })

typedef struct tg_load_args {
    tg_call call;
    tg_store *store;
    const char *path;
    tg_error *error;               /* may be NULL */
    bool partial;                  /* the store may have what the file has not, and the reverse */
    bool params_only;
    const char *prefix;            /* default: all */
    const tg_io_layer *io;         /* default: POSIX */
} tg_load_args;

/* tg_load(store, "model.safetensors", &error, .partial = true).
 *
 * All or nothing: every byte of the file is read and checked before anything changes. Each
 * variable of the store must be in the file with its shape and dtype, and each name of the file
 * in the store; with .partial those that both have are loaded (and must still agree). A state in
 * a file of tg_save's that the store does not have is made, as if by tg_state: the optimizer,
 * when it is recorded, finds it. With .params_only it is not.
 *
 * The step, the seed and the counters of draws are set if the file has them and neither .params_only
 * nor .prefix is given. The counters are those of the file, all of them: a key that it does not have
 * starts at 0, as all do after a file of version 0.1, which knows none. Compiled plans stay valid, and run with the new values.
 *
 * Errors: TG_ERR_FORMAT for a file that is not as it should be, TG_ERR_SHAPE and TG_ERR_DTYPE for
 * a variable that differs (with both shapes and dtypes), TG_ERR_ARGUMENT for a name that only one
 * side has, TG_ERR_UNSUPPORTED for a newer version of the format or a dtype such as F16,
 * TG_ERR_IO, TG_ERR_MEMORY. They do not stick to the store.
 *
 * The bytes of the header that jansson parses are in its own memory, not the allocator's. */
TG_API tg_status tg_load_with(tg_load_args args);
#define tg_load(...) tg_load_with((tg_load_args){ .call = { TG_HERE, "" #__VA_ARGS__ }, __VA_ARGS__ })

#ifdef __cplusplus
}
#endif
#endif
