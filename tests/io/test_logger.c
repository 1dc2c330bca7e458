/* test_logger.c: loggers: JSON lines and CSV to the letter, runs that go on, names, the first
 * error, and every failure of a disk or of memory. (TensorBoard's files: test_logger_events.c.) */
#include "tests/support/suite.h"
#include "tests/support/disk.h"
#include "tests/support/failing_allocator.h"
#include "tests/support/folder.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

static disk drive;
static tg_io_layer io;
static failing_allocator heap;
static tg_allocator allocator;
static tg_error error;

static void open_drive(void)
{
    drive = (disk){ .calls = 0 };
    heap = (failing_allocator){ .calls = 0 };
    io = disk_io(&drive);
    allocator = failing_interface(&heap);
}

static void close_drive(void)
{
    disk_empty(&drive);
    ck_assert_int_eq(drive.open_files, 0);
    ck_assert_uint_eq(heap.live, 0);
}

#define OPEN(...)                                                                                  \
    tg_logger_new(&error, .flush_seconds = 3600, .io = &io, .allocator = &allocator, __VA_ARGS__)

static void ck_fine(tg_logger *log)
{
    ck_assert_msg(log != NULL, "%s", error.text);
    ck_assert_msg(tg_logger_status(log) == TG_OK, "%s", tg_logger_error(log));
}

/* The file's text; the caller frees it. */
static char *text_of(const char *path)
{
    const disk_file *file = disk_find(&drive, path);
    ck_assert_msg(file != NULL, "%s is not there", path);
    char *text = malloc(file->size + 1);
    ck_assert_ptr_nonnull(text);
    if (file->size) memcpy(text, file->data, file->size);
    text[file->size] = 0;
    return text;
}

/* Drops ,"time":SECONDS from every line: what else there is does not depend on the day. */
static void drop_times(char *text)
{
    for (char *p = text; (p = strstr(p, ",\"time\":")) != NULL;) {
        char *end = strchr(p, '}');
        ck_assert_ptr_nonnull(end);
        memmove(p, end, strlen(end) + 1);
    }
}

static void ck_lines(const char *path, const char *wanted)
{
    char *text = text_of(path);
    drop_times(text);
    ck_assert_str_eq(text, wanted);
    free(text);
}

static void put(const char *path, const char *text) { disk_put(&drive, path, text, strlen(text)); }

/* ---- What is written -------------------------------------------------------------------- */

START_TEST(json_lines_hold_all_but_pictures_and_graphs)
{
    const float weights[5] = { 1, -1, 0.5f, -0.5f, NAN };
    uint8_t pixel = 7;
    const tg_array image = tg_array_view(TG_U8, TG_SHAPE(1, 1), &pixel);
    const tg_hparam hparams[] = { { "lr", .number = 1e-3 }, { "opti\"mizer", .text = "ad\\am" } };
    tg_logger *log = OPEN(.jsonl = "a");
    ck_fine(log);
    tg_logger_hparams(log, hparams, 2);
    tg_logger_hparams(log, NULL, 0);
    tg_logger_scalar(log, 0, "loss/train", 0.1);
    tg_logger_scalar(log, INT64_MAX, "größe \"x\"", -1e300);
    tg_logger_scalar(log, 1, "l", (double)NAN);
    tg_logger_scalar(log, 1, "l", (double)INFINITY);
    tg_logger_scalar(log, 1, "l", -(double)INFINITY);
    tg_logger_text(log, 2, "t", "two\nlines\t\x01\"");
    tg_logger_histogram(log, 3, "w", weights, 5);
    tg_logger_histogram(log, 3, "none", (const int32_t *)NULL, 0);
    tg_logger_image(log, 3, "i", &image);
    ck_assert_int_eq(tg_logger_flush(log), TG_OK);
    tg_logger_free(log);
    ck_lines("a",
             "{\"step\":0,\"hparams\":{\"lr\":0.001,\"opti\\\"mizer\":\"ad\\\\am\"}}\n"
             "{\"step\":0,\"hparams\":{}}\n"
             "{\"step\":0,\"name\":\"loss/train\",\"value\":0.1}\n"
             "{\"step\":9223372036854775807,\"name\":\"größe \\\"x\\\"\",\"value\":-1e+300}\n"
             "{\"step\":1,\"name\":\"l\",\"value\":\"NaN\"}\n"
             "{\"step\":1,\"name\":\"l\",\"value\":\"Infinity\"}\n"
             "{\"step\":1,\"name\":\"l\",\"value\":\"-Infinity\"}\n"
             "{\"step\":2,\"name\":\"t\",\"text\":\"two\\nlines\\u0009\\u0001\\\"\"}\n"
             "{\"step\":3,\"name\":\"w\",\"histogram\":{\"count\":4,\"nonfinite\":1,\"min\":-1,"
             "\"max\":1,\"mean\":0,\"deviation\":0.7905694150420949}}\n"
             "{\"step\":3,\"name\":\"none\",\"histogram\":{\"count\":0,\"nonfinite\":0}}\n");
}
END_TEST

