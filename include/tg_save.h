/* tg_save.h: saves a store to one file, and loads it. The format is safetensors
 * (github.com/huggingface/safetensors): the length of the header in 8 little-endian bytes, the
 * header in JSON, {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ...}, the
 * data. Names are the variables' names; names and layouts are PyTorch's, so weights can be
 * exchanged:
 *
 *     tg_error error;
 *     if (tg_save(store, "model.safetensors", &error))
 *         return fprintf(stderr, "%s\n", error.text), 1;
 *
 *     >>> model.load_state_dict(safetensors.torch.load_file("model.safetensors"))
 *
 * dtypes: TG_F64 "F64", TG_F32 "F32", TG_I64 "I64", TG_I32 "I32", TG_U8 "U8", TG_BOOL "BOOL". The
 * data is little-endian on every machine. */
#ifndef TG_SAVE_H
#define TG_SAVE_H

#include "tg_io.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Metadata of the program in a file, such as names of classes, sizes of layers. */
typedef struct tg_pair {
    const char *key, *value;
} tg_pair;

/* Renames: when saving, returns the name in the file of a variable; when loading, the name in the
 * store of a tensor. The result is [name], another string, or a string written into [room], of
 * TG_RENAME_ROOM bytes; it is used before the next call. NULL leaves the variable or tensor out. */
enum { TG_RENAME_ROOM = 1024 };
typedef const char *(*tg_rename_fn)(void *context, const char *name, char *room);

/* What tg_save and tg_load can leave out:
 *
 *   .prefix       all variables but those under it, in the sense of tg_name_under. Names are not
 *                 shortened: "encoder.weight" is not "weight" in the file. A prefix without
 *                 variables is an error.
 *   .params_only  the optimizers' state: variables that were not made by tg_param and whose names
 *                 are under a parameter's ("fc.weight.adam.m"). The rest is what PyTorch calls a
 *                 state dict: weights and running statistics.
 *
 * Without both, the step counter, the seed and the counters of random draws (tg_random.h) are also
 * in the file. Then it has everything that a training run depends on and that is not in the
 * program: a program that makes the same store and loads the file continues with the same bits as
 * one that was not interrupted. (The position in a dataset is in its tg_batches; that of a schedule
 * is its optimizer's state.) */
typedef struct tg_save_args {
    size_t struct_size;
    tg_site at;
    const tg_store *store;
    const char *path;
    tg_error *error;               /* may be NULL */
    bool params_only;
    const char *prefix;            /* default: all */
    const tg_io_layer *io;         /* default: POSIX */
    bool no_checksum;
    const tg_pair *metadata;       /* ends with a pair whose key is NULL; default: none */
    tg_rename_fn rename;           /* default: names are not changed */
    void *rename_context;          /* default NULL */
} tg_save_args;
#define TG_SAVE_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_save_args, rename_context)

/* tg_save(store, "model.safetensors", &error, .params_only = true, .prefix = "encoder").
 *
 * The file is written under another name in the same folder, synced, and renamed: until then, and
 * after an error, the file at [path] is unchanged, and no other file remains. (If only syncing the
 * folder fails, the new file is in place, and the error says so.) A process that is killed leaves
 * the other file, whose name is ".tapegrad-", 16 hexadecimal digits and ".tmp"; it does no harm,
 * and may be deleted while nobody is saving.
 *
 * A symbolic link is kept: its target is replaced, or made. What is replaced must be a regular file
 * that the process may write to; a directory, FIFO, socket, device or read-only file is an error.
 * The new file has the mode of the old one, and its owner and group if the process may set them;
 * without an old one, its mode is 0666 without the umask. Other hard links to the old file keep the
 * old content.
 *
 * Variables are ordered by element size, largest first, and then by name, so that each is aligned,
 * as is the data (to 8 bytes). Nothing depends on the time or the machine: equal stores give equal
 * files.
 *
 * The metadata has two checksums, CRC-32 as in gzip: "tapegrad.crc32" of the data behind the
 * header, "tapegrad.header_crc32" of everything before, with its own 8 digits as zeros. They detect
 * every change within 32 consecutive bits, such as a flipped bit, and miss one in 2^32 of other
 * damages; they do not protect against forgery. They cost a pass over the data, about a second for
 * 3 GB. With .no_checksum there are none, and the file has version 1, which Tapegrad 0.1 reads,
 * too.
 *
 * .metadata = (tg_pair[]){ { "classes", "cat, dog" }, { NULL, NULL } } is written into the file's
 * "__metadata__", for tg_read_metadata. Keys and values are UTF-8; "format", and keys that begin
 * with "tapegrad.", are reserved. With .rename, .prefix means names in the store.
 *
 * Errors: that of a store with an error; TG_ERR_ARGUMENT for a name that is not UTF-8 or is
 * "__metadata__", for two variables with the same name after .rename, for invalid metadata, and for
 * a .prefix without variables; TG_ERR_IO, TG_ERR_MEMORY. A store without variables can be saved,
 * without .prefix. */
