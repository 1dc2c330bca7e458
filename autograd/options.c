/* options.c: the structs of options by which functions are called, and lists of nodes.
 *
 * A caller's struct may be shorter than the library's: it was compiled with an older header, in
 * which the last members were not there. Its [struct_size] ends with the last member that its
 * header had, so what it says and what it cannot say are never confused:
 *
 *     library   struct_size = 40   | at | loss | lr | eps = 1e-8 |     begins as the defaults
 *     caller    struct_size = 32   | at | loss | lr |                  is copied over the beginning
 *     result    struct_size = 40   | at | loss | lr | eps = 1e-8 | */
#include "autograd/engine.h"

const char *tg_options_read(void *options, const void *given)
{
    if (!options || !given) return "the options are NULL";
    const size_t known = ((const tg_options *)options)->struct_size;
    const size_t size = ((const tg_options *)given)->struct_size;
    if (size == 0)
        return "the options have no defaults (their struct_size is 0): begin them with the "
               "function's TG_..._DEFAULTS";
    if (size < sizeof(tg_options))
        return "the options' struct_size is none that they can have: begin them with the "
               "function's TG_..._DEFAULTS";
    if (size > known)
        return "the options are longer than this library knows them: the program was compiled with "
               "the headers of a newer one";
    memcpy(options, given, size);
    ((tg_options *)options)->struct_size = known;
    return NULL;
}

/* The address of this marks the end of a list; it is no node. */
static const struct tg_tensor end_of_list;
tg_tensor *const tg_list_end = (tg_tensor *)(uintptr_t)&end_of_list;

tg_list tg_list_of(tg_tensor *const nodes[])
{
    size_t count = 0;
    while (nodes && nodes[count] != tg_list_end) count++;
    return (tg_list){ count, nodes };
}
