/* errors_loader.c: what the functions of the data pipelines answer to NULL, nodes of other tapes
 * and tapes that have failed. (Samples, transforms and loaders that do not fit: test_samples.c,
 * test_augment.c, test_loader.c.) */
#include "errors_told.h"

static tg_loader *loader_of(tg_dataset *data)
{
    *data = (tg_dataset){ .x = tg_array_view(TG_F64, TG_SHAPE(2, 3), (void *)(uintptr_t)values),
                          .y = tg_array_view(TG_F64, TG_SHAPE(2, 3), (void *)(uintptr_t)values) };
    return tg_loader_new(tg_samples_of_dataset(data), .batch = 2, .shuffle = false);
}

START_TEST(samples_and_dice_of_nothing)
{
    ACCEPTS_CALL(tg_samples_free(NULL));
    ACCEPTS(tg_samples_status(NULL) == TG_ERR_MEMORY);
    ACCEPTS(tg_samples_error(NULL)[0] != 0);
    ACCEPTS(tg_samples_length(NULL) == -1);
    ACCEPTS(tg_samples_fields(NULL).count == 0);
    ACCEPTS(tg_dice_uniform(NULL) == 0);
    ACCEPTS(tg_dice_normal(NULL) == 0);
    ACCEPTS(tg_dice_below(NULL, 3) == 0);
}
END_TEST

START_TEST(loaders_of_nothing)
{
    ACCEPTS_CALL(tg_loader_free(NULL));
    ACCEPTS(tg_loader_status(NULL) == TG_ERR_MEMORY);
    ACCEPTS(tg_loader_error(NULL)[0] != 0);
    ACCEPTS(tg_loader_fields(NULL).count == 0);
    ACCEPTS(tg_loader_peek(NULL) == -1);
    ACCEPTS(tg_loader_count(NULL) == 0);
    ACCEPTS(tg_loader_rest(NULL) == 0);
    ACCEPTS(tg_loader_position(NULL).epoch == 0);
    ACCEPTS(tg_loader_seek(NULL, 0, 0) == TG_ERR_ARGUMENT);
    ACCEPTS(tg_loader_next(NULL, TG_LIST(x)) == -1);
    ck_assert_int_eq(tg_tape_status(tape), TG_ERR_ARGUMENT);
    tg_tape_clear_error(tape);
    ACCEPTS(tg_loader_next(NULL, TG_LIST(NULL)) == -1);
    ck_no_error();
}
END_TEST

START_TEST(batches_for_nodes_that_do_not_belong_together)
{
    tg_dataset data;
    tg_loader *loader = loader_of(&data);
#define IS_NOT_FED(call, status, words)                                                            \
    do {                                                                                           \
        remember();                                                                                \
        ck_assert_int_eq(tg_loader_seek(loader, 0, 0), TG_OK);                                     \
        ck_assert_int_eq(call, -1);                                                                \
        ck_error(#call, __FILE__, __LINE__, status, "tg_loader_next", words);                      \
    } while (0)
    tg_tensor *other = tg_input(foreign_tape, "other", TG_F64, TG_SHAPE(2, 3));
    IS_NOT_FED(tg_loader_next(loader, TG_LIST(x, other)), TG_ERR_ARGUMENT, "another tape");
    IS_NOT_FED(tg_loader_next(loader, TG_LIST(x, dead)), TG_ERR_STATE, "stale");
    IS_NOT_FED(tg_loader_next(loader, TG_LIST(dead)), TG_ERR_STATE, "stale");
    FAIL_FIRST();
    ck_assert_int_eq(tg_loader_seek(loader, 0, 0), TG_OK);
    ck_assert_int_eq(tg_loader_next(loader, TG_LIST(x, x)), -1);
    ck_first_error_stays("tg_loader_next(loader, TG_LIST(x, x))", "");
    tg_loader_free(loader);
}
END_TEST

START_TEST(positions_that_cannot_be_kept)
{
    tg_dataset data;
    tg_loader *loader = loader_of(&data), *broken = tg_loader_new(NULL);
    IS_SILENT(tg_loader_keep(loader, NULL, "loader"));
    IS_REFUSED(tg_loader_keep(NULL, tape, "loader"), TG_ERR_ARGUMENT, "tg_loader_keep",
               "the loader is NULL");
    IS_REFUSED(tg_loader_keep(loader, tape, NULL), TG_ERR_ARGUMENT, "tg_loader_keep",
               "the name is NULL");
    IS_REFUSED(tg_loader_keep(broken, tape, "loader"), TG_ERR_MEMORY, "tg_loader_keep",
               "could not be made");
    /* A name that something else has. */
    ck_assert_ptr_null(tg_loader_keep(loader, tape, "weight"));
    ck_assert_int_ne(tg_tape_status(tape), TG_OK);
    ck_says("tg_loader_keep");
    tg_tape_clear_error(tape);
    tg_store_clear_error(store);
    TELLS(tg_loader_resume(NULL, store, "loader", &error), TG_ERR_ARGUMENT, "tg_loader_resume");
    TELLS(tg_loader_resume(loader, NULL, "loader", &error), TG_ERR_ARGUMENT, "tg_loader_resume");
    TELLS(tg_loader_resume(loader, store, NULL, &error), TG_ERR_ARGUMENT, "tg_loader_resume");
    TELLS(tg_loader_resume(broken, store, "loader", &error), TG_ERR_MEMORY, "tg_loader_resume");
    TELLS(tg_loader_resume(loader, store, "weight", &error), TG_ERR_STATE, "tg_loader_resume");
    ACCEPTS(tg_loader_resume(NULL, NULL, NULL, NULL) == TG_ERR_ARGUMENT);
    ck_no_error();
    tg_loader_free(broken);
    tg_loader_free(loader);
}
END_TEST

TCase *errors_loader(void)
{
    TCase *cases = tcase_create("data pipelines");
    tcase_add_checked_fixture(cases, open_operands, close_operands);
    tcase_add_test(cases, samples_and_dice_of_nothing);
    tcase_add_test(cases, loaders_of_nothing);
    tcase_add_test(cases, batches_for_nodes_that_do_not_belong_together);
    tcase_add_test(cases, positions_that_cannot_be_kept);
    return cases;
}