TG_API tg_status tg_save_with(const tg_save_args *args);

/* What a tg_load did. Variables and tensors that .prefix and .params_only leave out are not
 * counted. */
enum { TG_LOAD_NAME = 256 };
typedef struct tg_load_report {
    size_t loaded;  /* variables that now have their values from the file; 0 after an error */
    size_t made;    /* of these, states that the store did not have before */
    size_t missing; /* variables of the store that are not in the file */
    size_t unused;  /* tensors of the file that are not in the store */
    /* The first of these, cut to fit; "" if there is none. */
    char first_missing[TG_LOAD_NAME], first_unused[TG_LOAD_NAME];
    size_t converted; /* of the loaded variables, those with another dtype in the file */
} tg_load_report;

typedef struct tg_load_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;
    const char *path;
    tg_error *error;               /* may be NULL */
    bool partial;                  /* names that only the file or only the store has are no error */
    bool params_only;
    const char *prefix;            /* default: all */
    const tg_io_layer *io;         /* default: POSIX */
    tg_load_report *report;        /* receives the counts; may be NULL */
    bool no_checksum;              /* do not check the checksums */
    bool narrow;                   /* F64 may be loaded into f32, rounded to nearest */
    tg_rename_fn rename;           /* default: names are not changed */
    void *rename_context;          /* default NULL */
} tg_load_args;
#define TG_LOAD_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_load_args, rename_context)

/* tg_load(store, "model.safetensors", &error, .partial = true).
 *
 * All or nothing: every byte of the file is read and checked before anything changes. Each variable
 * of the store must be in the file, with its shape and dtype, and each tensor of the file in the
 * store. With .partial those that are in both are loaded (and must agree); there must be at least
 * one. If no name is in both, the message shows one of each side, and says if the names of one side
 * begin with a prefix that the others lack, such as "module.". A .prefix without variables on one
 * side is also an error. States that tg_save has marked and that the store does not have are made,
 * as by tg_state: an optimizer that is recorded later finds them. With .params_only they are not
 * made. .report = &report counts:
 *
 *     tg_load_report report;
 *     if (tg_load(store, path, &error, .partial = true, .report = &report) == TG_OK)
 *         printf("%zu loaded, %zu not in the file\n", report.loaded, report.missing);
 *
 * Tensors of dtypes that Tapegrad does not have are converted if the variable's dtype holds all
 * their values: F16 and BF16 to f32 and f64; I8, I16 and U16 to i32 and i64; U32 to i64. .narrow =
 * true rounds F64 to f32; a number out of the range of f32 is an error. The report counts converted
 * variables.
 *
 * With .rename, .prefix means names in the store, and two tensors with the same name are an error.
 *
 * If the file has checksums of tg_save, they must be right. A program that changes a file and keeps
 * the metadata leaves wrong ones: .no_checksum = true loads it.
 *
 * The step, the seed and the counters of draws are set if the file has them and neither
 * .params_only nor .prefix is given. All counters become those of the file: for a key that it does
 * not have 0, so after a file of version 0.1, which has none, all are 0. Compiled plans stay valid,
 * and run with the new values.
 *
 * Apart from the variables, memory for one copy of what is loaded is needed.
 *
 * Errors: TG_ERR_FORMAT for an invalid file, TG_ERR_SHAPE and TG_ERR_DTYPE for a variable that
 * differs (with both shapes or dtypes), TG_ERR_ARGUMENT for a name that only one side has and if
 * nothing would be loaded, TG_ERR_UNSUPPORTED for a newer version of the format, TG_ERR_NUMERIC for
 * a number that .narrow cannot round, TG_ERR_IO, TG_ERR_MEMORY. They do not stick to the store.
 *
 * jansson parses the header in its own memory, not the allocator's. */
