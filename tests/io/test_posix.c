/* test_posix.c: paths at which there is something else than a file: links, FIFOs, devices, files
 * with permissions, and the leftovers of killed processes. All on a real disk. */
#include "tests/support/folder.h"
#include "tests/support/suite.h"
#include "saved.h"

#include "io/io.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char path[64], other[64];

static void open_folder(void)
{
    open_drive();
    make_folder();
    (void)snprintf(path, sizeof path, "%s/model", folder);
    (void)snprintf(other, sizeof other, "%s/other", folder);
    (void)tg_param(store, "w", TG_SHAPE(2), tg_init_constant(1));
}

/* How many names there are; with [remove] they go. */
static int entries(bool remove)
{
    int count = 0;
    DIR *listing = opendir(folder);
    ck_assert_ptr_nonnull(listing);
    for (const struct dirent *entry; (entry = readdir(listing)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        count++;
        if (remove) (void)unlinkat(dirfd(listing), entry->d_name, 0);
    }
    (void)closedir(listing);
    return count;
}

static void close_folder(void)
{
    (void)entries(true);
    ck_assert_int_eq(rmdir(folder), 0);
    close_drive();
}

static struct stat status_of(const char *name)
{
    struct stat status;
    ck_assert_int_eq(lstat(name, &status), 0);
    return status;
}
static unsigned mode_of(const char *name) { return status_of(name).st_mode & 07777; }

static void write_text(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

/* Is it a whole file of the store? */
static void ck_loads(const char *name) { ck_fine(tg_load(store, name, &error)); }

/* ---- What is no file -------------------------------------------------------------------- */

typedef struct kind {
    const char *path, *words;
} kind;

static const char *socket_there(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    strcpy(address.sun_path, other);
    const int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_ge(descriptor, 0);
    ck_assert_int_eq(bind(descriptor, (const struct sockaddr *)&address, sizeof address), 0);
    (void)close(descriptor);
    return other;
}

START_TEST(what_is_no_file_is_neither_read_nor_replaced)
{
    char link[64];
    ck_assert_int_eq(mkfifo(path, 0600), 0); /* nobody has it open: to open it would wait */
    (void)snprintf(link, sizeof link, "%s/link", folder);
    ck_assert_int_eq(symlink("model", link), 0);
    const kind kinds[] = { { path, "it is a FIFO" },
                           { link, "it is a FIFO" },
                           { socket_there(), "it is a socket" },
                           { "/dev/null", "it is a device" },
                           { "/dev/zero", "it is a device" }, /* to read it would not end */
                           { folder, "it is a directory" } };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const char *name = kinds[i].path, *words = kinds[i].words;
        tg_array array;
        tg_dataset data;
        struct stat before, after;
        ck_assert_int_eq(stat(name, &before), 0);
        ck_told(tg_load(store, name, &error), TG_ERR_IO, words);
        ck_assert_ptr_nonnull(strstr(error.text, "only regular files are read"));
        ck_told(tg_read_idx(&array, name, &error), TG_ERR_IO, words);
        ck_told(tg_read_csv(&array, name, &error), TG_ERR_IO, words);
        ck_told(tg_dataset_from_idx(&data, name, name, &error), TG_ERR_IO, words);
        ck_told(tg_dataset_from_csv(&data, name, &error), TG_ERR_IO, words);
        ck_told(tg_save(store, name, &error), TG_ERR_IO, words);
        ck_assert_ptr_nonnull(strstr(error.text, "only a regular file is replaced"));
        ck_assert_int_eq(stat(name, &after), 0);
        ck_assert(before.st_ino == after.st_ino && before.st_mode == after.st_mode);
    }
    ck_assert_int_eq(entries(false), 3); /* and nothing temporary */
}
END_TEST

START_TEST(a_standard_input_that_is_a_file_is_read)
{
    tg_array array;
    write_text(path, "1,2\n");
    const int before = dup(0), file = open(path, O_RDONLY);
    if (access("/dev/stdin", F_OK) < 0) return;
    ck_assert_int_eq(dup2(file, 0), 0);
    const tg_status status = tg_read_csv(&array, "/dev/stdin", &error);
    (void)dup2(before, 0);
    (void)close(before);
    (void)close(file);
    ck_fine(status);
    ck_assert_int_eq(tg_shape_count(array.shape), 2);
    tg_array_free(&array);
}
END_TEST

/* ---- Links ------------------------------------------------------------------------------ */

START_TEST(what_a_link_points_at_is_replaced)
{
    char second[64], sub[64], far[80];
    (void)snprintf(second, sizeof second, "%s/second", folder);
    (void)snprintf(sub, sizeof sub, "%s/sub", folder);
    (void)snprintf(far, sizeof far, "%s/far", sub);
    ck_assert_int_eq(mkdir(sub, 0700), 0);
    ck_assert_int_eq(symlink("second", path), 0);    /* to a link, */
    ck_assert_int_eq(symlink("sub/far", second), 0); /* to what is not there yet */
    ck_fine(tg_save(store, path, &error));
    ck_assert(S_ISLNK(status_of(path).st_mode) && S_ISLNK(status_of(second).st_mode));
    ck_assert(S_ISREG(status_of(far).st_mode));
    ck_loads(far);

    /* Absolute, and over a file. */
    ck_assert_int_eq(symlink(far, other), 0);
    write_text(far, "old");
    ck_fine(tg_save(store, other, &error));
    ck_assert(S_ISLNK(status_of(other).st_mode) && S_ISREG(status_of(far).st_mode));
    ck_loads(other);
    ck_assert_int_eq(unlink(far), 0);
    ck_assert_int_eq(rmdir(sub), 0); /* nothing else is there */

    ck_told(tg_save(store, path, &error), TG_ERR_IO, "in its folder: No such file");
    ck_assert_int_eq(entries(false), 3);
}
END_TEST

START_TEST(links_in_a_circle_lead_nowhere)
{
    ck_assert_int_eq(symlink("other", path), 0);
    ck_assert_int_eq(symlink("model", other), 0);
    ck_told(tg_save(store, path, &error), TG_ERR_IO, "cannot be replaced: ");
    ck_assert_int_eq(entries(false), 2);
}
END_TEST

/* ---- Permissions ------------------------------------------------------------------------ */

/* The POSIX layer, which notes the mode of a file when it is first written to. */
static unsigned first_mode;
static int64_t watching_write(void *context, void *file, const void *buffer, size_t size)
{
    struct stat status;
    if (fstat((int)(intptr_t)file, &status) == 0 && first_mode == 0)
        first_mode = status.st_mode & 07777;
    return tg__posix_io.write(context, file, buffer, size);
}

START_TEST(the_mode_is_kept)
{
    static const mode_t modes[] = { 0600, 0640, 0644, 0666, 0755, 0200 };
    tg_io_layer watching = tg__posix_io;
    watching.write = watching_write;
    const mode_t mask = umask(0077); /* may narrow nothing */
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        write_text(path, "old");
        ck_assert_int_eq(chmod(path, modes[i]), 0);
        first_mode = 0;
        ck_fine(tg_save(store, path, &error, .io = &watching));
        ck_assert_uint_eq(mode_of(path), modes[i]);
        ck_assert_uint_eq(first_mode & ~modes[i], 0); /* at no time could more be read */
        ck_assert_int_eq(chmod(path, 0600), 0);
        ck_loads(path);
    }
    (void)umask(0027);
    ck_fine(tg_save(store, other, &error));
    ck_assert_uint_eq(mode_of(other), 0640);
    (void)umask(mask);
}
END_TEST

