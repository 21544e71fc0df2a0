/* omamori-launch ENVFILE -- COMMAND [ARGUMENT...]: becomes COMMAND, with the variables of ENVFILE in its environment.

   ENVFILE is like /proc/PID/environ: NAME=value, each ended by one NUL; it may be empty. A variable that was inherited
   gets the new value at its place, others follow in the order of the file. All else is COMMAND's as it was ours: the
   process with its signals, the arguments with the first as it is written, the open files, the exit code.

   COMMAND is found as runc finds it, by exec.LookPath of Go 1.19 or later (src/os/exec/lp_unix.go): with a slash it is
   a path; without, it is looked for in PATH, where folders and what may not be executed are passed over, and what is
   found through an empty or relative element is refused. A script without an interpreter line is no program: there is
   no shell to give it to.

   Ends with 125 for trouble of its own, 126 if COMMAND cannot be executed, 127 if it is not found. */
#include "line.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char program[] = "omamori-launch";

enum { CANNOT_EXECUTE = 126, NOT_FOUND = 127 };

/* The kernel passes at most three quarters of its 8 MiB stack limit (_STK_LIM in fs/exec.c) to any program. */
enum { LARGEST = 6 << 20 };

static const char TOO_LARGE[] =
    "the environment and the arguments are too large for the kernel: 128 KiB each, a quarter of the stack limit in all";

struct contents {
    char *bytes;
    size_t size;
};

static void *not_null(void *memory)
{
    if (memory == NULL)
        fail(OWN_TROUBLE, NULL, "out of memory", 0);
    return memory;
}

static struct contents read_file(const char *path)
{
    /* a FIFO would be waited for */
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat about;
    if (file < 0)
        fail(OWN_TROUBLE, path, "the env file cannot be opened", errno);
    if (fstat(file, &about) != 0 || !S_ISREG(about.st_mode))
        fail(OWN_TROUBLE, path, "the env file is no regular file", 0);
    struct contents found = {.bytes = not_null(malloc(LARGEST + 1)), .size = 0};
    for (;;) {
        ssize_t count = read(file, found.bytes + found.size, LARGEST + 1 - found.size);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            fail(OWN_TROUBLE, path, "the env file cannot be read", errno);
        if (count == 0)
            break;
        found.size += (size_t)count;
    }
    close(file);
    if (found.size > LARGEST)
        fail(OWN_TROUBLE, path, TOO_LARGE, 0);
    if (found.size > 0 && found.bytes[found.size - 1] != '\0')
        fail(OWN_TROUBLE, path, "the env file is cut off: it does not end with a NUL", 0);
    return found;
}

/* Give the index of the first variable that begins as the entry does, else of the end. */
static size_t index_of(char **variables, const char *entry, size_t name_size)
{
    size_t place = 0;
    while (variables[place] != NULL && strncmp(variables[place], entry, name_size) != 0)
        place++;
    return place;
}

/* Give the inherited variables with those of the file over them. A name that the file has twice is refused: one of two
   values would be lost without a word. */
static char **merge(char **inherited, struct contents file, const char *path)
{
    size_t count = 0, entries = 0;
    while (inherited[count] != NULL)
        count++;
    for (size_t each = 0; each < file.size; each++)
        entries += file.bytes[each] == '\0';
    char **variables = not_null(calloc(count + entries + 1, sizeof *variables));
    memcpy(variables, inherited, count * sizeof *variables);

    char *end = file.bytes + file.size;
    for (char *entry = file.bytes; entry < end; entry += strlen(entry) + 1) {
        const char *equals = strchr(entry, '=');
        if (equals == NULL || equals == entry)
            fail(OWN_TROUBLE, path, "the env file has an entry that is not NAME=value", 0);
        size_t name_size = (size_t)(equals - entry) + 1; /* with its sign, so that A is not taken for AB */
        size_t place = index_of(variables, entry, name_size);
        if (variables[place] >= file.bytes && variables[place] < end)
            fail(OWN_TROUBLE, path, "the env file has a name twice", 0);
        variables[place] = entry;
        /* an inherited name may be there twice, and programs differ in which one they take */
        size_t kept = place + 1, end_before = kept;
        for (; variables[end_before] != NULL; end_before++)
            if (strncmp(variables[end_before], entry, name_size) != 0)
                variables[kept++] = variables[end_before];
        /* up to the old end: what follows is put behind the first NULL, and would bring back what stands there */
        while (kept < end_before)
            variables[kept++] = NULL;
    }
    return variables;
}

