/* safetensors.h: the header of a safetensors file, read and written. Shared by save.c and
 * load.c. */
#ifndef TG_SAFETENSORS_H
#define TG_SAFETENSORS_H

#include "tg_save.h"
#include "io/elements.h"

#include <jansson.h>

enum {
    TG__HEADER_MOST = 100 * 1000 * 1000, /* bytes; the limit of the reference implementation */
    TG__HEADER_DEPTH = 8,                /* {"name": {"shape": [2]}} takes 3 */
    /* In files of version 2 both checksums must be present; so a file whose checksum's key was
     * damaged is detected. */
    TG__PLAIN_VERSION = 1,
    TG__FORMAT_VERSION = 2,
};

/* The keys that tg_save writes to "__metadata__". All values are strings. */
#define TG__METADATA     "__metadata__"
#define TG__META_FORMAT  "format"
#define TG__META_OWN     "tapegrad." /* prefix of all keys of tg_save */
#define TG__META_VERSION "tapegrad.version"
#define TG__META_STEP    "tapegrad.step"
#define TG__META_SEED    "tapegrad.seed"
#define TG__META_DRAW    "tapegrad.draw." /* and a draw's key in hexadecimal. Value: its counter */
#define TG__META_STATE "tapegrad.state." /* followed by the name of a state. Value: "" */
/* CRC-32 of all bytes behind the header; and of all bytes up to there, where the digits of this
 * second one count as zeros. Values: 8 hexadecimal digits. */
#define TG__META_SUM        "tapegrad.crc32"
#define TG__META_HEADER_SUM "tapegrad.header_crc32"

/* A tensor of a file. */
typedef struct tg__entry {
    const char *name, *dtype_name; /* as in the file; valid as long as the header */
    tg_dtype dtype;                /* 0: the library has no such dtype */
    size_t element;                /* size of an element in bytes */
    tg_shape shape;
    uint64_t begin, end; /* offsets from the end of the header */
} tg__entry;

typedef struct tg__header {
    json_t *root;
    const json_t *metadata; /* NULL: none */
    tg__entry *entries;     /* in the order of their data */
    size_t count;
} tg__header;

/* Parses [size] bytes of JSON and checks them: names occur once, dtypes are known, shapes do not
 * overflow, each tensor has as many bytes as dtype and shape say, and the tensors' data is
 * contiguous. tg__header_free must follow, also after an error. */
tg_status tg__header_read(tg__report *report, const tg_allocator *allocator, const char *text,
                          size_t size, tg__header *out);
void tg__header_free(const tg_allocator *allocator, tg__header *header);
/* The value of a key of the metadata; NULL if there is none. */
const char *tg__header_meta(const tg__header *header, const char *key);

enum { TG__SUM_DIGITS = 8, TG__DRAW_DIGITS = 16 }; /* hexadecimal, with leading zeros */
/* Writes the digits, with a 0 at the end. */
void tg__sum_written(uint32_t sum, char out[TG__SUM_DIGITS + 1]);
/* The offset of the digits of the header's own checksum; 0 if it has none. No string can be
 * confused with it, because JSON escapes quotes in strings. */
size_t tg__header_sum_place(const char *text, size_t size);
/* The checksum of a header with those digits at [place]; [front] is that of the bytes before it. */
uint32_t tg__header_sum(uint32_t front, const char *text, size_t size, size_t place);

/* The name of a dtype in the format; NULL if it has none. */
const char *tg__dtype_written(tg_dtype dtype);

/* True for a variable that is not a parameter and is named under one. */
bool tg__is_optimizer_state(const tg_var *var);

#endif
