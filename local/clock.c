/* Sets the real-time clock ahead by the seconds in a file. It is loaded before the C library.
   The monotonic clock is unchanged, so no timeout gets shorter. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long seconds_ahead(void) {
    char text[32] = {0};
    const char *path = getenv("SECONDS_AHEAD_FILE");
    int file = path ? open(path, O_RDONLY) : -1;
    if (file < 0) abort(); /* nothing runs by the true clock unnoticed */
    if (read(file, text, sizeof text - 1) < 0) abort();
    close(file);
    return atol(text);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int status = (int)syscall(SYS_clock_gettime, clock, now);
    if (status == 0 && clock == CLOCK_REALTIME) now->tv_sec += seconds_ahead();
    return status;
}
