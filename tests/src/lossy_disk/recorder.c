/* Loaded before the C library: writes down what a program does to the files below one directory, and lets calls fail.

   SAXAUL_DISK_ROOT is the directory. Every call that changes a file or a directory entry, or asks for one of them to be
   durable, is appended to SAXAUL_DISK_TRACE as one record, in the order in which the calls took effect. SAXAUL_DISK_FAULT
   is a small file that says which calls fail; the test writes it while the program runs. `lossy_disk/trace.rs` reads the
   records, `lossy_disk/recorder.rs` writes the fault: both layouts stand there too. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FAIL_READ = 1, FAIL_WRITE = 2, FAIL_SYNC = 4, FAIL_ENTRY = 8 };

/* Calls of the kinds in `kinds`, on paths that end with `suffix`: the first `skip` work, the `times` after them fail with
   `error`, or, if `error` is 0, claim to have worked and do nothing. `fired` counts those. */
struct fault {
    volatile uint32_t kinds, skip, times, error, fired;
    volatile char suffix[44];
};

struct record {
    char kind;
    uint64_t file, at;
    uint32_t length;
} __attribute__((packed));

enum { FILES = 65536 };
static char *path_of[FILES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *root;
static int trace = -1;
static struct fault *fault;

__attribute__((constructor)) static void begin(void) {
    const char *trace_path = getenv("SAXAUL_DISK_TRACE"), *fault_path = getenv("SAXAUL_DISK_FAULT");
    root = getenv("SAXAUL_DISK_ROOT");
    if (!root || !trace_path || !fault_path) abort();
    trace = syscall(SYS_openat, AT_FDCWD, trace_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    int fd = syscall(SYS_openat, AT_FDCWD, fault_path, O_RDWR | O_CLOEXEC);
    if (trace < 0 || fd < 0) abort();
    fault = mmap(NULL, sizeof *fault, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fault == MAP_FAILED) abort();
}

#define REAL(name, ...) ((__typeof__(&name))real(#name))(__VA_ARGS__)

static void *real(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) abort();
    return found;
}

/* Whether a path is the directory, or below it. */
static int is_recorded(const char *path) {
    size_t length = root ? strlen(root) : 0;
    return length && !strncmp(path, root, length) && (path[length] == '/' || !path[length]);
}

/* The path of an open file below the directory; NULL for any other. What is mapped into memory is no part of the disk. */
static const char *path_of_fd(int fd) { return fd >= 0 && fd < FILES ? path_of[fd] : NULL; }

static void note(char kind, uint64_t file, uint64_t at, const void *bytes, size_t length) {
    struct record head = {kind, file, at, (uint32_t)length};
    struct iovec parts[] = {{&head, sizeof head}, {(void *)bytes, length}};
    if (REAL(writev, trace, parts, 2) != (ssize_t)(sizeof head + length)) abort();
}

static void note_path(char kind, uint64_t file, const char *path) { note(kind, file, 0, path, strlen(path)); }

static uint64_t number_of(int fd) {
    struct stat found;
    if (fstat(fd, &found)) abort();
    return found.st_ino;
}

/* Whether a call is to fail. */
static int fails(uint32_t kind, const char *path) {
    size_t all = strlen(path), end = strnlen((const char *)fault->suffix, sizeof fault->suffix);
    if (!(fault->kinds & kind) || all < end || memcmp(path + all - end, (const char *)fault->suffix, end)) return 0;
    if (fault->skip) return fault->skip--, 0;
    if (!fault->times) return 0;
    fault->times--;
    fault->fired++;
    errno = (int)fault->error;
    return 1;
}

/* What a call that is to fail answers: -1, or `done` where it claims to have worked. */
#define FAILED(done) (errno ? -1 : (done))

static int open_as(const char *name, int directory, const char *path, int flags, mode_t mode) {
    int (*with_directory)(int, const char *, int, ...) = NULL;
    int (*without)(const char *, int, ...) = NULL;
    if (strstr(name, "openat")) with_directory = (__typeof__(with_directory))real(name);
    else without = (__typeof__(without))real(name);
    if (!is_recorded(path)) return with_directory ? with_directory(directory, path, flags, mode) : without(path, flags, mode);
    pthread_mutex_lock(&lock);
    struct stat before;
    int creates = (flags & O_CREAT) && lstat(path, &before), fd;
    if (creates && fails(FAIL_ENTRY, path)) fd = -1;
    else fd = with_directory ? with_directory(directory, path, flags, mode) : without(path, flags, mode);
    if (fd >= FILES) abort();
    if (fd >= 0) {
        free(path_of[fd]);
        path_of[fd] = strdup(path);
        if (creates) note_path('c', number_of(fd), path);
        else if (flags & O_TRUNC) note('t', number_of(fd), 0, NULL, 0);
    }
    pthread_mutex_unlock(&lock);
    return fd;
}

static mode_t mode_in(int flags, va_list arguments) {
    return flags & (O_CREAT | __O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
}

#define OPEN(name, ...)                                                                                                 \
    va_list arguments;                                                                                                  \
    va_start(arguments, flags);                                                                                         \
    mode_t mode = mode_in(flags, arguments);                                                                            \
    va_end(arguments);                                                                                                  \
    return open_as(name, __VA_ARGS__, mode)

int open(const char *path, int flags, ...) { OPEN("open", AT_FDCWD, path, flags); }
int open64(const char *path, int flags, ...) { OPEN("open64", AT_FDCWD, path, flags); }
int openat(int directory, const char *path, int flags, ...) { OPEN("openat", directory, path, flags); }
int openat64(int directory, const char *path, int flags, ...) { OPEN("openat64", directory, path, flags); }

int close(int fd) {
    if (path_of_fd(fd)) {
        pthread_mutex_lock(&lock);
        free(path_of[fd]);
        path_of[fd] = NULL;
        pthread_mutex_unlock(&lock);
    }
    return REAL(close, fd);
}

/* Declares a call on an open file: `call` is the call itself, `record` what is written down when it worked. */
#define ON_FILE(kind_of_fault, call, done, record)                                                                      \
    if (!path_of_fd(fd)) return call;                                                                                   \
    pthread_mutex_lock(&lock);                                                                                          \
    __typeof__(call) result;                                                                                            \
    if (fails(kind_of_fault, path_of[fd])) {                                                                            \
        result = FAILED(done);                                                                                          \
    } else {                                                                                                            \
        result = call;                                                                                                  \
        if (result >= 0) record;                                                                                        \
    }                                                                                                                   \
    pthread_mutex_unlock(&lock);                                                                                        \
    return result

ssize_t write(int fd, const void *bytes, size_t length) {
    uint64_t at = path_of_fd(fd) ? (uint64_t)lseek(fd, 0, SEEK_CUR) : 0;
    ON_FILE(FAIL_WRITE, REAL(write, fd, bytes, length), (ssize_t)length, note('w', number_of(fd), at, bytes, (size_t)result));
}
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) {
    ON_FILE(FAIL_WRITE, REAL(pwrite, fd, bytes, length, at), (ssize_t)length,
            note('w', number_of(fd), (uint64_t)at, bytes, (size_t)result));
}
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) {
    ON_FILE(FAIL_WRITE, REAL(pwrite64, fd, bytes, length, at), (ssize_t)length,
            note('w', number_of(fd), (uint64_t)at, bytes, (size_t)result));
}
int ftruncate(int fd, off_t length) {
    ON_FILE(FAIL_WRITE, REAL(ftruncate, fd, length), 0, note('t', number_of(fd), (uint64_t)length, NULL, 0));
}
int ftruncate64(int fd, off64_t length) {
    ON_FILE(FAIL_WRITE, REAL(ftruncate64, fd, length), 0, note('t', number_of(fd), (uint64_t)length, NULL, 0));
}
ssize_t read(int fd, void *bytes, size_t length) { ON_FILE(FAIL_READ, REAL(read, fd, bytes, length), 0, (void)0); }
ssize_t pread(int fd, void *bytes, size_t length, off_t at) {
    ON_FILE(FAIL_READ, REAL(pread, fd, bytes, length, at), 0, (void)0);
}
ssize_t pread64(int fd, void *bytes, size_t length, off64_t at) {
    ON_FILE(FAIL_READ, REAL(pread64, fd, bytes, length, at), 0, (void)0);
}

