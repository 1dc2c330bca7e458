/* drawn.h: a picture of learning curves as SVG, on a disk in memory. */
#ifndef TG_TESTS_DRAWN_H
#define TG_TESTS_DRAWN_H

#include "tests/support/disk.h"
#include "tests/support/failing_allocator.h"

static disk drive;
static tg_io_layer io;
static failing_allocator heap;
static tg_allocator allocator;
static tg_error error;
static char *svg; /* the last picture */

static inline void open_drive(void)
{
    drive = (disk){ .calls = 0 };
    heap = (failing_allocator){ .calls = 0 };
    io = disk_io(&drive);
    allocator = failing_interface(&heap);
    svg = NULL;
}

static inline void close_drive(void)
{
    free(svg);
    disk_empty(&drive);
    ck_assert_int_eq(drive.open_files, 0);
    ck_assert_uint_eq(heap.live, 0);
}

/* Draws to the path, in memory. */
#define DRAW(path, ...)                                                                            \
    tg_draw_curves(path, __VA_ARGS__, .error = &error, .io = &io, .allocator = &allocator)
/* Draws into [svg]. */
#define SVG(...) take_svg(DRAW("a.svg", __VA_ARGS__))

static inline void take_svg(tg_status status)
{
    ck_assert_msg(status == TG_OK, "%s", error.text);
    const disk_file *file = disk_find(&drive, "a.svg");
    free(svg);
    svg = calloc(1, file->size + 1);
    ck_assert_ptr_nonnull(svg);
    memcpy(svg, file->data, file->size);
}

#endif
