/* Ends a process, as `kill -9` does, at a chosen write or sync of a chosen file.
 *
 * Preloaded into a process. Counting begins once the file WAYFARER_POINT_ARMED is there; of the calls named by
 * WAYFARER_POINT_CALL (`write` or `sync`) on the file WAYFARER_POINT_FILE the one numbered WAYFARER_POINT_NUMBER is the last:
 * the process ends `before` it, `after` it, or `amid` it (half of what is to be written is), as WAYFARER_POINT_WHEN says.
 * Calls take turns, so that a process that dies has finished whatever came before.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name, type) ((type)dlsym(RTLD_NEXT, name))
typedef int (*fd_to_int)(int);
typedef ssize_t (*pwrite_like)(int, const void *, size_t, off_t);

static int is(const char *variable, const char *wanted) {
  const char *value = getenv(variable);
  return value && !strcmp(value, wanted);
}

/* Whether this call is the one. */
static int is_point(int fd, const char *call) {
  static int is_armed;
  static long count;
  if (!is("WAYFARER_POINT_CALL", call)) return 0;
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  if (!is("WAYFARER_POINT_FILE", path)) return 0;
  const char *armed = getenv("WAYFARER_POINT_ARMED"), *number = getenv("WAYFARER_POINT_NUMBER");
  is_armed = is_armed || (armed && !access(armed, F_OK));
  return is_armed && number && ++count == atol(number);
}

static void end(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

static int synced(int fd, const char *how) {
  pthread_mutex_lock(&lock);
  int is_last = is_point(fd, "sync");
  if (is_last && is("WAYFARER_POINT_WHEN", "before")) end();
  int answer = REAL(how, fd_to_int)(fd);
  if (is_last) end();
  pthread_mutex_unlock(&lock);
  return answer;
}

int fsync(int fd) { return synced(fd, "fsync"); }
int fdatasync(int fd) { return synced(fd, "fdatasync"); }

static ssize_t written(int fd, const void *from, size_t length, off_t at, const char *how) {
  pthread_mutex_lock(&lock);
  int is_last = is_point(fd, "write");
  if (is_last && is("WAYFARER_POINT_WHEN", "before")) end();
  if (is_last && is("WAYFARER_POINT_WHEN", "amid")) length /= 2;
  ssize_t answer = REAL(how, pwrite_like)(fd, from, length, at);
  if (is_last) end();
  pthread_mutex_unlock(&lock);
  return answer;
}

ssize_t pwrite(int fd, const void *from, size_t length, off_t at) { return written(fd, from, length, at, "pwrite"); }
ssize_t pwrite64(int fd, const void *from, size_t length, off_t at) { return written(fd, from, length, at, "pwrite64"); }