/* Give the errno for which a file cannot be executed, as far as a look at it tells; 0 if there is none. */
static int refusal(const char *path)
{
    struct stat about;
    if (stat(path, &about) != 0)
        return errno;
    if (S_ISDIR(about.st_mode))
        return EISDIR;
    return access(path, X_OK) == 0 ? 0 : errno;
}

/* Write folder/name into the path; false if it does not fit. An empty folder is the working directory. */
static bool join(char path[PATH_MAX], const char *folder, size_t length, const char *name)
{
    if (length == 0) {
        folder = ".";
        length = 1;
    }
    while (length > 0 && folder[length - 1] == '/')
        length--;
    size_t name_size = strlen(name) + 1;
    if (length + 1 + name_size > PATH_MAX)
        return false;
    memcpy(path, folder, length);
    path[length] = '/';
    memcpy(path + length + 1, name, name_size);
    return true;
}

/* Look for a name in the folders of PATH. */
static const char *search(const char *name, const char *folders)
{
    static char path[PATH_MAX]; /* what does not fit, the kernel does not open */
    for (bool more = *folders != '\0'; more;) {
        size_t length = strcspn(folders, ":");
        if (join(path, folders, length, name) && refusal(path) == 0) {
            if (path[0] != '/')
                fail(CANNOT_EXECUTE, name, "found through an element of PATH that is not absolute", 0);
            return path;
        }
        more = folders[length] == ':';
        folders += length + 1;
    }
    fail(NOT_FOUND, name, "not found in PATH", 0);
}

static const char *find(const char *command, char **variables)
{
    static const char name[] = "PATH=";
    if (strchr(command, '/') == NULL) {
        const char *variable = variables[index_of(variables, name, strlen(name))];
        return search(command, variable == NULL ? "" : variable + strlen(name));
    }
    int error = refusal(command);
    switch (error) {
    case 0:
        return command;
    case ENOENT:
    case ENOTDIR:
        fail(NOT_FOUND, command, "not found", 0);
    case EISDIR:
        fail(CANNOT_EXECUTE, command, "a directory", 0);
    case EACCES:
        fail(CANNOT_EXECUTE, command, "not executable, or not for this user", 0);
    default:
        fail(CANNOT_EXECUTE, command, "cannot be executed", error);
    }
}

/* Say why execve failed. */
static _Noreturn void explain(const char *command, int error)
{
    switch (error) {
    case E2BIG:
        fail(OWN_TROUBLE, NULL, TOO_LARGE, 0);
    case ENOMEM:
        fail(OWN_TROUBLE, NULL, "out of memory", 0);
    case ENOENT:
        fail(NOT_FOUND, command, "its interpreter or loader is not found", 0);
    case ENOEXEC:
        fail(CANNOT_EXECUTE, command, "no program: no interpreter line, and not of this machine's format", 0);
    default:
        fail(CANNOT_EXECUTE, command, "cannot be executed", error);
    }
}

int main(int argc, char **argv, char **inherited)
{
    if (argc < 4 || strcmp(argv[2], "--") != 0)
        fail(OWN_TROUBLE, NULL, "usage: omamori-launch ENVFILE -- COMMAND [ARGUMENT...]", 0);
    char **command = argv + 3;
    char **variables = merge(inherited, read_file(argv[1]), argv[1]);
    const char *path = find(command[0], variables);
    execve(path, command, variables);
    explain(command[0], errno);
}
