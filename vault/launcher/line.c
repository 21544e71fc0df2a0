/* One line, in one write, without stdio and its buffers. */
#include "line.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

enum { PATH_SHOWN = 256, LINE_SIZE = 512 };

struct line {
    char text[LINE_SIZE];
    size_t length;
};

/* Add at most so many characters; what is not printable ASCII becomes a question mark. */
static void add(struct line *line, const char *text, size_t most)
{
    for (; *text != '\0' && most > 0 && line->length < LINE_SIZE - 1; text++, most--) {
        unsigned char letter = (unsigned char)*text;
        line->text[line->length++] = letter < ' ' || letter > '~' ? '?' : *text;
    }
}

static void add_number(struct line *line, unsigned number)
{
    char digits[12];
    size_t first = sizeof digits - 1;
    digits[first] = '\0';
    do {
        digits[--first] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    add(line, digits + first, sizeof digits);
}

_Noreturn void fail(int code, const char *subject, const char *reason, int error)
{
    struct line line = {.length = 0};
    add(&line, program, LINE_SIZE);
    add(&line, ": ", LINE_SIZE);
    if (subject != NULL) {
        add(&line, subject, PATH_SHOWN);
        add(&line, ": ", LINE_SIZE);
    }
    add(&line, reason, LINE_SIZE);
    if (error != 0) {
        add(&line, " (errno ", LINE_SIZE);
        add_number(&line, (unsigned)error);
        add(&line, ")", LINE_SIZE);
    }
    line.text[line.length++] = '\n';
    signal(SIGPIPE, SIG_IGN); /* the exit code is told also where nobody reads the line */
    ssize_t written = write(STDERR_FILENO, line.text, line.length);
    (void)written;
    _exit(code);
}
