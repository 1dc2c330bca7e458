/* npy_array.c: a header and the array behind it: read from any source, written to any packer. */
#include "io/npy.h"

/* Checks that the file has as many bytes as its header states. */
static tg_status check_size(tg__source *source, const tg__npy_header *header, uint64_t size)
{
    char text[TG_SHAPE_SEEN], name[TG__ELEMENT_NAME];
    uint64_t bytes;
    const tg_status status = tg__announced_bytes(source->report, &header->array, &bytes);
    if (status != TG_OK || size == TG__NPY_ANY_SIZE || size - header->bytes == bytes) return status;
    return tg__complain(source->report, TG_ERR_FORMAT,
                        "it has %llu bytes, and the NPY header announces %s %s, which is %llu with "
                        "the header",
                        (unsigned long long)size, tg__shape_seen(text, header->array.shape),
                        tg__element_name(header->array.element, name),
                        (unsigned long long)(header->bytes + bytes));
}

tg_status tg__npy_read(tg__source *source, uint64_t size, tg_npy_report *report, tg_array *out)
{
    tg__npy_header header;
    tg_status status = tg__npy_header_read(source, &header);
    if (report) *report = header.report;
    if (status == TG_OK) status = tg__npy_header_check(source->report, &header);
    if (status == TG_OK) status = check_size(source, &header, size);
    return status == TG_OK ? tg__source_array(source, &header.array, out) : status;
}

tg_status tg__npy_write(tg__packer *packer, const tg_array *array, size_t bytes)
{
    unsigned char header[TG__NPY_HEADER];
    const tg_status status = tg__pack(packer, header, tg__npy_header_make(array, header));
    if (status != TG_OK) return status;
    return tg__pack_elements(packer, array->data, bytes, tg_dtype_size(array->dtype), false);
}
