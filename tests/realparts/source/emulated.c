/* Stands for a program of another architecture: runs arm64/NAME, beside itself, by the emulator that lies there, too.
 *
 * Where the kernel knows no such programs (binfmt_misc), tests can start one by its name only so.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv) {
    char own[PATH_MAX], emulator[PATH_MAX + 16], program[2 * PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);
    char **words = calloc((size_t)argc + 5, sizeof *words);
    if (length < 0 || words == NULL) return 125;
    own[length] = '\0';
    char *name = strrchr(own, '/');
    *name++ = '\0';
    snprintf(emulator, sizeof emulator, "%s/qemu", own);
    snprintf(program, sizeof program, "%s/arm64/%s", own, name);
    words[0] = emulator;
    words[1] = "-0";
    words[2] = argv[0];
    words[3] = program;
    memcpy(words + 4, argv + 1, (size_t)argc * sizeof *argv); /* with the NULL at its end */
    execv(emulator, words);
    perror(emulator);
    return 125;
}