static void note_sync(int fd) {
    struct stat found;
    if (fstat(fd, &found)) abort();
    if (S_ISDIR(found.st_mode)) note_path('d', 0, path_of[fd]);
    else note('s', found.st_ino, 0, NULL, 0);
}

/* As on Linux: what a failed fsync did not write may never be written, although the next one works. */
#define SYNC(name)                                                                                                      \
    if (!path_of_fd(fd)) return REAL(name, fd);                                                                         \
    pthread_mutex_lock(&lock);                                                                                          \
    int result = 0;                                                                                                     \
    if (fails(FAIL_SYNC, path_of[fd])) {                                                                                \
        result = FAILED(0);                                                                                             \
        int saved = errno;                                                                                              \
        note('f', number_of(fd), 0, NULL, 0);                                                                           \
        errno = saved;                                                                                                  \
    } else {                                                                                                            \
        note_sync(fd);                                                                                                  \
    }                                                                                                                   \
    pthread_mutex_unlock(&lock);                                                                                        \
    return result

int fsync(int fd) { SYNC(fsync); }
int fdatasync(int fd) { SYNC(fdatasync); }

/* Declares a call on a directory entry. */
#define ON_ENTRY(path, call, record)                                                                                    \
    if (!is_recorded(path)) return call;                                                                              \
    pthread_mutex_lock(&lock);                                                                                          \
    int result;                                                                                                         \
    if (fails(FAIL_ENTRY, path)) {                                                                                      \
        result = FAILED(0);                                                                                             \
    } else {                                                                                                            \
        result = call;                                                                                                  \
        if (!result) record;                                                                                            \
    }                                                                                                                   \
    pthread_mutex_unlock(&lock);                                                                                        \
    return result

static void note_rename(const char *from, const char *to) {
    size_t first = strlen(from) + 1, second = strlen(to);
    char both[first + second + 1];
    memcpy(both, from, first);
    memcpy(both + first, to, second + 1);
    note('r', 0, 0, both, first + second);
}

int rename(const char *from, const char *to) { ON_ENTRY(to, REAL(rename, from, to), note_rename(from, to)); }
int unlink(const char *path) { ON_ENTRY(path, REAL(unlink, path), note_path('u', 0, path)); }
int mkdir(const char *path, mode_t mode) { ON_ENTRY(path, REAL(mkdir, path, mode), note_path('m', 0, path)); }
