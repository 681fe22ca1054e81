/*
 * A disk whose syncs take 5 ms longer, for a program that has this preloaded.
 *
 *   cc -O2 -shared -fPIC -o slow_sync.so slow_sync.c
 */
#define _GNU_SOURCE
#include <time.h>
#include <unistd.h>
#include <sys/syscall.h>

static void rest(void) {
  struct timespec time = {0, 5000000};
  nanosleep(&time, NULL);
}

int fdatasync(int fd) {
  int result = (int)syscall(SYS_fdatasync, fd);
  rest();
  return result;
}

int fsync(int fd) {
  int result = (int)syscall(SYS_fsync, fd);
  rest();
  return result;
}