START_TEST(times_are_seconds_since_1970)
{
    tg_logger *log = OPEN(.jsonl = "a");
    const time_t before = time(NULL);
    tg_logger_scalar(log, 0, "l", 1);
    tg_logger_free(log);
    char *text = text_of("a");
    const double at = atof(strstr(text, "\"time\":") + 7);
    ck_assert(at >= (double)before && at < (double)time(NULL) + 1);
    free(text);
}
END_TEST

START_TEST(csv_has_a_row_for_each_scalar)
{
    tg_logger *log = OPEN(.csv = "a");
    ck_fine(log);
    tg_logger_scalar(log, 3, "loss", 0.25);
    tg_logger_text(log, 3, "t", "no scalar");
    tg_logger_scalar(log, 4, "a, \"b\"", -(double)INFINITY);
    tg_logger_scalar(log, 5, "c", (double)NAN);
    tg_logger_scalar(log, 5, "c", 1.0 / 3);
    tg_logger_free(log);
    ck_lines("a", "step,name,value\n3,loss,0.25\n4,\"a, \"\"b\"\"\",-inf\n5,c,nan\n"
                  "5,c,0.3333333333333333\n");
}
END_TEST

START_TEST(numbers_have_a_point_in_every_locale)
{
    static const char *const locales[] = { "de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8" };
    size_t i = 0;
    while (i < 3 && !setlocale(LC_ALL, locales[i])) i++;
    if (i == 3) printf("no locale with a comma: a check was left out\n");
    tg_logger *log = OPEN(.csv = "c", .jsonl = "j");
    tg_logger_scalar(log, 1, "l", 0.5);
    tg_logger_free(log);
    tg_scalars scalars;
    ck_assert_int_eq(tg_read_scalars(&scalars, "j", &error, .io = &io, .allocator = &allocator), 0);
    (void)setlocale(LC_ALL, "C");
    ck_assert(tg_scalars_find(&scalars, "l").y[0] == 0.5);
    tg_scalars_free(&scalars);
    ck_lines("c", "step,name,value\n1,l,0.5\n");
    ck_lines("j", "{\"step\":1,\"name\":\"l\",\"value\":0.5}\n");
}
END_TEST

/* Each number comes back to the bit. */
START_TEST(numbers_are_read_as_they_were_written)
{
    double number[2000];
    uint64_t state = 1;
    for (int i = 0; i < 2000; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        const uint64_t bits = i % 2 ? state : (uint64_t)1 << i % 64;
        memcpy(&number[i], &bits, sizeof bits);
        if (!isfinite(number[i])) number[i] = 5e-324;
    }
    tg_logger *log = OPEN(.jsonl = "a", .keep = true);
    for (int i = 0; i < 2000; i++) tg_logger_scalar(log, i, "x", number[i]);
    const tg_series kept = tg_logger_series(log, "x");
    ck_assert_int_eq(kept.count, 2000);
    ck_assert_mem_eq(kept.y, number, sizeof number);
    tg_logger_free(log);

    tg_scalars scalars;
    ck_assert_int_eq(tg_read_scalars(&scalars, "a", &error, .io = &io, .allocator = &allocator), 0);
    ck_assert_int_eq(scalars.count, 1);
    const tg_series read = tg_scalars_find(&scalars, "x");
    ck_assert_int_eq(read.count, 2000);
    ck_assert_mem_eq(read.y, number, sizeof number);
    for (int i = 0; i < 2000; i++) ck_assert(read.x[i] == i);
    tg_scalars_free(&scalars);
}
END_TEST