TG_API tg_status tg_load_with(const tg_load_args *args);

/* ---- Metadata --------------------------------------------------------------------------- */

/* The pairs of a file's "__metadata__", ordered by key, without those of tg_save. It owns all that
 * it points at. */
typedef struct tg_metadata {
    int64_t count;
    tg_pair *pairs; /* [count] */
    tg_allocator allocator;
} tg_metadata;

typedef struct tg_read_metadata_args {
    size_t struct_size;
    tg_site at;
    tg_metadata *out;
    const char *path;
    tg_error *error;
    const tg_io_layer *io; /* default: POSIX */
    bool no_checksum;      /* do not check the header's checksum */
    const tg_allocator *allocator; /* default: the C library's */
} tg_read_metadata_args;
#define TG_READ_METADATA_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_read_metadata_args, allocator)

/* tg_read_metadata(&metadata, "model.safetensors", &error): reads only the header, so that a
 * program can find out what a model is before it makes one. Errors are those of tg_load. */
TG_API tg_status tg_read_metadata_with(const tg_read_metadata_args *args);
/* The value of a key, or NULL. */
TG_API const char *tg_metadata_find(const tg_metadata *metadata, const char *key);
/* Accepts NULL and empty metadata. */
TG_API void tg_metadata_free(tg_metadata *metadata);

/* ---- Snapshots -------------------------------------------------------------------------- */

/* A copy of a store in memory: the values of all variables, including states, the step counter, the
 * seed and the counters of draws. (Which parameters are frozen is not part of it.)
 *
 *     tg_snapshot *best = NULL;
 *     for (...) {
 *         ... a pass over the training set, and the loss of the validation set
 *         if (loss < least && tg_snapshot_take(&best, store, &error) == TG_OK) least = loss;
 *     }
 *     tg_snapshot_restore(store, best, &error);
 *     tg_snapshot_free(best); */
typedef struct tg_snapshot tg_snapshot;

/* Takes a snapshot. *out must be NULL or a snapshot, which is replaced, in its memory if the
 * variables are the same; after an error it is unchanged. Must not be called while a plan of the
 * store runs. Errors: that of a store with an error; TG_ERR_ARGUMENT, TG_ERR_MEMORY. They do not
 * stick. */
TG_API tg_status tg_snapshot_take_at(tg_site at, tg_snapshot **out, const tg_store *store,
                                     tg_error *error);
/* Restores everything, bit for bit, into the store that was copied or another one with the same
 * variables. All or nothing: a variable that only one side has (such as a state of an optimizer
 * that was recorded since), or that differs in shape or dtype, is an error that names it. Compiled
 * plans stay valid, and run with the snapshot's values. A snapshot can be restored many times. */
TG_API tg_status tg_snapshot_restore_at(tg_site at, tg_store *store, const tg_snapshot *snapshot,
                                        tg_error *error);
/* Accepts NULL. May be called before or after its store is freed. */
TG_API void tg_snapshot_free(tg_snapshot *snapshot);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, and the defaults of options. */
#ifndef __cplusplus
#define tg_save(...) tg_save_with(&(tg_save_args){ TG_SAVE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_load(...) tg_load_with(&(tg_load_args){ TG_LOAD_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_read_metadata(...)                                                                      \
    tg_read_metadata_with(                                                                         \
        &(tg_read_metadata_args){ TG_READ_METADATA_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_snapshot_take(...) tg_snapshot_take_at(TG_HERE, __VA_ARGS__)
#define tg_snapshot_restore(...) tg_snapshot_restore_at(TG_HERE, __VA_ARGS__)
#endif

#endif
