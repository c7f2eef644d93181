/* Preloaded into nginx: makes chosen allocations fail, as when memory has run
   out. The test maps the same file and arms it; see failing_malloc.py. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct control {
    atomic_long seen;  /* allocations since it was armed */
    atomic_long first; /* the first that fails, counted from 1; 0: none does */
    atomic_long count; /* and how many, with that one */
};

static struct control* control;

__attribute__((constructor)) static void map_control(void)
{
    const char* path = getenv("FAILING_MALLOC");
    int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
    void* memory;

    if (fd == -1) {
        return;
    }
    memory = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE,
                  MAP_SHARED, fd, 0);
    close(fd);
    if (memory != MAP_FAILED) {
        control = memory;
    }
}

/* These write into what malloc() gives them without a look. The module asks for
   as much beforehand, so only a failure of one alone would ever meet them. */
static int is_checked_by(void* caller)
{
    struct dl_find_object library;

    return _dl_find_object(caller, &library) != 0 ||
           (strstr(library.dlfo_link_map->l_name, "libctemplate") == NULL &&
            strstr(library.dlfo_link_map->l_name, "libzxcvbn") == NULL);
}

static int fails(void* caller)
{
    long first, at;

    if (control == NULL) {
        return 0;
    }
    first = atomic_load(&control->first);
    if (first == 0 || !is_checked_by(caller)) {
        return 0;
    }
    at = atomic_fetch_add(&control->seen, 1) + 1;
    if (at < first || at >= first + atomic_load(&control->count)) {
        return 0;
    }
    errno = ENOMEM;
    return 1;
}

/* Declares next, the function that this one stands before. */
#define NEXT(name)                                                             \
    static __typeof__(&name) next;                                             \
    if (next == NULL) {                                                        \
        *(void**)&next = dlsym(RTLD_NEXT, #name);                              \
    }

void* malloc(size_t size)
{
    NEXT(malloc)
    return fails(__builtin_return_address(0)) ? NULL : next(size);
}

void* calloc(size_t count, size_t size)
{
    NEXT(calloc)
    return fails(__builtin_return_address(0)) ? NULL : next(count, size);
}

void* realloc(void* old, size_t size)
{
    NEXT(realloc)
    return fails(__builtin_return_address(0)) ? NULL : next(old, size);
}

int posix_memalign(void** memory, size_t alignment, size_t size)
{
    NEXT(posix_memalign)
    return fails(__builtin_return_address(0)) ? ENOMEM
                                              : next(memory, alignment, size);
}

static void throw_bad_alloc(void)
{
    void (*thrower)(void);

    *(void**)&thrower = dlsym(RTLD_DEFAULT, "_ZSt17__throw_bad_allocv");
    thrower();
}

/* operator new: AddressSanitizer has its own, the usual one calls malloc(). */
void* _Znwm(size_t size)
{
    static void* (*sanitizers)(size_t);
    static int is_ready;
    void* memory;

    if (!is_ready) {
        if (dlsym(RTLD_NEXT, "__asan_init") != NULL) {
            *(void**)&sanitizers = dlsym(RTLD_NEXT, "_Znwm");
        }
        is_ready = 1;
    }
    if (fails(__builtin_return_address(0))) {
        throw_bad_alloc();
    }
    if (sanitizers != NULL) {
        return sanitizers(size);
    }
    NEXT(malloc)
    memory = next(size);
    if (memory == NULL) {
        throw_bad_alloc();
    }
    return memory;
}

/* What LeakSanitizer leaves alone: a template that an exception has left counts
   as used for ever. */
const char* __lsan_default_suppressions(void)
{
    return "leak:ctemplate::\n";
}
