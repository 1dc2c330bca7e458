/* errors_save.c: what tg_save and tg_load answer to NULLs and to a store with an error. (Hostile
 * files, and what fails on the way: test_safetensors.c.) */
#include "errors_told.h"

START_TEST(files_and_stores_that_are_not_there)
{
    TELLS(tg_save(NULL, "a", &error), TG_ERR_ARGUMENT, "tg_save: a: the store is NULL");
    TELLS(tg_save(store, NULL, &error), TG_ERR_ARGUMENT, "tg_save: the file's path is NULL");
    TELLS(tg_save(store, "", &error), TG_ERR_ARGUMENT, "empty");
    TELLS(tg_save(store, "/nowhere/at/all", &error), TG_ERR_IO, "/nowhere/at/all");
    TELLS(tg_load(NULL, "a", &error), TG_ERR_ARGUMENT, "tg_load: a: the store is NULL");
    TELLS(tg_load(store, NULL, &error), TG_ERR_ARGUMENT, "tg_load: the file's path is NULL");
    TELLS(tg_load(store, "/nowhere/at/all", &error), TG_ERR_IO, "/nowhere/at/all");
    ACCEPTS(tg_save(NULL, NULL, NULL) == TG_ERR_ARGUMENT);
    ACCEPTS(tg_load(NULL, NULL, NULL) == TG_ERR_ARGUMENT);
}
END_TEST

START_TEST(stores_with_an_error)
{
    ck_assert_ptr_null(tg_param(store, "", TG_SCALAR, tg_init_zeros()));
    const tg_status saved = tg_save(store, "/nowhere/a", &error);
    ck_assert_int_eq(saved, TG_ERR_ARGUMENT);
    ck_assert(strstr(error.text, "not fit to be saved") && strstr(error.text, "tg_param"));
    const tg_status loaded = tg_load(store, "/nowhere/a", &error);
    ck_assert_int_eq(loaded, TG_ERR_ARGUMENT);
    ck_assert(strstr(error.text, "has an error already") && strstr(error.text, "tg_param"));
    tg_store_clear_error(store);
}
END_TEST

START_TEST(snapshots_of_nothing)
{
    tg_snapshot *snapshot = NULL;
    TELLS(tg_snapshot_take(NULL, store, &error), TG_ERR_ARGUMENT, "tg_snapshot_take: the snapshot");
    TELLS(tg_snapshot_take(&snapshot, NULL, &error), TG_ERR_ARGUMENT, "the store is NULL");
    ck_assert_ptr_null(snapshot);
    TELLS(tg_snapshot_restore(NULL, snapshot, &error), TG_ERR_ARGUMENT, "the store is NULL");
    TELLS(tg_snapshot_restore(store, NULL, &error), TG_ERR_ARGUMENT, "the snapshot is NULL");
    ACCEPTS_CALL(tg_snapshot_free(NULL));
    tg_metadata metadata = { .count = 0 };
    TELLS(tg_read_metadata(NULL, "a", &error), TG_ERR_ARGUMENT, "tg_read_metadata");
    TELLS(tg_read_metadata(&metadata, NULL, &error), TG_ERR_ARGUMENT, "path is NULL");
    ACCEPTS(tg_metadata_find(NULL, "a") == NULL);
    ACCEPTS(tg_metadata_find(&metadata, NULL) == NULL);
    ACCEPTS_CALL(tg_metadata_free(NULL));
    ACCEPTS_CALL(tg_metadata_free(&metadata));
}
END_TEST

START_TEST(checkpoints)
{
    const char *refused = "they are NULL";
    TELLS(tg_checkpoints_resume(NULL, &error), TG_ERR_ARGUMENT, refused);
    TELLS(tg_checkpoints_save(NULL, &error), TG_ERR_ARGUMENT, refused);
    TELLS(tg_checkpoints_save_best(NULL, 1, &error), TG_ERR_ARGUMENT, refused);
    TELLS(tg_checkpoints_load_best(NULL, &error), TG_ERR_ARGUMENT, refused);
    ACCEPTS(tg_checkpoints_open(NULL, "run", &error) == NULL);
    ACCEPTS(tg_checkpoints_open(store, NULL, &error) == NULL);
    ACCEPTS(tg_checkpoints_number(NULL) == 0);
    ACCEPTS(tg_checkpoints_damaged(NULL) == 0);
    ACCEPTS(tg_checkpoints_best(NULL) != 0); /* NaN */
    ACCEPTS_CALL(tg_checkpoints_free(NULL));
}
END_TEST

TCase *errors_save(void)
{
    TCase *cases = tcase_create("save");
    tcase_add_checked_fixture(cases, open_operands, close_operands);
    tcase_add_test(cases, files_and_stores_that_are_not_there);
    tcase_add_test(cases, stores_with_an_error);
    tcase_add_test(cases, snapshots_of_nothing);
    tcase_add_test(cases, checkpoints);
    return cases;
}
