/* A stand-in for Android's C library (bionic) on glibc, x86-64: only what differs between the two; see __init__.py.

   Every function here is named own_NAME and exported as NAME@LIBC by a line of the generated assembly; what is the same in
   both libraries is a jump into glibc. So nothing here calls itself: a plain `fprintf` below is glibc's. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <locale.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <wchar.h>

/* ---- errno and errors ---- */

volatile int *own___errno(void) { return &errno; }

/* bionic's strerror_r is POSIX's, glibc's is GNU's. */
extern int __xpg_strerror_r(int number, char *text, size_t size);
int own_strerror_r(int number, char *text, size_t size) { return __xpg_strerror_r(number, text, size); }
char *own___gnu_strerror_r(int number, char *text, size_t size) { return strerror_r(number, text, size); }

/* ---- streams: before API 23 stdin, stdout and stderr were elements of an array of 152-byte structures ---- */

#define STREAM_BYTES 152
char own___sF[3 * STREAM_BYTES];
FILE *own_stdin, *own_stdout, *own_stderr;

__attribute__((constructor)) static void streams(void) {
    own_stdin = stdin;
    own_stdout = stdout;
    own_stderr = stderr;
}

static FILE *stream(void *given) {
    uintptr_t offset = (uintptr_t)given - (uintptr_t)own___sF;
    if (offset >= sizeof own___sF) return given;
    return offset < STREAM_BYTES ? stdin : offset < 2 * STREAM_BYTES ? stdout : stderr;
}

int own_vfprintf(void *file, const char *format, va_list values) { return vfprintf(stream(file), format, values); }
int own_fprintf(void *file, const char *format, ...) {
    va_list values;
    va_start(values, format);
    int written = vfprintf(stream(file), format, values);
    va_end(values);
    return written;
}
int own_fputc(int c, void *file) { return fputc(c, stream(file)); }
int own_fputs(const char *text, void *file) { return fputs(text, stream(file)); }
wint_t own_fputwc(wchar_t c, void *file) { return fputwc(c, stream(file)); }
size_t own_fwrite(const void *from, size_t size, size_t count, void *file) {
    return fwrite(from, size, count, stream(file));
}
size_t own_fread(void *into, size_t size, size_t count, void *file) { return fread(into, size, count, stream(file)); }
int own_fflush(void *file) { return fflush(file ? stream(file) : NULL); }
int own_fileno(void *file) { return fileno(stream(file)); }
int own_fclose(void *file) { return fclose(stream(file)); }
int own_ferror(void *file) { return ferror(stream(file)); }
int own_getc(void *file) { return getc(stream(file)); }
int own_ungetc(int c, void *file) { return ungetc(c, stream(file)); }
wint_t own_getwc(void *file) { return getwc(stream(file)); }
wint_t own_ungetwc(wint_t c, void *file) { return ungetwc(c, stream(file)); }
FILE *own_freopen(const char *path, const char *mode, void *file) { return freopen(path, mode, stream(file)); }

/* ---- numbers of constants that differ ---- */

long own_sysconf(int name) {
    switch (name) {
        case 0x00: return sysconf(_SC_ARG_MAX);
        case 0x06: return sysconf(_SC_CLK_TCK);
        case 0x0b: return sysconf(_SC_OPEN_MAX);
        case 0x27: case 0x28: return sysconf(_SC_PAGESIZE);
        case 0x60: return sysconf(_SC_NPROCESSORS_CONF);
        case 0x61: return sysconf(_SC_NPROCESSORS_ONLN);
        case 0x62: return sysconf(_SC_PHYS_PAGES);
        case 0x63: return sysconf(_SC_AVPHYS_PAGES);
        case 0x64: return sysconf(_SC_MONOTONIC_CLOCK);
    }
    errno = EINVAL;
    return -1;
}

/* _PC_LINK_MAX to _PC_PIPE_BUF start at 1 in bionic and at 0 in glibc. */
long own_pathconf(const char *path, int name) {
    if (name >= 1 && name <= 6) return pathconf(path, name - 1);
    errno = EINVAL;
    return -1;
}

/* ---- signal sets: 8 bytes in bionic, as in the kernel; 128 in glibc ---- */

int own_sigfillset(uint64_t *set) { return *set = ~UINT64_C(0), 0; }
int own_sigemptyset(uint64_t *set) { return *set = 0, 0; }
int own_sigaddset(uint64_t *set, int number) { return *set |= UINT64_C(1) << (number - 1), 0; }
int own_pthread_sigmask(int how, const uint64_t *set, uint64_t *old) {
    sigset_t wide, before;
    sigemptyset(&wide);
    if (set) memcpy(&wide, set, sizeof *set);
    int failure = pthread_sigmask(how, set ? &wide : NULL, &before);
    if (!failure && old) memcpy(old, &before, sizeof *old);
    return failure;
}

/* ---- long double: IEEE's 128 bits on x86-64 Android, 80 bits in glibc; the range and 53 bits of a double are kept ---- */

