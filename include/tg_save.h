/* tg_save.h: a store in one file, and back. The format is safetensors
 * (github.com/huggingface/safetensors): the length of the header in 8 little-endian bytes, the
 * header in JSON, {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ...}, the
 * data. Names are the variables'; names and layouts are PyTorch's, so weights go both ways:
 *
 *     tg_error error;
 *     if (tg_save(store, "model.safetensors", &error)) return fprintf(stderr, "%s\n", error.text),
 * 1;
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

/* What a program says of its own in a file: names of classes, sizes of layers. */
typedef struct tg_pair {
    const char *key, *value;
} tg_pair;

/* Gives a variable or a tensor the name that it has on the other side: of a variable in the file,
 * where it is saved, of a tensor in the store, where it is loaded. Returns [name] itself, another
 * string, or one that it writes into [room], of TG_RENAME_ROOM bytes; it is looked at before the
 * next call. NULL leaves it out, as if it were not there. */
enum { TG_RENAME_ROOM = 1024 };
typedef const char *(*tg_rename_fn)(void *context, const char *name, char *room);

/* What both functions may be told to leave out:
 *
 *   .prefix       all variables but those under it, in the sense of tg_name_under. Names stay
 *                 whole: "encoder.weight" is not called "weight" in the file. A prefix under
 *                 which there is nothing is an error.
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
    size_t struct_size;
    tg_site at;
    const tg_store *store;
    const char *path;
    tg_error *error;               /* may be NULL */
    bool params_only;
    const char *prefix;            /* default: all */
    const tg_io_layer *io;         /* default: POSIX */
    bool no_checksum;
    const tg_pair *metadata;       /* up to one whose key is NULL; default: none */
    tg_rename_fn rename;           /* default: names stay */
    void *rename_context;          /* default NULL */
} tg_save_args;
#define TG_SAVE_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_save_args, rename_context)

/* tg_save(store, "model.safetensors", &error, .params_only = true, .prefix = "encoder").
 *
 * The file is written under another name in the same folder, synced, and renamed: until then
 * what was at [path] is whole, and after an error it still is, and nothing else is left behind.
 * (If all that fails is to sync the folder, the new file is in its place, which the error says.)
 * A process that is killed meanwhile leaves the other file, ".tapegrad-" and 16 hexadecimal
 * digits and ".tmp"; it never gets in the way, and may be deleted when nobody is saving there.
 *
 * A symbolic link stays: what it points at is replaced, or made. What is replaced must be a
 * regular file that the process may write to; a directory, FIFO, socket, device or read-only file
 * is refused. The new file has the mode of the old one, and its owner and group where the process
 * may give them; without an old one, its mode is 0666 less the umask. Other hard links to the old
 * file keep the old content.
 *
 * Variables are ordered by size of element, largest first, and then by name, so that each is
 * aligned, as is the data (to 8 bytes); nothing depends on the time or the machine, so equal
 * stores make equal files.
 *
 * The metadata has two checksums, CRC-32 as in gzip: "tapegrad.crc32" of the data behind the
 * header, "tapegrad.header_crc32" of everything before, its own 8 digits taken for zeros. They find
 * every change within 32 bits in a row, such as a flipped bit, and miss one in 2^32 of other
 * damages; they do not protect from forgery. They cost a pass over the data, a second for some 3
 * GB. With .no_checksum there are none, and the file is of version 1, which Tapegrad 0.1 reads too.
 *
 * .metadata = (tg_pair[]){ { "classes", "cat, dog" }, { NULL, NULL } } is written into the file's
 * "__metadata__", where tg_read_metadata finds it. Keys and values are UTF-8; "format", and keys
 * that begin with "tapegrad.", are tg_save's. With .rename, .prefix means names of the store.
 *
 * Errors: that of a store that has one; TG_ERR_ARGUMENT for a name that is not UTF-8 or is
 * "__metadata__", for two that .rename makes one, for metadata that cannot be, and for a .prefix
 * under which there is no variable; TG_ERR_IO, TG_ERR_MEMORY.
 * A store without variables is saved all the same, if no .prefix is given. */
TG_API tg_status tg_save_with(const tg_save_args *args);

/* What a tg_load did. Of the variables and tensors that .prefix and .params_only leave out
 * nothing is counted. */
enum { TG_LOAD_NAME = 256 };
typedef struct tg_load_report {
    size_t loaded;  /* variables that have their values from the file now; 0 after an error */
    size_t made;    /* of these, states that the store did not have */
    size_t missing; /* variables of the store that the file does not have */
    size_t unused;  /* tensors of the file that the store does not have */
    /* The first of either, cut to fit; "" if there is none. */
    char first_missing[TG_LOAD_NAME], first_unused[TG_LOAD_NAME];
    size_t converted; /* of those loaded, variables of another dtype than in the file */
} tg_load_report;

typedef struct tg_load_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;
    const char *path;
    tg_error *error;               /* may be NULL */
    bool partial;                  /* the store may have what the file has not, and the reverse */
    bool params_only;
    const char *prefix;            /* default: all */
    const tg_io_layer *io;         /* default: POSIX */
    tg_load_report *report;        /* what was loaded is written there; may be NULL */
    bool no_checksum;              /* do not ask whether the checksums are right */
    bool narrow;                   /* F64 may become f32, rounded to nearest */
    tg_rename_fn rename;           /* default: names stay */
    void *rename_context;          /* default NULL */
} tg_load_args;
#define TG_LOAD_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_load_args, rename_context)

