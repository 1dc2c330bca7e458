/* fuzz_io.c: hostile files. As a test: tens of thousands of mutations, always the same, of
 * small IDX and CSV files, plain and gzip. Built with -DTG_LIBFUZZER it is a libFuzzer target
 * instead, whose first byte selects reader and options.
 *
 * Whatever the bytes, a reader returns an array that fits its shape or an error with an error,
 * leaves nothing open or allocated, and takes no more memory than the bytes warrant. */
#define FUZZ_NAME "fuzz_io"
#include "fuzz.h"
#include "tg_table.h"

/* ---- One input -------------------------------------------------------------------------- */

/* Every value of a table, and every word. */
static unsigned touch_table(const tg_table *table)
{
    unsigned sum = 0;
    for (int64_t c = 0; c < table->column_count; c++) {
        const tg_column *column = &table->columns[c];
        const int32_t *codes = column->values.data;
        sum += touch(&column->values) + (unsigned)strlen(column->name);
        for (int64_t i = 0; i < table->rows; i++) {
            const bool missing = column->missing && column->missing[i];
            if (column->type != TG_COLUMN_WORDS) continue;
            demand(missing == (codes[i] < 0) && codes[i] < column->word_count, "codes are words'",
                   "");
            if (!missing) sum += (unsigned)strlen(column->words[codes[i]]);
        }
    }
    return sum;
}

static tg_status try_table(tg_table *table, unsigned how, tg_error *error, const tg_io_layer *io,
                           const tg_allocator *allocator)
{
    return tg_read_table(table, "file.0", error, .header = how & 1 ? TG_AUTO : (how >> 1) & 1,
                         .decimal = how & 4 ? ',' : '.', .comment = how & 8 ? '#' : 0,
                         .separator = how & 16 ? ';' : 0, .nonfinite = (how & 2) != 0, .io = io,
                         .allocator = allocator);
}

/* [how]: bit 5 a table or, by bits 0 and 1, another reader; then options and the temper of the I/O
 * layer. */
static tg_status try_file(const unsigned char *data, size_t size, unsigned how)
{
    memory_layer layer = layer_of(data, size, how);
    counting_heap heap = { .calls = 0 };
    const tg_io_layer io = memory_io(&layer);
    const tg_allocator allocator = counting_allocator(&heap);
    tg_error error;
    tg_dataset set;
    tg_array array = { .data = NULL };
    tg_status status;
    memset(&set, 0, sizeof set);
    tg_table table;
    memset(&table, 0, sizeof table);
    switch (how & 0x20 ? 4 : how & 3) {
    case 4: status = try_table(&table, how, &error, &io, &allocator); break;
    case 0:
        status = tg_read_idx(&array, "file.0", &error, .io = &io, .allocator = &allocator);
        break;
    case 1:
        status = tg_read_csv(&array, "file.0", &error, .dtype = how & 4 ? TG_F64 : TG_F32,
                             .comment = how & 8 ? '#' : 0, .nonfinite = (how & 16) != 0, .io = &io,
                             .allocator = &allocator);
        break;
    case 2:
        status = tg_dataset_from_csv(&set, "file.0", &error, .label = how & 4 ? 0 : -1,
                                     .classes = how & 8 ? 10 : TG_AUTO, .io = &io,
                                     .allocator = &allocator);
        break;
    default:
        status = tg_dataset_from_idx(&set, "file.0", "file.1", &error, .io = &io,
                                     .allocator = &allocator);
        break;
    }
    demand_honest(&layer, status, &error);
    if (status == TG_OK)
        (void)(touch(&array) + touch(&set.x) + touch(&set.y) + touch_table(&table));
    /* Deflate packs at most 1032 to 1; a field of two bytes becomes one of eight. */
    const bool packed = size > 2 && data[0] == 0x1f && data[1] == 0x8b;
    /* A column of a table takes some hundred bytes, of which there may be one for each byte. */
    const size_t most = how & 0x20 ? 512 : 16;
    demand(heap.peak <= (1 << 18) + most * size * (packed ? 1032 : 1), "memory is bounded",
           error.text);
    tg_table_free(&table);
    tg_array_free(&array);
    tg_dataset_free(&set);
    demand(heap.blocks == 0, "nothing leaks", error.text);
    return status;
}

