/* safetensors_files.c: a store of every dtype, for safetensors_files.py.
 *
 *     safetensors_files write FILE     saves it
 *     safetensors_files check FILE     loads the file into a store of the same variables, and compares
 *
 * Byte i of variable k is 37 i + 11 k + 5, modulo 256; a bool is the lowest bit of that. */
#include <tapegrad.h>

#include <stdio.h>
#include <string.h>

enum { MOST = 4096 };

typedef struct row {
    const char *name;
    tg_dtype dtype;
    tg_shape shape;
} row;

static int rows_of(row out[8])
{
    const row rows[] = {
        { "fc.weight", TG_F32, TG_SHAPE(3, 5) }, { "fc.bias", TG_F64, TG_SHAPE(7) },
        { "count.i32", TG_I32, TG_SHAPE(2, 1, 3) }, { "count.i64", TG_I64, TG_SHAPE(9) },
        { "bytes", TG_U8, TG_SHAPE(11) }, { "flags", TG_BOOL, TG_SHAPE(4, 4) },
        { "scalar größe", TG_F32, TG_SCALAR }, { "none", TG_F64, TG_SHAPE(0, 3) },
    };
    memcpy(out, rows, sizeof rows);
    return sizeof rows / sizeof *rows;
}

static void fill(unsigned char *bytes, size_t size, int k, tg_dtype dtype)
{
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (unsigned char)(37 * i + 11 * (size_t)k + 5);
        if (dtype == TG_BOOL) bytes[i] &= 1;
    }
}

/* [filled]: with the values; else with ones. */
static tg_store *store_new(bool filled)
{
    row rows[8];
    unsigned char bytes[MOST];
    tg_store *store = tg_store_new(.seed = 1);
    const int count = rows_of(rows);
    for (int k = 0; k < count; k++) {
        const size_t elements = (size_t)tg_shape_count(rows[k].shape);
        tg_var *var = tg_state(store, rows[k].name, rows[k].dtype, rows[k].shape, 1);
        fill(bytes, elements * tg_dtype_size(rows[k].dtype), k, rows[k].dtype);
        if (filled) (void)tg_var_set_as(var, rows[k].dtype, bytes, elements);
    }
    return store;
}

static int differs(const tg_store *store)
{
    row rows[8];
    unsigned char bytes[MOST], wanted[MOST];
    int wrong = 0;
    const int count = rows_of(rows);
    for (int k = 0; k < count; k++) {
        const size_t elements = (size_t)tg_shape_count(rows[k].shape);
        const size_t size = elements * tg_dtype_size(rows[k].dtype);
        fill(wanted, size, k, rows[k].dtype);
        if (tg_var_get_as(tg_var_nth(store, (size_t)k), rows[k].dtype, bytes, elements) == TG_OK &&
            memcmp(bytes, wanted, size) == 0)
            continue;
        fprintf(stderr, "%s differs\n", rows[k].name);
        wrong = 1;
    }
    return wrong;
}

int main(int count, char **words)
{
    tg_error error = { TG_OK, "" };
    const bool write = count == 3 && strcmp(words[1], "write") == 0;
    if (count != 3 || (!write && strcmp(words[1], "check") != 0))
        return fprintf(stderr, "usage: %s write|check FILE\n", words[0]), 2;
    tg_store *store = store_new(write);
    const tg_status status =
        write ? tg_save(store, words[2], &error) : tg_load(store, words[2], &error);
    const int wrong = status != TG_OK || (!write && differs(store));
    fputs(error.text, stderr);
    tg_store_free(store);
    return wrong;
}