START_TEST(scalars_are_found_by_name)
{
    tg_logger *log = OPEN(.jsonl = "a", .keep = true);
    char name[16];
    for (int step = 0; step < 2; step++)
        for (int i = 0; i < 300; i++) {
            (void)snprintf(name, sizeof name, "n%d", i);
            tg_logger_scalar(log, step, name, i);
        }
    tg_logger_scalar(log, 2, "n7", (double)NAN);
    for (int read = 0; read < 2; read++) {
        tg_scalars scalars = { .count = 0 };
        if (read) {
            ck_assert_int_eq(tg_logger_flush(log), TG_OK);
            (void)tg_read_scalars(&scalars, "a", &error, .io = &io, .allocator = &allocator);
            ck_assert_msg(scalars.count == 300, "%s", error.text);
            ck_assert_str_eq(scalars.series[299].name, "n299");
        }
        for (int i = 0; i < 300; i++) {
            (void)snprintf(name, sizeof name, "n%d", i);
            const tg_series s =
                read ? tg_scalars_find(&scalars, name) : tg_logger_series(log, name);
            ck_assert_int_eq(s.count, 2 + (i == 7));
            ck_assert(s.x[1] == 1 && s.y[1] == i);
            ck_assert_str_eq(s.name, name);
            if (i == 7) ck_assert(isnan(s.y[2]));
        }
        tg_scalars_free(&scalars);
    }
    ck_assert_int_eq(tg_logger_series(log, "other").count, 0);
    ck_assert_str_eq(tg_logger_series(log, "other").name, "other");
    tg_logger_free(log);
}
END_TEST

START_TEST(without_outputs_nothing_happens)
{
    tg_logger *log = OPEN(.keep = false);
    ck_fine(log);
    ck_assert_int_eq(tg_logger_scalar(log, 1, "l", 2), TG_OK);
    ck_assert_int_eq(tg_logger_series(log, "l").count, 0);
    ck_assert_int_eq(tg_logger_flush(log), TG_OK);
    tg_logger_free(log);
    ck_assert_int_eq(drive.calls, 0);
}
END_TEST

/* ---- When it is written ----------------------------------------------------------------- */

START_TEST(records_wait_until_it_is_time)
{
    tg_logger *log = OPEN(.csv = "a");
    tg_logger_scalar(log, 1, "l", 2);
    ck_lines("a", "step,name,value\n");
    ck_assert_int_eq(tg_logger_flush(log), TG_OK);
    ck_lines("a", "step,name,value\n1,l,2\n");
    ck_assert(disk_find(&drive, "a")->synced);
    for (int i = 0; i < 20000; i++) tg_logger_scalar(log, 1, "l", 2);
    ck_assert_uint_gt(disk_find(&drive, "a")->size, 65536);
    tg_logger_free(log);
    ck_assert_uint_eq(disk_find(&drive, "a")->size, 16 + 20001 * 6);

    log = tg_logger_new(&error, .csv = "b", .io = &io, .flush_seconds = 0);
    const int calls = drive.calls;
    tg_logger_scalar(log, 1, "l", 2);
    ck_assert_int_eq(drive.calls, calls + 1); /* a record is one write */
    ck_lines("b", "step,name,value\n1,l,2\n");
    tg_logger_free(log);
}
END_TEST

/* ---- Runs that go on -------------------------------------------------------------------- */

static const char json_before[] = "{\"step\":0,\"hparams\":{}}\n"
                                  "{\"step\":1,\"name\":\"l\",\"value\":1}\n"
                                  "{\"step\":7,\"name\":\"l\",\"value\":\"NaN\"}\n"
                                  "{\"step\":3,\"name\":\"m\",\"value\":3}\n";
