/* A slow disk: each sync of a file takes WAYFARER_SLOW_MS milliseconds longer than it would. Preloaded into a process. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

typedef int (*fd_to_int)(int);

static int slowly(int fd, const char *how) {
  const char *told = getenv("WAYFARER_SLOW_MS");
  long ms = told ? atol(told) : 0;
  struct timespec pause = {ms / 1000, ms % 1000 * 1000000};
  nanosleep(&pause, NULL);
  return ((fd_to_int)dlsym(RTLD_NEXT, how))(fd);
}

int fsync(int fd) { return slowly(fd, "fsync"); }
int fdatasync(int fd) { return slowly(fd, "fdatasync"); }