START_TEST(a_file_that_is_read_only_is_refused)
{
    static const mode_t modes[] = { 0400, 0444, 0555, 0000, 0422 };
    write_text(path, "old");
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        ck_assert_int_eq(chmod(path, modes[i]), 0);
        ck_told(tg_save(store, path, &error), TG_ERR_IO, "it is read-only");
        ck_assert_uint_eq(mode_of(path), modes[i]);
        ck_assert_int_eq((int)status_of(path).st_size, 3);
    }
    ck_assert_int_eq(entries(false), 1);
}
END_TEST

enum { SOMEBODY = 65534, A_USER = 12345, A_GROUP = 54321 };

START_TEST(the_owner_is_kept)
{
    write_text(path, "old");
    if (chown(path, A_USER, A_GROUP) < 0) {
        printf("files cannot be given away: a check was left out\n");
        return;
    }
    ck_assert_int_eq(chmod(path, 0640), 0);
    ck_fine(tg_save(store, path, &error));
    const struct stat status = status_of(path);
    ck_assert_uint_eq(status.st_uid, A_USER);
    ck_assert_uint_eq(status.st_gid, A_GROUP);
    ck_assert_uint_eq(mode_of(path), 0640);
}
END_TEST

/* Whoever may write to the file but not give it its group must not let his own group read it. */
START_TEST(a_group_that_cannot_be_kept_gives_its_rights_to_no_other)
{
    write_text(path, "old");
    if (chown(path, A_USER, A_GROUP) < 0) {
        printf("files cannot be given away: a check was left out\n");
        return;
    }
    ck_assert_int_eq(chmod(path, 0662), 0);
    ck_assert_int_eq(chmod(folder, 0777), 0);
    ck_assert_int_eq(setegid(SOMEBODY), 0);
    ck_assert_int_eq(seteuid(SOMEBODY), 0);
    const tg_status status = tg_save(store, path, &error);
    ck_assert_uint_eq(mode_of(path), 0622);
    ck_assert_int_eq(seteuid(0), 0);
    ck_assert_int_eq(setegid(0), 0);
    ck_fine(status);
    ck_assert_uint_eq(status_of(path).st_gid, SOMEBODY);
}
END_TEST

