/* fuzz_logger.c: hostile logs. As a test: tens of thousands of mutations, always the same, of JSON
 * lines and CSV that a run would go on with, or that scalars are read from. Built with
 * -DTG_LIBFUZZER it is a libFuzzer target instead, whose first byte selects what is done.
 *
 * Whatever the bytes, there are scalars of as many points as they say, or an error with a message;
 * nothing stays open or allocated. (That a logger leaves what is no log as it was: test_logger.c.)
 */
#define FUZZ_NAME "fuzz_logger"
#include "fuzz.h"

#include "tg_logger.h"

#include <math.h>

/* ---- One input -------------------------------------------------------------------------- */

static void touch_scalars(const tg_scalars *scalars)
{
    for (int64_t k = 0; k < scalars->count; k++) {
        const tg_series *s = &scalars->series[k];
        demand(s->count > 0 && s->name, "a series has points", s->name);
        for (int64_t i = 0; i < s->count; i++)
            demand(s->x[i] >= 0 && !isinf(s->x[i]) && (isnan(s->y[i]) || s->y[i] <= HUGE_VAL),
                   "a point is one", s->name);
        demand(tg_scalars_find(scalars, s->name).x == s->x, "a series is found", s->name);
    }
}

/* [how]: bit 0: plain or gzip as the content says; then the temper of the I/O layer. */
static tg_status try_file(const unsigned char *data, size_t size, unsigned how)
{
    memory_layer layer = layer_of(data, size, how);
    counting_heap heap = { .calls = 0 };
    const tg_io_layer io = memory_io(&layer);
    const tg_allocator allocator = counting_allocator(&heap);
    tg_error error;
    tg_scalars scalars;
    const tg_status status =
        tg_read_scalars(&scalars, "file.0", &error, .io = &io, .allocator = &allocator);
    demand_honest(&layer, status, &error);
    touch_scalars(&scalars);
    tg_scalars_free(&scalars);
    demand(heap.blocks == 0, "nothing leaks", error.text);
    /* The layer is for reading alone, so a logger is refused, after it has looked at the lines. */
    tg_logger *log = how & 1 ? tg_logger_new(&error, .jsonl = "file.0", .resume_at = how & 8,
                                             .io = &io, .allocator = &allocator, .keep = true)
                             : tg_logger_new(&error, .csv = "file.0", .resume_at = how & 8,
                                             .io = &io, .allocator = &allocator);
    demand(!log && error.status != TG_OK && error.text[0], "no logger without a disk", error.text);
    demand(heap.blocks == 0 && layer.open_files == 0, "nothing leaks", error.text);
    return status;
}

#ifndef TG_LIBFUZZER

/* clang-format off */
static const char *const pieces[] = {
    "\n", "\"", "{ ", " }", ",", ":", "\\u0000", "\\ud800", "NaN", "Infinity", "null", "\"step\":", "1e999", "-1", "99999999999999999999", "\xff", "\xc3\xb6",
    "[[[[[[[[", "{ \"step\":5,\"name\":\"l\",\"value\":1 }\n",
};
/* clang-format on */

int main(void)
{
    static const char *const seeds[] = {
        ("{\"step\":0,\"hparams\":{\"lr\":0.001}}\n{\"step\":1,\"name\":\"l\",\"value\":0.5}\n"
         "{\"step\":2,\"name\":\"l\",\"value\":\"NaN\",\"time\":1.5}\n"),
        "{\"step\":7,\"name\":\"gr\\u00f6\\u00dfe\",\"value\":-1e-300}\n",
        "step,name,value\n1,l,0.5\n2,\"a,b\",nan\n",
        "",
    };
    enum { SEEDS = sizeof seeds / sizeof *seeds };
    int64_t accepted = 0, refused = 0;
    for (int64_t i = 0; i < scaled(40000); i++) {
        unsigned char file[LARGEST];
        const char *seed = seeds[draw(SEEDS)];
        size_t length = strlen(seed);
        memcpy(file, seed, length);
        for (size_t left = draw(5); left > 0; left--)
            length = mutate(file, length, pieces, sizeof pieces / sizeof *pieces);
        bytes exact = bytes_of(file, length); /* so that a sanitizer sees a read beyond the end */
        const tg_status status = try_file(exact.data, length, (unsigned)draw(256));
        *(status == TG_OK ? &accepted : &refused) += 1;
        free(exact.data);
    }
    printf("fuzz_logger: %lld files accepted, %lld refused\n", (long long)accepted,
           (long long)refused);
    demand(accepted > 0 && refused > 0, "files of both kinds were tried", "");
    return EXIT_SUCCESS;
}

#endif
