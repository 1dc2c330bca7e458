/* map.c: maps an NPY file into memory as an array. The array's allocator only unmaps: its free
 * does, and it has no alloc. */
#define _DEFAULT_SOURCE 1 /* for MAP_NORESERVE */
#include "io/npy.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- Pages ------------------------------------------------------------------------------ */

static uint64_t page_bytes(void)
{
    const long size = sysconf(_SC_PAGESIZE);
    return size > 0 ? (uint64_t)size : 4096;
}

int tg__posix_map(void *file, uint64_t offset, size_t size, void **out)
{
    /* Pages that the program writes are copied. The system reserves no memory for them: else it
     * would refuse files larger than its memory. */
#ifdef MAP_NORESERVE
    const int flags = MAP_PRIVATE | MAP_NORESERVE;
#else
    const int flags = MAP_PRIVATE;
#endif
    const int before = errno;
    const size_t inside = (size_t)(offset % page_bytes());
    const off_t begin = (off_t)(offset - inside);
    size_t whole;
    *out = NULL;
    if (!tg__size_add(size, inside, &whole) || begin < 0) return EOVERFLOW;
    void *map = mmap(NULL, whole, PROT_READ | PROT_WRITE, flags, (int)(intptr_t)file, begin);
    const int result = map == MAP_FAILED ? errno : 0;
    errno = before;
    if (!result) *out = (unsigned char *)map + inside;
    return result;
}

void tg__posix_unmap(void *map, size_t size)
{
    const int before = errno;
    const size_t inside = (size_t)((uintptr_t)map % page_bytes());
    (void)munmap((unsigned char *)map - inside, size + inside);
    errno = before;
}

/* [context] is the size. */
static void release(void *context, void *block) { tg__posix_unmap(block, (size_t)context); }

/* ---- The array -------------------------------------------------------------------------- */

/* Reports an error if the elements must be converted or reordered, which only reading does. */
static tg_status check_layout(tg__report *report, const tg__npy_header *header)
{
    const tg__announced *array = &header->array;
    const char *why = NULL;
    if (header->report.widened) why = "the array's elements are larger than the file's";
    else if (array->element.size > 1 && array->element.big_endian == tg__is_little_endian())
        why = "its bytes are in another order than this machine's";
    else if (tg__is_transposed(array)) why = "it is in Fortran order";
    else if (header->bytes % array->element.size != 0 && tg_shape_count(array->shape) > 0)
        why = "its data is not aligned to its elements";
    if (!why) return TG_OK;
    return tg__complain(report, TG_ERR_UNSUPPORTED,
                        "the file ('%s') cannot be mapped: %s; tg_read_npy reads it",
                        header->report.type, why);
}

static tg_status check_bools(tg__report *report, const unsigned char *data, size_t size,
                             uint64_t begin)
{
    for (size_t i = 0; i < size; i++)
        if (data[i] > 1)
            return tg__complain(report, TG_ERR_UNSUPPORTED,
                                "the file cannot be mapped: the bool at byte %llu is %d, and not "
                                "0 or 1; tg_read_npy reads it",
                                (unsigned long long)(begin + i), data[i]);
    return TG_OK;
}

/* Maps the data of the file that [source] has opened. */
static tg_status map_data(tg__source *source, const tg__npy_header *header, tg_array *out)
{
    uint64_t bytes, size;
    void *map = NULL;
    tg_status status = tg__announced_bytes(source->report, &header->array, &bytes);
    if (status == TG_OK) status = tg__source_size(source, &size);
    if (status != TG_OK) return status;
    /* A file that was shortened meanwhile may end within its header. */
    const uint64_t there = size > header->bytes ? size - header->bytes : 0;
    status = tg__announced_there(source, &header->array, header->bytes, bytes, there);
    if (status == TG_OK && bytes > 0) {
        const int result = tg__posix_map(source->file, header->bytes, (size_t)bytes, &map);
        if (result) status = tg__complain_errno(source->report, "cannot be mapped", result);
    }
    if (status != TG_OK) return status;
    *out = (tg_array){ header->report.dtype, header->report.shape, map, { .alloc = NULL } };
    if (map) out->allocator = (tg_allocator){ NULL, release, (void *)(uintptr_t)bytes };
    return out->dtype == TG_BOOL ? check_bools(source->report, map, (size_t)bytes, header->bytes)
                                 : TG_OK;
}

static tg_status map_file(tg__source *source, tg_npy_report *report, tg_array *out)
{
    tg__npy_header header;
    if (source->gzip)
        return tg__complain(source->report, TG_ERR_UNSUPPORTED,
                            "gzip data cannot be mapped; tg_read_npy reads it");
    tg_status status = tg__npy_header_read(source, &header);
    if (report) *report = header.report;
    if (status == TG_OK) status = tg__npy_header_check(source->report, &header);
    if (status == TG_OK) status = check_layout(source->report, &header);
    return status == TG_OK ? map_data(source, &header, out) : status;
}

tg_status tg_map_npy_with(const tg_map_npy_args *given)
{
    tg_map_npy_args args = { TG_MAP_NPY_DEFAULTS };
    if (!TG__IO_OPTIONS(args, given, "tg_map_npy")) return TG_ERR_ARGUMENT;

    tg__report report = tg__report_new(args.at, "tg_map_npy", args.path, args.error);
    tg__source source;
    if (args.report) *args.report = (tg_npy_report){ .dtype = TG_DTYPE_DEFAULT };
    if (!args.out) return tg__complain(&report, TG_ERR_ARGUMENT, "the array to map to is NULL");
    *args.out = (tg_array){ .dtype = TG_DTYPE_DEFAULT };
    tg_status status = tg__source_open(&source, &report, NULL, tg__allocator_or_default(NULL));
    if (status == TG_OK) (void)map_file(&source, args.report, args.out);
    status = tg__source_close(&source);
    if (status != TG_OK) tg_array_free(args.out);
    return status;
}
