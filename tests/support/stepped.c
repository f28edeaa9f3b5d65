/* A wall clock that a test sets: what a process reads as the time of day is off by so many milliseconds.
 *
 * Preloaded into a process. The file WAYFARER_CLOCK holds two numbers of 64 bits: by how many milliseconds CLOCK_REALTIME is ahead,
 * and whether the kernel calls the clock synchronised. A test writes them while the process runs; the file keeps its length. Every
 * other clock is the system's.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

typedef int (*gettime_like)(clockid_t, struct timespec *);

static volatile int64_t *told;
static gettime_like real_gettime;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("WAYFARER_CLOCK");
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return;
  void *mapped = mmap(NULL, 2 * sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
  close(file);
  if (mapped != MAP_FAILED) told = mapped;
}

int clock_gettime(clockid_t which, struct timespec *now) {
  if (!real_gettime) real_gettime = (gettime_like)dlsym(RTLD_NEXT, "clock_gettime");
  int answer = real_gettime(which, now);
  if (answer || !told || (which != CLOCK_REALTIME && which != CLOCK_REALTIME_COARSE)) return answer;
  int64_t nanos = now->tv_nsec + told[0] % 1000 * 1000000;
  now->tv_sec += told[0] / 1000;
  if (nanos < 0) nanos += 1000000000, now->tv_sec -= 1;
  if (nanos >= 1000000000) nanos -= 1000000000, now->tv_sec += 1;
  now->tv_nsec = nanos;
  return answer;
}

int adjtimex(struct timex *kernel) {
  memset(kernel, 0, sizeof *kernel);
  int is_synchronised = told && told[1];
  kernel->status = is_synchronised ? STA_PLL : STA_UNSYNC;
  return is_synchronised ? TIME_OK : TIME_ERROR;
}
