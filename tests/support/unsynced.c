/* A disk that forgets: keeps, beside each file of a folder, what of it would be there after a power cut.
 *
 * Preloaded into a process. Writes and syncs take turns; a sync of a file in WAYFARER_UNSYNCED that has returned brings
 * the file's shadow, in WAYFARER_SHADOW under the same name, up to date. A shadow therefore never holds what was not
 * synced. (A real disk may keep more; what may be relied upon is this.) Names are those of the folder itself, not of
 * folders below it: SQLite's files. The index of the log, `-shm`, is mapped and never synced: it has no shadow.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES = 1024 };

/* For each descriptor the shadow's name, "" where it is not one of ours; NULL where that is not known yet. */
static char *shadows[FILES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name, type) ((type)dlsym(RTLD_NEXT, name))
typedef int (*fd_to_int)(int);
typedef ssize_t (*pwrite_like)(int, const void *, size_t, off_t);

static const char *shadow_of(int fd) {
  if (fd < 0 || fd >= FILES) return "";
  if (shadows[fd]) return shadows[fd];
  const char *folder = getenv("WAYFARER_UNSYNCED"), *to = getenv("WAYFARER_SHADOW");
  char link[64], path[PATH_MAX], shadow[PATH_MAX * 2] = "";
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length > 0 && folder && to) {
    path[length] = 0;
    size_t prefix = strlen(folder);
    const char *name = path + prefix + 1;
    if (!strncmp(path, folder, prefix) && path[prefix] == '/' && !strchr(name, '/') && !strstr(name, "-shm"))
      snprintf(shadow, sizeof shadow, "%s/%s", to, name);
  }
  return shadows[fd] = strdup(shadow);
}

/* Brings a shadow up to date with what is in the file now. The caller has just synced it, under the lock that every
 * write takes, so nothing in it is newer than the sync. A name that only appears whole: written apart, renamed. */
static void bring_up(int fd, const char *shadow) {
  char partial[PATH_MAX * 2 + 8];
  snprintf(partial, sizeof partial, "%s.partial", shadow);
  int out = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (out < 0) abort();
  struct stat seen;
  if (fstat(fd, &seen)) abort();
  off_t at = 0;
  while (at < seen.st_size) {
    ssize_t copied = copy_file_range(fd, &at, out, NULL, (size_t)(seen.st_size - at), 0);
    if (copied <= 0) abort();
  }
  REAL("close", fd_to_int)(out);
  if (rename(partial, shadow)) abort();
}

static int synced(int fd, const char *how) {
  pthread_mutex_lock(&lock);
  const char *shadow = shadow_of(fd);
  int answer = REAL(how, fd_to_int)(fd);
  struct stat seen;
  if (!answer && *shadow && !fstat(fd, &seen) && S_ISREG(seen.st_mode)) bring_up(fd, shadow);
  pthread_mutex_unlock(&lock);
  return answer;
}

int fsync(int fd) { return synced(fd, "fsync"); }
int fdatasync(int fd) { return synced(fd, "fdatasync"); }

static ssize_t written(int fd, const void *from, size_t length, off_t at, const char *how) {
  pthread_mutex_lock(&lock);
  ssize_t answer = REAL(how, pwrite_like)(fd, from, length, at);
  pthread_mutex_unlock(&lock);
  return answer;
}

ssize_t pwrite(int fd, const void *from, size_t length, off_t at) { return written(fd, from, length, at, "pwrite"); }
ssize_t pwrite64(int fd, const void *from, size_t length, off_t at) { return written(fd, from, length, at, "pwrite64"); }

int close(int fd) {
  pthread_mutex_lock(&lock);
  if (fd >= 0 && fd < FILES) {
    free(shadows[fd]);
    shadows[fd] = NULL;
  }
  int answer = REAL("close", fd_to_int)(fd);
  pthread_mutex_unlock(&lock);
  return answer;
}