static const char csv_before[] = "step,name,value\n1,l,1\n7,l,nan\n3,\"a,\"\"b\",3\n";

START_TEST(a_run_goes_on_behind_what_is_there)
{
    put("j", json_before);
    put("c", csv_before);
    tg_logger *log = OPEN(.jsonl = "j", .csv = "c", .keep = true);
    ck_fine(log);
    const tg_series before = tg_logger_series(log, "l");
    ck_assert_int_eq(before.count, 2);
    ck_assert(before.x[1] == 7 && before.y[0] == 1 && isnan(before.y[1]));
    tg_logger_scalar(log, 8, "l", 8);
    tg_logger_free(log);
    char wanted[512];
    (void)snprintf(wanted, sizeof wanted, "%s{\"step\":8,\"name\":\"l\",\"value\":8}\n",
                   json_before);
    ck_lines("j", wanted);
    (void)snprintf(wanted, sizeof wanted, "%s8,l,8\n", csv_before);
    ck_lines("c", wanted);
    ck_assert_int_eq(disk_count(&drive), 2);
}
END_TEST

START_TEST(rows_of_steps_that_come_again_are_taken_off)
{
    put("j", json_before);
    put("c", csv_before);
    tg_logger *log = OPEN(.jsonl = "j", .csv = "c", .keep = true, .resume_at = 3);
    ck_fine(log);
    ck_assert_int_eq(tg_logger_series(log, "l").count, 1);
    ck_assert_int_eq(tg_logger_series(log, "m").count, 0);
    tg_logger_free(log);
    ck_lines("j", "{\"step\":0,\"hparams\":{}}\n{\"step\":1,\"name\":\"l\",\"value\":1}\n");
    ck_lines("c", "step,name,value\n1,l,1\n");

    log = OPEN(.jsonl = "j", .csv = "c", .resume_at = 0);
    ck_fine(log);
    tg_logger_free(log);
    ck_lines("j", "");
    ck_lines("c", "step,name,value\n");
}
END_TEST

START_TEST(a_line_cut_short_by_a_crash_goes)
{
    put("j", "{\"step\":1,\"name\":\"l\",\"value\":1}\n{\"step\":2,\"na");
    put("c", "step,name,value\n1,l,1\n2,l,0.1");
    put("empty", "");
    tg_logger *log = OPEN(.jsonl = "j", .csv = "c");
    ck_fine(log);
    tg_logger_scalar(log, 2, "l", 0.125);
    tg_logger_free(log);
    ck_lines("j", "{\"step\":1,\"name\":\"l\",\"value\":1}\n"
                  "{\"step\":2,\"name\":\"l\",\"value\":0.125}\n");
    ck_lines("c", "step,name,value\n1,l,1\n2,l,0.125\n");
    log = OPEN(.csv = "empty");
    ck_fine(log);
    tg_logger_free(log);
    ck_lines("empty", "step,name,value\n");
}
END_TEST

static void ck_refused(const char *path, const char *text, const char *words)
{
    put(path, text);
    tg_logger *log = *path == 'j' ? OPEN(.jsonl = path) : OPEN(.csv = path);
    ck_assert_ptr_null(log);
    ck_assert_int_eq(error.status, TG_ERR_FORMAT);
    ck_assert_ptr_nonnull(strstr(error.text, "test_logger.c:"));
    ck_assert_msg(strstr(error.text, words) != NULL, "\"%s\" is not in %s", words, error.text);
    ck_lines(path, text);
    ck_assert_int_eq(disk_count(&drive), 1);
    if (*path == 'j') {
        tg_scalars scalars = { .count = 9 };
        ck_assert_int_eq(
            tg_read_scalars(&scalars, path, &error, .io = &io, .allocator = &allocator),
            TG_ERR_FORMAT);
        ck_assert_msg(strstr(error.text, words) != NULL, "\"%s\" is not in %s", words, error.text);
        ck_assert(scalars.count == 0 && !scalars.series);
    }
    disk_empty(&drive);
}

