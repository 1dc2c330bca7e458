/* test_vocabulary.c: text files, and text as the numbers of its bytes and characters. */
#include "tests/support/suite.h"
#include "io_files.h"
#include "tg_save.h"
#include "tg_text.h"
#include "told.h"


static memory_layer layer;
static counting_heap heap;
static tg_allocator allocator;

static void open_heap(void)
{
    heap = (counting_heap){ .calls = 0 };
    allocator = counting_allocator(&heap);
}
static void close_heap(void) { ck_assert_int_eq(heap.blocks, 0); }

static tg_array text_of(const char *text)
{
    return tg_array_view(TG_U8, TG_SHAPE((int64_t)strlen(text)), (void *)(uintptr_t)text);
}

START_TEST(files_are_read_as_they_are)
{
    static const char content[] = "a\r\nb\xff\0c";
    bytes plain = bytes_of(content, sizeof content - 1), packed = bytes_gzip(plain);
    for (int zipped = 0; zipped < 2; zipped++) {
        layer =
            (memory_layer){ .file = { zipped ? packed : plain, { NULL, 0 } }, .longest_read = 3 };
        const tg_io_layer io = memory_io(&layer);
        tg_array text;
        ck_fine(tg_read_text(&text, "file.0", &error, .io = &io, .allocator = &allocator));
        ck_assert(text.dtype == TG_U8 && tg_shape_equal(text.shape, TG_SHAPE(7)));
        ck_assert_mem_eq(text.data, content, 7);
        tg_array_free(&text);
        ck_fine(tg_read_text(&text, "file.1", &error, .io = &io, .allocator = &allocator));
        ck_assert(text.dtype == TG_U8 && text.shape.dim[0] == 0);
        tg_array_free(&text);
        for (int memory = 0; memory < 2; memory++)
            for (int at = 1, done = 0; !done; at++) {
                layer.calls = heap.calls = 0;
                *(memory ? &heap.fail_at : &layer.fail_at) = at;
                const tg_status status =
                    tg_read_text(&text, "file.0", &error, .io = &io, .allocator = &allocator);
                layer.fail_at = heap.fail_at = 0;
                done = status == TG_OK;
                ck_assert(done ? at > 2 : status == (memory ? TG_ERR_MEMORY : TG_ERR_IO));
                tg_array_free(&text);
                ck_assert(heap.blocks == 0 && layer.open_files == 0);
            }
    }
    free(plain.data);
    free(packed.data);
}
END_TEST

/* Encodes, decodes and compares. */
static void ck_round(const char *words, bool as_bytes, int32_t size, int64_t count,
                     const int32_t *ids)
{
    const tg_array text = text_of(words);
    tg_vocabulary v;
    tg_array encoded, back;
    ck_fine(tg_vocabulary_build(&v, &text, &error, .bytes = as_bytes, .allocator = &allocator));
    ck_assert_int_eq(tg_vocabulary_size(&v), size);
    ck_fine(tg_vocabulary_encode(&v, &text, &encoded, &error, .allocator = &allocator));
    ck_assert(encoded.dtype == TG_I32 && tg_shape_equal(encoded.shape, TG_SHAPE(count)));
    ck_assert_mem_eq(encoded.data, ids, (size_t)count * sizeof *ids);
    ck_fine(tg_vocabulary_decode(&v, &encoded, &back, &error));
    ck_assert(back.dtype == TG_U8 && back.shape.dim[0] == text.shape.dim[0]);
    ck_assert_mem_eq(back.data, words, strlen(words));
    for (int32_t id = 0; id < size; id++)
        ck_assert_int_eq(tg_vocabulary_id(&v, tg_vocabulary_symbol(&v, id)), id);
    ck_assert_int_eq(tg_vocabulary_symbol(&v, size), -1);
    ck_assert_int_eq(tg_vocabulary_symbol(&v, -1), -1);
    ck_assert_int_eq(tg_vocabulary_id(&v, 'q'), -1);
    tg_array_free(&encoded);
    tg_array_free(&back);
    tg_vocabulary_free(&v);
    ck_assert_int_eq(tg_vocabulary_size(&v), 0);
}