/* ---- What killed processes leave --------------------------------------------------------- */

/* A process that is killed puts nothing in place and removes nothing. */
static int no_rename(void *context, const char *from, const char *to)
{
    (void)context, (void)from, (void)to;
    return EIO;
}
static int no_remove(void *context, const char *name)
{
    (void)context, (void)name;
    return EIO;
}

START_TEST(leftovers_of_the_same_process_number_are_in_nobodys_way)
{
    enum { KILLED = 300 };
    tg_io_layer killed = tg__posix_io;
    killed.rename = no_rename;
    killed.remove = no_remove;
    for (int i = 0; i < KILLED; i++)
        ck_told(tg_save(store, path, &error, .io = &killed), TG_ERR_IO, "cannot be put in place");
    ck_assert_int_eq(entries(false), KILLED);
    ck_fine(tg_save(store, path, &error));
    ck_assert_int_eq(entries(false), KILLED + 1);
    ck_loads(path);
}
END_TEST

START_TEST(leftovers_named_by_the_process_number_are_in_nobodys_way)
{
    char name[96];
    for (int i = 0; i < 100; i++) {
        (void)snprintf(name, sizeof name, "%s/.tapegrad-%ld-%d.tmp", folder, (long)getpid(), i);
        write_text(name, "old");
    }
    ck_fine(tg_save(store, path, &error));
    ck_assert_int_eq(entries(false), 101);
}
END_TEST

/* The first [taken] names are taken. */
static int taken, tried;
static char names[2][96];
static int sometimes_create(void *context, const char *name, const char *like, void **file)
{
    (void)snprintf(names[tried & 1], sizeof names[0], "%s", name);
    if (tried++ < taken) return EEXIST;
    return tg__posix_io.create_like(context, name, like, file);
}

START_TEST(names_that_are_taken_are_tried_no_more)
{
    tg_io_layer crowded = tg__posix_io;
    crowded.create_like = sometimes_create;
    taken = 50;
    ck_fine(tg_save(store, path, &error, .io = &crowded));
    ck_assert_int_eq(tried, 51);
    ck_assert_str_ne(names[0], names[1]);
    /* As the header says. */
    const char *base = strrchr(names[0], '/') + 1;
    ck_assert_uint_eq(strlen(base), 10 + 16 + 4);
    ck_assert_uint_eq(strspn(base + 10, "0123456789abcdef"), 16);
    ck_assert(strncmp(base, ".tapegrad-", 10) == 0 && strcmp(base + 26, ".tmp") == 0);
    tried = 0;
    taken = INT_MAX;
    ck_told(tg_save(store, path, &error, .io = &crowded), TG_ERR_IO, "temporary file");
    ck_assert_int_le(tried, 100);
    ck_loads(path);
}
END_TEST

/* ---- Layers that know nothing of it ------------------------------------------------------ */

START_TEST(layers_without_the_new_functions_save_as_before)
{
    io.target = NULL;
    io.create_like = NULL;
    ck_fine(tg_save(store, PATH, &error, .io = &io));
    ck_fine(tg_save(store, PATH, &error, .io = &io));
    ck_assert_int_eq(disk_count(&drive), 1);
    ck_fine(tg_load(store, PATH, &error, .io = &io));
}
END_TEST

START_TEST(the_mode_goes_from_the_old_file_to_the_new)
{
    disk_put(&drive, PATH, "old", 3);
    disk_find(&drive, PATH)->mode = 0640;
    ck_fine(tg_save(store, PATH, &error, .io = &io));
    ck_assert_int_eq(disk_find(&drive, PATH)->mode, 0640);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("posix");
    TCase *cases = tcase_create("a real disk");
    tcase_add_checked_fixture(cases, open_folder, close_folder);
    tcase_add_test(cases, what_is_no_file_is_neither_read_nor_replaced);
    tcase_add_test(cases, a_standard_input_that_is_a_file_is_read);
    tcase_add_test(cases, what_a_link_points_at_is_replaced);
    tcase_add_test(cases, links_in_a_circle_lead_nowhere);
    tcase_add_test(cases, the_mode_is_kept);
    tcase_add_test(cases, a_file_that_is_read_only_is_refused);
    tcase_add_test(cases, the_owner_is_kept);
    tcase_add_test(cases, a_group_that_cannot_be_kept_gives_its_rights_to_no_other);
    tcase_add_test(cases, leftovers_of_the_same_process_number_are_in_nobodys_way);
    tcase_add_test(cases, leftovers_named_by_the_process_number_are_in_nobodys_way);
    tcase_add_test(cases, names_that_are_taken_are_tried_no_more);
    tcase_add_test(cases, layers_without_the_new_functions_save_as_before);
    tcase_add_test(cases, the_mode_goes_from_the_old_file_to_the_new);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
