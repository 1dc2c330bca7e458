/* numpy_files.c: reads NumPy's files and writes them again, for numpy_files.py, which compares.
 *
 *     numpy_files IN OUT [compress]
 *
 * The names end in .npy or .npz. An .npy that can be mapped is mapped too, and must be the same. */
#include <tapegrad.h>

#include <stdlib.h>
#include <string.h>

static tg_error error;

static int complain(void)
{
    fprintf(stderr, "%s\n", error.text);
    return EXIT_FAILURE;
}

/* False where a map of the file is another array. */
static bool maps_alike(const char *path, const tg_array *array)
{
    tg_array mapped;
    const tg_status status = tg_map_npy(&mapped, path, &error);
    if (status == TG_ERR_UNSUPPORTED) return true;
    const size_t size = (size_t)tg_shape_count(array->shape) * tg_dtype_size(array->dtype);
    const bool alike = status == TG_OK && mapped.dtype == array->dtype &&
                       tg_shape_equal(mapped.shape, array->shape) &&
                       (size == 0 || memcmp(mapped.data, array->data, size) == 0);
    if (!alike) fprintf(stderr, "%s is another array when it is mapped\n", path);
    tg_array_free(&mapped);
    return alike;
}

static int copy_npy(const char *in, const char *out)
{
    tg_array array;
    tg_npy_report report;
    if (tg_read_npy(&array, in, &error, .report = &report)) return complain();
    printf("%s %s%s\n", report.type, tg_dtype_name(report.dtype), report.fortran ? " fortran" : "");
    const bool alike = maps_alike(in, &array);
    const int status = tg_write_npy(&array, out, &error) ? complain() : EXIT_SUCCESS;
    tg_array_free(&array);
    return alike ? status : EXIT_FAILURE;
}

static int copy_npz(const char *in, const char *out, bool compress)
{
    tg_npz npz;
    if (tg_read_npz(&npz, in, &error)) return complain();
    for (size_t i = 0; i < npz.count; i++)
        printf("%s %s\n", npz.members[i].name, npz.reports[i].type);
    const int status =
        tg_write_npz(&npz, out, &error, .compress = compress) ? complain() : EXIT_SUCCESS;
    tg_npz_free(&npz);
    return status;
}

int main(int argc, char **argv)
{
    if (argc < 3) return fprintf(stderr, "usage: numpy_files IN OUT [compress]\n"), 2;
    const size_t length = strlen(argv[1]);
    if (length > 4 && strcmp(argv[1] + length - 4, ".npz") == 0)
        return copy_npz(argv[1], argv[2], argc > 3);
    return copy_npy(argv[1], argv[2]);
}