START_TEST(files_that_are_no_logs_are_left_alone)
{
    ck_refused("j", "# notes\n", "j: line 1 is not that of a log, \"# notes\": it is no JSON");
    ck_refused("j", "{\"step\":1}\n\n", "line 2");
    ck_refused("j", "[1]\n", "no JSON object");
    ck_refused("j", "{\"step\":1,\"step\":2}\n", "no JSON object");
    ck_refused("j", "{\"step\":1.5}\n", "whole number");
    ck_refused("j", "{\"step\":-1}\n", "whole number");
    ck_refused("j", "{\"step\":99999999999999999999}\n", "no JSON object");
    ck_refused("j", "{\"name\":\"l\",\"value\":1}\n", "no \"step\"");
    ck_refused("j", "{\"step\":1,\"value\":1}\n", "beside a \"name\"");
    ck_refused("j", "{\"step\":1,\"name\":2,\"value\":1}\n", "beside a \"name\"");
    ck_refused("j", "{\"step\":1,\"name\":\"l\",\"value\":\"nan\"}\n", "a \"value\" is");
    ck_refused("j", "{\"step\":1,\"name\":\"l\",\"value\":null}\n", "a \"value\" is");
    ck_refused("j", "{\"step\":1,\"name\":\"\xff\",\"value\":1}\n", "no JSON object");
    ck_refused("c", "a,b\n", "begins with step,name,value");
    ck_refused("c", "step,name,value\nx,l,1\n", "line 2");
    ck_refused("c", "step,name,value\n1,l,1\n1\n", "line 3");
    ck_refused("c", "step,name,value\n1,l\n", "its rows are step,name,value");
    ck_refused("c", "step,name,value\n99999999999999999999,l,1\n", "beyond the range");
}
END_TEST

