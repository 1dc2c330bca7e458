/* fuzz.h: what the programs that try hostile files share. Each defines FUZZ_NAME, includes this
 * once and has try_file; with -DTG_LIBFUZZER it is a libFuzzer target, else its main draws
 * mutations. */
#ifndef TG_TESTS_FUZZ_H
#define TG_TESTS_FUZZ_H

#include "io_files.h"

static void demand(bool condition, const char *what, const char *message)
{
    if (condition) return;
    fprintf(stderr, FUZZ_NAME ": not so: %s (%s)\n", what, message);
    abort();
}

/* What holds of every reader, whatever the bytes. */
static void demand_honest(const memory_layer *layer, tg_status status, const tg_error *error)
{
    demand(layer->open_files == 0, "every file is closed", error->text);
    demand((status == TG_OK) == (error->text[0] == 0), "an error has a message", error->text);
    demand(status == error->status, "status and error agree", error->text);
    demand(strlen(error->text) < TG_ERROR_TEXT, "the message ends", "");
    demand(status != TG_ERR_MEMORY && status != TG_ERR_INTERNAL, "the file is to blame",
           error->text);
}

/* Reads one file, whose bytes are [data]. [how]: which options, in an order of the program's own,
 * and the temper of the I/O layer. */
static tg_status try_file(const unsigned char *data, size_t size, unsigned how);

#ifdef TG_LIBFUZZER

/* The first byte is [how]. */
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    if (size > 0) (void)try_file(data + 1, size - 1, data[0]);
    return 0;
}

#else

static uint64_t state = 20240229;

static size_t draw(size_t below)
{
    state += 0x9E3779B97F4A7C15u;
    uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (size_t)((z ^ (z >> 31)) % below);
}

#endif

#endif