START_TEST(text_goes_there_and_back)
{
    /* "hé€𝄞h": U+68, U+E9, U+20AC, U+1D11E. */
    static const char words[] = "h\xc3\xa9\xe2\x82\xac\xf0\x9d\x84\x9eh";
    ck_round(words, false, 4, 5, (int32_t[]){ 0, 1, 2, 3, 0 });
    ck_round("bab\nc", true, 4, 5, (int32_t[]){ 2, 1, 2, 0, 3 });
    ck_round("bab\nc", false, 4, 5, (int32_t[]){ 2, 1, 2, 0, 3 });
    ck_round("\xff\x80\xff", true, 2, 3, (int32_t[]){ 1, 0, 1 });
}
END_TEST

START_TEST(every_character_is_one)
{
    /* All code points in one text, by the bit patterns of RFC 3629. */
    unsigned char *all = malloc(4 * 0x110000);
    ck_assert_ptr_nonnull(all);
    size_t used = 0;
    int64_t count = 0;
    for (uint32_t c = 0; c < 0x110000; c++) {
        if (c >= 0xD800 && c < 0xE000) continue;
        count++;
        if (c < 0x80) {
            all[used++] = (unsigned char)c;
            continue;
        }
        if (c < 0x800) all[used++] = (unsigned char)(0xC0 | c >> 6);
        else if (c < 0x10000) all[used++] = (unsigned char)(0xE0 | c >> 12);
        else all[used++] = (unsigned char)(0xF0 | c >> 18);
        if (c >= 0x10000) all[used++] = (unsigned char)(0x80 | (c >> 12 & 63));
        if (c >= 0x800) all[used++] = (unsigned char)(0x80 | (c >> 6 & 63));
        all[used++] = (unsigned char)(0x80 | (c & 63));
    }
    const tg_array text = tg_array_view(TG_U8, TG_SHAPE((int64_t)used), all);
    tg_vocabulary v;
    tg_array ids, back;
    ck_fine(tg_vocabulary_build(&v, &text, &error));
    ck_assert_int_eq(tg_vocabulary_size(&v), count);
    ck_fine(tg_vocabulary_encode(&v, &text, &ids, &error));
    for (int64_t i = 0; i < count; i++) ck_assert_int_eq(((int32_t *)ids.data)[i], i);
    ck_fine(tg_vocabulary_decode(&v, &ids, &back, &error));
    ck_assert_int_eq(back.shape.dim[0], (int64_t)used);
    ck_assert_mem_eq(back.data, all, used);
    tg_array_free(&ids);
    tg_array_free(&back);
    tg_vocabulary_free(&v);
    free(all);
}
END_TEST

