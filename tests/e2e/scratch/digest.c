/* The application of an image from scratch: prints a digest (FNV-1a, 64 bits) of each variable that it is asked for. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int main(int count, char **words) {
    for (int at = 1; at < count; at++) {
        const char *value = getenv(words[at]);
        uint64_t digest = 14695981039346656037u;
        for (const char *each = value; each && *each; each++)
            digest = (digest ^ (unsigned char)*each) * 1099511628211u;
        if (value)
            printf("%s %016llx\n", words[at], (unsigned long long)digest);
        else
            printf("%s none\n", words[at]);
    }
    return 0;
}
