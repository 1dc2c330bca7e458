/* written_file.h: a disk in memory that a test writes to, and what a failed write must leave. */
#ifndef TG_TESTS_WRITTEN_FILE_H
#define TG_TESTS_WRITTEN_FILE_H

#include "tests/support/disk.h"
#include "one_file.h"

static disk drive;

/* [write] writes over a file of three bytes, while call after call of the disk breaks, and then
 * allocation after allocation: either the old file is there or the whole new one. Returns the
 * lesser number of those that broke. */
static inline int break_writes(const char *path, size_t longest, tg_status (*write)(void))
{
    int least = INT_MAX;
    for (int memory = 0; memory < 2; memory++)
        for (int broken = 0, failed = 1; failed; broken++) {
            disk_put(&drive, path, "old", 3);
            drive.calls = 0;
            drive.longest = longest;
            drive.storm = broken % 2 == 0;
            drive.fail_at = memory ? 0 : broken + 1;
            heap = (counting_heap){ .fail_at = memory ? broken + 1 : 0 };
            const tg_status status = write();
            failed = status != TG_OK;
            if (failed) ck_assert_int_eq(status, memory ? TG_ERR_MEMORY : TG_ERR_IO);
            else least = broken < least ? broken : least;
            const disk_file *file = disk_find(&drive, path);
            ck_assert_ptr_nonnull(file);
            if (!strstr(error.text, "in place")) ck_assert_int_eq(file->size == 3, failed);
            ck_assert_int_eq(disk_count(&drive), 1 + (drive.refused_removals > 0));
            disk_empty(&drive);
            drive.refused_removals = 0;
        }
    return least;
}

#endif