#ifndef TG_LIBFUZZER

/* ---- Seeds ------------------------------------------------------------------------------ */

enum { SEEDS = 12, IDX_SEEDS = 5 }; /* those for IDX come first */

static void make_seeds(bytes seeds[SEEDS])
{
    seeds[0] = bytes_idx(0x08, IDX_DIMS(3, 4, 5), 60);
    seeds[1] = bytes_idx(0x0C, IDX_DIMS(7), 28);
    seeds[2] = bytes_idx(0x0E, IDX_DIMS(2, 2), 32);
    seeds[3] = bytes_gzip(seeds[0]);
    bytes empty = bytes_gzip(BYTES(""));
    seeds[4] = bytes_join(seeds[3], empty);
    free(empty.data);
    seeds[5] = bytes_of_text("1,2,3\n4,5,6\n7,8,9\n");
    seeds[6] = bytes_of_text(
        "# a,b\n\xef\xbb\xbf-1.5e3,\" 2.25 \",0\r\n\r\n.5,+7,1\r\n12,0.1234567890123456789,2");
    seeds[7] = bytes_gzip(seeds[6]);
    seeds[8] = bytes_gzip(seeds[5]);
    seeds[9] = bytes_of_text("");
    seeds[10] = bytes_of_text("name,\"a \"\"b\"\"\",c\r\nx,1,\"2\n3\"\r\n,NA,07\r\ny,2.5,z\r\n");
    seeds[11] = bytes_of_text("a;b;c\n1,5;x;\n#\n2;?;3\n\"\";y;4,25e3\n");
}

/* clang-format off */
static const char *const pieces[] = {
    "\xff\xff\xff\xff", "\x7f\xff\xff\xff", "\x80", "", "\x1f\x8b\x08", "\n", "\r\n", ",", ",,", "\"", "\"\"", "1e999", "-", "e", ".", "nan", "inf",
    "99999999999999999999999", "#", "0.00000000000000000000000001", "\xef\xbb\xbf", " ", "\t", "1e-99999999999999999", ";", "|", "?", "NA",
};
/* clang-format on */

int main(void)
{
    bytes seeds[SEEDS];
    int64_t accepted = 0, refused = 0;
    make_seeds(seeds);
    for (int64_t i = 0; i < scaled(60000); i++) {
        unsigned char file[LARGEST];
        const size_t kind = draw(SEEDS);
        const bytes *seed = &seeds[kind];
        size_t length = seed->size;
        if (length) memcpy(file, seed->data, length);
        /* Mostly the reader that the seed is for: 0 and 3 read IDX, 1 and 2 CSV. */
        unsigned how = (unsigned)draw(256);
        if (draw(8))
            how = kind < IDX_SEEDS ? (how & ~0x23u) | 3 * (how & 1) : (how & ~3u) | (1 + (how & 1));
        for (size_t left = draw(6); left > 0; left--)
            length = mutate(file, length, pieces, sizeof pieces / sizeof *pieces);
        /* An exact copy, so that a sanitizer sees a read beyond the end. */
        bytes exact = bytes_of(file, length);
        const tg_status status = try_file(exact.data, length, how);
        *(status == TG_OK ? &accepted : &refused) += 1;
        free(exact.data);
    }
    for (int i = 0; i < SEEDS; i++) free(seeds[i].data);
    printf("fuzz_io: %lld files accepted, %lld refused\n", (long long)accepted, (long long)refused);
    demand(accepted > 0 && refused > 0, "files of both kinds were tried", "");
    return EXIT_SUCCESS;
}

#endif
