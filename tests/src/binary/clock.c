/* Shifts what a program takes for the time of day by WRONG_BY seconds. Other clocks stay as they are. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

int clock_gettime(clockid_t id, struct timespec *at) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int failed = real(id, at);
    const char *by = getenv("WRONG_BY");
    if (!failed && by && id == CLOCK_REALTIME) at->tv_sec += atoll(by);
    return failed;
}
