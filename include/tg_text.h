/* tg_text.h: text as numbers: a file as bytes, and a vocabulary of the bytes or characters that
 * occur in it.
 *
 *     tg_array text, ids;
 *     tg_vocabulary vocabulary;
 *     if (tg_read_text(&text, "book.txt", &error) ||
 *         tg_vocabulary_build(&vocabulary, &text, &error) ||
 *         tg_vocabulary_encode(&vocabulary, &text, &ids, &error) ||
 *         tg_vocabulary_keep(store, "characters", &vocabulary, &error))
 *         return fprintf(stderr, "%s\n", error.text), 1;
 *
 * Functions return the status of their `tg_error *`, which may be NULL, and leave their outputs
 * empty on an error. Text is an array of bytes, TG_U8 [n]; for text in memory use
 * tg_array_view(TG_U8, TG_SHAPE(length), text). */
#ifndef TG_TEXT_FILES_H
#define TG_TEXT_FILES_H

#include "tg_io.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tg_read_text_args {
    size_t struct_size;
    tg_site at;
    tg_array *out;
    const char *path;
    tg_error *error;
    const tg_io_layer *io;         /* default: POSIX */
    const tg_allocator *allocator; /* copied into the array; default: the C library's */
} tg_read_text_args;
#define TG_READ_TEXT_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_read_text_args, allocator)

/* tg_read_text(&text, "book.txt", &error): all bytes of a file, plain or gzip, as TG_U8 [n]. They
 * are not checked; an empty file gives an array of 0 elements. */
TG_API tg_status tg_read_text_with(const tg_read_text_args *args);

/* A list of unique symbols. The id of a symbol is its index. */
typedef struct tg_vocabulary {
    tg_array symbols; /* i32 [count], ascending: code points, or bytes */
    bool bytes;
} tg_vocabulary;

typedef struct tg_vocabulary_build_args {
    size_t struct_size;
    tg_site at;
    tg_vocabulary *out;
    const tg_array *text;
    tg_error *error;
    bool bytes;   /* symbols are bytes; else the characters of UTF-8 */
    bool replace; /* what is not UTF-8 becomes U+FFFD, and is no error */
    const tg_allocator *allocator; /* default: that of the text */
} tg_vocabulary_build_args;
#define TG_VOCABULARY_BUILD_DEFAULTS                                                               \
    .struct_size = TG_OPTIONS_SIZE(tg_vocabulary_build_args, allocator)

/* tg_vocabulary_build(&vocabulary, &text, &error, .bytes = true): the symbols that occur in a text,
 * which must not be empty. A character is a code point: a combined character is several. UTF-8 as
 * in RFC 3629: no surrogates, nothing above U+10FFFF, no overlong forms. Other bytes are
 * TG_ERR_FORMAT with their offset, or with .replace one U+FFFD for as many bytes as could have
 * begun a character, as Unicode recommends. */
TG_API tg_status tg_vocabulary_build_with(const tg_vocabulary_build_args *args);
/* Accepts NULL and an empty vocabulary. */
TG_API void tg_vocabulary_free(tg_vocabulary *vocabulary);
/* The number of symbols; 0 for NULL. */
TG_API int32_t tg_vocabulary_size(const tg_vocabulary *vocabulary);
/* The id of a code point or byte; -1 if the vocabulary does not have it. */
TG_API int32_t tg_vocabulary_id(const tg_vocabulary *vocabulary, int32_t symbol);
/* The code point or byte of an id; -1 for an invalid id. */
TG_API int32_t tg_vocabulary_symbol(const tg_vocabulary *vocabulary, int32_t id);

typedef struct tg_vocabulary_encode_args {
    size_t struct_size;
    tg_site at;
    const tg_vocabulary *vocabulary;
    const tg_array *text;
    tg_array *out;
    tg_error *error;
    int64_t unknown; /* the id for symbols that it does not have; default TG_NO_INDEX: they are
                        an error */
    bool replace;    /* what is not UTF-8 becomes U+FFFD, and is no error */
    const tg_allocator *allocator; /* default: that of the text */
} tg_vocabulary_encode_args;
#define TG_VOCABULARY_ENCODE_DEFAULTS                                                              \
    .struct_size = TG_OPTIONS_SIZE(tg_vocabulary_encode_args, allocator), .unknown = TG_NO_INDEX

/* tg_vocabulary_encode(&vocabulary, &text, &ids, &error): the ids of a text's symbols, TG_I32
 * [number of symbols]. A symbol that the vocabulary does not have is TG_ERR_INDEX, with its
 * offset. */
TG_API tg_status tg_vocabulary_encode_with(const tg_vocabulary_encode_args *args);
/* The text of ids, of an integer dtype [n]: TG_U8, UTF-8 or bytes. An invalid id is
 * TG_ERR_INDEX. */
TG_API tg_status tg_vocabulary_decode_at(tg_site at, const tg_vocabulary *vocabulary,
                                         const tg_array *ids, tg_array *out, tg_error *error);

/* Writes the vocabulary into a state of a store, "name.characters" or "name.bytes", which is made
 * or found, so that tg_save saves it with the model. */
TG_API tg_status tg_vocabulary_keep_at(tg_site at, tg_store *store, const char *name,
                                       const tg_vocabulary *vocabulary, tg_error *error);
/* A new vocabulary from that state; after a tg_load, which makes it if the store does not have
 * it. */
TG_API tg_status tg_vocabulary_from_at(tg_site at, tg_vocabulary *out, const tg_store *store,
                                       const char *name, tg_error *error);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, and the defaults of options. */
#ifndef __cplusplus
#define tg_read_text(...)                                                                          \
    tg_read_text_with(&(tg_read_text_args){ TG_READ_TEXT_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_vocabulary_build(...)                                                                   \
    tg_vocabulary_build_with(                                                                      \
        &(tg_vocabulary_build_args){ TG_VOCABULARY_BUILD_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_vocabulary_encode(...)                                                                  \
    tg_vocabulary_encode_with(                                                                     \
        &(tg_vocabulary_encode_args){ TG_VOCABULARY_ENCODE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_vocabulary_decode(...) tg_vocabulary_decode_at(TG_HERE, __VA_ARGS__)
#define tg_vocabulary_keep(...) tg_vocabulary_keep_at(TG_HERE, __VA_ARGS__)
#define tg_vocabulary_from(...) tg_vocabulary_from_at(TG_HERE, __VA_ARGS__)
#endif

#endif
