/* omamori-stay: waits for SIGTERM or SIGINT, and ends with 0.

   The agent becomes this program when a container that has fetched its files stays, so that the next container may
   start at once (omamori.dev/start: fast). It holds no secret; its mounts do, so nobody else may look at them through
   this process (see vault/agent/start.py). */
#include "line.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>

const char program[] = "omamori-stay";

int main(int argc, char **argv)
{
    (void)argv;
    if (prctl(PR_SET_DUMPABLE, 0UL, 0UL, 0UL, 0UL) != 0)
        fail(OWN_TROUBLE, NULL, "prctl(PR_SET_DUMPABLE) fails", errno);
    if (argc != 1)
        fail(OWN_TROUBLE, NULL, "usage: omamori-stay", 0);

    sigset_t ends;
    int received;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    /* blocked, not handled: the first process of a container gets no signal that it does not ask for */
    if (sigprocmask(SIG_BLOCK, &ends, NULL) != 0 || signal(SIGCHLD, SIG_IGN) == SIG_ERR) /* and leaves no zombies */
        fail(OWN_TROUBLE, NULL, "signals cannot be waited for", errno);
    while (sigwait(&ends, &received) != 0)
        ;
    return 0;
}