START_TEST(scalars_are_read_from_gzip_and_from_files_of_nothing)
{
    enum { MOST = 256 };
    unsigned char packed[MOST];
    z_stream z = { .zalloc = Z_NULL };
    ck_assert_int_eq(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (unsigned char *)(uintptr_t)json_before;
    z.avail_in = sizeof json_before - 1;
    z.next_out = packed;
    z.avail_out = MOST;
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    disk_put(&drive, "z", packed, z.total_out);
    deflateEnd(&z);
    put("empty", "");
    tg_scalars scalars;
    ck_assert_int_eq(tg_read_scalars(&scalars, "z", &error, .io = &io, .allocator = &allocator), 0);
    ck_assert_int_eq(scalars.count, 2);
    ck_assert_str_eq(scalars.series[1].name, "m");
    tg_scalars_free(&scalars);
    ck_assert_int_eq(tg_read_scalars(&scalars, "empty", &error, .io = &io), TG_OK);
    ck_assert(scalars.count == 0 && !tg_scalars_find(&scalars, "l").x);
    tg_scalars_free(&scalars);
    ck_assert_int_eq(tg_read_scalars(&scalars, "gone", &error, .io = &io), TG_ERR_IO);
}
END_TEST

/* ---- Errors ----------------------------------------------------------------------------- */

START_TEST(the_first_error_sticks_and_what_was_logged_before_stays)
{
    tg_logger *log = OPEN(.csv = "a");
    tg_logger_scalar(log, 1, "l", 2);
    ck_assert_int_eq(tg_logger_scalar(log, -1, "l", 2), TG_ERR_ARGUMENT);
    const char *text = tg_logger_error(log);
    ck_assert_ptr_nonnull(strstr(text, "test_logger.c:"));
    ck_assert_ptr_nonnull(strstr(text, "tg_logger_scalar: step -1 is negative"));
    ck_assert_int_eq(tg_logger_scalar(log, 2, "l", 2), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_logger_text(log, 2, "", "t"), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_logger_status(log), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_logger_flush(log), TG_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(tg_logger_error(log), "step -1"));
    ck_lines("a", "step,name,value\n1,l,2\n");
    tg_logger_free(log);
    ck_lines("a", "step,name,value\n1,l,2\n");
}
END_TEST

START_TEST(a_disk_that_is_full_ends_the_log_and_nothing_else)
{
    tg_logger *log = OPEN(.csv = "a");
    tg_logger_scalar(log, 1, "l", 2);
    drive.persistent = true;
    drive.fail_at = drive.calls + 1;
    drive.fail_with = ENOSPC;
    ck_assert_int_eq(tg_logger_flush(log), TG_ERR_IO);
    ck_assert_ptr_nonnull(
        strstr(tg_logger_error(log), "tg_logger_flush: a: cannot be written at byte 16: No space"));
    const int calls = drive.calls;
    ck_assert_int_eq(tg_logger_scalar(log, 1, "l", 2), TG_ERR_IO);
    ck_assert_int_eq(tg_logger_flush(log), TG_ERR_IO);
    ck_assert_int_eq(drive.calls, calls);
    tg_logger_free(log);
}
END_TEST

/* All that a logger does, over files that were there; may fail anywhere. */
static bool one_run(void)
{
    put("j", json_before);
    put("c", csv_before);
    const double values[3] = { 1, 2, 4 };
    uint8_t pixels[6] = { 1, 2, 3, 4, 5, 6 };
    const tg_array image = tg_array_view(TG_U8, TG_SHAPE(1, 2, 3), pixels);
    const tg_hparam lr = { "lr", .number = 1 };
    tg_store *store = tg_store_new(.seed = 1);
    tg_tape *tape = tg_tape_new(store);
    (void)tg_add(tg_number(tape, 1), tg_number(tape, 2));
    tg_logger *log =
        tg_logger_new(&error, .jsonl = "j", .csv = "c", .tensorboard = "t", .resume_at = 2,
                      .keep = true, .flush_seconds = 0, .io = &io, .allocator = &allocator);
    bool fine = log != NULL;
    ck_assert(fine == (error.status == TG_OK) && fine == !error.text[0]);
    tg_logger_scalar(log, 2, "new", 5);
    tg_logger_histogram(log, 2, "h", values, 3);
    tg_logger_image(log, 2, "i", &image);
    tg_logger_text(log, 2, "t", "words");
    tg_logger_hparams(log, &lr, 1);
    tg_logger_graph(log, tape);
    tg_logger_scalar(log, 3, "new", 6);
    tg_logger_flush(log);
    fine = fine && tg_logger_status(log) == TG_OK;
    if (log) ck_assert(fine == !tg_logger_error(log)[0]);
    tg_logger_free(log);
    tg_tape_free(tape);
    tg_store_free(store);
    return fine;
}

/* Whatever happened, the files are logs: those from before, or those of this run, as far as it got.
 */
static void ck_whole(bool fine, bool removals)
{
    const bool persistent = drive.persistent;
    drive.fail_at = 0;
    heap.fail_at = 0;
    ck_assert_int_eq(drive.open_files, 0);
    ck_assert_uint_eq(heap.live, 0);
    ck_assert(!drive.renamed_unsynced);
    tg_scalars scalars;
    ck_assert_msg(tg_read_scalars(&scalars, "j", &error, .io = &io) == TG_OK, "%s", error.text);
    const int64_t after = tg_scalars_find(&scalars, "new").count;
    if (fine) ck_assert(after == 2 && scalars.count == 2);
    ck_assert_int_ge(tg_scalars_find(&scalars, "l").count, 1);
    tg_scalars_free(&scalars);
    char *csv = text_of("c");
    ck_assert_int_eq(strncmp(csv, "step,name,value\n1,l,1\n", 22), 0);
    if (fine) ck_assert_str_eq(csv, "step,name,value\n1,l,1\n2,new,5\n3,new,6\n");
    free(csv);
    if (!persistent && !removals)
        for (int i = 0; i < DISK_FILES; i++)
            ck_assert_msg(!strstr(drive.file[i].path, ".tmp"), "%s", drive.file[i].path);
    disk_empty(&drive);
}

START_TEST(every_call_of_the_disk_may_fail)
{
    for (int persistent = 0; persistent < 2; persistent++) {
        bool fine = false;
        int n = 1;
        for (; !fine; n++) {
            open_drive();
            drive.fail_at = n;
            drive.persistent = persistent;
            fine = one_run();
            ck_whole(fine, drive.refused_removals > 0);
        }
        ck_assert_int_gt(n, 25);
    }
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    for (int persistent = 0; persistent < 2; persistent++) {
        bool fine = false;
        size_t n = 1;
        for (; !fine; n++) {
            open_drive();
            heap.fail_at = n;
            heap.persistent = persistent;
            fine = one_run();
            if (!fine) ck_assert(heap.failures > 0);
            ck_whole(fine, false);
        }
        ck_assert_uint_gt(n, 25);
    }
}
END_TEST

START_TEST(short_writes_and_interrupted_calls_are_invisible)
{
    drive.longest = 3;
    drive.storm = true;
    ck_assert_msg(one_run(), "%s", error.text);
    drive.storm = false;
    ck_whole(true, false);
}
END_TEST

/* ---- A real disk ------------------------------------------------------------------------ */

START_TEST(folders_are_made_and_files_appear_in_them)
{
    char run[64], file[64], command[128];
    make_folder();
    (void)snprintf(run, sizeof run, "%s/runs/deep/a", folder);
    (void)snprintf(file, sizeof file, "%s/a.csv", folder);
    tg_logger *log = tg_logger_new(&error, .tensorboard = run, .csv = file);
    ck_fine(log);
    tg_logger_scalar(log, 1, "l", 2);
    tg_logger *other = tg_logger_new(&error, .tensorboard = run);
    ck_fine(other);
    (void)remove(file); /* vanishes; nobody minds */
    ck_assert_int_eq(tg_logger_flush(log), TG_OK);
    tg_logger_free(log);
    tg_logger_free(other);
    (void)snprintf(command, sizeof command,
                   "test $(ls %s | grep -c '^events.out.tfevents.[0-9.]*$') = 2", run);
    ck_assert_int_eq(system(command), 0);

    (void)snprintf(file, sizeof file, "%s/runs/deep", folder);
    (void)snprintf(run, sizeof run, "%s/file/a", folder);
    ck_assert_ptr_null(tg_logger_new(&error, .csv = file));
    ck_assert_ptr_nonnull(strstr(error.text, "it is a directory"));
    FILE *plain = fopen(strcat(strcpy(file, folder), "/file"), "w");
    ck_assert_ptr_nonnull(plain);
    (void)fclose(plain);
    ck_assert_ptr_null(tg_logger_new(&error, .tensorboard = run));
    ck_assert_msg(strstr(error.text, "/file: this folder cannot be made: Not a directory") != NULL,
                  "%s", error.text);
    remove_folder();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("logger");
    TCase *cases = tcase_create("a disk in memory");
    tcase_add_checked_fixture(cases, open_drive, close_drive);
    tcase_add_test(cases, json_lines_hold_all_but_pictures_and_graphs);
    tcase_add_test(cases, times_are_seconds_since_1970);
    tcase_add_test(cases, csv_has_a_row_for_each_scalar);
    tcase_add_test(cases, numbers_have_a_point_in_every_locale);
    tcase_add_test(cases, numbers_are_read_as_they_were_written);
    tcase_add_test(cases, scalars_are_found_by_name);
    tcase_add_test(cases, without_outputs_nothing_happens);
    tcase_add_test(cases, records_wait_until_it_is_time);
    tcase_add_test(cases, a_run_goes_on_behind_what_is_there);
    tcase_add_test(cases, rows_of_steps_that_come_again_are_taken_off);
    tcase_add_test(cases, a_line_cut_short_by_a_crash_goes);
    tcase_add_test(cases, files_that_are_no_logs_are_left_alone);
    tcase_add_test(cases, scalars_are_read_from_gzip_and_from_files_of_nothing);
    tcase_add_test(cases, the_first_error_sticks_and_what_was_logged_before_stays);
    tcase_add_test(cases, a_disk_that_is_full_ends_the_log_and_nothing_else);
    tcase_add_test(cases, every_call_of_the_disk_may_fail);
    tcase_add_test(cases, every_allocation_may_fail);
    tcase_add_test(cases, short_writes_and_interrupted_calls_are_invisible);
    tcase_add_test(cases, folders_are_made_and_files_appear_in_them);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
