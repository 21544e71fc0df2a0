/* omamori-ready FILE...: ends with 0 if every FILE is there; else with 1, and one line that names the first that is not.

   For a startup probe, which runs again and again in an image that may have nothing else to run, beside a sidecar's
   token: so nobody else may look at the mounts through this process (see vault/agent/start.py). */
#include "line.h"

#include <errno.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <unistd.h>

const char program[] = "omamori-ready";

int main(int argc, char **argv)
{
    if (prctl(PR_SET_DUMPABLE, 0UL, 0UL, 0UL, 0UL) != 0)
        fail(OWN_TROUBLE, NULL, "prctl(PR_SET_DUMPABLE) fails", errno);
    if (argc < 2)
        fail(OWN_TROUBLE, NULL, "usage: omamori-ready FILE...", 0);
    for (int each = 1; each < argc; each++)
        if (access(argv[each], F_OK) != 0)
            fail(1, argv[each], errno == ENOENT ? "not there" : "cannot be seen", errno == ENOENT ? 0 : errno);
    return 0;
}