/* tg_load(store, "model.safetensors", &error, .partial = true).
 *
 * All or nothing: every byte of the file is read and checked before anything changes. Each
 * variable of the store must be in the file with its shape and dtype, and each name of the file
 * in the store; with .partial those that both have are loaded (and must still agree), of which
 * there must be one. Where no name is in both, the error shows one of each side, and says so if
 * those of one side begin with a prefix that the others lack, such as "module.". A .prefix under
 * which one side has nothing is an error too. A state in a file of tg_save's that the store does
 * not have is made, as if by tg_state: the optimizer, when it is recorded, finds it. With
 * .params_only it is not. .report = &report counts:
 *
 *     tg_load_report report;
 *     if (tg_load(store, path, &error, .partial = true, .report = &report) == TG_OK)
 *         printf("%zu loaded, %zu not in the file\n", report.loaded, report.missing);
 *
 * Tensors of dtypes that Tapegrad does not have are converted to what holds all their values, if
 * the variable is of that: F16 and BF16 to f32 and f64; I8, I16 and U16 to i32 and i64; U32 to i64.
 * .narrow = true rounds F64 to f32; a number beyond the range of f32 is an error. The report counts
 * what was converted.
 *
 * With .rename, .prefix means names of the store, and two tensors of one name are an error.
 *
 * If the file has checksums (of tg_save's), they must be right. A program that changes a file and
 * keeps the old metadata leaves wrong ones behind: .no_checksum = true loads it all the same.
 *
 * The step, the seed and the counters of draws are set if the file has them and neither
 * .params_only nor .prefix is given. The counters are those of the file, all of them: a key that it
 * does not have starts at 0, as all do after a file of version 0.1, which knows none. Compiled
 * plans stay valid, and run with the new values.
 *
 * Beside the variables, memory is taken for one copy of what is loaded, no more.
 *
 * Errors: TG_ERR_FORMAT for a file that is not as it should be, TG_ERR_SHAPE and TG_ERR_DTYPE for
 * a variable that differs (with both shapes and dtypes), TG_ERR_ARGUMENT for a name that only one
 * side has and for a load of nothing, TG_ERR_UNSUPPORTED for a newer version of the
 * format, TG_ERR_NUMERIC for a number that .narrow cannot round, TG_ERR_IO, TG_ERR_MEMORY. They do
 * not stick to the store.
 *
 * The bytes of the header that jansson parses are in its own memory, not the allocator's. */
TG_API tg_status tg_load_with(const tg_load_args *args);

/* ---- Metadata --------------------------------------------------------------------------- */

/* The pairs of a file's "__metadata__", by their keys, without those of tg_save's own. It owns all
 * that it points at. */
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
    bool no_checksum;      /* do not ask whether the header's checksum is right */
    const tg_allocator *allocator; /* default: the C library's */
} tg_read_metadata_args;
#define TG_READ_METADATA_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_read_metadata_args, allocator)

/* tg_read_metadata(&metadata, "model.safetensors", &error): reads the header alone, so that a
 * program may ask what a model is before it makes one. Errors are those of tg_load. */
TG_API tg_status tg_read_metadata_with(const tg_read_metadata_args *args);
/* The value of a key, or NULL. */
TG_API const char *tg_metadata_find(const tg_metadata *metadata, const char *key);
/* Accepts NULL and empty metadata. */
TG_API void tg_metadata_free(tg_metadata *metadata);

/* ---- Snapshots -------------------------------------------------------------------------- */

/* What a store holds, in memory: the values of all variables, states included, the step counter,
 * the seed and the counters of draws. (Which parameters are frozen belongs to the program.)
 *
 *     tg_snapshot *best = NULL;
 *     for (...) {
 *         ... a pass over the training set, and the loss of the validation set
 *         if (loss < least && tg_snapshot_take(&best, store, &error) == TG_OK) least = loss;
 *     }
 *     tg_snapshot_restore(store, best, &error);
 *     tg_snapshot_free(best);
 */
typedef struct tg_snapshot tg_snapshot;

/* Takes a snapshot. What *out holds must be NULL or a snapshot, which is replaced, in its memory if
 * the variables are the same; after an error it is as it was. Not while a plan of the store runs.
 * Errors: that of a store that has one; TG_ERR_ARGUMENT, TG_ERR_MEMORY. They do not stick. */
TG_API tg_status tg_snapshot_take_at(tg_site at, tg_snapshot **out, const tg_store *store,
                                     tg_error *error);
/* Puts everything back, bit for bit: into the store that it was taken of, or another of the same
 * variables. All or nothing: a variable that only one side has, which an optimizer that was
 * recorded since may have made, or that is of another shape or dtype, is an error that names it.
 * Compiled plans stay valid, and run with the values of the snapshot, which may be restored
 * again. */
TG_API tg_status tg_snapshot_restore_at(tg_site at, tg_store *store, const tg_snapshot *snapshot,
                                        tg_error *error);
/* Accepts NULL. Before or after its store is freed. */
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
