/* omamori-ready [--wait SECONDS] [--lock FILE] FILE...: ends with 0 if every FILE is there; else with 1, and one line
   that names the first that is not. With --wait it looks for so many seconds: 0 to 3600. With --lock it holds a lock
   (lockf(3)) on that file as long as it lives, so that the agent knows of it (vault/agent/hook.py).

   For the postStart hook and the startup probe of a container whose image may have nothing else to run, beside a
   sidecar's token: so nobody else may look at the mounts through this process (see vault/agent/start.py).

   The kernel tells of a new file at once (inotify(7)). Where it cannot (there is no instance left for this user, or the
   runtime's kernel has none), looking ten times a second is enough. */
#include "line.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

const char program[] = "omamori-ready";

enum { LONGEST_SECONDS = 3600, LOOK_MILLISECONDS = 100, PATH_SIZE = 4096 };

static long long now_milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* -1 for what is no whole number within bounds */
static int seconds_of(const char *text)
{
    int seconds = 0;
    if (*text == '\0')
        return -1;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return -1;
        seconds = seconds * 10 + (*text - '0');
        if (seconds > LONGEST_SECONDS)
            return -1;
    }
    return seconds;
}

/* Have the kernel tell of new files beside this one; that it cannot is no failure. */
static void watch(int watcher, const char *file)
{
    char folder[PATH_SIZE] = ".";
    const char *end = strrchr(file, '/');
    if (end != NULL) {
        size_t length = end == file ? 1 : (size_t)(end - file);
        if (length >= sizeof folder)
            return;
        memcpy(folder, file, length);
        folder[length] = '\0';
    }
    inotify_add_watch(watcher, folder, IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
}

/* Sleep until there may be something new, or until the time is over. */
static void sleep_until_news(int watcher, long long left_milliseconds)
{
    char news[PATH_SIZE];
    struct pollfd polled = {.fd = watcher, .events = POLLIN};
    int most = left_milliseconds < LOOK_MILLISECONDS ? (int)left_milliseconds : LOOK_MILLISECONDS;
    if (poll(&polled, 1, most) > 0 && read(watcher, news, sizeof news) < 0 && errno != EAGAIN && errno != EINTR)
        poll(NULL, 0, most); /* a watcher that cannot be read must not make this a busy loop */
}

static void hold_lock(const char *file)
{
    int held = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (held < 0 || lockf(held, F_TLOCK, 0) != 0)
        fail(OWN_TROUBLE, file, "cannot be locked", errno);
}

int main(int argc, char **argv)
{
    int first = 1;
    int seconds = 0;
    if (prctl(PR_SET_DUMPABLE, 0UL, 0UL, 0UL, 0UL) != 0)
        fail(OWN_TROUBLE, NULL, "prctl(PR_SET_DUMPABLE) fails", errno);
    const char *lock = NULL;
    for (; argc > first + 1 && strncmp(argv[first], "--", 2) == 0; first += 2) {
        if (strcmp(argv[first], "--wait") == 0)
            seconds = seconds_of(argv[first + 1]);
        else if (strcmp(argv[first], "--lock") == 0)
            lock = argv[first + 1];
        else
            break;
    }
    if (argc <= first || seconds < 0 || strncmp(argv[first], "--", 2) == 0)
        fail(OWN_TROUBLE, NULL, "usage: omamori-ready [--wait SECONDS] [--lock FILE] FILE...", 0);
    if (lock != NULL)
        hold_lock(lock);

    long long ends = now_milliseconds() + seconds * 1000LL;
    int watcher = seconds > 0 ? inotify_init1(IN_CLOEXEC | IN_NONBLOCK) : -1;
    for (int each = first; each < argc && watcher >= 0; each++)
        watch(watcher, argv[each]); /* before the first look, so that nothing can come unseen between them */
    for (int each = first; each < argc; each++) {
        while (access(argv[each], F_OK) != 0) {
            int error = errno;
            long long left = ends - now_milliseconds();
            if (left <= 0)
                fail(1, argv[each], error == ENOENT ? "not there" : "cannot be seen", error == ENOENT ? 0 : error);
            sleep_until_news(watcher, left);
        }
    }
    return 0;
}