__float128 own_strtold(const char *text, char **end) { return strtod(text, end); }
__float128 own_strtold_l(const char *text, char **end, locale_t locale) { return strtod_l(text, end, locale); }
__float128 own_wcstold(const wchar_t *text, wchar_t **end) { return wcstod(text, end); }
__float128 own_frexpl(__float128 x, int *exponent) { return __builtin_frexp((double)x, exponent); }
__float128 own_ldexpl(__float128 x, int exponent) { return __builtin_ldexp((double)x, exponent); }
double own_nexttoward(double x, __float128 to) { return __builtin_nextafter(x, (double)to); }
float own_nexttowardf(float x, __float128 to) { return __builtin_nextafterf(x, (float)to); }

/* ---- the loader: bionic looks a name up in the caller's own library too, glibc only in the global ones ---- */

void *own_dlsym(void *handle, const char *name) {
    void *found = dlsym(handle, name);
    Dl_info caller;
    if (found || handle != RTLD_DEFAULT || !dladdr(__builtin_return_address(0), &caller)) return found;
    void *library = dlopen(caller.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
    if (!library) return NULL;
    found = dlsym(library, name);
    dlclose(library);
    return found;
}

/* ---- memory: XNNPACK's Android build asks for 32 bytes, and reads by 64 where the processor has AVX-512, as no x86 phone
   had; so 64 is what it gets. ---- */

static size_t aligned(size_t asked) { return asked < 64 ? 64 : asked; }
void *own_memalign(size_t alignment, size_t size) { return memalign(aligned(alignment), size); }
int own_posix_memalign(void **into, size_t alignment, size_t size) {
    return posix_memalign(into, aligned(alignment), size);
}

/* ---- checked forms that glibc has not, under the names that _FORTIFY_SOURCE gives them ---- */

static void check(int is_inside, const char *name) {
    if (is_inside) return;
    fprintf(stderr, "bionic: %s: past the end of a buffer\n", name);
    abort();
}
size_t own___strlen_chk(const char *text, size_t size) {
    size_t length = strlen(text);
    return check(length < size, "strlen"), length;
}
char *own___strchr_chk(const char *text, int c, size_t size) {
    return check(strlen(text) < size, "strchr"), strchr(text, c);
}
char *own___strrchr_chk(const char *text, int c, size_t size) {
    return check(strlen(text) < size, "strrchr"), strrchr(text, c);
}
ssize_t own___write_chk(int file, const void *from, size_t count, size_t size) {
    return check(count <= size, "write"), write(file, from, count);
}

/* ---- what only Android has ---- */

/* The system says that it is Android 15; TensorFlow Lite looks for its XNNPACK only where the level can be read. */
#define LEVEL 35
#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)
int own___system_property_get(const char *name, char *value) {
    strcpy(value, strcmp(name, "ro.build.version.sdk") ? "" : TEXT(LEVEL));
    return (int)strlen(value);
}
int own_android_get_device_api_level(void) { return LEVEL; }
void own_android_set_abort_message(const char *text) { fprintf(stderr, "abort: %s\n", text); }

/* The log goes to stderr, from the level in POCKETSEG_ANDROID_LOG on (2 verbose ... 7 fatal; 5, warnings, unless set). */
static int is_logged(int level) {
    const char *least = getenv("POCKETSEG_ANDROID_LOG");
    return level >= (least ? atoi(least) : 5);
}
int own___android_log_vprint(int level, const char *tag, const char *format, va_list values) {
    if (!is_logged(level)) return 0;
    flockfile(stderr);
    fprintf(stderr, "log %d %s: ", level, tag ? tag : "");
    int written = vfprintf(stderr, format, values);
    fputc('\n', stderr);
    funlockfile(stderr);
    return written;
}
int own___android_log_print(int level, const char *tag, const char *format, ...) {
    va_list values;
    va_start(values, format);
    int written = own___android_log_vprint(level, tag, format, values);
    va_end(values);
    return written;
}
int own___android_log_write(int level, const char *tag, const char *text) {
    return own___android_log_print(level, tag, "%s", text);
}
void own___assert2(const char *file, int line, const char *function, const char *condition) {
    fprintf(stderr, "%s:%d: %s: %s is not so\n", file, line, function, condition);
    abort();
}
void own___android_log_assert(const char *condition, const char *tag, const char *format, ...) {
    va_list values;
    va_start(values, format);
    if (format) own___android_log_vprint(7, tag, format, values);
    else own___android_log_print(7, tag, "assertion failed: %s", condition ? condition : "");
    abort();
}

/* No package, no assets: files are opened by their path. */
void *own_AAssetManager_fromJava(void *env, void *manager) { return (void)env, (void)manager, NULL; }
void *own_AAssetManager_open(void *manager, const char *name, int mode) {
    return (void)manager, (void)name, (void)mode, NULL;
}
void own_AAsset_close(void *asset) { (void)asset; }
const void *own_AAsset_getBuffer(void *asset) { return (void)asset, NULL; }
long own_AAsset_getLength(void *asset) { return (void)asset, 0; }
