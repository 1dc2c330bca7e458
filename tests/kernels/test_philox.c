/* test_philox.c: the generator of random numbers against its published known answers. */
#include "kernels/philox.h"

#include "tests/support/suite.h"

static void ck_philox(uint64_t key, uint64_t high, uint64_t low, const uint32_t want[4])
{
    const tg__philox got = tg__philox_at(key, high, low);
    for (int i = 0; i < 4; i++) ck_assert_uint_eq(got.v[i], want[i]);
}

/* From kat_vectors of Random123, the reference implementation. */
START_TEST(philox_gives_the_published_answers)
{
    ck_philox(0, 0, 0, (const uint32_t[]){ 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 });
    ck_philox(UINT64_MAX, UINT64_MAX, UINT64_MAX,
              (const uint32_t[]){ 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd });
    ck_philox(0x299f31d0a4093822u, 0x0370734413198a2eu, 0x85a308d3243f6a88u,
              (const uint32_t[]){ 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 });
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("philox");
    TCase *cases = tcase_create("philox");
    tcase_add_test(cases, philox_gives_the_published_answers);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
