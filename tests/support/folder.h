/* folder.h: a folder on the real disk for the files of a test. */
#ifndef TG_TESTS_FOLDER_H
#define TG_TESTS_FOLDER_H

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char folder[] = "/tmp/tapegrad-XXXXXX";

/* Makes a new one; false if that is not possible. (Outside of a test nothing may be asserted.) */
static inline bool new_folder(void)
{
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
    return mkdtemp(folder) != NULL;
}

static inline void make_folder(void) { ck_assert_msg(new_folder(), "%s cannot be made", folder); }

/* Removes it with all that is in it; false if that is not possible. */
static inline bool delete_folder(void)
{
    char command[64];
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command) == 0;
}

static inline void remove_folder(void)
{
    ck_assert_msg(delete_folder(), "%s cannot be removed", folder);
}

/* A path in the folder; good until the next but three. */
static inline const char *path_to(const char *name)
{
    static char paths[4][128];
    static int last;
    last = (last + 1) % 4;
    (void)snprintf(paths[last], sizeof paths[last], "%s/%s", folder, name);
    return paths[last];
}

#endif
