/* errors_logger.c: what loggers, scalars and curves answer to NULLs and to options out of range.
 * (Files that are no logs, and what fails on the way: test_logger.c.) */
#include "errors_told.h"

/* The call fails, and its error sticks to a logger, which is made anew. */
static tg_logger *book;
static void ck_stuck(const char *call, tg_status got, tg_status status, const char *words)
{
    ck_assert_msg(got == status && tg_logger_status(book) == status, "%s", call);
    ck_text_told(call, __FILE__, status, tg_logger_error(book), words);
    tg_logger_free(book);
    book = tg_logger_new(&error);
}
#define STICKS(call, status, words)                                                                \
    do {                                                                                           \
        remember();                                                                                \
        ck_stuck(#call, call, status, words);                                                      \
    } while (0)

START_TEST(loggers_that_cannot_be)
{
    REFUSES(tg_logger_new(&error, .csv = ""), TG_ERR_ARGUMENT, "empty");
    REFUSES(tg_logger_new(&error, .tensorboard = ""), TG_ERR_ARGUMENT, "empty");
    REFUSES(tg_logger_new(&error, .csv = "/tmp/a", .jsonl = "/tmp/a"), TG_ERR_ARGUMENT,
            "same file");
    REFUSES(tg_logger_new(&error, .resume_at = -1), TG_ERR_ARGUMENT, ".resume_at = -1");
    REFUSES(tg_logger_new(&error, .flush_seconds = -1), TG_ERR_ARGUMENT, ".flush_seconds = -1");
    REFUSES(tg_logger_new(&error, .flush_seconds = NAN), TG_ERR_ARGUMENT, ".flush_seconds = ");
    REFUSES(tg_logger_new(&error, .csv = "/nowhere/at/all"), TG_ERR_IO, "/nowhere/at/all");
    REFUSES(tg_logger_new(&error, .jsonl = "/tmp"), TG_ERR_IO, "a directory");
    ACCEPTS(tg_logger_new(NULL, .csv = "") == NULL);
}
END_TEST

START_TEST(no_logger)
{
    const float one = 1;
    const tg_hparam lr = { "lr", .number = 1 };
    tg_array image = { 0 };
    ACCEPTS(tg_logger_status(NULL) == TG_ERR_ARGUMENT);
    ACCEPTS(tg_logger_error(NULL)[0] == 0);
    ACCEPTS(tg_logger_flush(NULL) == TG_ERR_ARGUMENT);
    ACCEPTS(tg_logger_scalar(NULL, 0, "a", 1) == TG_ERR_ARGUMENT);
    ACCEPTS(tg_logger_histogram(NULL, 0, "a", &one, 1) == TG_ERR_ARGUMENT);
    ACCEPTS(tg_logger_image(NULL, 0, "a", &image) == TG_ERR_ARGUMENT);
    ACCEPTS(tg_logger_text(NULL, 0, "a", "b") == TG_ERR_ARGUMENT);
    ACCEPTS(tg_logger_graph(NULL, tape) == TG_ERR_ARGUMENT);
    ACCEPTS(tg_logger_hparams(NULL, &lr, 1) == TG_ERR_ARGUMENT);
    ACCEPTS(tg_logger_series(NULL, "a").count == 0);
    ACCEPTS(tg_logger_series(NULL, NULL).count == 0);
    ACCEPTS_CALL(tg_logger_free(NULL));
}
END_TEST

START_TEST(what_cannot_be_logged)
{
    char long_name[TG_LOGGER_NAME_MOST + 2];
    char *long_text = malloc(TG_LOGGER_TEXT_MOST + 2);
    const float one = 1;
    const tg_hparam twice[] = { { "a", .number = 1 }, { "a", .number = 2 } };
    const tg_hparam odd = { "a", .text = "\xff" }, unnamed = { NULL, .number = 1 };
    const tg_array words = tg_array_view(TG_F32, TG_SHAPE(1), (void *)(uintptr_t)&one);
    ck_assert_ptr_nonnull(long_text);
    memset(long_name, 'n', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = 0;
    memset(long_text, 't', TG_LOGGER_TEXT_MOST + 1);
    long_text[TG_LOGGER_TEXT_MOST + 1] = 0;
    book = tg_logger_new(&error);
    STICKS(tg_logger_scalar(book, 0, NULL, 1), TG_ERR_ARGUMENT,
           "tg_logger_scalar: the name is NULL");
    STICKS(tg_logger_scalar(book, 0, "", 1), TG_ERR_ARGUMENT, "\"\" is no name");
    STICKS(tg_logger_scalar(book, 0, "a\nb", 1), TG_ERR_ARGUMENT, "a\\x0ab");
    STICKS(tg_logger_scalar(book, 0, "\x7f", 1), TG_ERR_ARGUMENT, "no name");
    STICKS(tg_logger_scalar(book, 0, "\xc3", 1), TG_ERR_ARGUMENT, "UTF-8");
    STICKS(tg_logger_scalar(book, 0, long_name, 1), TG_ERR_ARGUMENT, "1000");
    STICKS(tg_logger_scalar(book, INT64_MIN, "a", 1), TG_ERR_ARGUMENT, "negative");
    STICKS(tg_logger_histogram(book, 0, NULL, &one, 1), TG_ERR_ARGUMENT, "tg_logger_histogram");
    STICKS(tg_logger_histogram(book, 0, "a", (float *)NULL, 1), TG_ERR_ARGUMENT, "values are NULL");
    STICKS(tg_logger_histogram_at(TG_HERE, book, 0, "a", (tg_dtype)77, &one, 1), TG_ERR_DTYPE,
           "77");
    STICKS(tg_logger_image(book, 0, "a", NULL), TG_ERR_ARGUMENT, "the picture is NULL");
    STICKS(tg_logger_image(book, 0, "a", &words), TG_ERR_DTYPE, "must be u8");
    STICKS(tg_logger_text(book, 0, "a", NULL), TG_ERR_ARGUMENT, "the text is NULL");
    STICKS(tg_logger_text(book, 0, "a", "\xff"), TG_ERR_ARGUMENT, "UTF-8");
    STICKS(tg_logger_text(book, 0, "a", long_text), TG_ERR_ARGUMENT, "1048576");
    STICKS(tg_logger_graph(book, NULL), TG_ERR_ARGUMENT, "the tape is NULL");
    STICKS(tg_logger_hparams(book, NULL, 1), TG_ERR_ARGUMENT, "hyper-parameters are NULL");
    STICKS(tg_logger_hparams(book, twice, 2), TG_ERR_ARGUMENT, "\"a\" is there twice");
    STICKS(tg_logger_hparams(book, &odd, 1), TG_ERR_ARGUMENT, "the words for \"a\"");
    STICKS(tg_logger_hparams(book, &unnamed, 1), TG_ERR_ARGUMENT, "the name is NULL");
    tg_logger_free(book);
    free(long_text);
}
END_TEST

START_TEST(scalars_of_no_file)
{
    tg_scalars scalars;
    TELLS(tg_read_scalars(NULL, "a", &error), TG_ERR_ARGUMENT, "NULL");
    TELLS(tg_read_scalars(&scalars, NULL, &error), TG_ERR_ARGUMENT, "NULL");
    TELLS(tg_read_scalars(&scalars, "/nowhere", &error), TG_ERR_IO, "/nowhere");
    ACCEPTS(tg_read_scalars(NULL, NULL, NULL) == TG_ERR_ARGUMENT);
    ACCEPTS(tg_scalars_find(NULL, "a").count == 0);
    ACCEPTS(tg_scalars_find(&scalars, NULL).count == 0);
    ACCEPTS_CALL(tg_scalars_free(NULL));
}
END_TEST

START_TEST(curves_that_cannot_be)
{
    const double points[2] = { 1, 2 };
    const tg_series good = { "a", 2, points, points }, odd = { "a", -1, points, points },
                    none = { "a", 2, NULL, points }, half = { "a", 2, points, NULL };
    const char *path = "/nowhere/at/all";
    TELLS(tg_draw_curves(NULL, &good, 1, &error), TG_ERR_ARGUMENT, "path is NULL");
    TELLS(tg_draw_curves("", &good, 1, &error), TG_ERR_ARGUMENT, "path is empty");
    TELLS(tg_draw_curves(path, NULL, 1, &error), TG_ERR_ARGUMENT, "series are NULL");
    TELLS(tg_draw_curves(path, &good, -1, &error), TG_ERR_ARGUMENT, "-1 series; 0 to 64");
    TELLS(tg_draw_curves(path, &good, 65, &error), TG_ERR_ARGUMENT, "65 series");
    TELLS(tg_draw_curves(path, &odd, 1, &error), TG_ERR_ARGUMENT, "-1 points");
    TELLS(tg_draw_curves(path, &none, 1, &error), TG_ERR_ARGUMENT, "x or y is NULL");
    TELLS(tg_draw_curves(path, &half, 1, &error), TG_ERR_ARGUMENT, "x or y is NULL");
    TELLS(tg_draw_curves(path, &good, 1, &error, .smooth = 1), TG_ERR_ARGUMENT, ".smooth = 1");
    TELLS(tg_draw_curves(path, &good, 1, &error, .smooth = NAN), TG_ERR_ARGUMENT, ".smooth");
    TELLS(tg_draw_curves(path, &good, 1, &error, .width = 199), TG_ERR_ARGUMENT, "199 x 440");
    TELLS(tg_draw_curves(path, &good, 1, &error, .height = 10001), TG_ERR_ARGUMENT, "10001");
    TELLS(tg_draw_curves(path, &good, 1, &error, .scale = 0.9), TG_ERR_ARGUMENT, ".scale = 0.9");
    TELLS(tg_draw_curves(path, &good, 1, &error, .scale = 8.1), TG_ERR_ARGUMENT, "in [1, 8]");
    TELLS(tg_draw_curves(path, &good, 1, &error, .scale = NAN), TG_ERR_ARGUMENT, ".scale");
    TELLS(tg_draw_curves("/nowhere/a.png", &good, 1, &error, .width = 5000, .scale = 7),
          TG_ERR_ARGUMENT, "more than the 32767");
    TELLS(tg_draw_curves(path, &good, 1, &error), TG_ERR_IO, path);
    ACCEPTS(tg_draw_curves(NULL, NULL, 1, NULL) == TG_ERR_ARGUMENT);
}
END_TEST

TCase *errors_logger(void)
{
    TCase *cases = tcase_create("logger");
    tcase_add_checked_fixture(cases, open_operands, close_operands);
    tcase_add_test(cases, loggers_that_cannot_be);
    tcase_add_test(cases, no_logger);
    tcase_add_test(cases, what_cannot_be_logged);
    tcase_add_test(cases, scalars_of_no_file);
    tcase_add_test(cases, curves_that_cannot_be);
    return cases;
}
