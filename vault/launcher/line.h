/* How a program here fails: one line on stderr, and its exit code. */
#ifndef OMAMORI_LINE_H
#define OMAMORI_LINE_H

/* The trouble of the program itself, as nohup, env and container runtimes number it. */
enum { OWN_TROUBLE = 125 };

/* The name that begins each line; every program has its own. */
extern const char program[];

/* Write "PROGRAM: SUBJECT: REASON (errno ERROR)" to stderr, and end with the code. No subject if it is null, no errno
   if it is 0. The subject is a path or a name of the command line, shortened if it is long; never a part of an env file. */
_Noreturn void fail(int code, const char *subject, const char *reason, int error);

#endif