START_TEST(what_is_not_utf8_is_an_error_or_replaced)
{
    /* The text, the offset of the first fault, and what replacing leaves ('?' for U+FFFD). The last
     * but one is the example of the Unicode Standard, table 3-8. */
    static const struct {
        const char *text;
        size_t at;
        const char *replaced;
    } rows[] = {
        { "ab\xff", 2, "ab?" },
        { "a\x80z", 1, "a?z" },
        { "\xc0\xaf", 0, "??" }, /* longer than it must be */
        { "\xe0\x80\xaf", 0, "???" },
        { "\xf0\x80\x80\xaf", 0, "????" },
        { "\xed\xa0\x80", 0, "???" },      /* a surrogate */
        { "\xf4\x90\x80\x80", 0, "????" }, /* above U+10FFFF */
        { "\xf5\x80", 0, "??" },
        { "x\xe2\x82", 1, "x?" }, /* cut short */
        { "\xe2\x82z", 0, "?z" },
        { "\x61\xf1\x80\x80\xe1\x80\xc2\x62\x80\x63\x80\xbf\x64", 1, "a???b?c??d" },
        { "\xf0\x9d\x84", 0, "?" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const tg_array text = text_of(rows[i].text);
        char words[64];
        tg_vocabulary v;
        tg_array ids;
        (void)snprintf(words, sizeof words, "not UTF-8 at byte %zu,", rows[i].at);
        ck_told(tg_vocabulary_build(&v, &text, &error, .allocator = &allocator), TG_ERR_FORMAT,
                words);
        ck_assert_ptr_null(v.symbols.data);
        ck_fine(tg_vocabulary_build(&v, &text, &error, .replace = true));
        ck_told(tg_vocabulary_encode(&v, &text, &ids, &error), TG_ERR_FORMAT, words);
        ck_fine(tg_vocabulary_encode(&v, &text, &ids, &error, .replace = true));
        ck_assert_int_eq(ids.shape.dim[0], (int64_t)strlen(rows[i].replaced));
        for (int64_t k = 0; k < ids.shape.dim[0]; k++) {
            const int32_t symbol = tg_vocabulary_symbol(&v, ((int32_t *)ids.data)[k]);
            ck_assert_int_eq(symbol == 0xFFFD ? '?' : symbol, rows[i].replaced[k]);
        }
        tg_array_free(&ids);
        tg_vocabulary_free(&v);
    }
}
END_TEST

START_TEST(symbols_and_ids_that_are_not_there)
{
    const tg_array text = text_of("abc"), other = text_of("ab\xc3\xa9q"), none = text_of("");
    tg_vocabulary v, empty = { .bytes = false };
    tg_array ids, out;
    ck_told(tg_vocabulary_build(&v, &none, &error), TG_ERR_ARGUMENT, "the text is empty");
    ck_fine(tg_vocabulary_build(&v, &text, &error));
    ck_told(tg_vocabulary_encode(&v, &other, &ids, &error), TG_ERR_INDEX,
            "the vocabulary has no U+00e9, which is at byte 2");
    ck_fine(tg_vocabulary_encode(&v, &other, &ids, &error, .unknown = 7));
    ck_assert_mem_eq(ids.data, ((int32_t[]){ 0, 1, 7, 7 }), 16);
    ck_told(tg_vocabulary_decode(&v, &ids, &out, &error), TG_ERR_INDEX,
            "ids[2] is 7, which is not one of 0 .. 2");
    tg_array_free(&ids);
    ck_told(tg_vocabulary_encode(&v, &other, &ids, &error, .unknown = -1), TG_ERR_INDEX,
            ".unknown is -1");
    ck_fine(tg_vocabulary_encode(&v, &none, &ids, &error));
    ck_fine(tg_vocabulary_decode(&v, &ids, &out, &error));
    ck_assert_int_eq(out.shape.dim[0], 0);
    tg_array_free(&ids);
    tg_array_free(&out);
    ck_told(tg_vocabulary_encode(&empty, &text, &ids, &error), TG_ERR_ARGUMENT, "empty or damaged");
    ((int32_t *)v.symbols.data)[2] = 0xD800;
    ck_told(tg_vocabulary_encode(&v, &text, &ids, &error), TG_ERR_ARGUMENT, "empty or damaged");
    ((int32_t *)v.symbols.data)[2] = 'a';
    ck_told(tg_vocabulary_encode(&v, &text, &ids, &error), TG_ERR_ARGUMENT, "empty or damaged");
    const tg_array wide = tg_array_view(TG_I32, TG_SHAPE(1), &(int32_t){ 0 });
    ck_told(tg_vocabulary_build(&empty, &wide, &error), TG_ERR_DTYPE, "the text is i32");
    tg_vocabulary_free(&v);
}
END_TEST

START_TEST(a_vocabulary_is_kept_with_its_model)
{
    const tg_array text = text_of("h\xc3\xa9llo");
    for (int as_bytes = 0; as_bytes < 2; as_bytes++) {
        tg_vocabulary v, back;
        tg_store *store = tg_store_new(.allocator = &allocator);
        ck_fine(tg_vocabulary_build(&v, &text, &error, .bytes = as_bytes));
        ck_told(tg_vocabulary_from(&back, store, "text", &error), TG_ERR_ARGUMENT,
                "no vocabulary \"text\"");
        ck_fine(tg_vocabulary_keep(store, "text", &v, &error));
        ck_fine(tg_vocabulary_keep(store, "text", &v, &error));
        ck_assert_ptr_nonnull(tg_find(store, as_bytes ? "text.bytes" : "text.characters"));
        ck_fine(tg_vocabulary_from(&back, store, "text", &error));
        ck_assert(back.bytes == v.bytes && tg_vocabulary_size(&back) == tg_vocabulary_size(&v));
        ck_assert_mem_eq(back.symbols.data, v.symbols.data,
                         (size_t)tg_vocabulary_size(&v) * sizeof(int32_t));
        tg_vocabulary_free(&back);
        /* What a file has made of it is looked at. */
        tg_var *var = tg_var_nth(store, 0);
        const int32_t damaged[6] = { 5, 4, 3, 2, 1, 0 };
        ck_assert_int_eq(tg_var_set(var, damaged, (size_t)tg_shape_count(tg_var_shape(var))),
                         TG_OK);
        ck_told(tg_vocabulary_from(&back, store, "text", &error), TG_ERR_ARGUMENT, "damaged");
        tg_vocabulary longer;
        const tg_array more = text_of("abcdefghijk");
        ck_fine(tg_vocabulary_build(&longer, &more, &error, .bytes = as_bytes));
        ck_told(tg_vocabulary_keep(store, "text", &longer, &error), TG_ERR_SHAPE, "text.");
        ck_assert_int_eq(tg_store_status(store), TG_OK);
        tg_vocabulary_free(&longer);
        tg_vocabulary_free(&v);
        tg_store_free(store);
    }
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    const tg_array text = text_of("some text");
    for (int at = 1, done = 0; !done; at++) {
        tg_vocabulary v, back;
        tg_array ids;
        tg_store *store = tg_store_new(.allocator = &allocator);
        memset(&back, 0, sizeof back);
        memset(&ids, 0, sizeof ids);
        heap.calls = 0;
        heap.fail_at = at;
        tg_status status = tg_vocabulary_build(&v, &text, &error, .allocator = &allocator);
        if (status == TG_OK)
            status = tg_vocabulary_encode(&v, &text, &ids, &error, .allocator = &allocator);
        if (status == TG_OK) status = tg_vocabulary_keep(store, "text", &v, &error);
        if (status == TG_OK) status = tg_vocabulary_from(&back, store, "text", &error);
        heap.fail_at = 0;
        done = status == TG_OK;
        ck_assert(done ? at > 5 : status == TG_ERR_MEMORY);
        ck_assert_int_eq(tg_store_status(store), TG_OK);
        tg_vocabulary_free(&v);
        tg_vocabulary_free(&back);
        tg_array_free(&ids);
        tg_store_free(store);
        ck_assert_int_eq(heap.blocks, 0);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vocabulary");
    TCase *cases = tcase_create("text");
    tcase_add_checked_fixture(cases, open_heap, close_heap);
    tcase_add_test(cases, files_are_read_as_they_are);
    tcase_add_test(cases, text_goes_there_and_back);
    tcase_add_test(cases, every_character_is_one);
    tcase_add_test(cases, what_is_not_utf8_is_an_error_or_replaced);
    tcase_add_test(cases, symbols_and_ids_that_are_not_there);
    tcase_add_test(cases, a_vocabulary_is_kept_with_its_model);
    tcase_add_test(cases, every_allocation_may_fail);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
